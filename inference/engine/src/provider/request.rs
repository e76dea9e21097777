//! What a session is asked to run on, and what came of it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::Provider;
use crate::EngineError;

/// Which providers a session may run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The first of these that can run the model; [`Provider::Cpu`] is tried last of all, named or not.
    Prefer(Vec<Provider>),
    /// This one, or the session does not start.
    Require(Provider),
}

impl Wish {
    /// The providers to try, in order. The processor takes every model, so nothing comes after it.
    pub fn candidates(&self) -> Vec<Provider> {
        match self {
            Self::Require(provider) => vec![*provider],
            Self::Prefer(providers) => {
                let before = providers.iter().copied().take_while(|&provider| provider != Provider::Cpu);
                before.chain([Provider::Cpu]).collect()
            }
        }
    }

    /// What was asked for first: what should run the model if all goes well.
    pub fn first(&self) -> Provider {
        match self {
            Self::Require(provider) => *provider,
            Self::Prefer(providers) => providers.first().copied().unwrap_or(Provider::Cpu),
        }
    }
}

/// `cuda` for a provider that is required, `openvino,cpu` for the candidates of a preference.
impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.candidates().into_iter().map(Provider::name).collect();
        f.write_str(&names.join(","))
    }
}

/// One name requires that provider; several, with commas between them, are a preference.
impl FromStr for Wish {
    type Err = EngineError;

    fn from_str(text: &str) -> Result<Self, EngineError> {
        match text.split_once(',') {
            None => text.parse().map(Self::Require),
            Some(_) => {
                text.split(',').map(|name| name.trim().parse()).collect::<Result<_, _>>().map(Self::Prefer)
            }
        }
    }
}

/// The numbers that a model is computed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Precision {
    /// Those of the model's file: 32-bit floating point, unless it says otherwise itself.
    #[default]
    Fp32,
    /// 16-bit floating point, where the provider can turn a 32-bit model into it.
    Fp16,
    /// 8-bit integers, for a model that was quantised to them before; no provider is asked to do that on its own.
    Int8,
}

impl Precision {
    /// Every precision.
    pub const ALL: [Self; 3] = [Self::Fp32, Self::Fp16, Self::Int8];

    /// Name as in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fp32 => "fp32",
            Self::Fp16 => "fp16",
            Self::Int8 => "int8",
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Precision {
    type Err = EngineError;

    fn from_str(name: &str) -> Result<Self, EngineError> {
        let known = Self::ALL.into_iter().find(|precision| precision.name() == name);
        known.ok_or_else(|| EngineError::PrecisionUnknown { name: name.to_owned() })
    }
}

/// What shall run a session's model, and how. The default is the processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRequest {
    /// Which providers.
    pub wish: Wish,
    /// The numbers to compute in. Where a preference ends on the processor, that computes in those of the file.
    pub precision: Precision,
    /// Options as ONNX Runtime names them. Each goes to those of the wished providers that know it; one that none of
    /// them knows is an error.
    pub options: BTreeMap<String, String>,
    /// Folder for what providers build from models, made where it is missing. Without one they build at each start.
    pub cache: Option<PathBuf>,
}

impl Default for ProviderRequest {
    fn default() -> Self {
        Self::from(Wish::Require(Provider::Cpu))
    }
}

/// As it says, at the file's precision, without options or cache.
impl From<Wish> for ProviderRequest {
    fn from(wish: Wish) -> Self {
        Self { wish, precision: Precision::Fp32, options: BTreeMap::new(), cache: None }
    }
}

/// A provider that was asked and did not take the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which one.
    pub provider: Provider,
    /// Why not, for the operator.
    pub reason: String,
}

/// What really runs a session's model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderOutcome {
    /// What was asked for.
    pub requested: Wish,
    /// What runs it.
    pub actual: Provider,
    /// The processor's kernels run those operators that `actual` does not have.
    pub partial: bool,
    /// The numbers it computes in.
    pub precision: Precision,
    /// Those tried before `actual`, in order.
    pub refused: Vec<Refusal>,
    /// Where what was built for this session lies, with a provider that keeps it.
    pub cache: Option<PathBuf>,
}
