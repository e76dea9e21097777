use std::time::Duration;

use crate::place::Spot;
use crate::sighting::{Occurrence, Sighting};
use crate::{Clause, Direction, Line};

/// Where one object is with respect to one line.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineWatch {
    /// The side on which it was last seen beyond the hysteresis.
    side: Option<Side>,
    /// Where it was last seen, and its distance from the line.
    last: Option<(Spot, f32)>,
    /// The latest way from one side to the other, however short.
    cut: Option<Cut>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

#[derive(Clone, Copy, Debug)]
struct Cut {
    at: Duration,
    between_ends: bool,
}

impl LineWatch {
    /// Takes in the next sighting; answers when it shows the object beyond the line on its other side.
    pub(crate) fn step(&mut self, line: &Line, hysteresis: f32, sighting: &Sighting) -> Option<Occurrence> {
        let Sighting { at, frame, anchor, .. } = *sighting;
        let distance = line.signed_distance(anchor, frame);
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
        // The last cut before the other side is reached is where the object passed, however it wavered before.
        let cut = self.cut.filter(|cut| side != before && cut.between_ends)?;
        Some(Occurrence {
            direction: if side == Side::Right { Direction::Forward } else { Direction::Backward },
            at: cut.at,
            ends: "crossed back",
            measured: Clause::at_least("beyond_line", distance.abs(), hysteresis),
        })
    }
}
