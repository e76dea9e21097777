use std::time::Duration;

use serde::{Deserialize, Serialize};
use track::Track;
use vision::{FrameBox, SizePx};

use crate::moment::Moment;
use crate::parking::{Parking, Rest};
use crate::sighting::Look;
use crate::trail::Trail;
use crate::watch::{End, Watch};
use crate::{Clause, Judged, Rule, Stationary, Subject};

/// One object under all rules, through all tracks under which it was followed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Watched {
    /// Id of its first track.
    pub(crate) subject: u64,
    /// As of its latest sight, with all that was seen of it before.
    pub(crate) track: Track,
    pub(crate) trail: Trail,
    pub(crate) earlier: Option<Earlier>,
    /// Until when it may come back, where it has: a track that never was confirmed gains no time.
    pub(crate) until: Option<Duration>,
    pub(crate) rest: Rest,
    /// One per rule.
    watches: Vec<Watch>,
}

/// What was seen of an object under the tracks before its present one.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Earlier {
    observations: u32,
    best_score: f32,
    mean_score: f32,
    first_at: Duration,
    #[serde(with = "track::edges")]
    first_bbox: FrameBox,
}

impl Watched {
    pub(crate) fn new(rules: &[Rule], track: &Track, moment: Moment<'_>) -> Self {
        let subject = Subject::Track(track.id);
        Self {
            subject: track.id,
            track: *track,
            trail: Trail::default(),
            earlier: None,
            until: None,
            rest: Rest::default(),
            watches: rules.iter().map(|rule| Watch::new(&Look::new(rule, track, subject, moment))).collect(),
        }
    }

    pub(crate) fn watch(&self, rule: usize) -> &Watch {
        &self.watches[rule]
    }

    pub(crate) fn watches_mut(&mut self) -> &mut [Watch] {
        &mut self.watches
    }

    /// Takes in the next frame of its present track.
    pub(crate) fn step(
        &mut self,
        rules: &[Rule],
        track: &Track,
        moment: Moment<'_>,
        parking: Option<(&mut Parking, Stationary)>,
        clauses: &mut Vec<Clause>,
        judged: &mut Judged,
    ) {
        let track = &self.joined(track);
        if track.seen_now {
            self.track = *track;
            self.trail.push(track, moment.frame.size);
        }
        let subject = Subject::Track(self.subject);
        let mut parked = None;
        if let Some((parking, settings)) = parking {
            let told = || self.watches.iter().map(Watch::is_told).collect();
            let has_moved =
                track.seen_now && parking.see(&mut self.rest, track, moment.frame.size, settings, told);
            if has_moved {
                // From here on it is as one that was not there before; what was told of it goes on.
                for (watch, rule) in self.watches.iter_mut().zip(rules).filter(|(watch, _)| !watch.is_told())
                {
                    *watch = Watch::new(&Look::new(rule, track, subject, moment));
                }
            }
            parked = Some(&*parking);
        }
        for (index, (watch, rule)) in self.watches.iter_mut().zip(rules).enumerate() {
            if parked.is_some_and(|parking| parking.silences(&self.rest, index, rule)) {
                continue;
            }
            watch.step(&Look::new(rule, track, subject, moment), clauses, judged);
        }
    }

    /// It is gone.
    pub(crate) fn end(&mut self, rules: &[Rule], end: End, judged: &mut Judged) {
        let subject = Subject::Track(self.subject);
        for (watch, rule) in self.watches.iter_mut().zip(rules) {
            watch.end(rule, (subject, &self.track), end, judged);
        }
    }

    /// It goes on under the track `id`, and may part from it again until `until`.
    pub(crate) fn go_on_under(&mut self, id: u64, until: Duration) {
        let Track { observations, best_score, mean_score, first_at, first_bbox, .. } = self.track;
        self.earlier = Some(Earlier { observations, best_score, mean_score, first_at, first_bbox });
        self.until = Some(until);
        self.watches.iter_mut().for_each(|watch| watch.join(id));
    }

    /// The track `id`, under which it went on, turned out to be another object's.
    pub(crate) fn part_from(&mut self, id: u64, earlier: Option<Earlier>) {
        self.earlier = earlier;
        self.until = None;
        self.watches.iter_mut().for_each(|watch| watch.part(id));
    }

    /// Whether it watches for what `rules` ask.
    pub(crate) fn fits(&self, rules: &[Rule]) -> bool {
        self.watches.len() == rules.len()
            && self.watches.iter().zip(rules).all(|(watch, rule)| watch.fits(rule))
    }

    /// Far from `new`, 1 at most, as [`crate::Merge::strangeness`] says.
    pub(crate) fn strangeness(&self, merge: &crate::Merge, new: &Track, frame: SizePx) -> Option<f32> {
        let is_known = self.track.confirmed || self.earlier.is_some();
        if !is_known || self.trail.leaves() {
            return None;
        }
        merge.strangeness(&self.track, &self.trail, new, frame)
    }

    /// The track with all that was seen of the object before it.
    fn joined(&self, track: &Track) -> Track {
        let Some(earlier) = &self.earlier else { return *track };
        let (before, now) = (f64::from(earlier.observations), f64::from(track.observations));
        let mean =
            (before * f64::from(earlier.mean_score) + now * f64::from(track.mean_score)) / (before + now);
        Track {
            observations: earlier.observations.saturating_add(track.observations),
            best_score: earlier.best_score.max(track.best_score),
            mean_score: mean as f32,
            first_at: earlier.first_at,
            first_bbox: earlier.first_bbox,
            ..*track
        }
    }
}
