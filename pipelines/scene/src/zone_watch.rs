use std::collections::VecDeque;
use std::time::Duration;

use crate::rule::NOfM;
use crate::sighting::{LastFrames, Occurrence, Sighting};
use crate::{Clause, Direction, Zone};

/// Whether one object is in one zone, and since when.
#[derive(Clone, Debug, Default)]
pub(crate) struct ZoneWatch {
    is_inside: bool,
    /// Times of the sightings inside, in the frames looked at, that may become a stay.
    perhaps_since: VecDeque<Duration>,
    /// First of the sightings outside that may end the stay.
    perhaps_left: Option<Duration>,
    inside: LastFrames,
    outside: LastFrames,
    /// First and latest sight inside of the current or the latest stay.
    stay: Option<(Duration, Duration)>,
}

impl ZoneWatch {
    /// Takes in the next frame, in which the object may not have been seen; answers when it has entered or left.
    pub(crate) fn step(
        &mut self,
        zone: &Zone,
        confirm: NOfM,
        sighting: Option<&Sighting>,
    ) -> Option<Occurrence> {
        let inside = sighting.map(|s| zone.contains(s.anchor, s.frame));
        self.inside.push(inside == Some(true) && sighting.is_some_and(|s| s.of_class));
        self.outside.push(inside == Some(false));
        let at = sighting?.at;
        match (self.is_inside, inside?) {
            (false, true) => self.perhaps_enter(confirm, at),
            (false, false) => None,
            (true, true) => {
                self.perhaps_left = None;
                if let Some((_, latest)) = &mut self.stay {
                    *latest = at;
                }
                None
            }
            (true, false) => self.perhaps_leave(confirm, at),
        }
    }

    /// From the first to the latest sight inside of the current or the latest stay.
    pub(crate) fn dwell(&self) -> Duration {
        self.stay.map_or(Duration::ZERO, |(first, latest)| latest.saturating_sub(first))
    }

    fn perhaps_enter(&mut self, confirm: NOfM, at: Duration) -> Option<Occurrence> {
        let sightings = self.inside.count(confirm);
        self.perhaps_since.push_back(at);
        while sightings < self.perhaps_since.len() as u32 {
            self.perhaps_since.pop_front();
        }
        if sightings < confirm.n {
            return None;
        }
        let since = self.perhaps_since.front().copied().unwrap_or(at);
        self.perhaps_since.clear();
        self.is_inside = true;
        self.stay = Some((since, at));
        self.outside.clear();
        Some(Occurrence {
            direction: Direction::Enter,
            at: since,
            ends: "entered again",
            measured: Clause::at_least("sightings_inside", sightings as f32, confirm.n as f32),
        })
    }

    fn perhaps_leave(&mut self, confirm: NOfM, at: Duration) -> Option<Occurrence> {
        let left = *self.perhaps_left.get_or_insert(at);
        let sightings = self.outside.count(confirm);
        if sightings < confirm.n {
            return None;
        }
        self.is_inside = false;
        self.perhaps_left = None;
        // A new stay needs sightings of its own.
        self.inside.clear();
        Some(Occurrence {
            direction: Direction::Exit,
            at: left,
            ends: "left the zone",
            measured: Clause::at_least("sightings_outside", sightings as f32, confirm.n as f32),
        })
    }
}
