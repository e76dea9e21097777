//! What `cairn bench --tune` measured: how this machine runs its models best, and how many cameras it carries.

use std::fmt;
use std::path::PathBuf;

use crate::ProviderChoice;

/// A file of measurements, `tuned.toml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuned {
    /// The file.
    pub file: PathBuf,
    /// Day it was measured, `2026-11-22`, UTC.
    pub measured_on: String,
    /// Version of the ONNX Runtime library that ran the models.
    pub onnxruntime: String,
    /// The machine it was measured on.
    pub machine: Machine,
    /// Whether that is this machine; `false` where this one is not known.
    pub is_here: bool,
    /// `[[model]]`: how each model ran best.
    pub models: Vec<TunedModel>,
    /// `[[certificate]]`: how many cameras were carried; at most one for each model, input and provider.
    pub certificates: Vec<Certificate>,
}

/// What a machine is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Name of the processor.
    pub cpu: String,
    /// Cores that this system may use.
    pub cores: u32,
    /// Main memory.
    pub memory_mb: u32,
    /// Architecture, such as `x86_64`.
    pub arch: String,
}

impl Machine {
    /// Whether `other` may be this machine: everything is the same, the memory up to a tenth, because a kernel keeps
    /// more or less of it for itself.
    pub fn is_like(&self, other: &Self) -> bool {
        let (less, more) = (self.memory_mb.min(other.memory_mb), self.memory_mb.max(other.memory_mb));
        let same = (&self.cpu, self.cores, &self.arch) == (&other.cpu, other.cores, &other.arch);
        same && more - less <= more / 10
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpu, cores, memory_mb, arch } = self;
        write!(f, "{cpu}, {cores} cores, {memory_mb} MB, {arch}")
    }
}

/// `[[model]]`: how a model ran best.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TunedModel {
    /// Id of the card.
    pub id: String,
    /// Width and height of the input in pixels.
    pub input: (u32, u32),
    /// What ran it, such as `cpu`.
    pub provider: String,
    /// Of its weights, such as `fp32`.
    pub precision: String,
    /// Frames in one run, 1–32.
    pub batch: usize,
    /// Threads inside one run, 1–64.
    pub threads: usize,
    /// Sessions side by side, 1–16.
    pub sessions: usize,
}

/// `[[certificate]]`: so many cameras of this kind were looked at on this machine, and their frames were never old.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// How many at once; 0 where not even one was carried.
    pub cameras: u32,
    /// How they code their pictures.
    pub codec: String,
    /// Width and height of their pictures in pixels.
    pub size: (u32, u32),
    /// Pictures that each sends per second.
    pub camera_hz: f64,
    /// Pictures of each that were looked at per second.
    pub rate_hz: f64,
    /// Id of the model's card.
    pub model: String,
    /// Width and height of its input in pixels.
    pub input: (u32, u32),
    /// What ran it.
    pub provider: String,
    /// The bound that the age of frames was held to, at the 95th percentile.
    pub frame_age_limit_ms: u32,
    /// What it was.
    pub frame_age_p95_ms: f64,
}

impl Certificate {
    /// Pictures that were looked at per second, of all cameras.
    pub fn frames_per_second(&self) -> f64 {
        f64::from(self.cameras) * self.rate_hz
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cameras, codec, size: (width, height), camera_hz, rate_hz, model, input, .. } = self;
        write!(
            f,
            "{cameras} cameras of {codec} {width}x{height} at {camera_hz} Hz, {rate_hz} Hz looked at, with {model:?} at \
             {}x{}",
            input.0, input.1
        )
    }
}

impl Tuned {
    /// How `model` ran best on the first provider of `choice` that it was measured on, in the precision asked for where
    /// that was measured, too; without an input size, at the first size it was measured at.
    pub fn model(
        &self,
        model: &str,
        input: Option<(u32, u32)>,
        choice: &ProviderChoice,
    ) -> Option<&TunedModel> {
        choice.wish.candidates().into_iter().find_map(|provider| {
            let is_it = |tuned: &&TunedModel| {
                tuned.id == model
                    && tuned.provider == *provider
                    && input.is_none_or(|input| input == tuned.input)
            };
            let in_precision =
                |tuned: &&TunedModel| is_it(tuned) && tuned.precision == choice.precision.name();
            // The processor computes in the numbers of the file, whatever precision is asked of providers.
            self.models.iter().find(in_precision).or_else(|| self.models.iter().find(is_it))
        })
    }

    /// The certificate for `model` on the first provider of `choice` that has one; without an input size, the first one.
    pub fn certificate(
        &self,
        model: &str,
        input: Option<(u32, u32)>,
        choice: &ProviderChoice,
    ) -> Option<&Certificate> {
        choice.wish.candidates().into_iter().find_map(|provider| {
            self.certificates.iter().find(|certificate| {
                certificate.model == model
                    && certificate.provider == *provider
                    && input.is_none_or(|input| input == certificate.input)
            })
        })
    }
}
