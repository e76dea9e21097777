use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use vision::SizePx;

use crate::failure::Failure;
use crate::mailbox::Mailbox;
use crate::{
    CameraSpec, CameraState, CameraStatus, CaptureError, ConnectLimit, Counters, Frame, FrameSlot, supervisor,
};

/// What to do when a camera's state or reason changes. Called on the camera's supervisor thread, first with
/// `Connecting`: while it runs, that camera is not supervised, so it must be short.
pub type OnStateChange = Box<dyn Fn(&CameraStatus) + Send + Sync>;

/// How long a dropped camera may take to stop.
const DROP_GRACE: Duration = Duration::from_secs(3);

/// A camera under supervision: one pipeline at a time, opened again whenever it is lost, for as long as this lives.
pub struct Camera {
    shared: Arc<Shared>,
    connects: ConnectLimit,
    supervisor: Option<JoinHandle<()>>,
}

impl Camera {
    /// Starts the supervisor thread `cam-<id>`. Never fails for an absent camera or file: that is a state.
    ///
    /// Footage is played once and is not opened again; its slot is closed behind its last frame, or when it fails,
    /// and its final state is known before the slot says so.
    ///
    /// # Errors
    /// Those of [`crate::init`]; [`CaptureError::Url`], [`CaptureError::CredentialsInUrl`], [`CaptureError::Rate`] for
    /// a specification that no camera could fulfil; [`CaptureError::Thread`].
    pub fn open(
        spec: CameraSpec,
        connects: &ConnectLimit,
        on_state_change: OnStateChange,
    ) -> Result<Self, CaptureError> {
        crate::init()?;
        spec.check()?;
        let id = Arc::clone(&spec.id);
        let shared = Arc::new(Shared::new(Arc::clone(&id), on_state_change));
        let supervisor = thread::Builder::new()
            .name(thread_name(&id, ""))
            .spawn({
                let (shared, connects) = (Arc::clone(&shared), connects.clone());
                move || supervisor::run(&shared, &spec, &connects)
            })
            .map_err(|source| CaptureError::Thread { camera: id, source })?;
        Ok(Self { shared, connects: connects.clone(), supervisor: Some(supervisor) })
    }

    /// Where the frames come out.
    pub fn slot(&self) -> &Arc<FrameSlot<Frame>> {
        &self.shared.slot
    }

    /// What is known of the camera now.
    pub fn status(&self) -> CameraStatus {
        self.shared.status()
    }

    /// Stops the camera and closes its slot. Returns whether all of it was gone within `grace`; what is slower is
    /// left to end by itself.
    pub fn stop(mut self, grace: Duration) -> bool {
        self.halt(grace)
    }

    fn halt(&mut self, grace: Duration) -> bool {
        let Some(supervisor) = self.supervisor.take() else { return true };
        self.shared.mailbox.request_stop();
        // Wakes footage that waits for its consumer, and the consumer.
        self.shared.slot.close();
        self.connects.wake();
        let gone = self.shared.mailbox.wait_finished(grace);
        if gone {
            // A panic there has been printed by its thread, and the slot is closed either way.
            supervisor.join().ok();
        } else {
            tracing::warn!(camera = &*self.shared.id, ?grace, "camera did not stop in time");
        }
        gone
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.halt(DROP_GRACE);
    }
}

/// What the handle, the supervisor and the streaming threads of one camera have in common.
pub(crate) struct Shared {
    pub(crate) id: Arc<str>,
    pub(crate) slot: Arc<FrameSlot<Frame>>,
    pub(crate) mailbox: Mailbox,
    pub(crate) counts: Counts,
    /// [`crate::monotonic_ns`] at the latest decoded frame.
    pub(crate) last_frame_ns: AtomicU64,
    described: Mutex<Described>,
    on_state_change: OnStateChange,
}

#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) frames_in: AtomicU64,
    pub(crate) over_rate: AtomicU64,
    pub(crate) reconnects: AtomicU64,
    pub(crate) timestamps_repaired: AtomicU64,
}

struct Described {
    state: CameraState,
    reason: String,
    since: Instant,
    decoder: Option<String>,
    size: Option<SizePx>,
}

impl Shared {
    fn new(id: Arc<str>, on_state_change: OnStateChange) -> Self {
        let described = Described {
            state: CameraState::Connecting,
            reason: "not opened yet".to_owned(),
            since: Instant::now(),
            decoder: None,
            size: None,
        };
        Self {
            id,
            slot: Arc::new(FrameSlot::for_footage()),
            mailbox: Mailbox::default(),
            counts: Counts::default(),
            last_frame_ns: AtomicU64::new(0),
            described: Mutex::new(described),
            on_state_change,
        }
    }

    #[cfg(test)]
    pub(crate) fn for_test(spec: &CameraSpec) -> Self {
        Self::new(Arc::clone(&spec.id), Box::new(|_| {}))
    }

    fn status(&self) -> CameraStatus {
        let counters = Counters {
            frames_in: self.counts.frames_in.load(Ordering::Relaxed),
            superseded: self.slot.superseded(),
            over_rate: self.counts.over_rate.load(Ordering::Relaxed),
            reconnects: self.counts.reconnects.load(Ordering::Relaxed),
            timestamps_repaired: self.counts.timestamps_repaired.load(Ordering::Relaxed),
        };
        let described = self.described.lock().unwrap_or_else(PoisonError::into_inner);
        CameraStatus {
            state: described.state,
            reason: described.reason.clone(),
            since: described.since,
            decoder: described.decoder.clone(),
            size: described.size,
            counters,
        }
    }

    /// Enters a state and tells it, if it or its reason is new. Supervisor thread only.
    pub(crate) fn enter(&self, state: CameraState, reason: &str) {
        {
            let mut described = self.described.lock().unwrap_or_else(PoisonError::into_inner);
            if state != CameraState::Streaming {
                described.decoder = None;
            }
            if (described.state, described.reason.as_str()) == (state, reason) {
                return;
            }
            described.state = state;
            described.reason = reason.to_owned();
            described.since = Instant::now();
        }
        let status = self.status();
        // The listener's panic must not end the supervision of the camera.
        if catch_unwind(AssertUnwindSafe(|| (self.on_state_change)(&status))).is_err() {
            tracing::error!(camera = &*self.id, ?state, "listener to camera states panicked");
        }
    }

    pub(crate) fn enter_failure(&self, failure: &Failure) {
        self.enter(failure.state, &failure.reason);
    }

    /// Notes what the frames of the stream are from now on.
    pub(crate) fn describe_frames(&self, decoder: Option<String>, size: SizePx) {
        let mut described = self.described.lock().unwrap_or_else(PoisonError::into_inner);
        described.decoder = decoder;
        described.size = Some(size);
    }
}

/// A name that the operating system takes.
pub(crate) fn thread_name(camera: &str, role: &str) -> String {
    format!("cam-{}{role}", camera.replace(char::is_control, "_"))
}
