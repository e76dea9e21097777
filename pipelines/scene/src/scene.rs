use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use track::Track;

use crate::crowd::CrowdWatch;
use crate::moment::Moment;
use crate::sighting::Look;
use crate::watch::Watch;
use crate::{Clause, FrameInfo, GroundPlane, Judged, Rule, RuleTest, SceneError};

/// Least time between two updates of an open passage, unless [`Scene::with_update_every`] says otherwise.
pub const DEFAULT_UPDATE_EVERY: Duration = Duration::from_secs(5);

/// The rules of one camera and the tracks under them.
#[derive(Debug)]
pub struct Scene {
    rules: Vec<Rule>,
    plane: Option<GroundPlane>,
    update_every: Duration,
    tracks: BTreeMap<u64, Watched>,
    /// One per rule; idle where the rule is not about a crowd.
    crowds: Vec<CrowdWatch>,
    /// Room for a decision.
    clauses: Vec<Clause>,
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
    /// A scene that has seen nothing and knows no ground: rules in metres are refused.
    ///
    /// # Errors
    /// The first rule that cannot be used, as a [`SceneError`].
    pub fn new(rules: Vec<Rule>) -> Result<Self, SceneError> {
        Self::over(rules, None)
    }

    /// A scene that has seen nothing, over the ground that `plane` describes.
    ///
    /// # Errors
    /// The first rule that cannot be used, as a [`SceneError`].
    pub fn on_ground(rules: Vec<Rule>, plane: GroundPlane) -> Result<Self, SceneError> {
        Self::over(rules, Some(plane))
    }

    fn over(rules: Vec<Rule>, plane: Option<GroundPlane>) -> Result<Self, SceneError> {
        let mut ids = BTreeSet::new();
        for (index, rule) in rules.iter().enumerate() {
            if rule.id.is_empty() {
                return Err(SceneError::EmptyId { number: index + 1 });
            }
            if !ids.insert(rule.id.as_str()) {
                return Err(SceneError::DuplicateRule { rule: rule.id.clone() });
            }
            rule.check(plane.as_ref())?;
        }
        Ok(Self {
            crowds: rules.iter().map(|_| CrowdWatch::default()).collect(),
            rules,
            plane,
            update_every: DEFAULT_UPDATE_EVERY,
            tracks: BTreeMap::new(),
            clauses: Vec::new(),
        })
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

    /// The ground, where it is known.
    pub fn ground_plane(&self) -> Option<&GroundPlane> {
        self.plane.as_ref()
    }

    /// Judges a frame: `active` are all living tracks, `ended` those that ended in it.
    ///
    /// The order of the tracks in the slices does not matter. A track that is missing from `active` counts as ended. In a
    /// frame without pixels nothing is judged but tracks still end.
    pub fn judge(&mut self, frame: FrameInfo, active: &[Track], ended: &[Track]) -> Judged {
        let mut judged = Judged::default();
        if !frame.size.is_empty() {
            for track in active {
                self.step(track, frame, active, &mut judged);
            }
        }
        let living: BTreeSet<u64> = active.iter().map(|track| track.id).collect();
        let over: BTreeSet<u64> = ended.iter().map(|track| track.id).collect();
        let rules = &self.rules;
        self.tracks.retain(|id, watched| {
            let lives = living.contains(id) && !over.contains(id);
            if !lives {
                watched.end(rules, frame.at, "track ended", &mut judged);
            }
            lives
        });
        // Stable: within a track the revisions stay in the order they were made.
        judged.passages.sort_by_key(|passage| passage.subject);
        if !frame.size.is_empty() {
            self.count(frame, active, &mut judged);
        }
        judged
    }

    /// Closes every open passage at time `at`, in the order of [`Scene::judge`]; the stream is over.
    pub fn finish(&mut self, at: Duration) -> Judged {
        let mut judged = Judged::default();
        for watched in self.tracks.values_mut() {
            watched.end(&self.rules, at, "stream ended", &mut judged);
        }
        self.tracks.clear();
        for (crowd, rule) in self.crowds.iter_mut().zip(&self.rules) {
            crowd.end(rule, at, "stream ended", &mut judged);
            *crowd = CrowdWatch::default();
        }
        judged
    }

    fn step(&mut self, track: &Track, frame: FrameInfo, active: &[Track], judged: &mut Judged) {
        let rules = &self.rules;
        let moment =
            Moment { frame, tracks: active, plane: self.plane.as_ref(), update_every: self.update_every };
        let watched = self.tracks.entry(track.id).or_insert_with(|| Watched {
            track: *track,
            watches: rules.iter().map(|rule| Watch::new(&Look::new(rule, track, moment))).collect(),
        });
        if track.seen_now {
            watched.track = *track;
        }
        for (watch, rule) in watched.watches.iter_mut().zip(rules) {
            watch.step(&Look::new(rule, track, moment), &mut self.clauses, judged);
        }
    }

    /// Judges the rules that are about many objects at once.
    fn count(&mut self, frame: FrameInfo, active: &[Track], judged: &mut Judged) {
        let moment =
            Moment { frame, tracks: active, plane: self.plane.as_ref(), update_every: self.update_every };
        for (index, (rule, watch)) in self.rules.iter().zip(&mut self.crowds).enumerate() {
            let RuleTest::Crowd(crowd) = &rule.test else { continue };
            let counted: Vec<&Track> = self
                .tracks
                .values()
                .filter(|watched| watched.watches[index].is_counted())
                .map(|watched| &watched.track)
                .collect();
            watch.step(rule, crowd, moment, &counted, &mut self.clauses, judged);
        }
    }
}

impl Watched {
    fn end(&mut self, rules: &[Rule], at: Duration, reason: &'static str, judged: &mut Judged) {
        for (watch, rule) in self.watches.iter_mut().zip(rules) {
            watch.end(rule, &self.track, at, reason, judged);
        }
    }
}

#[cfg(test)]
mod tests;
