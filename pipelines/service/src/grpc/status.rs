//! Errors as gRPC statuses: one exhaustive match per error type.

use delivery::DeliveryError;
use engine::EngineError;
use tonic::{Code, Status};
use vision::VisionError;

use crate::edge::{DetectError, FeedbackError, WhyNotError};
use crate::plate_desk::DeskError;
use crate::readers::ReadError;

/// tonic says `OUT_OF_RANGE` for a message above the size limit; the contract says `RESOURCE_EXHAUSTED`.
pub(crate) fn size_error_as_exhausted<B>(mut response: http::Response<B>) -> http::Response<B> {
    if let Some(status) = response.headers_mut().get_mut("grpc-status")
        && status.as_bytes() == b"11"
    {
        *status = http::HeaderValue::from_static("8");
    }
    response
}

/// Longest message of a refusal, percent-encoded. A refusal repeats what came, which may be as long as a request; many
/// clients give up the whole connection for 16 KiB of headers.
const MAX_MESSAGE_BYTES: usize = 4 << 10;

/// Cuts the message of a refusal that is too long for a header.
pub(crate) fn cut_message<B>(mut response: http::Response<B>) -> http::Response<B> {
    if let Some(message) = response.headers_mut().get_mut("grpc-message")
        && MAX_MESSAGE_BYTES < message.len()
    {
        let kept = &message.as_bytes()[..MAX_MESSAGE_BYTES];
        // No part of an encoded byte stays; a character that is cut in its middle is shown as one that is unknown.
        let whole = kept.iter().rposition(|&byte| byte == b'%').filter(|at| kept.len() < at + 3);
        if let Ok(cut) =
            http::HeaderValue::from_bytes(&[&kept[..whole.unwrap_or(kept.len())], b"..."].concat())
        {
            *message = cut;
        }
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

/// Errors of a picture that was to be read for plates.
pub(crate) fn of_desk(error: &DeskError) -> Status {
    let code = match error {
        DeskError::Picture(error) => return of_picture("picture", error),
        DeskError::Corners => Code::InvalidArgument,
        DeskError::Late(_) => Code::DeadlineExceeded,
        DeskError::Locate(error) => of_detect(error).code(),
        DeskError::Read(ReadError::Engine(error)) => of_engine(error),
        DeskError::Read(
            ReadError::MissingOutput { .. }
            | ReadError::Resize(_)
            | ReadError::FaceSize { .. }
            | ReadError::Plate { .. }
            | ReadError::Face { .. }
            | ReadError::Person { .. },
        ) => Code::Internal,
    };
    Status::new(code, chain(error))
}

/// Errors of a question about decisions.
pub(crate) fn of_why_not(error: &WhyNotError) -> Status {
    let code = match error {
        WhyNotError::UnknownCamera(_) => Code::NotFound,
        WhyNotError::Future { .. } | WhyNotError::Tolerance(_) => Code::InvalidArgument,
        WhyNotError::Store(error) => of_store(error),
    };
    Status::new(code, chain(error))
}

/// Errors of a verdict.
pub(crate) fn of_feedback(error: &FeedbackError) -> Status {
    let code = match error {
        FeedbackError::UnknownEvent(_) | FeedbackError::UnknownCamera(_) => Code::NotFound,
        FeedbackError::Field { .. } => Code::InvalidArgument,
        FeedbackError::Store(error) => of_store(error),
        FeedbackError::WhyNot(error) => return of_why_not(error),
    };
    Status::new(code, chain(error))
}

fn of_store(error: &DeliveryError) -> Code {
    match error {
        DeliveryError::QueueFull { .. } | DeliveryError::TooManyVerdicts { .. } => Code::ResourceExhausted,
        DeliveryError::PayloadTooLarge { .. } | DeliveryError::Name { .. } => Code::InvalidArgument,
        DeliveryError::Database { .. }
        | DeliveryError::File { .. }
        | DeliveryError::Unconfirmed { .. }
        | DeliveryError::Unanswered { .. }
        | DeliveryError::Closed => Code::Unavailable,
        DeliveryError::Locked { .. }
        | DeliveryError::ForeignBox { .. }
        | DeliveryError::Damaged { .. }
        | DeliveryError::Layout { .. }
        | DeliveryError::Thread { .. }
        | DeliveryError::EncodePanicked { .. }
        | DeliveryError::Setting { .. }
        | DeliveryError::AcknowledgedAhead { .. }
        | DeliveryError::TooManyConsumers { .. }
        | DeliveryError::CameraStatus { .. }
        | DeliveryError::EvidenceDamaged { .. } => Code::Internal,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(message: &str) -> String {
        let cut = cut_message(Status::not_found(message).into_http::<()>());
        Status::from_header_map(cut.headers()).expect("a status").message().to_owned()
    }

    #[test]
    fn a_message_is_cut_before_a_client_gives_up_the_connection() {
        assert_eq!(cut("model `other` is not served"), "model `other` is not served");
        let long = "a".repeat(MAX_MESSAGE_BYTES + 1);
        assert_eq!(cut(&long), format!("{}...", &long[1..]));
        for shift in 0..3 {
            // Three bytes each when encoded.
            let told = cut(&format!("{}{}", "a".repeat(shift), "%".repeat(MAX_MESSAGE_BYTES)));
            let signs = (MAX_MESSAGE_BYTES - shift) / 3;
            assert_eq!(told, format!("{}{}...", "a".repeat(shift), "%".repeat(signs)));
        }
    }
}
