use gstreamer as gst;
use gstreamer::glib;

use crate::CameraState;
use crate::mailbox::Progress;

/// How an attempt to open or play a camera ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) state: CameraState,
    pub(crate) reason: String,
}

impl Failure {
    pub(crate) fn new(state: CameraState, reason: impl Into<String>) -> Self {
        Self { state, reason: reason.into() }
    }

    /// From an error message of a pipeline that had come as far as `progress`. `host` is that of a live camera, and
    /// `video_seen` whether anything but sound and text was found in the source.
    pub(crate) fn from_error(
        error: &glib::Error,
        debug: Option<&str>,
        host: Option<&str>,
        progress: Progress,
        video_seen: bool,
    ) -> Self {
        let as_told = |state| Self::new(state, reason_of(error, debug));
        if let Some(kind) = error.kind::<gst::ResourceError>() {
            return match (kind, host) {
                (gst::ResourceError::NotAuthorized, _) => as_told(CameraState::Unauthorised),
                // The camera answered, so there is a route: what it does not find is the stream.
                (gst::ResourceError::NotFound, Some(_)) => as_told(CameraState::NoMedia),
                // What the system said of the connection is lost on the way: "Generic error".
                (gst::ResourceError::OpenRead | gst::ResourceError::OpenReadWrite, Some(host))
                    if progress == Progress::Opening =>
                {
                    let reason = format!("no connection to `{host}` (refused, unreachable or unknown)");
                    Self::new(CameraState::NoRoute, reason)
                }
                _ => as_told(CameraState::NoRoute),
            };
        }
        if host.is_some() && progress == Progress::Opening {
            return Self::new(CameraState::NoMedia, "camera offers no video stream");
        }
        if host.is_some() && progress < Progress::Flowing {
            return as_told(CameraState::NoMedia);
        }
        let undecoded =
            error.matches(gst::StreamError::CodecNotFound) || error.matches(gst::CoreError::MissingPlugin);
        if undecoded && !video_seen {
            return Self::new(CameraState::NoMedia, "there is no video in it");
        }
        as_told(CameraState::Undecodable)
    }
}

/// The message, and the last line of the debug text, which holds what the network or the decoder really said.
pub(crate) fn reason_of(error: &glib::Error, debug: Option<&str>) -> String {
    let message = error.message().trim().trim_end_matches('.');
    // The first line of the debug text is a place in GStreamer's source.
    let detail = debug.and_then(|debug| debug.lines().skip(1).filter(|line| !line.trim().is_empty()).last());
    match detail.map(|detail| detail.trim().trim_end_matches('.')) {
        Some(detail) if !detail.is_empty() && detail != message => format!("{message}: {detail}"),
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_become_states_that_an_operator_can_act_on() {
        use gst::{CoreError, ResourceError, StreamError};
        let live = |error: glib::Error, progress| {
            Failure::from_error(&error, None, Some("host"), progress, true).state
        };
        let file = |error: glib::Error, video_seen| {
            Failure::from_error(&error, None, None, Progress::Opening, video_seen).state
        };
        let resource = |kind: ResourceError| glib::Error::new(kind, "x");
        let stream = |kind: StreamError| glib::Error::new(kind, "x");
        assert_eq!(
            live(resource(ResourceError::NotAuthorized), Progress::Opening),
            CameraState::Unauthorised
        );
        assert_eq!(live(resource(ResourceError::NotFound), Progress::Opening), CameraState::NoMedia);
        assert_eq!(file(resource(ResourceError::NotFound), false), CameraState::NoRoute);
        assert_eq!(live(resource(ResourceError::OpenRead), Progress::Opening), CameraState::NoRoute);
        assert_eq!(live(resource(ResourceError::Read), Progress::Delivering), CameraState::NoRoute);
        assert_eq!(live(stream(StreamError::Format), Progress::Opening), CameraState::NoMedia);
        assert_eq!(live(stream(StreamError::Format), Progress::Described), CameraState::NoMedia);
        assert_eq!(live(stream(StreamError::Decode), Progress::Delivering), CameraState::Undecodable);
        assert_eq!(file(stream(StreamError::CodecNotFound), true), CameraState::Undecodable);
        assert_eq!(file(stream(StreamError::CodecNotFound), false), CameraState::NoMedia);
        let missing = glib::Error::new(CoreError::MissingPlugin, "x");
        assert_eq!(file(missing, false), CameraState::NoMedia);
        let negotiation = glib::Error::new(CoreError::Negotiation, "x");
        assert_eq!(live(negotiation, Progress::Flowing), CameraState::Undecodable);
    }

    #[test]
    fn the_reason_says_what_the_network_said() {
        let error = glib::Error::new(gst::ResourceError::OpenReadWrite, "Could not open resource.");
        let debug = "../gstrtspsrc.c(1): connect (): /a:\nFailed to connect. (Connection refused)\n";
        assert_eq!(
            reason_of(&error, Some(debug)),
            "Could not open resource: Failed to connect. (Connection refused)"
        );
        assert_eq!(reason_of(&error, Some("../gstrtspsrc.c(1): connect (): /a:")), "Could not open resource");
        assert_eq!(reason_of(&error, None), "Could not open resource");
    }
}
