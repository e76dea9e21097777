//! Options of a provider, and its registration with a session that is being built.

use std::collections::BTreeMap;
use std::path::Path;

use ort::ep::ExecutionProviderDispatch;
use ort::session::Session;
use ort::session::builder::SessionBuilder;

use super::{Precision, Provider};
use crate::runtime::overheard;
use crate::{EngineError, Runtime, SessionSpec};

/// Options by name, in the order of their names.
pub(crate) type Options = BTreeMap<String, String>;

/// Options that choose a device: one that is not here is an absent provider, not a mistake.
pub(crate) const DEVICE_OPTIONS: [&str; 2] = ["device_id", "device_type"];

/// Refuses an option that none of the wished providers takes.
pub(crate) fn check_options(spec: &SessionSpec) -> Result<(), EngineError> {
    let candidates = spec.provider.wish.candidates();
    for (option, value) in &spec.provider.options {
        let refuse = |reason: String| EngineError::ProviderOption {
            session: spec.name.clone(),
            option: option.clone(),
            value: value.clone(),
            reason,
        };
        if option.contains('\0') || value.contains('\0') {
            return Err(refuse("expected text without NUL".to_owned()));
        }
        if candidates.iter().any(|provider| provider.facts().options.contains(&option.as_str())) {
            continue;
        }
        let own = candidates.iter().flat_map(|provider| provider.facts().own_options);
        if let Some((_, instead)) = own.into_iter().find(|(name, _)| name == option) {
            return Err(refuse(format!("it follows from {instead}")));
        }
        let known: Vec<&str> =
            candidates.iter().flat_map(|provider| provider.facts().options).copied().collect();
        return Err(refuse(if known.is_empty() {
            format!("`{}` takes no options", spec.provider.wish)
        } else {
            format!("expected one of {}", known.join(", "))
        }));
    }
    Ok(())
}

/// The operator's options that `provider` knows.
pub(crate) fn operators(spec: &SessionSpec, provider: Provider) -> Options {
    let known = |option: &&String| provider.facts().options.contains(&option.as_str());
    let options = spec.provider.options.iter().filter(|(option, _)| known(option));
    options.map(|(option, value)| (option.clone(), value.clone())).collect()
}

/// All options of `provider` for a session: the operator's, and what follows from the rest of `spec`. What is built is
/// kept in `cache`.
pub(crate) fn options(spec: &SessionSpec, provider: Provider, cache: Option<&Path>) -> Options {
    let mut options = defaults(provider);
    let mut set = |name: &str, value: String| options.insert(name.to_owned(), value);
    let precision = spec.provider.precision;
    match provider {
        Provider::Cpu | Provider::Cuda => {}
        Provider::Xnnpack => {
            set("intra_op_num_threads", spec.intra_op_threads.to_string());
        }
        Provider::OpenVino => {
            set("num_of_threads", spec.intra_op_threads.to_string());
            let kept = match precision {
                Precision::Fp32 => "FP32",
                Precision::Fp16 => "FP16",
                // Keeps the numbers that the file names.
                Precision::Int8 => "ACCURACY",
            };
            set("precision", kept.to_owned());
            if let Some(cache) = cache {
                set("cache_dir", cache.display().to_string());
            }
        }
        Provider::TensorRt => {
            set("trt_fp16_enable", u8::from(precision == Precision::Fp16).to_string());
            set("trt_int8_enable", u8::from(precision == Precision::Int8).to_string());
            // All other lengths are fixed when the session is made.
            if 1 < spec.batch.max {
                let profile = |batch: usize| {
                    let [_, a, b, c] = spec.input.dimensions(1);
                    format!("{}:{batch}x{a}x{b}x{c}", spec.input.name)
                };
                set("trt_profile_min_shapes", profile(1));
                set("trt_profile_opt_shapes", profile(spec.batch.max));
                set("trt_profile_max_shapes", profile(spec.batch.max));
            }
            if let Some(cache) = cache {
                set("trt_engine_cache_enable", "1".to_owned());
                set("trt_engine_cache_path", cache.display().to_string());
                set("trt_timing_cache_enable", "1".to_owned());
                set("trt_timing_cache_path", cache.display().to_string());
            }
        }
    }
    options.extend(operators(spec, provider));
    options
}

/// What is set unless the operator says otherwise.
fn defaults(provider: Provider) -> Options {
    let options: &[(&str, &str)] = match provider {
        Provider::Cpu | Provider::Xnnpack => &[],
        Provider::OpenVino => &[("device_type", "CPU"), ("num_streams", "1")],
        // A device that is named is looked for at registration. Tensor cores cut 32-bit values to 19 bits.
        Provider::Cuda => &[("device_id", "0"), ("use_tf32", "0")],
        Provider::TensorRt => &[("device_id", "0")],
    };
    options.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Registers `provider` with `builder`; nothing is left to the runtime's own choice.
pub(crate) fn register(
    builder: &mut SessionBuilder,
    provider: Provider,
    options: &Options,
) -> Result<(), String> {
    // Always there, and the runtime's own last resort.
    if provider == Provider::Cpu {
        return Ok(());
    }
    let Some(dispatch) = dispatch(provider, options) else { return Err(not_compiled_in(provider)) };
    listening(|| dispatch.register(builder))
}

/// Whether the library and a device for `provider` can be used here, tried without a model.
pub(crate) fn try_out(runtime: &Runtime, provider: Provider, options: &Options) -> Result<(), String> {
    let mut builder = Session::builder(runtime.environment()).map_err(|error| error.message().to_owned())?;
    register(&mut builder, provider, options)
}

/// As [`try_out`], with the defaults alone.
pub(crate) fn try_defaults(runtime: &Runtime, provider: Provider) -> Result<(), String> {
    try_out(runtime, provider, &defaults(provider))
}

pub(crate) fn not_compiled_in(provider: Provider) -> String {
    format!("not compiled in: build with `--features {provider}`")
}

/// Does `work`; its error is in the runtime's words, with what the runtime only wrote to its log.
pub(crate) fn listening<T, R>(work: impl FnOnce() -> Result<T, ort::Error<R>>) -> Result<T, String> {
    let (result, heard) = overheard(work);
    result
        .inspect(|_| heard.iter().for_each(|line| tracing::error!(target: "onnxruntime", "{line}")))
        .map_err(|error| {
            let mut parts = vec![error.message().trim().to_owned()];
            for line in heard.iter().map(|line| line.trim()) {
                if !parts.iter().any(|known| known.contains(line)) {
                    parts.push(line.to_owned());
                }
            }
            parts.join("; ")
        })
}

fn dispatch(provider: Provider, options: &Options) -> Option<ExecutionProviderDispatch> {
    match provider {
        #[cfg(feature = "xnnpack")]
        Provider::Xnnpack => Some(built(ort::ep::XNNPACK::default(), options)),
        #[cfg(feature = "openvino")]
        Provider::OpenVino => Some(built(ort::ep::OpenVINO::default(), options)),
        #[cfg(feature = "cuda")]
        Provider::Cuda => Some(built(ort::ep::CUDA::default(), options)),
        #[cfg(feature = "tensorrt")]
        Provider::TensorRt => Some(built(ort::ep::TensorRT::default(), options)),
        _ => {
            let _ = options;
            None
        }
    }
}

#[cfg(any(feature = "xnnpack", feature = "openvino", feature = "cuda", feature = "tensorrt"))]
fn built<E>(provider: E, options: &Options) -> ExecutionProviderDispatch
where
    E: ort::ep::ArbitrarilyConfigurableExecutionProvider + Into<ExecutionProviderDispatch>,
{
    let configured =
        options.iter().fold(provider, |provider, (name, value)| provider.with_arbitrary_config(name, value));
    configured.into().error_on_failure()
}
