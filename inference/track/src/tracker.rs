use std::time::Duration;

use crate::assignment::Assignment;
use crate::settings::ClassGroup;
use crate::tracked::Tracked;
use crate::{Observation, Track, TrackState, TrackerSettings};

/// Follows the objects of one camera.
///
/// Deterministic: the same calls give the same tracks, and the order of the observations within a frame does not
/// matter. Keeps its memory between frames.
#[derive(Debug)]
pub struct Tracker {
    settings: TrackerSettings,
    next_id: u64,
    last_at: Option<Duration>,
    /// In order of id.
    living: Vec<Tracked>,
    candidates: Vec<Candidate>,
    round: Round,
    active: Vec<Track>,
    ended: Vec<Track>,
}

/// What one frame did to the tracks.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a> {
    /// Every living track, seen in this frame or expected in it, in order of id.
    pub active: &'a [Track],
    /// Tracks that ended in this step, tentative ones too, in order of id.
    pub ended: &'a [Track],
}

/// An observation of the frame at hand.
#[derive(Debug)]
struct Candidate {
    observation: Observation,
    group: ClassGroup,
    taken: bool,
}

/// Memory of one round of association.
#[derive(Debug, Default)]
struct Round {
    tracks: Vec<usize>,
    candidates: Vec<usize>,
    weights: Vec<f32>,
    assignment: Assignment,
}

impl Tracker {
    /// A tracker that has seen nothing.
    pub fn new(settings: TrackerSettings) -> Self {
        Self {
            settings,
            next_id: 1,
            last_at: None,
            living: Vec::new(),
            candidates: Vec::new(),
            round: Round::default(),
            active: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// Takes in the observations of the frame at time `at`, counted from any fixed epoch.
    ///
    /// Frames may come at any interval. A time equal to or before the previous one counts as no time passed, and the
    /// next interval is counted from it. Observations without area, without a number as score or below
    /// [`TrackerSettings::low_score`] are ignored.
    pub fn update(&mut self, at: Duration, observations: &[Observation]) -> Update<'_> {
        let dt = self.last_at.map_or(Duration::ZERO, |last| at.saturating_sub(last));
        self.last_at = Some(at);
        self.ended.clear();
        self.expect(dt);
        self.take_in(observations);
        self.associate(at);
        self.start(at);
        self.let_go();
        self.ended.sort_unstable_by_key(|track| track.id);
        self.active.clear();
        self.active.extend(self.living.iter().map(|tracked| tracked.track));
        Update { active: &self.active, ended: &self.ended }
    }

    /// Ends every track, in order of id. The tracker can go on afterwards with fresh ids.
    pub fn finish(&mut self) -> Vec<Track> {
        self.last_at = None;
        self.active.clear();
        self.living.drain(..).map(|tracked| ended(tracked.track)).collect()
    }

    /// Moves every track on by `dt`; one that nobody may recognise after so long ends before it can take an
    /// observation.
    fn expect(&mut self, dt: Duration) {
        let (max_lost, gone) = (self.settings.max_lost, &mut self.ended);
        self.living.retain_mut(|tracked| {
            tracked.unseen = tracked.unseen.saturating_add(dt);
            let keep = tracked.unseen <= max_lost;
            if keep {
                tracked.expect(dt);
            } else {
                gone.push(ended(Track { seen_now: false, ..tracked.track }));
            }
            keep
        });
    }

    fn take_in(&mut self, observations: &[Observation]) {
        let settings = &self.settings;
        let kept = observations.iter().filter(|o| settings.low_score <= o.score && o.has_area());
        self.candidates.clear();
        self.candidates.extend(kept.map(|&observation| Candidate {
            observation,
            group: settings.group(observation.class),
            taken: false,
        }));
        self.candidates.sort_unstable_by(|a, b| a.observation.rank(&b.observation));
    }

    fn associate(&mut self, at: Duration) {
        let TrackerSettings { high_score, min_iou, min_iou_low, min_iou_tentative, .. } = self.settings;
        let high = |o: &Observation| high_score <= o.score;
        self.run_round(at, min_iou, |track| track.confirmed, high);
        // A doubtful observation may keep a track alive but not bring one back: after a gap it is as likely noise.
        self.run_round(at, min_iou_low, |track| track.state == TrackState::Confirmed, |o| !high(o));
        self.run_round(at, min_iou_tentative, |track| !track.confirmed, high);
    }

    /// Pairs the chosen tracks that are not yet seen with the chosen observations that are not yet taken.
    fn run_round(
        &mut self,
        at: Duration,
        min_iou: f32,
        of_tracks: impl Fn(&Track) -> bool,
        of_observations: impl Fn(&Observation) -> bool,
    ) {
        let Round { tracks, candidates, weights, assignment } = &mut self.round;
        let (living, offered) = (&mut self.living, &mut self.candidates);
        tracks.clear();
        tracks
            .extend((0..living.len()).filter(|&i| !living[i].track.seen_now && of_tracks(&living[i].track)));
        candidates.clear();
        candidates.extend(
            (0..offered.len()).filter(|&i| !offered[i].taken && of_observations(&offered[i].observation)),
        );
        weights.clear();
        for tracked in tracks.iter().map(|&i| &living[i]) {
            weights.extend(candidates.iter().map(|&i| &offered[i]).map(|candidate| {
                let iou = tracked.track.bbox.iou(&candidate.observation.bbox);
                if tracked.group == candidate.group && min_iou <= iou { iou } else { 0.0 }
            }));
        }
        for &(row, column) in assignment.solve(tracks.len(), candidates.len(), weights) {
            let candidate = &mut offered[candidates[column]];
            candidate.taken = true;
            living[tracks[row]].observe(at, candidate.observation, self.settings.min_hits);
        }
    }

    fn start(&mut self, at: Duration) {
        let TrackerSettings { new_track_score, min_hits, .. } = self.settings;
        for candidate in &self.candidates {
            if !candidate.taken && new_track_score <= candidate.observation.score {
                let Candidate { observation, group, .. } = *candidate;
                self.living.push(Tracked::new(self.next_id, at, observation, group, min_hits));
                self.next_id += 1;
            }
        }
    }

    fn let_go(&mut self) {
        let (max_lost_tentative, gone) = (self.settings.max_lost_tentative, &mut self.ended);
        self.living.retain_mut(|tracked| {
            if !tracked.track.seen_now {
                tracked.miss();
            }
            let keep = tracked.track.confirmed || tracked.unseen <= max_lost_tentative;
            if !keep {
                gone.push(ended(tracked.track));
            }
            keep
        });
    }
}

fn ended(track: Track) -> Track {
    Track { state: TrackState::Ended, ..track }
}

#[cfg(test)]
mod tests;
