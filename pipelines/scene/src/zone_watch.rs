use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::presence::{Presence, Reading};
use crate::sighting::{Look, Occurrence};
use crate::{Clause, Direction, NOfM, Zone};

/// Whether one object is in one zone, and since when.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ZoneWatch {
    presence: Presence,
}

impl ZoneWatch {
    /// Takes in the next frame, in which the object may not have been seen; answers when it has entered or left.
    pub(crate) fn step(&mut self, zone: &Zone, look: &Look<'_>) -> Option<Occurrence> {
        let reading = look.sighting.map(|sighting| Reading {
            at: sighting.at,
            is_present: zone.contains(sighting.anchor, sighting.frame),
            counts: sighting.of_class,
        });
        let n = look.asked.confirm.n as f32;
        let change = self.presence.step(look.asked.confirm, reading)?;
        let (direction, ends, name) = if change.begins {
            (Direction::Enter, "entered again", "sightings_inside")
        } else {
            (Direction::Exit, "left the zone", "sightings_outside")
        };
        let measured = Clause::at_least(name, change.frames as f32, n);
        Some(Occurrence { direction, at: change.at, ends, measured })
    }

    pub(crate) fn is_inside(&self) -> bool {
        self.presence.is_present()
    }

    /// First and latest sight inside of the current or the latest stay.
    pub(crate) fn stay(&self) -> Option<(Duration, Duration)> {
        self.presence.stay()
    }

    /// From the first to the latest sight inside of the current or the latest stay.
    pub(crate) fn dwell(&self) -> Duration {
        self.stay().map_or(Duration::ZERO, |(first, latest)| latest.saturating_sub(first))
    }

    /// What is missing before the object counts as inside.
    pub(crate) fn not_yet_inside(&self, look: &Look<'_>) -> Clause {
        let confirm = look.asked.confirm;
        let sightings = self.presence.frames_present(confirm);
        not_yet("sightings_inside", sightings, confirm)
    }

    /// What is missing before the object, which is inside, counts as having left.
    pub(crate) fn not_yet_left(&self, look: &Look<'_>) -> Clause {
        let confirm = look.asked.confirm;
        let sightings = self.presence.frames_absent(confirm);
        not_yet("sightings_outside", sightings, confirm)
    }
}

/// Never held: in another light fewer sightings may be asked than there were, and still nothing happened.
fn not_yet(name: &'static str, sightings: u32, confirm: NOfM) -> Clause {
    Clause { held: false, ..Clause::at_least(name, sightings as f32, confirm.n as f32) }
}
