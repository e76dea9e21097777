use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use vision::ElementType;

use crate::{Precision, Provider};

/// What failed underneath.
pub(crate) type Cause = Box<dyn Error + Send + Sync>;

/// Why a library, a model or a request could not be used.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// There is no ONNX Runtime library where it was looked for.
    #[error(
        "no ONNX Runtime library found, looked at {}; run `make setup` or `scripts/setup.sh` to install it",
        listed(looked_at)
    )]
    LibraryMissing {
        /// The places, in the order they were tried.
        looked_at: Vec<PathBuf>,
    },
    /// The file is not a library that can be loaded, or not ONNX Runtime.
    #[error(
        "`{}` is not a usable ONNX Runtime library; run `make setup` or `scripts/setup.sh` to install one",
        path.display()
    )]
    LibraryUnusable {
        /// The file.
        path: PathBuf,
        /// What the loader said.
        #[source]
        source: Cause,
    },
    /// The library is older than this program can use.
    #[error(
        "ONNX Runtime at `{}` is version {found}, expected {oldest} or newer; \
         run `make setup` or `scripts/setup.sh` to install one",
        path.display()
    )]
    LibraryTooOld {
        /// The file.
        path: PathBuf,
        /// Its own version.
        found: String,
        /// The oldest version accepted.
        oldest: String,
    },
    /// Another library is in use in this process; there can be one only.
    #[error("ONNX Runtime is already loaded from `{}`, cannot load `{}` too", loaded.display(), asked.display())]
    LibraryAlreadyLoaded {
        /// The file in use.
        loaded: PathBuf,
        /// The file asked for.
        asked: PathBuf,
    },
    /// A value in a session's specification that cannot be.
    #[error("session `{session}` has {field} {actual}, expected {expected}")]
    SpecInvalid {
        /// Name of the session.
        session: String,
        /// Which value.
        field: &'static str,
        /// What it is.
        actual: String,
        /// What it may be.
        expected: &'static str,
    },
    /// The model file is not there, or not a model that the runtime takes.
    #[error("session `{session}` could not read the model `{}`", path.display())]
    ModelUnreadable {
        /// Name of the session.
        session: String,
        /// The model file.
        path: PathBuf,
        /// What the file system or the runtime said.
        #[source]
        source: Cause,
    },
    /// The model's inputs are not the one that was specified.
    #[error("model of session `{session}` has the inputs {actual}, expected {expected} alone")]
    InputMismatch {
        /// Name of the session.
        session: String,
        /// Name, type and shape of the input specified.
        expected: String,
        /// Name, type and shape of each input of the model; -1 is any size.
        actual: String,
    },
    /// The model lacks an output that was specified, or it has another type.
    #[error("model of session `{session}` has the outputs {actual}, expected {expected} among them")]
    OutputMismatch {
        /// Name of the session.
        session: String,
        /// Name and type of the output specified.
        expected: String,
        /// Name, type and shape of each output of the model; -1 is any size.
        actual: String,
    },
    /// The model takes one picture at a time, and the session shall give it several.
    #[error(
        "session `{session}` has batches of up to {max}, but the model `{}` takes {actual}; \
         expected a first dimension of any size",
        model.display()
    )]
    BatchFixed {
        /// Name of the session.
        session: String,
        /// The model file.
        model: PathBuf,
        /// Pictures in a run, as specified.
        max: usize,
        /// Name, type and shape of each input of the model; -1 is any size.
        actual: String,
    },
    /// The first run after loading gave an answer that cannot be right.
    #[error("canary run of session `{session}` with the model `{}` failed: {reason}", model.display())]
    CanaryFailed {
        /// Name of the session.
        session: String,
        /// The model file.
        model: PathBuf,
        /// What was wrong with which output.
        reason: String,
    },
    /// The first run after loading gave another answer than the one that is known to be right.
    #[error(
        "the model `{}` of session `{session}` gives a wrong answer on `{provider}`: output `{output}` has {} \
         at place {index}, expected {expected} within {tolerance}",
        model.display(),
        actual.map_or_else(|| "nothing".to_owned(), |value| value.to_string())
    )]
    ProofFailed {
        /// Name of the session.
        session: String,
        /// The model file.
        model: PathBuf,
        /// What ran it.
        provider: Provider,
        /// The output.
        output: String,
        /// Place in the output, row-major.
        index: usize,
        /// What is there, if anything.
        actual: Option<f32>,
        /// What should be there.
        expected: f32,
        /// How far off it may be.
        tolerance: f32,
    },
    /// A name that is no provider's.
    #[error("no provider is called `{name}`, expected one of {}", names(Provider::ALL.map(Provider::name)))]
    ProviderUnknown {
        /// The name.
        name: String,
    },
    /// A name that is no precision's.
    #[error("no precision is called `{name}`, expected one of {}", names(Precision::ALL.map(Precision::name)))]
    PrecisionUnknown {
        /// The name.
        name: String,
    },
    /// The provider cannot be used here, or does not take this model.
    #[error("provider `{provider}` does not take the model `{}` of session `{session}`: {reason}", model.display())]
    ProviderRefused {
        /// Name of the session.
        session: String,
        /// The model file.
        model: PathBuf,
        /// Which provider.
        provider: Provider,
        /// What is missing, or what the runtime said.
        reason: String,
    },
    /// An option that no wished provider knows, or a value that its provider refuses.
    #[error("provider option `{option}` = `{value}` of session `{session}` cannot be used: {reason}")]
    ProviderOption {
        /// Name of the session.
        session: String,
        /// The option.
        option: String,
        /// Its value.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder for what a provider builds cannot be used.
    #[error("could not keep what was built in `{}`", folder.display())]
    CacheUnusable {
        /// The folder.
        folder: PathBuf,
        /// What the file system said.
        #[source]
        source: std::io::Error,
    },
    /// The session's thread could not be started.
    #[error("could not start the thread of session `{session}`")]
    Thread {
        /// Name of the session.
        session: String,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The queue is full; nothing was queued.
    #[error("queue of session `{session}` is full ({capacity} requests waiting)")]
    Overloaded {
        /// Name of the session.
        session: String,
        /// Requests the queue holds.
        capacity: usize,
    },
    /// The answer would come too late: the request was dropped from the queue, or its run was cut short.
    #[error("request to session `{session}` waited longer than its limit of {limit:?}")]
    DeadlineExceeded {
        /// Name of the session.
        session: String,
        /// The limit it came with.
        limit: Duration,
    },
    /// The caller withdrew the request through its [`Ticket`](crate::Ticket).
    #[error("caller of session `{session}` hung up")]
    HungUp {
        /// Name of the session.
        session: String,
    },
    /// The request writes other values than the model's input holds.
    #[error("request to session `{session}` fills an input of {actual}, expected {expected}")]
    ElementMismatch {
        /// Name of the session.
        session: String,
        /// What the model's input holds.
        expected: ElementType,
        /// What the request writes.
        actual: ElementType,
    },
    /// The request's own code panicked; the session goes on.
    #[error("request to session `{session}` panicked while it {step}: {message}")]
    RequestPanicked {
        /// Name of the session.
        session: String,
        /// What it was doing.
        step: &'static str,
        /// What the panic said.
        message: String,
    },
    /// The runtime failed during a run.
    #[error("session `{session}` could not run its model")]
    Run {
        /// Name of the session.
        session: String,
        /// What the runtime said.
        #[source]
        source: Cause,
    },
    /// The session has been stopped.
    #[error("session `{session}` has stopped")]
    Stopped {
        /// Name of the session.
        session: String,
    },
}

impl EngineError {
    /// Whether another provider might do better with the same model.
    pub(crate) fn is_of_provider(&self) -> bool {
        matches!(
            self,
            Self::ProviderRefused { .. }
                | Self::ProofFailed { .. }
                | Self::CanaryFailed { .. }
                | Self::Run { .. }
        )
    }
}

fn names<const N: usize>(names: [&str; N]) -> String {
    names.join(", ")
}

fn listed(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
}
