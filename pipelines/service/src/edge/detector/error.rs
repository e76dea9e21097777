use engine::EngineError;
use vision::SizePx;

/// Why a frame has no detections.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DetectError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("model `{model}` does not load at {input}: {reason}")]
    NotLoaded { model: String, input: SizePx, reason: String },
    #[error("model `{model}` has stopped")]
    Stopped { model: String },
    #[error("model `{model}` gave no output `{output}`")]
    MissingOutput { model: String, output: String },
    #[error(transparent)]
    Head(#[from] detect::DetectError),
    #[error("a frame of {0} cannot be put into the model's input")]
    Geometry(SizePx),
}
