//! What one camera sees with: its model, its tracker and its rules, put together. Frames in, passages out.
//!
//! The same for a running box and for the evaluator, so that what is scored is what runs in the field.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use detect::Detection;
use edge_config::Camera;
use engine::Wait;
use proto::v1 as pb;
use scene::{
    CameraShift, Flow, FlowReport, FrameInfo, Judged, LightMeter, Merge, Passage, Rejection, Scene,
    SceneState, Standing, Stationary,
};
use serde::{Deserialize, Serialize};
use track::{Observation, Track, Tracker, TrackerSettings, TrackerState, Update};
use vision::{FrameBox, Planes, SizePx};

use super::Detector;
use super::appearance::{Appearances, Looked};
use super::detector::DetectError;
use super::local_time::{FrameTime, local_minute};
use super::looks::{Found, Looks, Sighted, SmallObjects};
use super::redaction::Redaction;
use super::second_look::{self, SecondLooks, SecondLooksState, Sighting};
use super::{lanes, outlook, rules};
use crate::readers::{PersonEmbedder, ReadError};

/// Two boxes of confusable classes that overlap more than this are one object.
const RIVAL_IOU: f32 = 0.6;

/// The class whose looks are told apart.
const PERSON: &str = "person";

/// One camera's eyes. Single-threaded and deterministic; it waits for its model's session, and for nothing else.
pub(crate) struct Sight {
    detector: Detector,
    /// Score from which detections are read from the model.
    floor: f32,
    /// How long a frame may wait for the session.
    limit: Duration,
    /// Classes that the model confuses with each other.
    class_groups: Vec<Vec<u16>>,
    shift: CameraShift,
    tracker: Tracker,
    tracker_settings: TrackerSettings,
    /// Where the camera asks for it.
    appearances: Option<Appearances>,
    scene: Scene,
    second_looks: SecondLooks,
    light: LightMeter,
    /// Minutes that the camera's clocks are ahead of UTC.
    utc_offset_min: i32,
    /// What was known of the last frame beside its tracks.
    last: Option<FrameInfo>,
    flows: Vec<Flow>,
    /// Of periods that ended since they were taken last.
    flow_reports: Vec<FlowReport>,
    small_objects: Option<SmallObjects>,
    redaction: Redaction,
    /// For frames of the size at hand.
    looks: Option<Looks>,
    /// Where what is followed was last.
    followed: Vec<FrameBox>,
}

/// What a sight knows of what it has seen, for a checkpoint. Its light is measured anew.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct SightState {
    pub(super) tracker: TrackerState,
    pub(super) scene: SceneState,
    pub(super) second_looks: SecondLooksState,
}

/// What one frame showed.
pub(crate) struct Seen<'a> {
    /// In frame pixels, from the floor upwards.
    pub(crate) detections: Vec<Detection>,
    /// Every living track.
    pub(crate) tracks: &'a [Track],
    pub(crate) passages: Vec<Passage>,
    /// What is over without a passage.
    pub(crate) rejections: Vec<Rejection>,
    /// Why a tile was not looked at that was due; what it would have shown is missing.
    pub(crate) tile_missed: Option<DetectError>,
    /// Why nobody was looked at who should have been; the frame was judged by places alone.
    pub(crate) appearance_missed: Option<ReadError>,
}

impl Sight {
    /// The eyes of `camera`, looking through `detector`. With a `floor` below what the tracker uses, weaker detections
    /// are reported too; tracks and passages do not depend on it.
    ///
    /// # Errors
    /// When a rule names a class that the model does not know, or measures what the camera's ground cannot give.
    pub(crate) fn new(
        camera: &Camera,
        detector: Detector,
        limit: Duration,
        floor: Option<f32>,
    ) -> anyhow::Result<Self> {
        let score = camera.min_score.unwrap_or(detector.card().min_score);
        let class_groups = class_groups(&detector.card().classes);
        let settings = outlook::tracker_settings(camera, score, class_groups.clone());
        let low_score = settings.low_score;
        let merge = Merge { window: camera.merge_window, class_groups: class_groups.clone() };
        let stationary = Stationary { after: camera.stationary_after, ..Stationary::default() };
        let scene = rules::scene_of(camera, detector.card())?.with_merge(merge).with_memory(stationary);
        Ok(Self {
            flows: lanes::flows_of(camera, detector.card(), scene.ground_plane())?,
            flow_reports: Vec::new(),
            scene,
            second_looks: SecondLooks::default(),
            redaction: Redaction::of(camera, detector.card())?,
            detector,
            floor: floor.map_or(low_score, |floor| floor.min(low_score)),
            limit,
            class_groups,
            shift: CameraShift::default(),
            tracker: Tracker::new(settings.clone()),
            tracker_settings: settings,
            appearances: None,
            light: LightMeter::new(outlook::light_settings(camera)),
            utc_offset_min: 0,
            last: None,
            small_objects: SmallObjects::of(camera),
            looks: None,
            followed: Vec::new(),
        })
    }

    /// The same eyes where clocks are so many minutes ahead of UTC.
    #[must_use]
    pub(crate) fn at_utc_offset(self, utc_offset_min: i32) -> Self {
        Self { utc_offset_min, ..self }
    }

    /// The same eyes, whose passages `second_looks` has to agree to.
    #[must_use]
    pub(crate) fn with_second_looks(self, second_looks: SecondLooks) -> Self {
        Self { second_looks, ..self }
    }

    /// The same eyes, which follow people by their looks too, as `embedder` tells them.
    ///
    /// # Errors
    /// When the camera's model knows no people.
    pub(crate) fn with_appearance(self, embedder: Option<PersonEmbedder>) -> anyhow::Result<Self> {
        let Some(embedder) = embedder else { return Ok(self) };
        let person = rules::class_index(self.detector.card(), PERSON).context("`appearance`")?;
        let appearances = Some(Appearances::new(embedder, person, &self.tracker_settings));
        Ok(Self { appearances, ..self })
    }

    /// Looks for `small_objects` whatever the rules say.
    pub(crate) fn seek(&mut self, small_objects: Option<SmallObjects>) {
        self.small_objects = small_objects;
    }

    /// What the camera's pictures hide.
    pub(crate) fn redaction(&self) -> &Redaction {
        &self.redaction
    }

    /// The session that this camera's frames go through; before the first of them, the one that the model was tried in.
    pub(crate) fn model_status(&self) -> Option<pb::ModelStatus> {
        let first = || self.detector.statuses().into_iter().next();
        self.looks.as_ref().map(|looks| looks.whole().status()).or_else(first)
    }

    /// How long the latest frame waited in the session's queue.
    pub(crate) fn take_waited(&mut self) -> Duration {
        self.looks.as_mut().map_or(Duration::ZERO, Looks::take_waited)
    }

    /// One frame, taken at `time` and here since `born`, through model, tracker and rules.
    ///
    /// # Errors
    /// When the model gave no answer; the tracker then does not know of the frame.
    pub(crate) fn see(
        &mut self,
        time: FrameTime,
        born: Instant,
        planes: Arc<dyn Planes>,
    ) -> Result<Seen<'_>, DetectError> {
        if let Some(moved) = self.shift.update(&planes.view()) {
            self.tracker.camera_moved(&moved);
        }
        let at = time.at;
        let light = self.light.update(at, &planes.view());
        let info = FrameInfo {
            at,
            size: planes.view().size(),
            local: Some(local_minute(time.wall_unix_ns, self.utc_offset_min)),
            light: Some(light),
            is_settled: self.light.is_settled(),
        };
        let shown = self.shown(&planes);
        let Found { detections, tile_missed } = self.look_at(Some(at), born, Arc::clone(&shown))?;
        let observations: Vec<Observation> = detections
            .iter()
            .map(|detection| Observation {
                class: detection.class,
                score: detection.score,
                bbox: detection.bbox,
            })
            .collect();
        let looked = self
            .appearances
            .as_ref()
            .map(|appearances| appearances.look(at, &shown.view(), &observations, self.limit));
        let update = follow(&mut self.tracker, at, &observations, looked.as_ref());
        if let (Some(appearances), Some(looked)) = (&mut self.appearances, &looked) {
            appearances.followed(at, update.active, &observations, looked);
        }
        let judged = self.scene.judge(info, update.active, update.ended);
        let wait = second_look::wait(self.limit);
        let frame = Sighting { planes: &planes, tracks: update.active, at, wait };
        let Judged { passages, rejections } = self.second_looks.review(judged, Some(&frame));
        for flow in &mut self.flows {
            flow.judge(info, update.active, &mut self.flow_reports);
        }
        self.last = Some(info);
        self.followed.clear();
        self.followed.extend(update.active.iter().map(|track| track.bbox));
        let appearance_missed = looked.and_then(|looked| looked.missed);
        Ok(Seen { detections, tracks: update.active, passages, rejections, tile_missed, appearance_missed })
    }

    /// One picture through the model alone, as a frame would be.
    ///
    /// # Errors
    /// When the model gave no answer to all that was asked of it.
    pub(crate) fn look(&mut self, planes: Arc<dyn Planes>) -> Result<Vec<Detection>, DetectError> {
        let Found { detections, tile_missed } = self.look_at(None, Instant::now(), self.shown(&planes))?;
        tile_missed.map_or(Ok(detections), Err)
    }

    /// What models get to see of `planes`.
    fn shown(&self, planes: &Arc<dyn Planes>) -> Arc<dyn Planes> {
        match self.redaction.seen_by_model(&planes.view()) {
            Some(masked) => Arc::new(masked),
            None => Arc::clone(planes),
        }
    }

    fn look_at(
        &mut self,
        at: Option<Duration>,
        born: Instant,
        planes: Arc<dyn Planes>,
    ) -> Result<Found, DetectError> {
        let looks = match self.looks.take().filter(|looks| looks.fit(&planes.view())) {
            Some(looks) => looks,
            None => Looks::new(&self.detector, &planes.view(), self.small_objects)?,
        };
        let frame = Sighted { planes, at, followed: &self.followed };
        let mut found =
            self.looks.insert(looks).look(&frame, self.floor, Wait { limit: self.limit, born })?;
        detect::drop_rivals(&mut found.detections, &self.class_groups, RIVAL_IOU);
        Ok(found)
    }

    /// Time goes by without a frame: what was followed ends sooner or later. `size` is that of the last frame.
    pub(crate) fn see_nothing(&mut self, now: Duration, size: SizePx) -> Seen<'_> {
        self.end_flows("no frames");
        let update = self.tracker.update(now, &[]);
        // By the light and in the minute of the last frame.
        let last = self.last.unwrap_or_else(|| FrameInfo::new(now, size));
        let info = FrameInfo { at: now, size, ..last };
        let judged = self.scene.judge(info, update.active, update.ended);
        let Judged { passages, rejections } = self.second_looks.review(judged, None);
        if let Some(appearances) = &mut self.appearances {
            appearances.followed(now, update.active, &[], &Looked::default());
        }
        let (tile_missed, appearance_missed) = (None, None);
        Seen {
            detections: Vec::new(),
            tracks: update.active,
            passages,
            rejections,
            tile_missed,
            appearance_missed,
        }
    }

    /// The last word on what is still open at `at`.
    pub(crate) fn finish(&mut self, at: Duration) -> Judged {
        self.tracker.finish();
        self.end_flows("stream ended");
        self.second_looks.review(self.scene.finish(at), None)
    }

    /// Nothing of what was followed until `at` is gone on with.
    pub(crate) fn interrupt(&mut self, at: Duration, reason: &'static str) -> Vec<Passage> {
        self.tracker.finish();
        self.followed.clear();
        if let Some(appearances) = &mut self.appearances {
            appearances.clear();
        }
        self.second_looks.review(self.scene.interrupt(at, reason), None).passages
    }

    /// The rules in force.
    pub(crate) fn rules(&self) -> &[scene::Rule] {
        self.scene.rules()
    }

    /// How far each living track has come under each rule.
    pub(crate) fn standing(&self) -> Vec<Standing> {
        self.scene.standing()
    }

    /// What is needed to go on after a restart.
    pub(crate) fn snapshot(&self) -> SightState {
        SightState {
            tracker: self.tracker.snapshot(),
            scene: self.scene.snapshot(),
            second_looks: self.second_looks.snapshot(),
        }
    }

    /// Whether nothing is followed.
    pub(crate) fn is_idle(&self) -> bool {
        self.tracker.snapshot().open_tracks() == 0 && self.scene.is_idle()
    }

    /// Whether it can go on from `state`.
    ///
    /// # Errors
    /// Why not, in words for the operator: by the name of the rule that differs.
    pub(crate) fn check(&self, state: &SightState) -> Result<(), String> {
        self.scene.check(&state.scene).map_err(|error| error.to_string())
    }

    /// Goes on from `state`.
    ///
    /// # Errors
    /// As [`Sight::check`]; nothing has changed then.
    pub(crate) fn restore(&mut self, state: SightState) -> Result<(), String> {
        self.check(&state)?;
        let tracker = Tracker::restored(self.tracker_settings.clone(), state.tracker);
        self.tracker = tracker.map_err(|error| error.to_string())?;
        self.scene.restore(state.scene).map_err(|error| error.to_string())?;
        self.second_looks.restore(state.second_looks);
        Ok(())
    }
}

impl Sight {
    /// Reports of lanes whose period has ended since this was asked last.
    pub(crate) fn take_flow_reports(&mut self) -> Vec<FlowReport> {
        std::mem::take(&mut self.flow_reports)
    }

    fn end_flows(&mut self, reason: &'static str) {
        for flow in &mut self.flows {
            flow.finish(reason, &mut self.flow_reports);
        }
    }
}

/// Classes that a detector takes for each other from frame to frame: one vehicle must stay one track.
fn class_groups(classes: &[String]) -> Vec<Vec<u16>> {
    const VEHICLES: [&str; 4] = ["car", "truck", "bus", "van"];
    let group = |names: &[&str]| -> Vec<u16> {
        let members = classes.iter().enumerate().filter(|(_, class)| names.contains(&class.as_str()));
        members.filter_map(|(index, _)| u16::try_from(index).ok()).collect()
    };
    vec![group(&VEHICLES)]
}

/// `tracker` after the observations of one frame, by what they look like where somebody looked.
#[expect(
    clippy::expect_used,
    reason = "an embedder gives vectors of length 1 and of one size, for each observation"
)]
fn follow<'t>(
    tracker: &'t mut Tracker,
    at: Duration,
    observations: &[Observation],
    looked: Option<&Looked>,
) -> Update<'t> {
    match looked {
        Some(looked) => {
            let vectors: Vec<Option<&[f32]>> = looked.vectors.iter().map(Option::as_deref).collect();
            tracker.update_with_appearance(at, observations, &vectors).expect("vectors of length 1")
        }
        None => tracker.update(at, observations),
    }
}
