//! From what the parts say to the events of the contract.

use std::collections::BTreeMap;

use capture::{CameraState, FrameClocks};
use proto::v1 as pb;
use scene::{CameraPose, Clause, Direction, Passage, PassageState, Relation};
use sha2::{Digest, Sha256};
use vision::{FrameBox, SizePx};

use super::evidence::Pictures;
use super::limits::Summary;
use super::state::millis;
use super::timeline::Moment;
use super::{clocks, outlook};

/// What every event of one box says alike.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) box_id: String,
    pub(crate) site: String,
    pub(crate) boot_id: String,
    pub(crate) wall: pb::ClockSource,
    pub(crate) config_sha256: String,
}

/// What every event of one camera says alike.
#[derive(Clone, Debug)]
pub(crate) struct CameraOrigin {
    pub(crate) origin: Origin,
    pub(crate) camera_id: String,
    pub(crate) position: Option<pb::Position>,
    /// Where it stands and looks, where that puts what it sees on the map.
    pub(crate) pose: Option<CameraPose>,
    pub(crate) model: pb::ModelUse,
    pub(crate) classes: Vec<String>,
    /// Of rules whose passages a stronger model looks at again.
    pub(crate) second_models: BTreeMap<String, pb::ModelUse>,
    /// What tells its tracks what people look like.
    pub(crate) appearance_model: Option<pb::ModelUse>,
    /// What finds and reads the plates of its vehicles.
    pub(crate) plate_models: Vec<pb::ModelUse>,
}

/// What is known of a passage when it opens, and the same in all its revisions.
#[derive(Debug)]
pub(crate) struct Opening {
    /// The passage's id.
    pub(crate) id: String,
    pub(crate) pictures: Pictures,
    /// Where the object stood.
    pub(crate) location: Option<pb::Location>,
}

impl Origin {
    /// The clocks of a frame, as events tell them.
    pub(crate) fn clocks_of(&self, frame: &FrameClocks) -> pb::Clocks {
        clocks::of_frame(frame, &self.boot_id, self.wall)
    }

    /// An event of the box itself. The journal writes the key's sequence.
    pub(crate) fn box_status(&self, state: pb::BoxState) -> pb::Event {
        let body = pb::BoxStatus {
            state: state.into(),
            version: crate::machine::VERSION.to_owned(),
            boot_id: self.boot_id.clone(),
        };
        self.event(
            clocks::now(&self.boot_id, self.wall),
            pb::Priority::Telemetry,
            pb::event::Body::BoxStatus(body),
        )
    }

    fn event(&self, clocks: pb::Clocks, priority: pb::Priority, body: pb::event::Body) -> pb::Event {
        pb::Event {
            key: Some(pb::EventKey { box_id: self.box_id.clone(), sequence: 0 }),
            site: self.site.clone(),
            camera_id: None,
            position: None,
            clocks: Some(clocks),
            priority: priority.into(),
            evidence: Vec::new(),
            models: Vec::new(),
            config_sha256: self.config_sha256.clone(),
            body: Some(body),
        }
    }
}

impl CameraOrigin {
    /// Name of a class of the camera's model.
    pub(crate) fn class_name(&self, class: u16) -> &str {
        self.classes.get(usize::from(class)).map_or("unknown", String::as_str)
    }

    /// Stable name of a passage: the same in all its revisions, and the same again when the same footage is run again.
    pub(crate) fn passage_id(&self, passage: &Passage, opened: &FrameClocks) -> String {
        let clocks = clocks::of_frame(opened, &self.origin.boot_id, self.origin.wall);
        let mut hash = Sha256::new();
        for part in [&self.origin.box_id, &clocks.boot_id, &self.camera_id, &passage.rule_id] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.update(clocks.received_monotonic_ns.to_le_bytes());
        hash.update(passage.subject.number().to_le_bytes());
        hash.update(passage.ordinal.to_le_bytes());
        hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Where on the map the object in `bbox` of a frame of `size` stands, where that can be told.
    pub(crate) fn location(&self, bbox: &FrameBox, size: SizePx) -> Option<pb::Location> {
        self.pose.as_ref().and_then(|pose| outlook::location(pose, bbox, size))
    }

    /// One revision of a passage, seen in a frame of `size` with clocks `at`.
    pub(crate) fn passage(
        &self,
        passage: &Passage,
        opening: &Opening,
        at: &FrameClocks,
        size: SizePx,
        priority: pb::Priority,
    ) -> pb::Event {
        let body = pb::Passage {
            passage_id: opening.id.clone(),
            revision: passage.revision,
            state: match passage.state {
                PassageState::Opened => pb::PassageState::Opened,
                PassageState::Updated => pb::PassageState::Updated,
                PassageState::Closed => pb::PassageState::Closed,
                PassageState::Retracted => pb::PassageState::Retracted,
            }
            .into(),
            rule_id: passage.rule_id.clone(),
            rule_version: passage.rule_version,
            object_class: self.class_name(passage.class).to_owned(),
            direction: match passage.direction {
                Direction::Forward => pb::Direction::Forward,
                Direction::Backward => pb::Direction::Backward,
                Direction::Enter => pb::Direction::Enter,
                Direction::Exit => pb::Direction::Exit,
                Direction::Within => pb::Direction::Within,
            }
            .into(),
            place_id: passage.place_id.clone(),
            dwell_ms: millis(passage.dwell),
            track: Some(pb::TrackSummary {
                track_id: passage.subject.number(),
                observations: passage.observations,
                best_score: passage.best_score,
                mean_score: passage.mean_score,
                duration_ms: millis(passage.duration),
                travel: passage.travel,
                first_box: Some(box_in_frame(&passage.first_bbox, size)),
                last_box: Some(box_in_frame(&passage.bbox, size)),
            }),
            decision: passage.decision.iter().map(clause).collect(),
            close_reason: passage.close_reason.unwrap_or_default().to_owned(),
            confirmed_after_ms: millis(passage.opened_at.saturating_sub(passage.occurred_at)),
            objects: passage.objects,
            location: opening.location,
            merged_tracks: passage.merged_tracks.clone(),
            resumed: false,
            plates: Vec::new(),
        };
        let clocks = clocks::of_frame(at, &self.origin.boot_id, self.origin.wall);
        let event = self.origin.event(clocks, priority, pb::event::Body::Passage(body));
        let evidence = opening.pictures.told();
        let others = self.appearance_model.iter().chain(self.second_models.get(&passage.rule_id));
        let models = std::iter::once(&self.model).chain(others).cloned().collect();
        pb::Event { evidence, models, ..self.located(event) }
    }

    /// What was above a rule's limit.
    pub(crate) fn suppressed(&self, summary: &Summary, recorded: bool, priority: pb::Priority) -> pb::Event {
        let clocks = |moment: &Moment| {
            let frame = FrameClocks { recorded, ..moment.clocks() };
            clocks::of_frame(&frame, &moment.boot_id, self.origin.wall)
        };
        let class = |(&class, &count): (&u16, &u32)| pb::SuppressedClass {
            object_class: self.class_name(class).to_owned(),
            count,
        };
        let body = pb::Suppressed {
            rule_id: summary.rule_id.clone(),
            rule_version: summary.rule_version,
            count: summary.classes.values().sum(),
            from: Some(clocks(&summary.from)),
            to: Some(clocks(&summary.to)),
            classes: summary.classes.iter().map(class).collect(),
        };
        let event = self.origin.event(clocks(&summary.to), priority, pb::event::Body::Suppressed(body));
        pb::Event { models: vec![self.model.clone()], ..self.located(event) }
    }

    /// A change of the camera's state.
    pub(crate) fn camera_status(&self, state: pb::CameraState, reason: &str) -> pb::Event {
        let body = pb::CameraStatus { state: state.into(), reason: reason.to_owned() };
        let clocks = clocks::now(&self.origin.boot_id, self.origin.wall);
        self.located(self.origin.event(clocks, pb::Priority::Telemetry, pb::event::Body::CameraStatus(body)))
    }

    /// An event of telemetry about what was seen up to a frame with clocks `at`.
    pub(crate) fn telemetry(&self, at: &FrameClocks, body: pb::event::Body) -> pb::Event {
        self.located(self.origin.event(self.origin.clocks_of(at), pb::Priority::Telemetry, body))
    }

    fn located(&self, event: pb::Event) -> pb::Event {
        pb::Event { camera_id: Some(self.camera_id.clone()), position: self.position, ..event }
    }
}

/// A clause as the contract tells it.
pub(crate) fn clause(clause: &Clause) -> pb::Clause {
    pb::Clause {
        name: clause.name.to_owned(),
        measured: clause.measured,
        bound: clause.bound,
        held: clause.held,
        relation: match clause.relation {
            Relation::AtLeast => pb::Relation::AtLeast,
            Relation::AtMost => pb::Relation::AtMost,
        }
        .into(),
    }
}

/// The state by its name in the contract.
pub(crate) fn camera_state(state: CameraState) -> pb::CameraState {
    match state {
        CameraState::Connecting => pb::CameraState::Connecting,
        CameraState::Streaming => pb::CameraState::Streaming,
        CameraState::NoRoute => pb::CameraState::NoRoute,
        CameraState::Unauthorised => pb::CameraState::Unauthorised,
        CameraState::NoMedia => pb::CameraState::NoMedia,
        CameraState::Undecodable => pb::CameraState::Undecodable,
        CameraState::Frozen => pb::CameraState::Frozen,
        CameraState::Ended => pb::CameraState::Ended,
    }
}

/// `streaming` for `CAMERA_STATE_STREAMING`: the short name for metrics and status topics.
pub(crate) fn camera_state_name(state: pb::CameraState) -> String {
    state.as_str_name().trim_start_matches("CAMERA_STATE_").to_lowercase()
}

/// The name of an event's kind: of its body's field in the contract.
pub(crate) fn kind(event: &pb::Event) -> &'static str {
    match &event.body {
        Some(pb::event::Body::Passage(_)) => "passage",
        Some(pb::event::Body::CameraStatus(_)) => "camera_status",
        Some(pb::event::Body::BoxStatus(_)) => "box_status",
        Some(pb::event::Body::Suppressed(_)) => "suppressed",
        Some(pb::event::Body::Flow(_)) => "flow",
        Some(pb::event::Body::PlateRates(_)) => "plate_rates",
        None => "empty",
    }
}

/// The box as fractions of a frame of `size`.
pub(crate) fn box_in_frame(area: &FrameBox, size: SizePx) -> pb::Box2 {
    let (width, height) = (size.width as f32, size.height as f32);
    pb::Box2 { x0: area.x0() / width, y0: area.y0() / height, x1: area.x1() / width, y1: area.y1() / height }
}
