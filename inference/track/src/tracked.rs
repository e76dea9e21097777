use std::time::Duration;

use crate::motion::Motion;
use crate::settings::ClassGroup;
use crate::{Observation, Track, TrackState};

/// A living track with what is needed to carry it on.
#[derive(Clone, Debug)]
pub(crate) struct Tracked {
    pub(crate) track: Track,
    pub(crate) group: ClassGroup,
    /// Time since the latest observation; summed up from frame intervals, so a clock set back does no harm.
    pub(crate) unseen: Duration,
    motion: Motion,
    classes: Vec<ClassCount>,
    score_sum: f64,
}

#[derive(Clone, Debug)]
struct ClassCount {
    class: u16,
    observations: u32,
    score_sum: f64,
}

impl Tracked {
    pub(crate) fn new(
        id: u64,
        at: Duration,
        observation: Observation,
        group: ClassGroup,
        min_hits: u32,
    ) -> Self {
        let confirmed = min_hits <= 1;
        let Observation { class, score, bbox } = observation;
        Self {
            track: Track {
                id,
                state: if confirmed { TrackState::Confirmed } else { TrackState::Tentative },
                confirmed,
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
            group,
            unseen: Duration::ZERO,
            motion: Motion::starting_at(&bbox),
            classes: vec![ClassCount { class, observations: 1, score_sum: f64::from(score) }],
            score_sum: f64::from(score),
        }
    }

    /// Moves the expected box on by the time between two frames; the track counts as unseen until observed.
    pub(crate) fn expect(&mut self, dt: Duration) {
        if !self.track.seen_now {
            self.motion.hold_size();
        }
        self.motion.predict(dt.as_secs_f64());
        self.track.bbox = self.motion.bbox().unwrap_or(self.track.bbox);
        self.track.seen_now = false;
    }

    /// Continues the track with what was observed.
    pub(crate) fn observe(&mut self, at: Duration, observation: Observation, min_hits: u32) {
        self.motion.correct(&observation.bbox);
        self.unseen = Duration::ZERO;
        self.count(observation);
        let track = &mut self.track;
        track.bbox = self.motion.bbox().unwrap_or(observation.bbox);
        track.seen_now = true;
        track.last_observed = observation;
        track.last_at = at;
        track.confirmed |= min_hits <= track.observations;
        track.state = if track.confirmed { TrackState::Confirmed } else { TrackState::Tentative };
    }

    /// Notes that a frame has passed without an observation.
    pub(crate) fn miss(&mut self) {
        if self.track.confirmed {
            self.track.state = TrackState::Lost;
        }
    }

    fn count(&mut self, Observation { class, score, .. }: Observation) {
        let score_f64 = f64::from(score);
        match self.classes.iter_mut().find(|count| count.class == class) {
            Some(count) => {
                count.observations = count.observations.saturating_add(1);
                count.score_sum += score_f64;
            }
            None => self.classes.push(ClassCount { class, observations: 1, score_sum: score_f64 }),
        }
        self.score_sum += score_f64;
        let track = &mut self.track;
        track.observations = track.observations.saturating_add(1);
        track.best_score = track.best_score.max(score);
        track.mean_score = (self.score_sum / f64::from(track.observations)) as f32;
        let most = self.classes.iter().max_by(|a, b| {
            let by_count = a.observations.cmp(&b.observations);
            by_count.then(a.score_sum.total_cmp(&b.score_sum)).then(b.class.cmp(&a.class))
        });
        if let Some(most) = most {
            track.class = most.class;
            track.class_share = most.observations as f32 / track.observations as f32;
        }
    }
}
