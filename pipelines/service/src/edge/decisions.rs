//! What a camera's thread hands over of its decisions, so that "why this alarm?" and "why none?" have an answer later.
//!
//! Nothing here waits: the store takes what it has room for and counts the rest.

mod span;
mod words;

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender};

use capture::FrameClocks;
use delivery::{Decision, DecisionStore};
use prost::Message as _;
use proto::v1 as pb;
use scene::{Rejection, Standing, Subject};
use tokio::sync::oneshot;
use vision::{FrameBox, SizePx};

use super::event::{CameraOrigin, box_in_frame, clause};
use span::SpanWatch;
pub(crate) use words::{instant, lost_clauses, summary};

/// Questions that may wait for a camera's thread.
pub(crate) const QUESTIONS: usize = 4;

/// Open passages of which the beginning is remembered.
const OPEN_PASSAGES: usize = 1024;

/// What a camera's thread knows and has not handed over yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Living {
    /// Tracks that are still followed and came near a rule, also those with a passage.
    pub(crate) considerations: Vec<pb::Consideration>,
    /// How the camera is since its latest change.
    pub(crate) span: Option<pb::CameraSpan>,
}

/// Whoever asks a camera's thread sends where the answer goes.
pub(crate) type Question = oneshot::Sender<Living>;
pub(crate) type Questions = Receiver<Question>;
pub(crate) type Asking = SyncSender<Question>;

/// Keeps the decisions of one camera.
pub(crate) struct DecisionKeeper {
    store: DecisionStore,
    origin: CameraOrigin,
    span: SpanWatch,
    /// First sight and best moment of open passages, and the sequence of the event that opened each.
    open: BTreeMap<String, (i64, i64, u64)>,
}

impl DecisionKeeper {
    pub(crate) fn new(store: DecisionStore, origin: CameraOrigin) -> Self {
        Self { store, origin, span: SpanWatch::default(), open: BTreeMap::new() }
    }

    /// The camera is in another state since `now`, UTC nanoseconds since 1970.
    pub(crate) fn state_changed(&mut self, state: pb::CameraState, reason: &str, now: i64) {
        let over = self.span.state_changed(state, reason, now);
        self.keep_span(over);
    }

    /// Time goes by.
    pub(crate) fn tick(&mut self, now: i64) {
        let over = self.span.tick(now);
        self.keep_span(over);
    }

    /// A frame was judged, with so many tracks alive; or no session answered it.
    pub(crate) fn frame(&mut self, clocks: &FrameClocks, tracks: Option<usize>) {
        let over = self.span.frame(clocks.wall_unix_ns, tracks);
        self.keep_span(over);
    }

    /// Tracks and episodes that are over without a passage, in the frame with `clocks` or since.
    pub(crate) fn rejected(&self, rejections: &[Rejection], clocks: &FrameClocks, size: SizePx) {
        for rejection in rejections {
            let track_id = match rejection.subject {
                Subject::Track(id) => id,
                Subject::Place => 0,
            };
            let mut consideration = self.consideration(
                pb::Outcome::Rejected,
                (&rejection.rule_id, rejection.rule_version),
                (track_id, rejection.class, rejection.best_score),
                &rejection.bbox,
                size,
                &rejection.decision,
            );
            consideration.first_seen_unix_ns = wall_of(rejection.first_at, clocks);
            consideration.best_unix_ns = wall_of(rejection.at, clocks);
            consideration.last_seen_unix_ns = wall_of(rejection.last_at, clocks);
            self.keep(consideration, None);
        }
    }

    /// What is still followed, in the frame with `clocks` or since.
    pub(crate) fn living(&self, standing: &[Standing], clocks: &FrameClocks, size: SizePx) -> Living {
        let near = standing.iter().filter(|standing| 0 < standing.opened || standing.came_near);
        let considerations = near.map(|standing| {
            let outcome = if 0 < standing.opened { pb::Outcome::Passage } else { pb::Outcome::Alive };
            let mut consideration = self.consideration(
                outcome,
                (&standing.rule_id, standing.rule_version),
                (standing.track_id, standing.class, standing.best_score),
                &standing.bbox,
                size,
                // Of a passage they are those of before it.
                if outcome == pb::Outcome::Alive { &standing.decision } else { &[] },
            );
            consideration.first_seen_unix_ns = wall_of(standing.first_at, clocks);
            consideration.best_unix_ns = wall_of(standing.at, clocks);
            consideration.last_seen_unix_ns = wall_of(standing.last_at, clocks);
            consideration
        });
        Living { considerations: considerations.collect(), span: self.span.current() }
    }

    /// What there is to say when no frame has come yet.
    pub(crate) fn blind(&self) -> Living {
        Living { considerations: Vec::new(), span: self.span.current() }
    }

    /// The journal holds this event under `sequence`.
    pub(crate) fn stored(&mut self, event: &pb::Event, sequence: u64) {
        let Some(pb::event::Body::Passage(passage)) = &event.body else { return };
        let (Some(clocks), Some(track)) = (&event.clocks, &passage.track) else { return };
        let at = clocks.wall_unix_ns;
        let first = at.saturating_sub_unsigned(track.duration_ms.saturating_mul(1_000_000));
        let (first_seen_unix_ns, best_unix_ns, opened_by) = match passage.state() {
            pb::PassageState::Opened => {
                if OPEN_PASSAGES <= self.open.len() {
                    self.open.pop_first();
                }
                self.open.insert(passage.passage_id.clone(), (first, at, sequence));
                (first, at, sequence)
            }
            pb::PassageState::Closed | pb::PassageState::Retracted => {
                self.open.remove(&passage.passage_id).unwrap_or((first, first, sequence))
            }
            _ => return,
        };
        let consideration = pb::Consideration {
            outcome: match passage.state() {
                pb::PassageState::Retracted => pb::Outcome::Retracted,
                _ => pb::Outcome::Passage,
            }
            .into(),
            rule_id: passage.rule_id.clone(),
            rule_version: passage.rule_version,
            track_id: track.track_id,
            object_class: passage.object_class.clone(),
            score: track.best_score,
            first_seen_unix_ns,
            best_unix_ns,
            last_seen_unix_ns: at,
            r#box: track.last_box,
            clauses: passage.decision.clone(),
            passage_id: passage.passage_id.clone(),
            event: Some(pb::EventKey { box_id: self.origin.origin.box_id.clone(), sequence: opened_by }),
            model: Some(self.origin.model.clone()),
            config_sha256: event.config_sha256.clone(),
            summary: String::new(),
        };
        self.keep(consideration, Some(passage.passage_id.clone()));
    }

    /// The thread ends: what it has not handed over goes now.
    pub(crate) fn finish(&mut self) {
        let over = self.span.take();
        self.keep_span(over);
    }

    fn consideration(
        &self,
        outcome: pb::Outcome,
        (rule_id, rule_version): (&str, u32),
        (track_id, class, score): (u64, u16, f32),
        bbox: &FrameBox,
        size: SizePx,
        decision: &[scene::Clause],
    ) -> pb::Consideration {
        // Stable: of two that are as far from their bounds the order of the rule holds.
        let mut clauses: Vec<&scene::Clause> = decision.iter().collect();
        clauses.sort_by(|one, other| other.shortfall().total_cmp(&one.shortfall()));
        clauses.sort_by_key(|clause| clause.held);
        pb::Consideration {
            outcome: outcome.into(),
            rule_id: rule_id.to_owned(),
            rule_version,
            track_id,
            object_class: self.origin.class_name(class).to_owned(),
            score,
            r#box: Some(box_in_frame(bbox, size)),
            clauses: clauses.into_iter().map(clause).collect(),
            model: Some(self.origin.model.clone()),
            config_sha256: self.origin.origin.config_sha256.clone(),
            ..pb::Consideration::default()
        }
    }

    fn keep(&self, consideration: pb::Consideration, key: Option<String>) {
        let (from, to) = (consideration.first_seen_unix_ns, consideration.last_seen_unix_ns);
        self.hand_over(from, to, key, pb::kept_decision::Body::Consideration(consideration));
    }

    fn keep_span(&self, span: Option<pb::CameraSpan>) {
        if let Some(span) = span {
            let (from, to) = (span.from_unix_ns, span.to_unix_ns);
            self.hand_over(from, to, None, pb::kept_decision::Body::Span(span));
        }
    }

    fn hand_over(&self, from: i64, to: i64, key: Option<String>, body: pb::kept_decision::Body) {
        self.store.keep(Decision {
            camera: self.origin.camera_id.clone(),
            from_unix_ns: from,
            to_unix_ns: to.max(from),
            key,
            bytes: pb::KeptDecision { body: Some(body) }.encode_to_vec(),
        });
    }
}

/// The wall clock when the scene's time was `at`, by the clocks of a frame.
fn wall_of(at: std::time::Duration, clocks: &FrameClocks) -> i64 {
    let at_ns = i128::try_from(at.as_nanos()).unwrap_or(i128::MAX);
    let wall = i128::from(clocks.wall_unix_ns) + at_ns - i128::from(clocks.received_ns);
    i64::try_from(wall).unwrap_or(if wall < 0 { i64::MIN } else { i64::MAX })
}
