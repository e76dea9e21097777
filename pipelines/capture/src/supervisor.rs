use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::camera::Shared;
use crate::connect_limit::Permit;
use crate::failure::Failure;
use crate::mailbox::{Progress, Wake};
use crate::pipeline::{Pipeline, Retirement};
use crate::{CameraSpec, CameraState, ConnectLimit, Source, monotonic_ns};

/// The least time that a stream gets until its first decoded frame: cameras with a key frame every 8 s exist.
const FIRST_FRAME: Duration = Duration::from_secs(10);

/// How long a supervisor that ends waits for its pipeline to be gone. Usually that takes milliseconds; a camera that
/// no longer answers the goodbye may block it for much longer.
const RETIRE: Duration = Duration::from_secs(2);

/// The life of a camera's supervisor thread.
pub(crate) fn run(shared: &Arc<Shared>, spec: &CameraSpec, connects: &ConnectLimit) {
    let _finish = Finish(shared);
    shared.enter(CameraState::Connecting, "opening");
    match &spec.source {
        Source::Rtsp { .. } => stay_connected(shared, spec, connects),
        Source::File { .. } => play_once(shared, spec),
    }
}

/// Whatever ends the supervisor, the consumer and whoever stops the camera hear of it.
struct Finish<'a>(&'a Shared);

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        self.0.slot.close();
        self.0.mailbox.finish();
    }
}

/// How an attempt ended.
enum End {
    Stopped,
    Failed(Failure),
}

fn play_once(shared: &Arc<Shared>, spec: &CameraSpec) {
    let mut attempt = Attempt::begin(shared, spec);
    let end = attempt.watch(None);
    if let Some(retirement) = attempt.retire() {
        retirement.is_over_within(RETIRE);
    }
    if let End::Failed(failure) = end {
        shared.enter_failure(&failure);
    }
}

fn stay_connected(shared: &Arc<Shared>, spec: &CameraSpec, connects: &ConnectLimit) {
    let mut backoff = Backoff::default();
    let mut first = true;
    while let Some(permit) = connects.acquire(|| shared.mailbox.stopping()) {
        if !std::mem::take(&mut first) {
            shared.counts.reconnects.fetch_add(1, Ordering::Relaxed);
        }
        let mut attempt = Attempt::begin(shared, spec);
        let end = attempt.watch(Some(permit));
        backoff.streamed(attempt.streamed_for());
        if let End::Failed(failure) = &end {
            tracing::info!(camera = &*shared.id, state = ?failure.state, reason = failure.reason, "camera lost");
            shared.enter_failure(failure);
        }
        let retirement = attempt.retire();
        let gone_within =
            |limit| retirement.as_ref().is_none_or(|retirement| retirement.is_over_within(limit));
        // One pipeline at a time: a camera that hangs on its goodbye costs one thread, not one per attempt.
        let stop = matches!(end, End::Stopped)
            || loop {
                if shared.mailbox.sleep(backoff.next_wait()) {
                    break true;
                }
                if gone_within(Duration::ZERO) {
                    break false;
                }
                tracing::warn!(camera = &*shared.id, "the connection before is still being closed");
            };
        if stop {
            gone_within(RETIRE);
            return;
        }
    }
}

/// One pipeline from its start to its end.
struct Attempt<'a> {
    shared: &'a Arc<Shared>,
    spec: &'a CameraSpec,
    pipeline: Option<Pipeline>,
    progress: Progress,
    progressed_at: Instant,
}

impl<'a> Attempt<'a> {
    fn begin(shared: &'a Arc<Shared>, spec: &'a CameraSpec) -> Self {
        let number = shared.mailbox.begin();
        let pipeline = Pipeline::start(shared, spec, number)
            .map_err(|failure| shared.mailbox.fail(number, |_| failure))
            .ok();
        Self { shared, spec, pipeline, progress: Progress::Opening, progressed_at: Instant::now() }
    }

    /// Follows the pipeline to its end. `permit` is given back with the first frame.
    fn watch(&mut self, mut permit: Option<Permit>) -> End {
        loop {
            let deadline = match self.deadline() {
                Ok(deadline) => deadline,
                Err(overdue) => return End::Failed(overdue),
            };
            match self.shared.mailbox.wait(self.progress, deadline) {
                Wake::Stop => return End::Stopped,
                Wake::Failed(failure) => return End::Failed(failure),
                // Frames may have come in the meantime.
                Wake::Deadline => {}
                Wake::Progress(progress) => {
                    self.progress = progress;
                    self.progressed_at = Instant::now();
                    if progress == Progress::Delivering {
                        permit.take();
                        self.shared.enter(CameraState::Streaming, "frames arrive");
                    }
                }
            }
        }
    }

    /// When the present stage will be overdue (`None` for footage, which may wait for its consumer at any time), or
    /// what it means that it is.
    fn deadline(&self) -> Result<Option<Instant>, Failure> {
        if matches!(self.spec.source, Source::File { .. }) {
            return Ok(None);
        }
        let limit = match self.progress {
            Progress::Opening | Progress::Described => self.spec.connect_timeout,
            Progress::Flowing => self.spec.frozen_after.max(FIRST_FRAME),
            Progress::Delivering => self.spec.frozen_after,
        };
        let age = match self.progress {
            Progress::Delivering => {
                let last_ns = self.shared.last_frame_ns.load(Ordering::Acquire);
                Duration::from_nanos(monotonic_ns().saturating_sub(last_ns))
            }
            _ => self.progressed_at.elapsed(),
        };
        if age < limit {
            return Ok(Instant::now().checked_add(limit - age));
        }
        Err(match self.progress {
            Progress::Opening => Failure::new(CameraState::NoRoute, format!("no answer within {limit:?}")),
            Progress::Described => Failure::new(
                CameraState::NoMedia,
                format!("camera offers video, but none arrived within {limit:?}"),
            ),
            Progress::Flowing => Failure::new(
                CameraState::Undecodable,
                format!("video arrives, but no picture came of it within {limit:?}"),
            ),
            Progress::Delivering => Failure::new(CameraState::Frozen, format!("no frame for {limit:?}")),
        })
    }

    fn streamed_for(&self) -> Duration {
        if self.progress == Progress::Delivering { self.progressed_at.elapsed() } else { Duration::ZERO }
    }

    fn retire(self) -> Option<Retirement> {
        self.pipeline.map(|pipeline| pipeline.retire(&self.shared.id))
    }
}
