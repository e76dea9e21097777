use std::time::Duration;

use serde::{Deserialize, Serialize};
use vision::FrameBox;

use crate::place::Spot;
use crate::rule::Anchor;
use crate::sighting::{Change, Look, Occurrence};
use crate::zone_watch::ZoneWatch;
use crate::{Clause, Direction, Distance, GroundPlane, SceneError, Zone};

/// Somebody comes ashore: the track begins in or beside a boat, or in the water, and then stands on land.
#[derive(Clone, Debug, PartialEq)]
pub struct Landing {
    /// The land; passages carry its id.
    pub land: Zone,
    /// The water, where there is a zone for it.
    pub water: Option<Zone>,
    /// Classes of boats; empty where only the water counts.
    pub boats: Vec<u16>,
    /// How far from a boat a track may begin: from the bottom edge of a confirmed boat's box to the object's foot. A foot
    /// in the box is in the boat.
    pub beside: Distance,
}

impl Landing {
    pub(crate) fn check(&self, rule: &str, plane: Option<&GroundPlane>) -> Result<(), SceneError> {
        self.land.check(rule)?;
        match &self.water {
            Some(water) => water.check(rule)?,
            None if self.boats.is_empty() => {
                return Err(SceneError::NoClasses { rule: rule.to_owned(), name: "boats" });
            }
            None => (),
        }
        self.beside.check(rule, "beside", plane)
    }
}

/// Where one object comes from, and whether it stands on land.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct LandingWatch {
    land: ZoneWatch,
    /// Whether one of its first sightings was at a boat or in the water.
    from_water: bool,
    sightings: u32,
}

impl LandingWatch {
    pub(crate) fn step(&mut self, landing: &Landing, look: &Look<'_>) -> Option<Change> {
        // As many first sightings as it takes to confirm: the boat's own track may begin in the same frame.
        if look.sighting.is_some() && self.sightings < look.asked.confirm.m {
            self.sightings += 1;
            self.from_water |= is_in_the_water(landing, look) || is_at_a_boat(landing, look);
        }
        let change = self.land.step(&landing.land, look)?;
        Some(match change.direction {
            Direction::Exit => Change::Over(change.ends),
            _ => Change::Happened(change),
        })
    }

    pub(crate) fn dwell(&self) -> Duration {
        self.land.dwell()
    }

    pub(crate) fn clauses(
        &self,
        look: &Look<'_>,
        occurrence: Option<&Occurrence>,
        clauses: &mut Vec<Clause>,
    ) {
        clauses.push(occurrence.map_or_else(|| self.land.not_yet_inside(look), |o| o.measured));
        clauses.push(Clause::yes("from_water", self.from_water));
    }
}

fn is_in_the_water(landing: &Landing, look: &Look<'_>) -> bool {
    let inside = |zone: &Zone| look.sighting.is_some_and(|s| zone.contains(s.anchor, s.frame));
    landing.water.as_ref().is_some_and(inside)
}

fn is_at_a_boat(landing: &Landing, look: &Look<'_>) -> bool {
    let foot = look.track.bbox.foot();
    let place = |bbox: &FrameBox| landing.beside.place_of(bbox, Anchor::Foot, look.moment);
    let is_beside = |person: Spot, boat: &FrameBox| {
        let x = foot.x.clamp(boat.x0(), boat.x1());
        let edge = FrameBox::new(x, boat.y1(), x, boat.y1()).and_then(|edge| place(&edge));
        edge.is_some_and(|edge| edge.distance(person) <= landing.beside.value())
    };
    let mut boats =
        look.moment.tracks.iter().filter(|track| {
            track.id != look.track.id && track.confirmed && landing.boats.contains(&track.class)
        });
    boats.any(|boat| {
        let bbox = &boat.bbox;
        let is_in = (bbox.x0()..=bbox.x1()).contains(&foot.x) && (bbox.y0()..=bbox.y1()).contains(&foot.y);
        is_in || place(&look.track.bbox).is_some_and(|person| is_beside(person, bbox))
    })
}
