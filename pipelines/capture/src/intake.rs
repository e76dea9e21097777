use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use gstreamer as gst;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use vision::SizePx;

use crate::camera::Shared;
use crate::failure::Failure;
use crate::frame::MappedPlanes;
use crate::mailbox::Progress;
use crate::rate_gate::RateGate;
use crate::{CameraSpec, CameraState, Frame, FrameClocks, Source, monotonic_ns};

#[cfg(test)]
mod tests;

/// Seconds from the epoch of NTP, 1900, to that of Unix, 1970.
const UNIX_EPOCH_NTP_S: u64 = 2_208_988_800;

/// The end of one pipeline: gives each decoded frame its clocks and hands it over. Runs on a streaming thread.
pub(crate) struct Intake {
    shared: Arc<Shared>,
    attempt: u64,
    notes: Arc<Notes>,
    timeline: Timeline,
    rate: RateGate,
    /// Caps of the latest sample and what they say.
    caps: Option<(gst::Caps, gst_video::VideoInfo)>,
    delivering: bool,
}

/// What a pipeline's other callbacks tell its [`Intake`].
#[derive(Default)]
pub(crate) struct Notes {
    /// The supervisor has given the pipeline up: nothing of it may reach the slot any more.
    pub(crate) retired: AtomicBool,
    /// Name of the decoder element added last, which is the one that works: those that failed were removed before.
    pub(crate) decoder: Mutex<Option<String>>,
    /// Something was found in the source that is neither sound nor text.
    pub(crate) video_seen: AtomicBool,
}

enum Timeline {
    Live,
    Footage { started_unix_ns: i64, first_pts_ns: Option<u64>, latest_ns: Option<u64> },
}

impl Intake {
    pub(crate) fn new(shared: &Arc<Shared>, spec: &CameraSpec, attempt: u64, notes: &Arc<Notes>) -> Self {
        let timeline = match spec.source {
            Source::Rtsp { .. } => Timeline::Live,
            Source::File { started_unix_ns, .. } => {
                Timeline::Footage { started_unix_ns, first_pts_ns: None, latest_ns: None }
            }
        };
        Self {
            shared: Arc::clone(shared),
            attempt,
            notes: Arc::clone(notes),
            timeline,
            rate: RateGate::new(spec.max_rate_hz),
            caps: None,
            delivering: false,
        }
    }

    /// Takes the sample that `sink` has ready. An error ends the pipeline.
    pub(crate) fn take(&mut self, sink: &gst_app::AppSink) -> Result<gst::FlowSuccess, gst::FlowError> {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Flushing)?;
        if self.notes.retired.load(Ordering::Acquire) {
            return Err(gst::FlowError::Flushing);
        }
        let buffer = sample.buffer_owned().ok_or(gst::FlowError::Error)?;
        let now_ns = monotonic_ns();
        self.shared.last_frame_ns.store(now_ns, Ordering::Release);
        let sequence = self.shared.counts.frames_in.fetch_add(1, Ordering::Relaxed);
        let clocks = self.clocks(&buffer, now_ns);
        let info = self.info(&sample)?;
        if !self.delivering {
            self.delivering = true;
            self.shared.mailbox.advance(self.attempt, Progress::Delivering);
        }
        if !self.rate.admits(clocks.received_ns) {
            self.shared.counts.over_rate.fetch_add(1, Ordering::Relaxed);
            return Ok(gst::FlowSuccess::Ok);
        }
        let Some(planes) = MappedPlanes::map(buffer, &info) else {
            return Err(self.refuse("decoded frame cannot be mapped as its format says".to_owned()));
        };
        let camera = Arc::clone(&self.shared.id);
        let frame = Frame { camera, sequence, clocks, planes: Arc::new(planes) };
        let accepted = match self.timeline {
            Timeline::Live => self.shared.slot.put(frame),
            Timeline::Footage { .. } => self.shared.slot.put_waiting(frame),
        };
        if accepted { Ok(gst::FlowSuccess::Ok) } else { Err(gst::FlowError::Eos) }
    }

    fn clocks(&mut self, buffer: &gst::BufferRef, now_ns: u64) -> FrameClocks {
        match &mut self.timeline {
            Timeline::Live => FrameClocks {
                sensor_unix_ns: sensor_unix_ns(buffer),
                received_ns: now_ns,
                wall_unix_ns: wall_unix_ns(),
                recorded: false,
            },
            Timeline::Footage { started_unix_ns, first_pts_ns, latest_ns } => {
                let pts_ns = buffer.pts().map(gst::ClockTime::nseconds);
                // Some clips start above zero because packets that only prime the decoder come first.
                let first_ns = *first_pts_ns.get_or_insert(pts_ns.unwrap_or_default());
                let since_first = pts_ns.and_then(|pts_ns| pts_ns.checked_sub(first_ns));
                let received_ns = match *latest_ns {
                    None => 0,
                    Some(latest_ns) => since_first.filter(|ns| latest_ns < *ns).unwrap_or_else(|| {
                        self.shared.counts.timestamps_repaired.fetch_add(1, Ordering::Relaxed);
                        latest_ns + buffer.duration().map_or(1, |duration| duration.nseconds().max(1))
                    }),
                };
                *latest_ns = Some(received_ns);
                let wall_unix_ns = started_unix_ns.saturating_add_unsigned(received_ns);
                FrameClocks { sensor_unix_ns: None, received_ns, wall_unix_ns, recorded: true }
            }
        }
    }

    fn info(&mut self, sample: &gst::Sample) -> Result<gst_video::VideoInfo, gst::FlowError> {
        if let (Some((known, info)), Some(caps)) = (&self.caps, sample.caps())
            && known.as_ref() == caps
        {
            return Ok(info.clone());
        }
        let caps = sample.caps_owned().ok_or(gst::FlowError::NotNegotiated)?;
        let info = gst_video::VideoInfo::from_caps(&caps)
            .map_err(|_| self.refuse(format!("decoder gives frames of unusable caps `{caps}`")))?;
        let decoder = self.notes.decoder.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.shared.describe_frames(decoder, SizePx::new(info.width(), info.height()));
        self.caps = Some((caps, info.clone()));
        Ok(info)
    }

    fn refuse(&self, reason: String) -> gst::FlowError {
        self.shared.mailbox.fail(self.attempt, |_| Failure::new(CameraState::Undecodable, reason));
        gst::FlowError::Error
    }
}

/// The sender's wall clock, once its first RTCP report has come. A camera without a set clock, which says 1900 or
/// so, has none.
fn sensor_unix_ns(buffer: &gst::BufferRef) -> Option<i64> {
    let ntp = buffer
        .iter_meta::<gst::ReferenceTimestampMeta>()
        .find(|meta| {
            meta.reference().structure(0).is_some_and(|reference| reference.name() == "timestamp/x-ntp")
        })?
        .timestamp();
    let unix = ntp.checked_sub(gst::ClockTime::from_seconds(UNIX_EPOCH_NTP_S))?;
    i64::try_from(unix.nseconds()).ok()
}

fn wall_unix_ns() -> i64 {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX)
}
