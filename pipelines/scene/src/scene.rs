mod joining;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use track::Track;

use crate::crowd::CrowdWatch;
use crate::moment::Moment;
use crate::parking::Parking;
use crate::watch::End;
use crate::watched::Watched;
use crate::{
    Clause, FrameInfo, GroundPlane, Judged, Merge, Passage, Rule, RuleTest, SceneError, Standing, Stationary,
    Subject,
};
use joining::{Lent, Parted};
pub use state::SceneState;

/// Least time between two updates of an open passage, unless [`Scene::with_update_every`] says otherwise.
pub const DEFAULT_UPDATE_EVERY: Duration = Duration::from_secs(5);

/// The rules of one camera and the objects under them.
#[derive(Debug)]
pub struct Scene {
    rules: Vec<Rule>,
    plane: Option<GroundPlane>,
    update_every: Duration,
    merge: Merge,
    stationary: Option<Stationary>,
    /// By the id of the track under which it is followed now.
    objects: BTreeMap<u64, Watched>,
    /// Objects whose track has ended and that may come back under another, in order of time.
    parted: Vec<Parted>,
    /// Tracks that nobody sees and whose object goes on under another one.
    lent: BTreeMap<u64, Lent>,
    parking: Parking,
    /// One per rule; idle where the rule is not about a crowd.
    crowds: Vec<CrowdWatch>,
    /// Room for a decision.
    clauses: Vec<Clause>,
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
            merge: Merge::default(),
            stationary: None,
            objects: BTreeMap::new(),
            parted: Vec::new(),
            lent: BTreeMap::new(),
            parking: Parking::default(),
            clauses: Vec::new(),
        })
    }

    /// The same scene with another least time between two updates of an open passage.
    #[must_use]
    pub fn with_update_every(mut self, update_every: Duration) -> Self {
        self.update_every = update_every;
        self
    }

    /// The same scene that joins tracks which break. By default each track is an object of its own.
    #[must_use]
    pub fn with_merge(mut self, merge: Merge) -> Self {
        self.merge = merge;
        self
    }

    /// The same scene that remembers what is parked: when its track breaks, however long ago, and another one begins in its
    /// place, it is the same object and its rules are silent until it moves away. By default nothing is remembered.
    #[must_use]
    pub fn with_memory(mut self, stationary: Stationary) -> Self {
        self.stationary = Some(stationary);
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
    ///
    /// With a [`Merge::window`] a passage whose track has ended is closed when nobody has taken it over in time, with
    /// the time at which the track ended as its [`Passage::at`].
    pub fn judge(&mut self, frame: FrameInfo, active: &[Track], ended: &[Track]) -> Judged {
        let mut judged = Judged::default();
        let living: BTreeSet<u64> = active.iter().map(|track| track.id).collect();
        self.part_with(frame.at, |id| !living.contains(&id), &mut judged);
        self.give_up(frame.at, &mut judged);
        if let Some(stationary) = self.stationary {
            self.parking.forget(frame.at, stationary);
        }
        if !frame.size.is_empty() {
            self.give_back(active);
            self.join(frame, active);
            let mut active_by_id: Vec<&Track> = active.iter().collect();
            // Two that begin in one place: the first of them is what is parked there, whatever their order in the frame.
            active_by_id.sort_by_key(|track| track.id);
            for track in active_by_id {
                self.step(track, frame, active, &mut judged);
            }
        }
        let over: BTreeSet<u64> = ended.iter().map(|track| track.id).collect();
        self.part_with(frame.at, |id| over.contains(&id), &mut judged);
        // Stable: within a track the revisions stay in the order they were made.
        judged.passages.sort_by_key(|passage| passage.subject);
        judged.rejections.sort_by_key(|rejection| rejection.subject);
        if !frame.size.is_empty() {
            self.count(frame, active, &mut judged);
        }
        judged
    }

    /// Closes every open passage at time `at`, in the order of [`Scene::judge`]; the stream is over.
    pub fn finish(&mut self, at: Duration) -> Judged {
        self.interrupt(at, "stream ended")
    }

    /// As [`Scene::finish`], for another `reason`. Those whose track had ended before close as they would have.
    pub fn interrupt(&mut self, at: Duration, reason: &'static str) -> Judged {
        let mut judged = Judged::default();
        for mut parted in std::mem::take(&mut self.parted) {
            parted.end(&self.rules, &mut judged);
        }
        for mut watched in std::mem::take(&mut self.objects).into_values() {
            watched.end(&self.rules, End { at, reason }, &mut judged);
        }
        self.lent.clear();
        judged.passages.sort_by_key(|passage| passage.subject);
        judged.rejections.sort_by_key(|rejection| rejection.subject);
        for (crowd, rule) in self.crowds.iter_mut().zip(&self.rules) {
            crowd.end(rule, at, reason, &mut judged);
            *crowd = CrowdWatch::default();
        }
        judged
    }

    /// A second look at the passage `(subject, rule_id, ordinal)` overturns it: it is retracted with `clause`, which did
    /// not hold, as its decision. Nothing when it is not open any more.
    pub fn overturn(
        &mut self,
        subject: Subject,
        rule_id: &str,
        ordinal: u32,
        clause: Clause,
        at: Duration,
    ) -> Option<Passage> {
        let rule = self.rules.iter().position(|rule| rule.id == rule_id)?;
        let mut due = Vec::new();
        match subject {
            Subject::Place => self.crowds[rule].overturn(ordinal, clause, at, &mut due),
            Subject::Track(id) => {
                let parted = self.parted.iter_mut().map(|parted| &mut parted.watched);
                let mut all = self.objects.values_mut().chain(parted);
                let watched = all.find(|watched| watched.subject == id)?;
                watched.watches_mut()[rule].overturn(ordinal, clause, at, &mut due);
            }
        }
        due.pop()
    }

    /// Every living track under every rule that judges it by itself, by track id, then in the order of the rules.
    pub fn standing(&self) -> Vec<Standing> {
        let of_track = |watched: &Watched| -> Vec<Standing> {
            let rules = self.rules.iter().enumerate();
            let (subject, track) = (watched.subject, &watched.track);
            rules.filter_map(|(index, rule)| watched.watch(index).standing(rule, subject, track)).collect()
        };
        self.objects.values().flat_map(of_track).collect()
    }

    fn step(&mut self, track: &Track, frame: FrameInfo, active: &[Track], judged: &mut Judged) {
        // Its object goes on under another track.
        if self.lent.contains_key(&track.id) {
            return;
        }
        let (rules, plane, update_every) = (&self.rules, self.plane.as_ref(), self.update_every);
        let moment = Moment { frame, tracks: active, plane, update_every, merge_window: self.merge.window };
        if !self.objects.contains_key(&track.id) {
            let mut watched = Watched::new(rules, track, moment);
            if self.stationary.is_some() {
                let taken: Vec<u64> =
                    self.objects.values().filter_map(|watched| watched.rest.lot()).collect();
                watched.rest = self.parking.recognise(track, frame.size, &self.merge, &taken);
            }
            self.objects.insert(track.id, watched);
        }
        let parking = self.stationary.map(|stationary| (&mut self.parking, stationary));
        if let Some(watched) = self.objects.get_mut(&track.id) {
            watched.step(rules, track, moment, parking, &mut self.clauses, judged);
        }
    }

    /// Judges the rules that are about many objects at once.
    fn count(&mut self, frame: FrameInfo, active: &[Track], judged: &mut Judged) {
        let (plane, update_every) = (self.plane.as_ref(), self.update_every);
        let moment = Moment { frame, tracks: active, plane, update_every, merge_window: self.merge.window };
        for (index, (rule, watch)) in self.rules.iter().zip(&mut self.crowds).enumerate() {
            let RuleTest::Crowd(crowd) = &rule.test else { continue };
            let counted: Vec<&Track> = self
                .objects
                .values()
                .filter(|watched| watched.watch(index).is_counted())
                .map(|watched| &watched.track)
                .collect();
            watch.step(rule, crowd, moment, &counted, &mut self.clauses, judged);
        }
    }
}

#[cfg(test)]
mod tests;
