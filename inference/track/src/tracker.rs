mod round;

use std::time::Duration;

use crate::appearance::{self, Appearance};
use crate::tracked::{Probation, Tracked};
use crate::{
    Association, CameraMotion, Clock, Observation, PUBLISHED_FRAME, Track, TrackError, TrackState,
    TrackerSettings, TrackerState,
};
use round::{Candidate, Gate, Measure, Round, Rule};

/// Follows the objects of one camera.
///
/// Deterministic: the same calls give the same tracks, and the order of the observations within a frame does not
/// matter. Keeps its memory between frames.
#[derive(Clone, Debug)]
pub struct Tracker {
    settings: TrackerSettings,
    next_id: u64,
    /// Frames so far.
    frames: u32,
    last_at: Option<Duration>,
    /// In order of id.
    living: Vec<Living>,
    candidates: Vec<Candidate>,
    round: Round,
    active: Vec<Track>,
    ended: Vec<Track>,
    /// Numbers in each embedding, once one was seen.
    embedding_size: Option<usize>,
    /// Wiped, with room for tracks to come.
    spare: Vec<Appearance>,
}

/// What one frame did to the tracks.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a> {
    /// Every living track, seen in this frame or expected in it, in order of id.
    pub active: &'a [Track],
    /// Tracks that ended in this step, tentative ones too, in order of id.
    pub ended: &'a [Track],
}

/// A living track and what it looks like.
#[derive(Clone, Debug)]
struct Living {
    tracked: Tracked,
    appearance: Appearance,
}

/// What is the same for all tracks in one frame.
#[derive(Clone, Copy)]
struct Frame<'a> {
    at: Duration,
    probation: Probation,
    /// For each observation, or empty.
    appearances: &'a [Option<&'a [f32]>],
}

impl Tracker {
    /// A tracker that has seen nothing.
    pub fn new(settings: TrackerSettings) -> Self {
        Self {
            settings,
            next_id: 1,
            frames: 0,
            last_at: None,
            living: Vec::new(),
            candidates: Vec::new(),
            round: Round::default(),
            active: Vec::new(),
            ended: Vec::new(),
            embedding_size: None,
            spare: Vec::new(),
        }
    }

    /// Takes in the observations of the frame at time `at`, counted from any fixed epoch.
    ///
    /// Frames may come at any interval. A time equal to or before the previous one counts as no time passed, and the
    /// next interval is counted from it; [`Clock::Frames`] does not look at times. Observations without area, without a
    /// finite number as score or below [`TrackerSettings::low_score`] are ignored.
    pub fn update(&mut self, at: Duration, observations: &[Observation]) -> Update<'_> {
        self.step(at, observations, &[])
    }

    /// As [`Tracker::update`], with an embedding of what each observation looks like where there is one, as a
    /// re-identification model gives it: of length 1, and alike for looks at one object.
    ///
    /// A pair that overlaps and looks alike is then as good as one that overlaps well: the cost of a pair is the lesser of
    /// `1 − IoU` and half the cosine distance, the latter within [`TrackerSettings::max_cosine_distance`] and
    /// [`TrackerSettings::appearance_min_iou`] (Aharon et al., "BoT-SORT: Robust associations multi-pedestrian tracking",
    /// 2022). A track keeps an exponential mean of its embeddings, in memory only, until it ends. Doubtful observations
    /// are better left without.
    ///
    /// # Errors
    /// When there is not one entry for each observation, an embedding is not of length 1, or not of the size of those
    /// before. Nothing has changed then.
    pub fn update_with_appearance(
        &mut self,
        at: Duration,
        observations: &[Observation],
        appearances: &[Option<&[f32]>],
    ) -> Result<Update<'_>, TrackError> {
        self.embedding_size = appearance::check(observations.len(), appearances, self.embedding_size)?;
        Ok(self.step(at, observations, appearances))
    }

    /// Takes every track over into the picture of the frame to come, which shows things elsewhere because the camera
    /// moved. To be called before that frame's update.
    ///
    /// [`Track::first_bbox`] and [`Track::last_observed`] stay as they were seen.
    pub fn camera_moved(&mut self, camera: &CameraMotion) {
        self.living.iter_mut().for_each(|living| living.tracked.moved(camera));
    }

    /// Ends every track, in order of id. The tracker can go on afterwards with fresh ids.
    pub fn finish(&mut self) -> Vec<Track> {
        self.last_at = None;
        self.active.clear();
        let spare = &mut self.spare;
        self.living.drain(..).map(|mut living| living.end(spare)).collect()
    }

    /// What is needed to go on after a restart. Appearances are not part of it.
    pub fn snapshot(&self) -> TrackerState {
        TrackerState {
            next_id: self.next_id,
            frames: self.frames,
            last_at: self.last_at,
            tracks: self.living.iter().map(|living| living.tracked.clone()).collect(),
        }
    }

    /// The tracker that `state` was taken from, as far as it did not know appearances: with the same settings, the same
    /// frames give the same tracks bit for bit.
    ///
    /// # Errors
    /// When the settings ask for another motion model, or no tracker can have written such a state.
    pub fn restored(settings: TrackerSettings, state: TrackerState) -> Result<Self, TrackError> {
        let TrackerState { next_id, frames, last_at, tracks } = state.fitted(&settings)?;
        let living =
            tracks.into_iter().map(|tracked| Living { tracked, appearance: Appearance::default() }).collect();
        Ok(Self { next_id, frames, last_at, living, ..Self::new(settings) })
    }

    fn step(
        &mut self,
        at: Duration,
        observations: &[Observation],
        appearances: &[Option<&[f32]>],
    ) -> Update<'_> {
        let dt = match self.settings.clock {
            Clock::Times => self.last_at.map_or(Duration::ZERO, |last| at.saturating_sub(last)),
            Clock::Frames => PUBLISHED_FRAME,
        };
        self.last_at = Some(at);
        self.frames = self.frames.saturating_add(1);
        let TrackerSettings { confirmation, min_hits, .. } = self.settings;
        let probation = Probation { confirmation, min_hits, warming_up: self.frames <= min_hits };
        let frame = Frame { at, probation, appearances };
        self.ended.clear();
        self.expect(dt);
        self.take_in(observations, appearances);
        self.associate(&frame);
        self.start(&frame);
        self.let_go();
        self.ended.sort_unstable_by_key(|track| track.id);
        self.active.clear();
        self.active.extend(self.living.iter().map(|living| living.tracked.track));
        Update { active: &self.active, ended: &self.ended }
    }

    /// Moves every track on by `dt`; one that nobody may recognise after so long ends before it can take an
    /// observation.
    fn expect(&mut self, dt: Duration) {
        let (max_lost, gone, spare) = (self.settings.max_lost, &mut self.ended, &mut self.spare);
        self.living.retain_mut(|living| {
            let tracked = &mut living.tracked;
            tracked.unseen = tracked.unseen.saturating_add(dt);
            let keep = tracked.unseen <= max_lost;
            if keep {
                tracked.expect(dt);
            } else {
                tracked.track.seen_now = false;
                gone.push(living.end(spare));
            }
            keep
        });
    }

    fn take_in(&mut self, observations: &[Observation], appearances: &[Option<&[f32]>]) {
        let settings = &self.settings;
        let kept = observations
            .iter()
            .enumerate()
            .filter(|(_, o)| settings.low_score <= o.score && o.can_be_followed());
        self.candidates.clear();
        self.candidates.extend(kept.map(|(index, &observation)| Candidate {
            observation,
            index,
            group: settings.group(observation.class),
            taken: false,
        }));
        self.candidates.sort_unstable_by(|a, b| a.rank(b, appearances));
    }

    fn associate(&mut self, frame: &Frame<'_>) {
        let TrackerSettings { association, high_score, min_iou, min_iou_low, min_iou_tentative, .. } =
            self.settings;
        let high = |o: &Observation| high_score <= o.score;
        let low = |o: &Observation| o.score < high_score;
        let any = |_: &Track| true;
        // A doubtful observation may keep a track alive but not bring one back: after a gap it is as likely noise.
        let just_seen = |track: &Track| track.state == TrackState::Confirmed;
        let rule = |measure, gate, min_iou| Rule { measure, gate, min_iou };
        let expected = |min_iou| rule(Measure::Expected, Gate::Before, min_iou);
        match association {
            Association::Sort => {
                self.run_round(frame, rule(Measure::Expected, Gate::After, min_iou), any, high);
            }
            Association::Byte => {
                self.run_round(frame, expected(min_iou), |track| track.confirmed, high);
                self.run_round(frame, expected(min_iou_low), just_seen, low);
                self.run_round(frame, expected(min_iou_tentative), |track| !track.confirmed, high);
            }
            Association::OcSort => {
                self.run_round(frame, rule(Measure::ExpectedAndTravel, Gate::After, min_iou), any, high);
                self.run_round(frame, expected(min_iou_low), just_seen, low);
                self.run_round(frame, rule(Measure::LastObserved, Gate::After, min_iou), any, high);
            }
        }
    }

    fn start(&mut self, frame: &Frame<'_>) {
        for candidate in &self.candidates {
            let Candidate { observation, taken, .. } = *candidate;
            if !taken && self.settings.new_track_score <= observation.score {
                let id = self.next_id;
                let tracked = Tracked::new(id, frame.at, observation, &self.settings, frame.probation);
                let mut living = Living { tracked, appearance: self.spare.pop().unwrap_or_default() };
                living.look_at(candidate.embedding(frame.appearances));
                self.living.push(living);
                self.next_id += 1;
            }
        }
    }

    fn let_go(&mut self) {
        let (max_lost_tentative, gone) = (self.settings.max_lost_tentative, &mut self.ended);
        let spare = &mut self.spare;
        self.living.retain_mut(|living| {
            let tracked = &mut living.tracked;
            if !tracked.track.seen_now {
                tracked.miss();
            }
            let keep = tracked.track.confirmed || tracked.unseen <= max_lost_tentative;
            if !keep {
                gone.push(living.end(spare));
            }
            keep
        });
    }
}

impl Living {
    fn look_at(&mut self, embedding: Option<&[f32]>) {
        if let Some(embedding) = embedding {
            self.appearance.observe(embedding);
        }
    }

    /// The track as it ends; its appearance is wiped.
    fn end(&mut self, spare: &mut Vec<Appearance>) -> Track {
        let mut appearance = std::mem::take(&mut self.appearance);
        appearance.wipe();
        spare.push(appearance);
        Track { state: TrackState::Ended, ..self.tracked.track }
    }
}

#[cfg(test)]
mod tests;
