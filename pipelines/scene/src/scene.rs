use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use track::Track;
use vision::SizePx;

use crate::watch::{Moment, Watch};
use crate::{Passage, Rule, SceneError};

/// Least time between two updates of an open passage, unless [`Scene::with_update_every`] says otherwise.
pub const DEFAULT_UPDATE_EVERY: Duration = Duration::from_secs(5);

/// The rules of one camera and the tracks under them.
#[derive(Debug)]
pub struct Scene {
    rules: Vec<Rule>,
    update_every: Duration,
    tracks: BTreeMap<u64, Watched>,
}

/// One living track under all rules.
#[derive(Debug)]
struct Watched {
    /// As of its latest sight.
    track: Track,
    /// One per rule.
    watches: Vec<Watch>,
}

impl Scene {
    /// A scene that has seen nothing.
    ///
    /// # Errors
    /// The first rule that cannot be used, as a [`SceneError`].
    pub fn new(rules: Vec<Rule>) -> Result<Self, SceneError> {
        let mut ids = BTreeSet::new();
        for (index, rule) in rules.iter().enumerate() {
            if rule.id.is_empty() {
                return Err(SceneError::EmptyId { number: index + 1 });
            }
            if !ids.insert(rule.id.as_str()) {
                return Err(SceneError::DuplicateRule { rule: rule.id.clone() });
            }
            rule.check()?;
        }
        Ok(Self { rules, update_every: DEFAULT_UPDATE_EVERY, tracks: BTreeMap::new() })
    }

    /// The same scene with another least time between two updates of an open passage.
    #[must_use]
    pub fn with_update_every(mut self, update_every: Duration) -> Self {
        self.update_every = update_every;
        self
    }

    /// The rules in force.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Judges the frame of size `frame` at time `at`: `active` are all living tracks, `ended` those that ended in it.
    ///
    /// Returns the revisions due, by track id, then in the order of the rules; the order of the tracks in the slices
    /// does not matter. A track that is missing from `active` counts as ended. In a frame without pixels nothing is
    /// judged but tracks still end.
    pub fn judge(&mut self, at: Duration, frame: SizePx, active: &[Track], ended: &[Track]) -> Vec<Passage> {
        let mut due = Vec::new();
        if !frame.is_empty() {
            let moment = Moment { at, frame, update_every: self.update_every };
            for track in active {
                self.step(track, moment, &mut due);
            }
        }
        let living: BTreeSet<u64> = active.iter().map(|track| track.id).collect();
        let over: BTreeSet<u64> = ended.iter().map(|track| track.id).collect();
        self.tracks.retain(|id, watched| {
            let lives = living.contains(id) && !over.contains(id);
            if !lives {
                watched.close(at, "track ended", &mut due);
            }
            lives
        });
        // Stable: within a track the revisions stay in the order they were made.
        due.sort_by_key(|passage| passage.track_id);
        due
    }

    /// Closes every open passage at time `at`, in the order of [`Scene::judge`]; the stream is over.
    pub fn finish(&mut self, at: Duration) -> Vec<Passage> {
        let mut due = Vec::new();
        for watched in self.tracks.values_mut() {
            watched.close(at, "stream ended", &mut due);
        }
        self.tracks.clear();
        due
    }

    fn step(&mut self, track: &Track, moment: Moment, due: &mut Vec<Passage>) {
        let rules = &self.rules;
        let watched = self.tracks.entry(track.id).or_insert_with(|| Watched {
            track: *track,
            watches: rules.iter().map(|rule| Watch::new(rule, track, moment.frame)).collect(),
        });
        if track.seen_now {
            watched.track = *track;
        }
        for (watch, rule) in watched.watches.iter_mut().zip(rules) {
            watch.step(rule, track, moment, due);
        }
    }
}

impl Watched {
    fn close(&mut self, at: Duration, reason: &'static str, due: &mut Vec<Passage>) {
        for watch in &mut self.watches {
            watch.close(&self.track, at, reason, due);
        }
    }
}

#[cfg(test)]
mod tests;
