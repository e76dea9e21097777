use std::fmt;
use std::sync::Arc;

use gstreamer::glib;

/// Why a camera could not be set up. A camera that is absent or broken is not an error: see
/// [`CameraState`](crate::CameraState).
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// GStreamer itself did not start.
    #[error("could not start GStreamer")]
    Init(#[source] glib::Error),
    /// Elements that every camera needs are not installed.
    #[error("GStreamer lacks {}", listed(missing))]
    MissingElements {
        /// What is missing and where it comes from.
        missing: Vec<MissingElement>,
    },
    /// The address is not that of an RTSP stream.
    #[error("camera `{camera}` has the URL `{url}`, expected one that starts with `rtsp://` or `rtsps://`")]
    Url {
        /// Id of the camera.
        camera: Arc<str>,
        /// The URL as given.
        url: String,
    },
    /// User name or password stand in the URL, where logs would show them.
    #[error("camera `{camera}` has credentials in its URL, expected them apart from it")]
    CredentialsInUrl {
        /// Id of the camera.
        camera: Arc<str>,
    },
    /// The rate limit lets no frame through, or is no number.
    #[error("camera `{camera}` has a rate limit of {max_rate_hz} Hz, expected a finite rate above 0")]
    Rate {
        /// Id of the camera.
        camera: Arc<str>,
        /// The limit as given.
        max_rate_hz: f32,
    },
    /// Footage is to be coded at a rate that no encoder takes.
    #[error("footage of camera `{camera}` is to be coded at {kbps} kbit/s, expected 1 to 1000000")]
    Bitrate {
        /// Id of the camera.
        camera: Arc<str>,
        /// The bitrate as given.
        kbps: u32,
    },
    /// A clip was not played to its end.
    #[error("could not play `{}`: {reason}", file.display())]
    Clip {
        /// The file.
        file: std::path::PathBuf,
        /// What the pipeline said.
        reason: String,
    },
    /// No encoder of a codec is installed.
    #[error("GStreamer has no encoder of {codec}, looked for {}", looked_for.join(", "))]
    NoEncoder {
        /// Name of the codec.
        codec: &'static str,
        /// The elements that would do.
        looked_for: Vec<&'static str>,
    },
    /// The supervisor thread could not be started.
    #[error("could not start the thread of camera `{camera}`")]
    Thread {
        /// Id of the camera.
        camera: Arc<str>,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
}

/// A GStreamer element, or kind of element, that is not installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingElement {
    /// Name of the element, or what it would decode.
    pub element: &'static str,
    /// Debian package that brings it.
    pub package: &'static str,
}

impl fmt::Display for MissingElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` (apt package `{}`)", self.element, self.package)
    }
}

fn listed(missing: &[MissingElement]) -> String {
    missing.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
