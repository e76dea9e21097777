//! What can run a model. The list of providers is the table in this file; everything else asks it.

pub(crate) mod cache;
pub(crate) mod register;
pub(crate) mod report;
mod request;

use std::fmt;
use std::str::FromStr;

pub use report::{Presence, ProviderReport, providers};
pub use request::{Precision, ProviderOutcome, ProviderRequest, Refusal, Wish};

use crate::EngineError;

/// What runs a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provider {
    /// ONNX Runtime's own kernels for the processor. Always there.
    Cpu,
    /// XNNPACK's kernels for convolutions on the processor; ONNX Runtime's own for the rest.
    Xnnpack,
    /// Intel's OpenVINO, on its processor, graphics or neural device.
    OpenVino,
    /// NVIDIA's CUDA and cuDNN.
    Cuda,
    /// NVIDIA's TensorRT, which builds an engine for the device first.
    TensorRt,
}

/// What this program knows of a provider before it asks the library.
pub(crate) struct Facts {
    /// As in settings, metrics and status messages; the cargo feature has the same name.
    name: &'static str,
    /// As ONNX Runtime calls it.
    pub(crate) runtime_name: &'static str,
    pub(crate) compiled_in: bool,
    /// The operator's options that are handed on as they are.
    pub(crate) options: &'static [&'static str],
    /// Options that the engine sets itself, and where the operator says the same thing.
    pub(crate) own_options: &'static [(&'static str, &'static str)],
    /// Built for some operators only, so that the processor's kernels take the rest even under `require`.
    pub(crate) partial_by_design: bool,
    /// It keeps what it built for a model in a folder.
    pub(crate) caches: bool,
    /// It can compute a model of 32-bit values in 16 bits.
    pub(crate) halves: bool,
}

impl Provider {
    /// Every provider that this program knows, the most ordinary first.
    pub const ALL: [Self; 5] = [Self::Cpu, Self::Xnnpack, Self::OpenVino, Self::Cuda, Self::TensorRt];

    /// Name as in settings, metrics and status messages.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// Whether this program was built with it, by the cargo feature of the same name.
    pub const fn is_compiled_in(self) -> bool {
        self.facts().compiled_in
    }

    /// Whether it keeps what it builds for a model, so that preparing models ahead pays.
    pub const fn caches(self) -> bool {
        self.facts().caches
    }

    /// Whether it can compute a model of 32-bit values in 16 bits, as [`Precision::Fp16`] asks.
    pub const fn computes_in_halves(self) -> bool {
        self.facts().halves
    }

    /// The options that an operator may give it, as ONNX Runtime names them, in order.
    pub const fn options(self) -> &'static [&'static str] {
        self.facts().options
    }

    pub(crate) const fn facts(self) -> &'static Facts {
        match self {
            Self::Cpu => &CPU,
            Self::Xnnpack => &XNNPACK,
            Self::OpenVino => &OPENVINO,
            Self::Cuda => &CUDA,
            Self::TensorRt => &TENSORRT,
        }
    }
}

const BY_THREADS: &str = "the session's threads";
const BY_PRECISION: &str = "`precision`";
const BY_CACHE: &str = "`cache`";
const BY_INPUT: &str = "the session's input size";

static CPU: Facts = Facts {
    name: "cpu",
    runtime_name: "CPUExecutionProvider",
    compiled_in: true,
    options: &[],
    own_options: &[],
    partial_by_design: false,
    caches: false,
    halves: false,
};

static XNNPACK: Facts = Facts {
    name: "xnnpack",
    runtime_name: "XnnpackExecutionProvider",
    compiled_in: cfg!(feature = "xnnpack"),
    options: &[],
    own_options: &[("intra_op_num_threads", BY_THREADS)],
    partial_by_design: true,
    caches: false,
    halves: false,
};

static OPENVINO: Facts = Facts {
    name: "openvino",
    runtime_name: "OpenVINOExecutionProvider",
    compiled_in: cfg!(feature = "openvino"),
    options: &[
        "device_type",
        "disable_dynamic_shapes",
        "enable_opencl_throttling",
        "enable_qdq_optimizer",
        "layout",
        "load_config",
        "model_priority",
        "num_streams",
    ],
    own_options: &[
        ("cache_dir", BY_CACHE),
        ("num_of_threads", BY_THREADS),
        ("precision", BY_PRECISION),
        ("reshape_input", BY_INPUT),
    ],
    partial_by_design: false,
    caches: true,
    halves: true,
};

static CUDA: Facts = Facts {
    name: "cuda",
    runtime_name: "CUDAExecutionProvider",
    compiled_in: cfg!(feature = "cuda"),
    options: &[
        "arena_extend_strategy",
        "cudnn_conv1d_pad_to_nc1d",
        "cudnn_conv_algo_search",
        "cudnn_conv_use_max_workspace",
        "device_id",
        "do_copy_in_default_stream",
        "fuse_conv_bias",
        "gpu_mem_limit",
        "prefer_nhwc",
        "tunable_op_enable",
        "tunable_op_max_tuning_duration_ms",
        "tunable_op_tuning_enable",
        "use_tf32",
    ],
    own_options: &[],
    partial_by_design: false,
    caches: false,
    halves: false,
};

static TENSORRT: Facts = Facts {
    name: "tensorrt",
    runtime_name: "TensorrtExecutionProvider",
    compiled_in: cfg!(feature = "tensorrt"),
    options: &[
        "device_id",
        "trt_auxiliary_streams",
        "trt_build_heuristics_enable",
        "trt_builder_optimization_level",
        "trt_context_memory_sharing_enable",
        "trt_detailed_build_log",
        "trt_dla_core",
        "trt_dla_enable",
        "trt_extra_plugin_lib_paths",
        "trt_force_sequential_engine_build",
        "trt_layer_norm_fp32_fallback",
        "trt_max_partition_iterations",
        "trt_max_workspace_size",
        "trt_min_subgraph_size",
        "trt_sparsity_enable",
        "trt_tactic_sources",
    ],
    own_options: &[
        ("trt_bf16_enable", BY_PRECISION),
        ("trt_engine_cache_enable", BY_CACHE),
        ("trt_engine_cache_path", BY_CACHE),
        ("trt_fp16_enable", BY_PRECISION),
        ("trt_int8_enable", BY_PRECISION),
        ("trt_profile_max_shapes", BY_INPUT),
        ("trt_profile_min_shapes", BY_INPUT),
        ("trt_profile_opt_shapes", BY_INPUT),
        ("trt_timing_cache_enable", BY_CACHE),
        ("trt_timing_cache_path", BY_CACHE),
    ],
    partial_by_design: false,
    caches: true,
    halves: true,
};

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Provider {
    type Err = EngineError;

    fn from_str(name: &str) -> Result<Self, EngineError> {
        let known = Self::ALL.into_iter().find(|provider| provider.name() == name);
        known.ok_or_else(|| EngineError::ProviderUnknown { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests;
