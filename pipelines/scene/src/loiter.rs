use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::rule::check_seconds;
use crate::sighting::{Change, Look, Occurrence};
use crate::zone_watch::ZoneWatch;
use crate::{Clause, Direction, SceneError, Zone};

/// An object spends much time in a zone, however often it leaves and comes back.
#[derive(Clone, Debug, PartialEq)]
pub struct Loiter {
    /// The zone.
    pub zone: Zone,
    /// Least time inside, all stays of the track together: clause `loiter_s`. A stay lasts from its first to its latest
    /// sight inside.
    pub min_time: Duration,
    /// How far back stays count. The passage is over when the object is outside and less than half of `min_time` is left
    /// in the window.
    pub window: Duration,
}

impl Loiter {
    pub(crate) fn check(&self, rule: &str) -> Result<(), SceneError> {
        self.zone.check(rule)?;
        check_seconds(rule, "min_time", self.min_time, !self.min_time.is_zero(), "more than 0 s")?;
        check_seconds(rule, "window", self.window, self.min_time <= self.window, "at least `min_time`")
    }
}

/// The stays of one object in one zone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct LoiterWatch {
    zone: ZoneWatch,
    /// Beginning and end of the stays that are over and may reach into the window.
    past: VecDeque<(Duration, Duration)>,
    /// Whether an occurrence waits or has become a passage.
    is_on: bool,
    /// Whether the time has been reached since.
    reached: bool,
}

/// Stays remembered at most; older ones are joined, so that their time still counts.
const STAYS: usize = 64;

impl LoiterWatch {
    pub(crate) fn step(&mut self, loiter: &Loiter, look: &Look<'_>) -> Option<Change> {
        let change = self.zone.step(&loiter.zone, look);
        if change.is_some_and(|change| change.direction == Direction::Exit) {
            self.past.extend(self.zone.stay());
            self.join_oldest();
        }
        let now = look.sighting?.at;
        let begin = now.saturating_sub(loiter.window);
        while self.past.front().is_some_and(|&(_, end)| end < begin) {
            self.past.pop_front();
        }
        let time = self.time(loiter, now);
        self.reached |= loiter.min_time <= time;
        if let Some(entered) = change.filter(|change| change.direction == Direction::Enter && !self.is_on) {
            (self.is_on, self.reached) = (true, false);
            return Some(Change::Happened(Occurrence { direction: Direction::Within, ..entered }));
        }
        let least = if self.reached { loiter.min_time / 2 } else { Duration::from_nanos(1) };
        if self.is_on && !self.zone.is_inside() && time < least {
            self.is_on = false;
            return Some(Change::Over("stayed away"));
        }
        None
    }

    /// Time inside, of the window that ends now.
    pub(crate) fn time(&self, loiter: &Loiter, now: Duration) -> Duration {
        let begin = now.saturating_sub(loiter.window);
        self.stays().map(|(first, latest)| latest.min(now).saturating_sub(first.max(begin))).sum()
    }

    /// Beginning of the first stay that counts.
    pub(crate) fn began(&self) -> Option<Duration> {
        self.stays().map(|(first, _)| first).next()
    }

    pub(crate) fn clauses(
        &self,
        loiter: &Loiter,
        look: &Look<'_>,
        occurrence: Option<&Occurrence>,
        clauses: &mut Vec<Clause>,
    ) {
        clauses.push(occurrence.map_or_else(|| self.zone.not_yet_inside(look), |o| o.measured));
        let time = self.time(loiter, look.moment.frame.at);
        clauses.push(Clause::lasted("loiter_s", time, loiter.min_time));
    }

    fn stays(&self) -> impl Iterator<Item = (Duration, Duration)> {
        let current = self.zone.stay().filter(|_| self.zone.is_inside());
        self.past.iter().copied().chain(current)
    }

    fn join_oldest(&mut self) {
        while STAYS < self.past.len() {
            let Some((first, latest)) = self.past.pop_front() else { return };
            if let Some((next_first, _)) = self.past.front_mut() {
                *next_first = next_first.saturating_sub(latest.saturating_sub(first));
            }
        }
    }
}
