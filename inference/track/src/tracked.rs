use std::time::Duration;

use serde::{Deserialize, Serialize};
use vision::FrameBox;

use crate::class_memory::ClassMemory;
use crate::motion::Motion;
use crate::past::Past;
use crate::settings::ClassGroup;
use crate::{Association, CameraMotion, Confirmation, Observation, Track, TrackState, TrackerSettings};

/// A living track with what is needed to carry it on; its appearance is kept elsewhere, because this is what a checkpoint
/// writes down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Tracked {
    pub(crate) track: Track,
    pub(crate) group: ClassGroup,
    /// Time since the latest observation; summed up from frame intervals, so a clock set back does no harm.
    pub(crate) unseen: Duration,
    pub(crate) motion: Motion,
    /// With [`Association::OcSort`].
    pub(crate) past: Option<Past>,
    pub(crate) classes: ClassMemory,
    pub(crate) score_sum: f64,
    /// Frames in a row with an observation, the one that started the track not counted.
    streak: u32,
}

/// What a track has to pass in one frame to be confirmed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Probation {
    pub(crate) confirmation: Confirmation,
    pub(crate) min_hits: u32,
    /// Whether the tracker itself has seen `min_hits` frames at most.
    pub(crate) warming_up: bool,
}

impl Tracked {
    pub(crate) fn new(
        id: u64,
        at: Duration,
        observation: Observation,
        settings: &TrackerSettings,
        probation: Probation,
    ) -> Self {
        let Observation { class, score, bbox } = observation;
        let motion = Motion::starting_at(settings.motion, &bbox);
        let mut tracked = Self {
            track: Track {
                id,
                state: TrackState::Tentative,
                confirmed: false,
                class,
                class_share: 1.0,
                bbox,
                seen_now: true,
                last_observed: observation,
                best_score: score,
                mean_score: score,
                observations: 1,
                first_at: at,
                last_at: at,
                first_bbox: bbox,
            },
            group: settings.group(class),
            unseen: Duration::ZERO,
            past: (settings.association == Association::OcSort).then(|| Past::starting_at(bbox, &motion)),
            motion,
            classes: ClassMemory::starting_with(class, score),
            score_sum: f64::from(score),
            streak: 0,
        };
        tracked.judge(probation);
        tracked
    }

    /// Moves the expected box on by the time between two frames; the track counts as unseen until observed.
    pub(crate) fn expect(&mut self, dt: Duration) {
        if !self.track.seen_now {
            self.motion.miss();
            self.streak = 0;
        }
        if let Some(past) = &mut self.past {
            past.age();
        }
        self.motion.predict(dt);
        self.track.bbox = self.motion.bbox().unwrap_or(self.track.bbox);
        self.track.seen_now = false;
    }

    /// Continues the track with what was observed.
    pub(crate) fn observe(&mut self, at: Duration, observation: Observation, probation: Probation) {
        let bbox = observation.bbox;
        if let Some(motion) = self.past.as_ref().and_then(|past| past.over_gap(self.unseen, &bbox)) {
            self.motion = motion;
        }
        self.motion.correct(&bbox);
        if let Some(past) = &mut self.past {
            past.observe(bbox, &self.motion);
        }
        self.count(observation);
        self.unseen = Duration::ZERO;
        self.streak = self.streak.saturating_add(1);
        let track = &mut self.track;
        track.bbox = self.motion.bbox().unwrap_or(bbox);
        track.seen_now = true;
        track.last_observed = observation;
        track.last_at = at;
        self.judge(probation);
    }

    /// Notes that a frame has passed without an observation.
    pub(crate) fn miss(&mut self) {
        if self.track.confirmed {
            self.track.state = TrackState::Lost;
        }
    }

    /// Takes all places over into the picture as it is after the camera moved.
    pub(crate) fn moved(&mut self, camera: &CameraMotion) {
        self.motion.moved(camera);
        if let Some(past) = &mut self.past {
            past.moved(camera);
        }
        self.track.bbox = self.motion.bbox().unwrap_or_else(|| camera.bbox(&self.track.bbox));
    }

    /// Where the object was observed last, in pixels of the frame at hand.
    pub(crate) fn latest(&self) -> &FrameBox {
        self.past.as_ref().map_or(&self.track.last_observed.bbox, Past::latest)
    }

    /// [`Past::consistency`]; 0 where no past is kept.
    pub(crate) fn consistency(&self, bbox: &FrameBox) -> f64 {
        self.past.as_ref().map_or(0.0, |past| past.consistency(bbox))
    }

    fn judge(&mut self, probation: Probation) {
        let Probation { confirmation, min_hits, warming_up } = probation;
        let track = &mut self.track;
        let passed = match confirmation {
            Confirmation::Once => track.confirmed || min_hits <= track.observations,
            Confirmation::EachStreak => warming_up || min_hits <= self.streak,
        };
        track.confirmed |= passed;
        track.state = if passed { TrackState::Confirmed } else { TrackState::Tentative };
    }

    fn count(&mut self, Observation { class, score, .. }: Observation) {
        self.score_sum += f64::from(score);
        self.classes.observe(self.unseen, class, score);
        let track = &mut self.track;
        track.observations = track.observations.saturating_add(1);
        track.best_score = track.best_score.max(score);
        track.mean_score = (self.score_sum / f64::from(track.observations)) as f32;
        (track.class, track.class_share) = self.classes.most();
    }
}
