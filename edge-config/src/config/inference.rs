use std::path::PathBuf;
use std::time::Duration;

use crate::{Tuned, TunedModel};

/// `[inference]`
#[derive(Clone, Debug, PartialEq)]
pub struct Inference {
    /// The ONNX Runtime library, where it is not the one the system finds.
    pub runtime: Option<PathBuf>,
    /// Threads inside one run of a session, 1–64; where absent, as measured, else one.
    pub threads: Option<usize>,
    /// Pictures in one run of a model that takes several, 1–32; where absent, as measured, else one.
    pub batch: Option<usize>,
    /// Age of a frame up to which it waits for others to join its run, at most 1 s; 0 never waits.
    pub batch_hold: Duration,
    /// Sessions of a model side by side, 1–16; where absent, as measured, else one.
    pub sessions: Option<usize>,
    /// What was measured on this machine.
    pub tuned: Option<Tuned>,
    /// Requests that may wait for one model, 1–64; one more is refused at once.
    pub queue: usize,
    /// How long a request may wait for its session.
    pub deadline: Duration,
    /// Lends the models to whoever brings tensors, over the Open Inference Protocol.
    pub open_protocol: bool,
    /// What runs the models.
    pub provider: ProviderChoice,
    /// `[[inference.model]]`: models that something else runs; ids are unique.
    pub models: Vec<ModelInference>,
}

impl Inference {
    /// Threads inside one run of `model` at `input`, or at its own size: those that the operator set, else those that were
    /// measured to be best on this very machine with a provider that may run it, else one.
    pub fn threads_of(&self, model: &str, input: Option<(u32, u32)>) -> usize {
        self.threads.or_else(|| Some(self.measured(model, input)?.threads)).unwrap_or(1)
    }

    /// Pictures in one run of `model` at `input`, as [`Inference::threads_of`] finds them. A model that takes one at a time
    /// stays at one, whatever is said here.
    pub fn batch_of(&self, model: &str, input: Option<(u32, u32)>) -> usize {
        self.batch.or_else(|| Some(self.measured(model, input)?.batch)).unwrap_or(1)
    }

    /// Sessions of `model` at `input` side by side, as [`Inference::threads_of`] finds them.
    pub fn sessions_of(&self, model: &str, input: Option<(u32, u32)>) -> usize {
        self.sessions.or_else(|| Some(self.measured(model, input)?.sessions)).unwrap_or(1)
    }

    /// How `model` was measured to run best here on what shall run it.
    fn measured(&self, model: &str, input: Option<(u32, u32)>) -> Option<&TunedModel> {
        self.tuned.as_ref().filter(|tuned| tuned.is_here)?.model(model, input, self.provider_of(model))
    }

    /// What shall run the model called `id`.
    pub fn provider_of(&self, id: &str) -> &ProviderChoice {
        let own = self.models.iter().find(|model| model.id == id);
        own.map_or(&self.provider, |model| &model.provider)
    }
}

/// `[[inference.model]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelInference {
    /// Id of the model's card.
    pub id: String,
    /// What runs it, instead of what runs the others; its cache is theirs unless it has its own.
    pub provider: ProviderChoice,
}

/// `provider` of `[inference]` or of one model: what shall run models, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderChoice {
    /// Which providers.
    pub wish: ProviderWish,
    /// The numbers to compute in.
    pub precision: Precision,
    /// Options as the provider names them, by name, each once.
    pub options: Vec<(String, String)>,
    /// Folder for what providers build from models, where it is not the box's usual one.
    pub cache: Option<PathBuf>,
}

/// Which providers may run a model, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderWish {
    /// The first of these that takes the model, at last the processor; at least one, each once.
    Prefer(Vec<String>),
    /// This one or none.
    Require(String),
}

impl ProviderWish {
    /// Names of the providers that may run a model, in the order in which they are tried.
    pub fn candidates(&self) -> Vec<&str> {
        match self {
            Self::Require(name) => vec![name],
            Self::Prefer(names) => {
                let last = Some("cpu").filter(|cpu| !names.iter().any(|name| name == cpu));
                names.iter().map(String::as_str).chain(last).collect()
            }
        }
    }
}

/// The numbers that a model is computed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Those of its file, as a rule 32-bit floating point.
    Fp32,
    /// 16-bit floating point.
    Fp16,
    /// 8-bit integers, for a model that was quantised to them.
    Int8,
}

impl Precision {
    /// Name as in configurations and measurements.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fp32 => "fp32",
            Self::Fp16 => "fp16",
            Self::Int8 => "int8",
        }
    }
}
