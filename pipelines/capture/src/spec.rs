use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::CaptureError;

/// One camera as the operator wants it.
#[derive(Clone, Debug)]
pub struct CameraSpec {
    /// Name of the camera, unique on the box.
    pub id: Arc<str>,
    /// Where its pictures come from.
    pub source: Source,
    /// How long an RTSP camera may take to describe its stream; the next stages each get the same or more.
    pub connect_timeout: Duration,
    /// A live camera whose latest frame is older than this is frozen, and opened anew.
    pub frozen_after: Duration,
    /// Frames above this rate are skipped at the source and counted. `None` lets every frame through.
    pub max_rate_hz: Option<f32>,
}

impl CameraSpec {
    /// A camera with the default limits: 5 s to connect, frozen after 5 s, every frame.
    pub fn new(id: impl Into<Arc<str>>, source: Source) -> Self {
        Self {
            id: id.into(),
            source,
            connect_timeout: Duration::from_secs(5),
            frozen_after: Duration::from_secs(5),
            max_rate_hz: None,
        }
    }

    pub(crate) fn check(&self) -> Result<(), CaptureError> {
        let camera = || Arc::clone(&self.id);
        if let Some(max_rate_hz) = self.max_rate_hz
            && !(max_rate_hz.is_finite() && 0.0 < max_rate_hz)
        {
            return Err(CaptureError::Rate { camera: camera(), max_rate_hz });
        }
        let Source::Rtsp { url, .. } = &self.source else { return self.check_recode() };
        let host = self.host().unwrap_or_default();
        // First: the message about a bad URL shows it.
        if host.contains('@') {
            return Err(CaptureError::CredentialsInUrl { camera: camera() });
        }
        if host.is_empty() {
            // A URL of another scheme may hold a password as well.
            let url = if url.contains('@') { "…".to_owned() } else { url.clone() };
            return Err(CaptureError::Url { camera: camera(), url });
        }
        Ok(())
    }

    fn check_recode(&self) -> Result<(), CaptureError> {
        match self.source {
            Source::File { recode: Some(Recode { kbps }), .. }
                if !(1..=Recode::MOST_KBPS).contains(&kbps) =>
            {
                Err(CaptureError::Bitrate { camera: Arc::clone(&self.id), kbps })
            }
            _ => Ok(()),
        }
    }

    /// Host and port of an RTSP camera, as in its URL; `None` for footage and for other URLs.
    pub(crate) fn host(&self) -> Option<&str> {
        let Source::Rtsp { url, .. } = &self.source else { return None };
        let rest = url.strip_prefix("rtsp://").or_else(|| url.strip_prefix("rtsps://"))?;
        rest.split(['/', '?', '#']).next()
    }
}

/// Where a camera's pictures come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A camera on the network.
    Rtsp {
        /// `rtsp://host[:port]/path`, without user and password.
        url: String,
        /// What the camera asks for, if it does.
        credentials: Option<Credentials>,
        /// How the media travels.
        transport: Transport,
    },
    /// Recorded footage: a camera whose clock is its timestamps and which waits instead of dropping.
    File {
        /// A media file with a video track.
        path: PathBuf,
        /// Wall time of the first frame, nanoseconds since the Unix epoch.
        started_unix_ns: i64,
        /// Whether the pictures are first sent through a thin line, to see what that costs.
        recode: Option<Recode>,
    },
}

/// A line of so many bits: frames are coded in H.264 at this rate and decoded again. Frames and times stay the same,
/// and so do the pictures from run to run. Takes frames from 16x16 to 3840x2160 pixels, both sides even.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recode {
    /// Target in thousands of bits per second, 1 to 1,000,000. Where even the coarsest picture needs more, more is
    /// used, for no frame is left out.
    pub kbps: u32,
}

impl Recode {
    const MOST_KBPS: u32 = 1_000_000;
}

/// How RTP packets travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Interleaved in the RTSP connection.
    #[default]
    Tcp,
    /// Datagrams: lower delay, and losses.
    Udp,
}

/// User and password of a camera; `Debug` prints neither.
#[derive(Clone)]
pub struct Credentials {
    user: String,
    password: String,
}

impl Credentials {
    /// A user and a password.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: user.into(), password: password.into() }
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    pub(crate) fn password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rtsp(url: &str) -> CameraSpec {
        let credentials = Some(Credentials::new("guard", "hunter2"));
        CameraSpec::new("gate", Source::Rtsp { url: url.to_owned(), credentials, transport: Transport::Tcp })
    }

    #[test]
    fn no_message_shows_a_password() {
        assert!(!format!("{:?}", rtsp("rtsp://host/a")).contains("hunter2"));
        for url in ["rtsp://guard:hunter2@host/a", "http://guard:hunter2@host/a"] {
            let error = rtsp(url).check().expect_err("refused");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn addresses_that_are_not_rtsp_are_refused() {
        for url in ["", "rtsp://", "rtsp:///a", "http://host/a", "filesrc location=/etc/passwd"] {
            assert!(matches!(rtsp(url).check(), Err(CaptureError::Url { .. })), "{url}");
        }
        // An @ behind the host is part of the path.
        for url in ["rtsp://host", "rtsps://[::1]:554/a?b=c@d"] {
            assert!(rtsp(url).check().is_ok(), "{url}");
        }
    }

    #[test]
    fn rates_that_let_nothing_through_are_refused() {
        for rate in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            let spec = CameraSpec { max_rate_hz: Some(rate), ..rtsp("rtsp://host/a") };
            assert!(matches!(spec.check(), Err(CaptureError::Rate { .. })), "{rate}");
        }
    }

    #[test]
    fn bitrates_that_no_line_has_are_refused() {
        let spec = |kbps| {
            let recode = Some(Recode { kbps });
            CameraSpec::new("clip", Source::File { path: "clip.mp4".into(), started_unix_ns: 0, recode })
        };
        assert!(spec(1).check().is_ok() && spec(1_000_000).check().is_ok());
        for kbps in [0, 1_000_001, u32::MAX] {
            assert!(matches!(spec(kbps).check(), Err(CaptureError::Bitrate { .. })), "{kbps}");
        }
    }
}
