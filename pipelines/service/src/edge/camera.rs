//! The thread of one camera: takes its frame slot, submits to a session, awaits the reply, tracks, judges, journals.
//!
//! One frame is in flight at a time. A live frame that the thread has no time for is replaced by a newer one in the
//! slot; recorded footage waits instead, so that the same footage gives the same events.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use capture::{CameraStatus, Frame, FrameClocks, FrameSlot, Taken};
use delivery::{Draft, EvidenceStore, Journal};
use prost::Message as _;
use proto::v1 as pb;
use scene::{Passage, PassageState, Scene};
use track::{Observation, Tracker};
use vision::{SizePx, TensorWriter};

use super::Detector;
use super::event::{CameraOrigin, camera_state, camera_state_name, kind};
use super::evidence::{self, EvidencePolicy};
use super::forwarding::StatusPublisher;
use super::readiness::JournalHealth;
use super::state::CameraRecord;

/// Passages that may wait in memory while the journal does not take them.
const JOURNAL_BACKLOG: usize = 1024;

/// Two boxes of confusable classes that overlap more than this are one object.
const RIVAL_IOU: f32 = 0.6;

/// How often a thread without frames looks after its other duties.
const IDLE_WAKE: Duration = Duration::from_millis(200);

/// Everything a camera's thread works with. It owns the tracker and the rules; nothing here is shared but by message.
pub(crate) struct CameraThread {
    pub(crate) origin: CameraOrigin,
    /// Recorded footage has no states worth telling: its events must not depend on when it was run.
    pub(crate) recorded: bool,
    pub(crate) record: Arc<CameraRecord>,
    pub(crate) slot: Arc<FrameSlot<Frame>>,
    pub(crate) statuses: Receiver<CameraStatus>,
    pub(crate) publish_status: StatusPublisher,
    pub(crate) detector: Detector,
    pub(crate) min_score: f32,
    pub(crate) inference_limit: Duration,
    /// Classes that the model confuses with each other.
    pub(crate) class_groups: Vec<Vec<u16>>,
    pub(crate) tracker: Tracker,
    pub(crate) scene: Scene,
    /// Priority of each rule's passages.
    pub(crate) priorities: HashMap<String, pb::Priority>,
    pub(crate) evidence: EvidenceStore,
    pub(crate) policy: EvidencePolicy,
    pub(crate) journal: Journal,
    pub(crate) journal_health: JournalHealth,
}

/// What is remembered of a passage between its revisions.
struct OpenPassage {
    id: String,
    evidence: Vec<pb::Evidence>,
}

/// Track, rule and ordinal: what the revisions of one passage have in common.
type PassageKey = (u64, String, u32);

impl CameraThread {
    /// Runs until the camera's slot is closed and empty.
    pub(crate) fn run(mut self) {
        let mut writer: Option<TensorWriter> = None;
        let mut open: HashMap<PassageKey, OpenPassage> = HashMap::new();
        let mut backlog = Backlog::default();
        let mut last: Option<Frame> = None;
        loop {
            self.tell_statuses(&mut backlog);
            let frame = match self.slot.take(IDLE_WAKE) {
                Taken::Frame(frame) => frame,
                Taken::TimedOut => {
                    self.flush(&mut backlog);
                    continue;
                }
                Taken::Closed => break,
            };
            let passages = self.see(&frame, &mut writer);
            for passage in passages {
                self.report(&passage, &frame, &mut open, &mut backlog);
            }
            self.flush(&mut backlog);
            if !frame.clocks.recorded {
                let age = capture::monotonic_ns().saturating_sub(frame.clocks.received_ns);
                self.record.frame_age.record(Duration::from_nanos(age));
            }
            self.record.set_frame(frame.clone());
            last = Some(frame);
        }
        // Without a single frame there is nothing open.
        if let Some(frame) = last {
            for passage in self.scene.finish(time_of(&frame.clocks)) {
                self.report(&passage, &frame, &mut open, &mut backlog);
            }
        }
        self.tell_statuses(&mut backlog);
        self.flush(&mut backlog);
        if !backlog.0.is_empty() {
            tracing::error!(camera = %self.record.id, events = backlog.0.len(), "stopped with events that the journal did not take");
        }
    }

    /// One frame through model, tracker and rules.
    fn see(&mut self, frame: &Frame, writer: &mut Option<TensorWriter>) -> Vec<Passage> {
        let planes = Arc::clone(&frame.planes);
        let mut detections = match self.detector.detect(planes, writer, self.min_score, self.inference_limit)
        {
            Ok(detections) => detections,
            Err(error) => {
                let before = self.record.counts.unanswered.fetch_add(1, Ordering::Relaxed);
                // Every power of two: often enough to be seen, seldom enough not to flood.
                if before.is_power_of_two() || before == 0 {
                    tracing::warn!(camera = %self.record.id, frames = before + 1, error = %error, "frame was not inferred");
                }
                return Vec::new();
            }
        };
        self.record.counts.inferred.fetch_add(1, Ordering::Relaxed);
        detect::drop_rivals(&mut detections, &self.class_groups, RIVAL_IOU);
        let observations: Vec<Observation> = detections
            .iter()
            .map(|detection| Observation {
                class: detection.class,
                score: detection.score,
                bbox: detection.bbox,
            })
            .collect();
        let at = time_of(&frame.clocks);
        let size = frame.planes.view().size();
        let update = self.tracker.update(at, &observations);
        self.record.counts.open_tracks.store(update.active.len() as u64, Ordering::Relaxed);
        self.scene.judge(at, size, update.active, update.ended)
    }

    /// Turns one revision of a passage into an event.
    fn report(
        &self,
        passage: &Passage,
        frame: &Frame,
        open: &mut HashMap<PassageKey, OpenPassage>,
        backlog: &mut Backlog,
    ) {
        let key = (passage.track_id, passage.rule_id.clone(), passage.ordinal);
        if passage.state == PassageState::Opened {
            self.record.counts.passages_opened.fetch_add(1, Ordering::Relaxed);
            let id = self.origin.passage_id(passage, &frame.clocks);
            let kept = evidence::keep(&self.evidence, &self.policy, &self.origin, frame, &passage.bbox);
            let evidence = kept.unwrap_or_else(|error| {
                // The event is worth more than its picture: it goes without.
                tracing::error!(camera = %self.record.id, passage = id, error = format!("{error:#}"), "passage has no pictures");
                Vec::new()
            });
            open.insert(key.clone(), OpenPassage { id, evidence });
        }
        let Some(known) = open.get(&key) else {
            tracing::error!(camera = %self.record.id, rule = passage.rule_id, "revision of a passage that was never opened");
            return;
        };
        let size: SizePx = frame.planes.view().size();
        let priority = self.priorities.get(&passage.rule_id).copied().unwrap_or(pb::Priority::Normal);
        let event =
            self.origin.passage(passage, &known.id, &frame.clocks, size, priority, known.evidence.clone());
        backlog.push(event, &self.record.id);
        if passage.state == PassageState::Closed {
            open.remove(&key);
        }
    }

    /// Passes changes of the camera's state on: to the servers, to the broker, to the journal.
    fn tell_statuses(&self, backlog: &mut Backlog) {
        for status in self.statuses.try_iter() {
            let state = camera_state(status.state);
            tracing::info!(camera = %self.record.id, state = camera_state_name(state), reason = status.reason, "camera");
            (self.publish_status)(&self.record.id, status_json(&self.record.report()));
            if !self.recorded {
                backlog.push(self.origin.camera_status(state, &status.reason), &self.record.id);
            }
        }
    }

    /// Gives the journal what waits, in order. What it does not take now waits on.
    fn flush(&self, backlog: &mut Backlog) {
        while let Some(event) = backlog.0.front() {
            match self.journal.append(draft(event)) {
                Ok(_) => {
                    self.journal_health.set(None);
                    backlog.0.pop_front();
                }
                Err(error) => {
                    tracing::error!(camera = %self.record.id, waiting = backlog.0.len(), error = %error, "journal did not take an event");
                    self.journal_health.set(Some(error.to_string()));
                    break;
                }
            }
        }
        self.record.counts.waiting_for_journal.store(backlog.0.len() as u64, Ordering::Relaxed);
    }
}

/// Events on their way to the journal, oldest first; bounded.
#[derive(Default)]
struct Backlog(VecDeque<pb::Event>);

impl Backlog {
    fn push(&mut self, event: pb::Event, camera: &str) {
        if self.0.len() == JOURNAL_BACKLOG {
            // Telemetry goes first; only a journal that has refused a thousand passages loses one, and says so.
            let telemetry = self.0.iter().position(|event| event.priority() == pb::Priority::Telemetry);
            let shed = self.0.remove(telemetry.unwrap_or(0));
            tracing::error!(
                camera,
                kind = shed.as_ref().map(kind),
                "journal refuses events: one was dropped"
            );
        }
        self.0.push_back(event);
    }
}

/// The event as the journal takes it; its sequence is written into its key there.
pub(crate) fn draft(event: &pb::Event) -> Draft {
    let mut keyed = event.clone();
    Draft {
        kind: kind(event).to_owned(),
        priority: u8::try_from(event.priority).unwrap_or(0),
        camera: event.camera_id.clone(),
        encode: Box::new(move |sequence| {
            keyed.key.get_or_insert_default().sequence = sequence;
            keyed.encode_to_vec()
        }),
    }
}

/// The retained status message of a camera.
fn status_json(report: &pb::CameraReport) -> String {
    serde_json::json!({
        "camera": report.id,
        "state": camera_state_name(report.state()),
        "reason": report.reason,
        "decoder": report.decoder,
        "width_px": report.width_px,
        "height_px": report.height_px,
        "frames_in": report.frames_in,
        "reconnects": report.reconnects,
    })
    .to_string()
}

fn time_of(clocks: &FrameClocks) -> Duration {
    Duration::from_nanos(clocks.received_ns)
}
