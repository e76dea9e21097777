use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::place::Spot;
use crate::rule::{Anchor, check_seconds};
use crate::sighting::{Change, Look, Occurrence};
use crate::zone_watch::ZoneWatch;
use crate::{Clause, Direction, Distance, GroundPlane, SceneError, Zone};

/// An object stands still in a zone with nobody near: a bag, a parcel, a car without a driver.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectLeft {
    /// The zone.
    pub zone: Zone,
    /// Least time for which it has stood still: clause `still_s`.
    pub min_still: Duration,
    /// How far it may be from where it came to rest and still be at rest.
    pub still_within: Distance,
    /// Classes of those who may have left it.
    pub people: Vec<u16>,
    /// Somebody is near whose foot is nearer to its foot than this: a confirmed track, seen in the frame or expected
    /// there.
    pub near: Distance,
    /// Least time for which nobody has been near: clause `alone_s`.
    pub min_alone: Duration,
}

impl ObjectLeft {
    pub(crate) fn check(&self, rule: &str, plane: Option<&GroundPlane>) -> Result<(), SceneError> {
        self.zone.check(rule)?;
        check_seconds(rule, "min_still", self.min_still, !self.min_still.is_zero(), "more than 0 s")?;
        self.still_within.check(rule, "still_within", plane)?;
        self.near.check(rule, "near", plane)?;
        if self.people.is_empty() {
            return Err(SceneError::NoClasses { rule: rule.to_owned(), name: "people" });
        }
        Ok(())
    }
}

/// Whether one object is at rest, and since when it is alone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ObjectLeftWatch {
    zone: ZoneWatch,
    rest: Option<Rest>,
    /// The latest frame with somebody near, or the first of all.
    alone_since: Option<Duration>,
    latest: Duration,
    /// What made it count as inside.
    entered: Option<Clause>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Rest {
    place: Spot,
    since: Duration,
    /// Sightings in a row away from the place.
    away: u32,
}

/// Sightings in a row that show an object elsewhere before it has moved: a single box that jumps is no move.
const MOVED: u32 = 2;

impl ObjectLeftWatch {
    pub(crate) fn step(&mut self, left: &ObjectLeft, look: &Look<'_>) -> Option<Change> {
        let at = look.moment.frame.at;
        // Also while it is not seen: somebody who stands in front of it hides it.
        let since = *self.alone_since.get_or_insert(at);
        if at < since || somebody_is_near(left, look) {
            self.alone_since = Some(at);
        }
        let change = self.zone.step(&left.zone, look);
        let sighting = look.sighting?;
        self.latest = at;
        let is_inside = left.zone.contains(sighting.anchor, sighting.frame);
        let has_moved = is_inside && self.rest_on(left, look);
        match change {
            Some(change) if change.direction == Direction::Exit => {
                (self.rest, self.entered) = (None, None);
                Some(Change::Over(change.ends))
            }
            Some(entered) => {
                self.entered = Some(entered.measured);
                Some(Change::Happened(Occurrence { direction: Direction::Within, ..entered }))
            }
            None => self.entered.filter(|_| has_moved).map(|measured| {
                Change::Happened(Occurrence { direction: Direction::Within, at, ends: "moved", measured })
            }),
        }
    }

    pub(crate) fn dwell(&self) -> Duration {
        self.zone.dwell()
    }

    /// Since when it has been at rest and alone.
    pub(crate) fn began(&self) -> Option<Duration> {
        Some(self.rest?.since.max(self.alone_since?))
    }

    pub(crate) fn clauses(
        &self,
        left: &ObjectLeft,
        look: &Look<'_>,
        occurrence: Option<&Occurrence>,
        clauses: &mut Vec<Clause>,
    ) {
        clauses.push(occurrence.map_or_else(|| self.zone.not_yet_inside(look), |o| o.measured));
        let lasts =
            |since: Option<Duration>| since.map_or(Duration::ZERO, |since| self.latest.saturating_sub(since));
        let still = lasts(self.rest.map(|rest| rest.since));
        clauses.push(Clause::lasted("still_s", still, left.min_still));
        clauses.push(Clause::lasted("alone_s", lasts(self.alone_since), left.min_alone));
    }

    /// Takes in where it is now; answers whether it has moved away from where it rested.
    fn rest_on(&mut self, left: &ObjectLeft, look: &Look<'_>) -> bool {
        let at = look.moment.frame.at;
        let here = left.still_within.place_of(&look.track.bbox, look.rule.anchor, look.moment);
        let Some(place) = here else { return false };
        let anew = Rest { place, since: at, away: 0 };
        let rest = self.rest.get_or_insert(anew);
        // A clock set back makes no rest out of the future.
        rest.since = rest.since.min(at);
        if rest.place.distance(place) <= left.still_within.value() {
            rest.away = 0;
            return false;
        }
        rest.away += 1;
        let has_moved = MOVED <= rest.away;
        if has_moved {
            self.rest = Some(anew);
        }
        has_moved
    }
}

fn somebody_is_near(left: &ObjectLeft, look: &Look<'_>) -> bool {
    let foot = |bbox| left.near.place_of(bbox, Anchor::Foot, look.moment);
    let Some(object) = foot(&look.track.bbox) else { return false };
    let mut people =
        look.moment.tracks.iter().filter(|track| {
            track.id != look.track.id && track.confirmed && left.people.contains(&track.class)
        });
    people.any(|person| foot(&person.bbox).is_some_and(|person| person.distance(object) < left.near.value()))
}
