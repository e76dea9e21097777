//! The thread of one camera: takes its frame slot, submits to a session, awaits the reply, tracks, judges, journals.
//!
//! One frame is in flight at a time. A live frame that the thread has no time for is replaced by a newer one in the
//! slot; recorded footage waits instead, so that the same footage gives the same events.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use capture::{CameraStatus, Frame, FrameClocks, FrameSlot, Taken};
use delivery::{EvidenceStore, Journal};
use proto::v1 as pb;
use scene::{Passage, PassageState};
use vision::SizePx;

use super::backlog::Backlog;
use super::clocks;
use super::event::{CameraOrigin, Opening, camera_state, camera_state_name};
use super::evidence::{self, EvidencePolicy};
use super::forwarding::StatusPublisher;
use super::local_time::FrameTime;
use super::readiness::JournalHealth;
use super::sight::Sight;
use super::state::CameraRecord;

/// A live camera's objects are gone when it has sent no frame for this long: longer than the tracker remembers one.
const GONE_AFTER: Duration = Duration::from_secs(3);

/// How often the retained status is published without a change of state.
const STATUS_PERIOD: Duration = Duration::from_secs(30);

/// How often a thread without frames looks after its other duties.
const IDLE_WAKE: Duration = Duration::from_millis(200);

/// Everything a camera's thread works with. Its sight is its own; nothing here is shared but by message.
pub(crate) struct CameraThread {
    pub(crate) origin: CameraOrigin,
    /// Recorded footage has no states worth telling: its events must not depend on when it was run.
    pub(crate) recorded: bool,
    pub(crate) record: Arc<CameraRecord>,
    pub(crate) slot: Arc<FrameSlot<Frame>>,
    pub(crate) statuses: Receiver<CameraStatus>,
    pub(crate) publish_status: StatusPublisher,
    /// When the retained status was published last.
    pub(crate) status_told: Instant,
    pub(crate) sight: Sight,
    /// Priority of each rule's passages.
    pub(crate) priorities: HashMap<String, pb::Priority>,
    pub(crate) evidence: EvidenceStore,
    pub(crate) policy: EvidencePolicy,
    pub(crate) journal: Journal,
    pub(crate) journal_health: JournalHealth,
}

/// Track, rule and ordinal: what the revisions of one passage have in common.
type PassageKey = (u64, String, u32);

impl CameraThread {
    /// Runs until the camera's slot is closed and empty.
    pub(crate) fn run(mut self) {
        let mut open: HashMap<PassageKey, Opening> = HashMap::new();
        let mut backlog = Backlog::default();
        let mut last: Option<Frame> = None;
        loop {
            self.tell_statuses(&mut backlog);
            self.refresh_status();
            let frame = match self.slot.take(IDLE_WAKE) {
                Taken::Frame(frame) => frame,
                Taken::TimedOut => {
                    if let Some(last) = &last {
                        for passage in self.see_nothing(last) {
                            self.report(&passage, last, &mut open, &mut backlog);
                        }
                    }
                    self.flush(&mut backlog);
                    continue;
                }
                Taken::Closed => break,
            };
            let passages = self.see(&frame);
            for passage in passages {
                self.report(&passage, &frame, &mut open, &mut backlog);
            }
            self.flush(&mut backlog);
            if !frame.clocks.recorded {
                let age = capture::monotonic_ns().saturating_sub(frame.clocks.received_ns);
                self.record.frame_age.record(Duration::from_nanos(age));
                self.record.frame_seen();
                if let Some(lag) = clocks::since_sensor(&frame.clocks) {
                    self.record.sensor_lag.record(lag);
                }
            }
            self.record.set_frame(frame.clone());
            last = Some(frame);
        }
        // Without a single frame there is nothing open.
        if let Some(frame) = last {
            for passage in self.sight.finish(time_of(&frame.clocks)) {
                self.report(&passage, &frame, &mut open, &mut backlog);
            }
        }
        self.tell_statuses(&mut backlog);
        self.flush(&mut backlog);
        if 0 < backlog.len() {
            tracing::error!(camera = %self.record.id, events = backlog.len(), "stopped with events that the journal did not take");
        }
    }

    /// A live camera that has sent nothing for a while: what it followed is gone, and is not left open until the camera
    /// comes back. Recorded footage has no such time of its own.
    fn see_nothing(&mut self, last: &Frame) -> Vec<Passage> {
        let now = Duration::from_nanos(capture::monotonic_ns());
        if self.recorded || now < time_of(&last.clocks) + GONE_AFTER {
            return Vec::new();
        }
        let seen = self.sight.see_nothing(now, last.planes.view().size());
        self.record.counts.open_tracks.store(seen.tracks.len() as u64, Ordering::Relaxed);
        seen.passages
    }

    /// One frame through model, tracker and rules.
    fn see(&mut self, frame: &Frame) -> Vec<Passage> {
        let seen = match self.sight.see(
            FrameTime::of(&frame.clocks),
            clocks::born(&frame.clocks),
            Arc::clone(&frame.planes),
        ) {
            Ok(seen) => seen,
            Err(error) => {
                let frames = one_more(&self.record.counts.unanswered);
                if is_worth_a_line(frames) {
                    tracing::warn!(camera = %self.record.id, frames, error = %error, "frame was not inferred");
                }
                return Vec::new();
            }
        };
        if let Some(error) = &seen.tile_missed {
            let frames = one_more(&self.record.counts.tiles_missed);
            if is_worth_a_line(frames) {
                tracing::warn!(camera = %self.record.id, frames, error = %error, "not every tile of a frame was looked at");
            }
        }
        self.record.counts.inferred.fetch_add(1, Ordering::Relaxed);
        self.record.counts.open_tracks.store(seen.tracks.len() as u64, Ordering::Relaxed);
        let passages = seen.passages;
        self.record.inference_wait.record(self.sight.take_waited());
        passages
    }

    /// Turns one revision of a passage into an event.
    fn report(
        &self,
        passage: &Passage,
        frame: &Frame,
        open: &mut HashMap<PassageKey, Opening>,
        backlog: &mut Backlog,
    ) {
        let key = (passage.subject.number(), passage.rule_id.clone(), passage.ordinal);
        if passage.state == PassageState::Opened {
            self.record.counts.passages_opened.fetch_add(1, Ordering::Relaxed);
            let id = self.origin.passage_id(passage, &frame.clocks);
            let kept = evidence::keep(&self.evidence, &self.policy, &self.origin, frame, &passage.bbox);
            let evidence = kept.unwrap_or_else(|error| {
                // The event is worth more than its picture: it goes without.
                tracing::error!(camera = %self.record.id, passage = id, error = format!("{error:#}"), "passage has no pictures");
                Vec::new()
            });
            let location = self.origin.location(&passage.bbox, frame.planes.view().size());
            open.insert(key.clone(), Opening { id, evidence, location });
        }
        let Some(known) = open.get(&key) else {
            tracing::error!(camera = %self.record.id, rule = passage.rule_id, "revision of a passage that was never opened");
            return;
        };
        let size: SizePx = frame.planes.view().size();
        let priority = self.priorities.get(&passage.rule_id).copied().unwrap_or(pb::Priority::Normal);
        let event = self.origin.passage(passage, known, &frame.clocks, size, priority);
        backlog.push(event, &self.record.id);
        if passage.state == PassageState::Closed {
            open.remove(&key);
        }
    }

    /// Figures in the retained status grow old: told anew now and then.
    fn refresh_status(&mut self) {
        if STATUS_PERIOD <= self.status_told.elapsed() {
            self.publish_report();
        }
    }

    fn publish_report(&mut self) {
        self.status_told = Instant::now();
        (self.publish_status)(&self.record.id, status_json(&self.record.report(), self.sight.model_status()));
    }

    /// Passes changes of the camera's state on: to the servers, to the broker, to the journal.
    fn tell_statuses(&mut self, backlog: &mut Backlog) {
        while let Ok(status) = self.statuses.try_recv() {
            let state = camera_state(status.state);
            tracing::info!(camera = %self.record.id, state = camera_state_name(state), reason = status.reason, "camera");
            self.publish_report();
            if !self.recorded {
                backlog.push(self.origin.camera_status(state, &status.reason), &self.record.id);
            }
        }
    }

    /// Gives the journal what waits, in order. What it does not take now waits on.
    fn flush(&self, backlog: &mut Backlog) {
        if backlog.len() == 0 {
            return;
        }
        let fault = backlog.flush(&self.journal, &self.record.id);
        if let Some(fault) = &fault {
            tracing::error!(camera = %self.record.id, waiting = backlog.len(), fault, "journal did not take an event");
        }
        self.journal_health.set(fault);
        self.record.counts.waiting_for_journal.store(backlog.len() as u64, Ordering::Relaxed);
    }
}

/// The retained status message of a camera.
pub(crate) fn status_json(report: &pb::CameraReport, model: Option<pb::ModelStatus>) -> String {
    let model = model.unwrap_or_default();
    let since_s = report.state_since_ms as f64 / 1000.0;
    let is_streaming = report.state() == pb::CameraState::Streaming;
    serde_json::json!({
        "camera": report.id,
        "state": camera_state_name(report.state()),
        "reason": report.reason,
        "state_since_s": since_s,
        "decoder": report.decoder,
        "model": model.card_id,
        "provider": model.actual_provider,
        "frame_age_ms": report.frame_age_ms.unwrap_or_default().p95,
        "fps": if is_streaming { report.fps } else { 0.0 },
        "width_px": report.width_px,
        "height_px": report.height_px,
        "frames_in": report.frames_in,
        "reconnects": report.reconnects,
    })
    .to_string()
}

fn one_more(count: &AtomicU64) -> u64 {
    count.fetch_add(1, Ordering::Relaxed) + 1
}

/// Every power of two: often enough to be seen, seldom enough not to flood.
fn is_worth_a_line(count: u64) -> bool {
    count.is_power_of_two()
}

fn time_of(clocks: &FrameClocks) -> Duration {
    Duration::from_nanos(clocks.received_ns)
}
