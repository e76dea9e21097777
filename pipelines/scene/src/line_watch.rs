use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::place::Spot;
use crate::sighting::{Occurrence, Sighting};
use crate::{Clause, Direction, Line};

/// Where one object is with respect to one line.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct LineWatch {
    /// The side on which it was last seen beyond the hysteresis.
    side: Option<Side>,
    /// Where it was last seen, and its distance from the line.
    last: Option<(Spot, f32)>,
    /// The latest way from one side to the other, however short.
    cut: Option<Cut>,
    /// How near it is to a crossing.
    near: Option<Near>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Side {
    Left,
    Right,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Cut {
    at: Duration,
    between_ends: bool,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Near {
    began_on: Side,
    /// How far it is beyond the line, as seen from where it began; negative before the line.
    beyond: f32,
    went_around: bool,
}

impl LineWatch {
    /// Takes in the next sighting; answers when it shows the object beyond the line on its other side.
    pub(crate) fn step(&mut self, line: &Line, hysteresis: f32, sighting: &Sighting) -> Option<Occurrence> {
        let Sighting { at, frame, anchor, .. } = *sighting;
        let distance = line.signed_distance(anchor, frame);
        self.come_near(distance, hysteresis);
        if let Some((before, distance_before)) = self.last
            && (distance_before < 0.0) != (distance < 0.0)
        {
            self.cut = Some(Cut { at, between_ends: line.is_cut_between_its_ends(before, anchor, frame) });
        }
        self.last = Some((anchor, distance));
        let side = match distance {
            d if hysteresis < d => Side::Right,
            d if d < -hysteresis => Side::Left,
            _ => return None,
        };
        let before = self.side.replace(side)?;
        if side == before {
            return None;
        }
        // The last cut before the other side is reached is where the object passed, however it wavered before.
        let Some(cut) = self.cut.filter(|cut| cut.between_ends) else {
            if let Some(near) = &mut self.near {
                near.went_around = true;
            }
            return None;
        };
        Some(Occurrence {
            direction: if side == Side::Right { Direction::Forward } else { Direction::Backward },
            at: cut.at,
            ends: "crossed back",
            measured: Clause::at_least("beyond_line", distance.abs(), hysteresis),
        })
    }

    /// What is missing before the object counts as having crossed.
    pub(crate) fn not_yet_crossed(&self, hysteresis: f32) -> Clause {
        match self.near {
            Some(near) if near.went_around => Clause::yes("between_ends", false),
            // It is that far beyond, and still nothing that the rule wants happened: it went the other way.
            Some(near) if hysteresis < near.beyond => Clause::yes("direction", false),
            Some(near) => Clause {
                // Reaching the hysteresis is not yet passing it.
                held: false,
                ..Clause::at_least("beyond_line", near.beyond, hysteresis)
            },
            // It has not yet been seen clear of the line.
            None => Clause::yes("side_known", false),
        }
    }

    fn come_near(&mut self, distance: f32, hysteresis: f32) {
        let near = match self.near.as_mut() {
            Some(near) => near,
            None if distance.abs() <= hysteresis => return,
            None => {
                let began_on = if distance < 0.0 { Side::Left } else { Side::Right };
                self.near.insert(Near { began_on, beyond: -distance.abs(), went_around: false })
            }
        };
        near.beyond = if near.began_on == Side::Left { distance } else { -distance };
    }
}
