use std::time::Duration;

use serde::{Deserialize, Serialize};
use vision::{NormPoint, SizePx};

use crate::place::Spot;
use crate::rule::check_range;
use crate::sighting::{Change, Look, Occurrence};
use crate::zone_watch::ZoneWatch;
use crate::{Clause, Direction, Distance, GroundPlane, SceneError, Zone};

/// An object moves against the allowed way of a zone: at most one passage for each stay in it.
#[derive(Clone, Debug, PartialEq)]
pub struct WrongWay {
    /// The zone.
    pub zone: Zone,
    /// The allowed way leads from here,
    pub from: NormPoint,
    /// to there: only its direction counts.
    pub to: NormPoint,
    /// How far the object has to move against it, counted from where it was farthest along it in this stay: clause
    /// `against`, or `against_m`. More than the jitter of its box.
    pub min_distance: Distance,
    /// Most angle between its movement and the reverse of the allowed way, in degrees, at most 90: clause `angle_deg`. In
    /// metres it is measured on the ground.
    pub max_angle_deg: f32,
}

impl WrongWay {
    pub(crate) fn check(&self, rule: &str, plane: Option<&GroundPlane>) -> Result<(), SceneError> {
        self.zone.check(rule)?;
        self.min_distance.check(rule, "min_distance", plane)?;
        let distance = self.min_distance.value();
        check_range(rule, "min_distance", distance, 0.0 < distance, "more than 0")?;
        let angle = self.max_angle_deg;
        check_range(rule, "max_angle_deg", angle, (0.0..=90.0).contains(&angle), "0 to 90")?;
        let way = crate::Line { id: "the allowed way".to_owned(), from: self.from, to: self.to };
        way.check(rule)?;
        if let (Distance::Metres(_), Some(plane)) = (self.min_distance, plane) {
            for (name, point) in [("from", self.from), ("to", self.to)] {
                if plane.metres_of(point).is_none() {
                    let (x, y) = (point.x, point.y);
                    return Err(SceneError::NotOnGround { rule: rule.to_owned(), name, x, y });
                }
            }
        }
        Ok(())
    }

    /// The allowed way as a step of length one.
    fn allowed(&self, frame: SizePx, plane: Option<&GroundPlane>) -> Option<Spot> {
        let spot = |point: NormPoint| match self.min_distance {
            Distance::FrameHeights(_) => Some(Spot::of(point, frame)),
            Distance::Metres(_) => plane?.metres_of(point).map(|point| Spot { x: point.x, y: point.y }),
        };
        let (from, to) = (spot(self.from)?, spot(self.to)?);
        let length = from.distance(to);
        Some(Spot { x: (to.x - from.x) / length, y: (to.y - from.y) / length })
    }
}

/// How one object moves in one zone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct WrongWayWatch {
    zone: ZoneWatch,
    /// When and where it was farthest along the allowed way in this stay.
    turned: Option<(Duration, Spot)>,
    /// From there to where it is now; none while it goes no way but along it.
    movement: Option<Movement>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Movement {
    against: f32,
    angle_deg: f32,
}

impl WrongWayWatch {
    pub(crate) fn step(&mut self, way: &WrongWay, look: &Look<'_>) -> Option<Change> {
        let change = self.zone.step(&way.zone, look);
        if let Some(sighting) = look.sighting
            && way.zone.contains(sighting.anchor, sighting.frame)
        {
            self.move_on(way, look, sighting.at);
        }
        let change = change?;
        if change.direction == Direction::Exit {
            (self.turned, self.movement) = (None, None);
            return Some(Change::Over(change.ends));
        }
        Some(Change::Happened(Occurrence { direction: Direction::Backward, ..change }))
    }

    pub(crate) fn dwell(&self) -> Duration {
        self.zone.dwell()
    }

    /// When it began to move against the allowed way.
    pub(crate) fn began(&self) -> Option<Duration> {
        self.turned.map(|(at, _)| at)
    }

    pub(crate) fn clauses(
        &self,
        way: &WrongWay,
        look: &Look<'_>,
        occurrence: Option<&Occurrence>,
        clauses: &mut Vec<Clause>,
    ) {
        clauses.push(occurrence.map_or_else(|| self.zone.not_yet_inside(look), |o| o.measured));
        let Movement { against, angle_deg } =
            self.movement.unwrap_or(Movement { against: 0.0, angle_deg: 180.0 });
        let name = way.min_distance.named("against", "against_m");
        clauses.push(Clause::at_least(name, against, way.min_distance.value()));
        clauses.push(Clause::at_most("angle_deg", angle_deg, way.max_angle_deg));
    }

    fn move_on(&mut self, way: &WrongWay, look: &Look<'_>, at: Duration) {
        let Look { rule, track, moment, .. } = *look;
        let here = way.min_distance.place_of(&track.bbox, rule.anchor, moment);
        let allowed = way.allowed(moment.frame.size, moment.plane);
        let (Some(here), Some(allowed)) = (here, allowed) else { return };
        let (_, turned) = *self.turned.get_or_insert((at, here));
        let against = (turned.x - here.x) * allowed.x + (turned.y - here.y) * allowed.y;
        if against <= 0.0 {
            (self.turned, self.movement) = (Some((at, here)), None);
            return;
        }
        // Rounding may take the quotient past one.
        let angle_deg = (against / turned.distance(here)).min(1.0).acos().to_degrees();
        self.movement = Some(Movement { against, angle_deg });
    }
}
