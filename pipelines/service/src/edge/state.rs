//! What a running box knows of itself: written by its threads, read by its servers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::TrySendError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use capture::{Camera, CameraStatus, Frame};
use delivery::{DecisionStore, DestinationStatus, EvidenceStore, Journal};

use proto::v1 as pb;
use tokio::sync::oneshot;
use vision::FrameBox;

use super::Detector;
use super::decisions::{Asking, Living};
use super::event::{Origin, camera_state};
use super::figures::Durations;
use super::forwarding::StatusReader;
use super::lanes::LaneBoard;
use super::plates::PlateCounts;
use super::redaction::Redaction;
use crate::lists::Lists;
use crate::plate_desk::Desk;
use crate::tensors::Lent;

/// One camera, as the servers see it.
pub(crate) struct CameraRecord {
    pub(crate) id: String,
    /// Readiness waits for it.
    pub(crate) required: bool,
    pub(crate) counts: CameraCounts,
    /// From arrival of a frame to the end of its judgement.
    pub(crate) frame_age: Durations,
    /// Of a frame in its session's queue.
    pub(crate) inference_wait: Durations,
    /// From the camera's own clock to the end of the judgement.
    pub(crate) sensor_lag: Durations,
    /// What its pictures hide.
    pub(crate) redaction: Redaction,
    pub(crate) lanes: LaneBoard,
    /// Where it reads plates.
    pub(crate) plates: Option<Arc<PlateCounts>>,
    rate: Mutex<FrameRate>,
    state: Mutex<Latest>,
    /// Its thread; absent until it runs.
    asking: Mutex<Option<Asking>>,
}

/// What a camera's thread counts.
#[derive(Default)]
pub(crate) struct CameraCounts {
    pub(crate) inferred: AtomicU64,
    /// Frames that a session did not take or answer in time.
    pub(crate) unanswered: AtomicU64,
    /// Frames of which a tile got no answer in time.
    pub(crate) tiles_missed: AtomicU64,
    /// Frames in which a look at a person failed.
    pub(crate) appearances_missed: AtomicU64,
    pub(crate) passages_opened: AtomicU64,
    pub(crate) open_tracks: AtomicU64,
    /// Passages that wait in memory because the journal does not take them.
    pub(crate) waiting_for_journal: AtomicU64,
}

/// A camera's thread gave no answer in time.
#[derive(Debug)]
pub(crate) struct Unanswered;

struct Latest {
    phase: Phase,
    /// With the people in it.
    frame: Option<(Frame, Vec<FrameBox>)>,
}

enum Phase {
    /// About to be opened.
    Starting {
        since: Instant,
    },
    Open(Camera),
    /// Stopped; what was known then.
    Stopped(CameraStatus),
    /// Never started, and why.
    Disabled {
        reason: String,
        since: Instant,
    },
}

impl CameraRecord {
    pub(crate) fn supervised(id: &str, required: bool, redaction: Redaction) -> Self {
        Self::new(id, required, redaction, Phase::Starting { since: Instant::now() })
    }

    pub(crate) fn disabled(id: &str, required: bool, reason: String) -> Self {
        Self::new(id, required, Redaction::default(), Phase::Disabled { reason, since: Instant::now() })
    }

    fn new(id: &str, required: bool, redaction: Redaction, phase: Phase) -> Self {
        Self {
            id: id.to_owned(),
            required,
            counts: CameraCounts::default(),
            frame_age: Durations::new(),
            inference_wait: Durations::new(),
            sensor_lag: Durations::new(),
            redaction,
            lanes: LaneBoard::default(),
            plates: None,
            rate: Mutex::default(),
            state: Mutex::new(Latest { phase, frame: None }),
            asking: Mutex::default(),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, Latest> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the open camera over: from now on its status is asked for when somebody wants it.
    pub(crate) fn attach(&self, camera: Camera) {
        self.state().phase = Phase::Open(camera);
    }

    /// Takes the camera out of service.
    pub(crate) fn disable(&self, reason: String) {
        let disabled = Phase::Disabled { reason, since: Instant::now() };
        let before = std::mem::replace(&mut self.state().phase, disabled);
        // An open camera takes a while to stop, and not under the lock.
        drop(before);
    }

    /// Stops the camera, within `grace`.
    pub(crate) fn stop(&self, grace: Duration) {
        let mut state = self.state();
        let Phase::Open(camera) = &state.phase else { return };
        let stopped = Phase::Stopped(camera.status());
        let open = std::mem::replace(&mut state.phase, stopped);
        // Not under the lock: the servers go on answering.
        drop(state);
        if let Phase::Open(camera) = open
            && !camera.stop(grace)
        {
            tracing::warn!(camera = self.id, limit = ?grace, "stream did not stop in time");
        }
    }

    /// From now on its thread answers.
    pub(crate) fn answers(&self, asking: Asking) {
        *self.asking.lock().unwrap_or_else(PoisonError::into_inner) = Some(asking);
    }

    /// What the camera's thread has not handed over yet. `Ok(None)` where no thread runs; an error when it does not
    /// answer within `limit` or too many ask.
    pub(crate) async fn living(&self, limit: Duration) -> Result<Option<Living>, Unanswered> {
        let asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(asking) = asking else { return Ok(None) };
        let (question, answer) = oneshot::channel();
        match asking.try_send(question) {
            Ok(()) => {}
            Err(TrySendError::Disconnected(_)) => return Ok(None),
            Err(TrySendError::Full(_)) => return Err(Unanswered),
        }
        match tokio::time::timeout(limit, answer).await {
            Ok(Ok(living)) => Ok(Some(living)),
            // The thread ended with the question in its queue: it has handed everything over.
            Ok(Err(_)) => Ok(None),
            Err(_) => Err(Unanswered),
        }
    }

    /// The newest frame and the people in it.
    pub(crate) fn set_frame(&self, frame: Frame, people: Vec<FrameBox>) {
        self.state().frame = Some((frame, people));
    }

    /// A frame was judged.
    pub(crate) fn frame_seen(&self) {
        self.rate.lock().unwrap_or_else(PoisonError::into_inner).tick();
    }

    /// The newest frame and the people in it. A picture of it is made by [`CameraRecord::redaction`].
    pub(crate) fn latest_frame(&self) -> Option<(Frame, Vec<FrameBox>)> {
        self.state().frame.clone()
    }

    /// Everything there is to say of the camera now.
    pub(crate) fn report(&self) -> pb::CameraReport {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut report = pb::CameraReport {
            id: self.id.clone(),
            frames_inferred: count(&self.counts.inferred),
            passages_opened: count(&self.counts.passages_opened),
            open_tracks: count(&self.counts.open_tracks),
            frame_age_ms: Some(self.frame_age.quantiles().into()),
            inference_wait_ms: Some(self.inference_wait.quantiles().into()),
            sensor_lag_ms: Some(self.sensor_lag.quantiles().into()),
            fps: self.rate.lock().unwrap_or_else(PoisonError::into_inner).per_second(),
            ..pb::CameraReport::default()
        };
        match &self.state().phase {
            Phase::Starting { since } => {
                report.set_state(pb::CameraState::Connecting);
                report.state_since_ms = millis(since.elapsed());
            }
            Phase::Open(camera) => tell(&mut report, camera.status()),
            Phase::Stopped(status) => tell(&mut report, status.clone()),
            Phase::Disabled { reason, since } => {
                report.set_state(pb::CameraState::Disabled);
                report.reason = reason.clone();
                report.state_since_ms = millis(since.elapsed());
            }
        }
        report
    }
}

fn tell(report: &mut pb::CameraReport, status: CameraStatus) {
    report.set_state(camera_state(status.state));
    report.reason = status.reason;
    report.state_since_ms = millis(status.since.elapsed());
    report.decoder = status.decoder.unwrap_or_default();
    report.width_px = status.size.map_or(0, |size| size.width);
    report.height_px = status.size.map_or(0, |size| size.height);
    report.frames_in = status.counters.frames_in;
    report.frames_superseded = status.counters.superseded;
    report.frames_over_rate = status.counters.over_rate;
    report.reconnects = status.counters.reconnects;
}

/// Judged frames per second, over the latest whole period.
#[derive(Default)]
struct FrameRate {
    begun: Option<Instant>,
    frames: u32,
    latest: f32,
}

impl FrameRate {
    const PERIOD: Duration = Duration::from_secs(5);

    fn tick(&mut self) {
        let begun = *self.begun.get_or_insert_with(Instant::now);
        self.frames += 1;
        let elapsed = begun.elapsed();
        if Self::PERIOD <= elapsed {
            self.latest = self.frames as f32 / elapsed.as_secs_f32();
            self.begun = Some(Instant::now());
            self.frames = 0;
        }
    }

    fn per_second(&self) -> f32 {
        self.latest
    }
}

/// The box, as the servers see it.
pub(crate) struct BoxState {
    pub(crate) origin: Origin,
    pub(crate) started: Instant,
    pub(crate) journal: Journal,
    pub(crate) evidence: EvidenceStore,
    pub(crate) decisions: DecisionStore,
    pub(crate) cameras: Vec<Arc<CameraRecord>>,
    pub(crate) detectors: Vec<Detector>,
    /// What is known of each provider without a model.
    pub(crate) providers: Vec<engine::ProviderReport>,
    pub(crate) destinations: Vec<StatusReader>,
    pub(crate) readiness: super::Readiness,
    /// Streams that were ended because their reader was too slow.
    pub(crate) subscribers_lagged: AtomicU64,
    /// Requests that were refused because a queue was full.
    pub(crate) requests_refused: Arc<AtomicU64>,
    /// The models that outsiders may send tensors to; `None` where the configuration lends none.
    pub(crate) lent: Option<Arc<Lent>>,
    /// Reads pictures that callers send.
    pub(crate) plate_desk: Desk,
    /// Signed lists of plates.
    pub(crate) lists: Arc<Lists>,
}

impl BoxState {
    pub(crate) fn camera(&self, id: &str) -> Option<&Arc<CameraRecord>> {
        self.cameras.iter().find(|camera| camera.id == id)
    }

    /// The loaded model of that card, or the first one when `id` is empty.
    pub(crate) fn detector(&self, id: &str) -> Option<&Detector> {
        self.detectors.iter().find(|detector| id.is_empty() || detector.card().id == id)
    }

    pub(crate) fn destinations(&self) -> Vec<DestinationStatus> {
        self.destinations.iter().map(|status| status()).collect()
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
