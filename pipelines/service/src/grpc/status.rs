//! Errors as gRPC statuses: one exhaustive match per error type.

use engine::EngineError;
use tonic::{Code, Status};
use vision::VisionError;

use crate::edge::DetectError;

/// tonic says `OUT_OF_RANGE` for a message above the size limit; the contract says `RESOURCE_EXHAUSTED`.
pub(crate) fn size_error_as_exhausted<B>(mut response: http::Response<B>) -> http::Response<B> {
    if let Some(status) = response.headers_mut().get_mut("grpc-status")
        && status.as_bytes() == b"11"
    {
        *status = http::HeaderValue::from_static("8");
    }
    response
}

/// Errors of the picture in request field `field`.
pub(crate) fn of_picture(field: &str, error: &VisionError) -> Status {
    let code = match error {
        VisionError::TooLarge { .. } => Code::ResourceExhausted,
        VisionError::Undecodable { .. }
        | VisionError::Empty(_)
        | VisionError::PlaneTooSmall { .. }
        | VisionError::PlaneCount { .. } => Code::InvalidArgument,
        VisionError::Encode(_) => Code::Internal,
    };
    Status::new(code, format!("{field}: {}", chain(error)))
}

/// Errors of a detection.
pub(crate) fn of_detect(error: &DetectError) -> Status {
    let code = match error {
        DetectError::Engine(error) => of_engine(error),
        DetectError::NotLoaded { .. } | DetectError::MissingOutput { .. } | DetectError::Head(_) => {
            Code::Internal
        }
        DetectError::Stopped { .. } => Code::Unavailable,
        DetectError::Geometry(_) => Code::InvalidArgument,
    };
    Status::new(code, chain(error))
}

pub(super) fn of_engine(error: &EngineError) -> Code {
    match error {
        EngineError::Overloaded { .. } => Code::ResourceExhausted,
        EngineError::DeadlineExceeded { .. } => Code::DeadlineExceeded,
        EngineError::Stopped { .. } => Code::Unavailable,
        EngineError::HungUp { .. } => Code::Cancelled,
        EngineError::LibraryMissing { .. }
        | EngineError::LibraryUnusable { .. }
        | EngineError::LibraryTooOld { .. }
        | EngineError::LibraryAlreadyLoaded { .. }
        | EngineError::SpecInvalid { .. }
        | EngineError::ModelUnreadable { .. }
        | EngineError::InputMismatch { .. }
        | EngineError::OutputMismatch { .. }
        | EngineError::BatchFixed { .. }
        | EngineError::CanaryFailed { .. }
        | EngineError::ProofFailed { .. }
        | EngineError::ProviderUnknown { .. }
        | EngineError::PrecisionUnknown { .. }
        | EngineError::ProviderRefused { .. }
        | EngineError::ProviderOption { .. }
        | EngineError::CacheUnusable { .. }
        | EngineError::Thread { .. }
        | EngineError::RequestPanicked { .. }
        | EngineError::ElementMismatch { .. }
        | EngineError::Run { .. } => Code::Internal,
    }
}

/// The error with its causes on one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
