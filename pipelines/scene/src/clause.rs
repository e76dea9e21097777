use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::word::Word;

/// How a measure stands to its bound when a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Relation {
    /// No less than the bound.
    AtLeast,
    /// No more than the bound.
    AtMost,
}

/// One condition of a rule, with what was measured and the bound it was held against.
///
/// A condition that is true or not measures 1 or 0 and asks for at least 1. The unit is the end of the name (`_s`, `_m`,
/// `_px`, `_mps`, `_deg`); distances without one are in frame heights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clause {
    /// Name of the condition.
    #[serde(with = "crate::word")]
    pub name: Word,
    /// What was measured; always a finite number.
    pub measured: f32,
    /// Which side of the bound the rule asks for.
    pub relation: Relation,
    /// The bound.
    pub bound: f32,
    /// Whether the measure is on that side.
    pub held: bool,
}

impl Clause {
    /// The condition that `measured` is at least `bound`.
    pub(crate) fn at_least(name: &'static str, measured: f32, bound: f32) -> Self {
        Self { name, measured, relation: Relation::AtLeast, bound, held: bound <= measured }
    }

    /// The condition that `measured` is at most `bound`.
    pub(crate) fn at_most(name: &'static str, measured: f32, bound: f32) -> Self {
        Self { name, measured, relation: Relation::AtMost, bound, held: measured <= bound }
    }

    /// The condition that something has been so for at least `bound`, in seconds.
    pub(crate) fn lasted(name: &'static str, measured: Duration, bound: Duration) -> Self {
        let held = bound <= measured;
        Self { held, ..Self::at_least(name, measured.as_secs_f32(), bound.as_secs_f32()) }
    }

    /// The condition that something is so.
    pub(crate) fn yes(name: &'static str, holds: bool) -> Self {
        Self::at_least(name, f32::from(u8::from(holds)), 1.0)
    }

    /// How far the measure is from its bound, in `[0, 1)`: 0 when it holds, a half when as much is missing as is asked.
    pub fn shortfall(&self) -> f32 {
        if self.held {
            return 0.0;
        }
        let missing = (self.bound - self.measured).abs();
        // A bound of 0 gives no scale of its own.
        let scale = if self.bound == 0.0 { 1.0 } else { self.bound.abs() };
        missing / (missing + scale)
    }
}

impl fmt::Display for Clause {
    /// As `travel 0.04 >= 0.1: no`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let relation = match self.relation {
            Relation::AtLeast => ">=",
            Relation::AtMost => "<=",
        };
        let held = if self.held { "yes" } else { "no" };
        write!(f, "{} {} {relation} {}: {held}", self.name, self.measured, self.bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_reads_as_what_it_asks() {
        assert_eq!(Clause::at_least("travel", 0.04, 0.1).to_string(), "travel 0.04 >= 0.1: no");
        assert_eq!(Clause::at_most("speed_mps", 2.5, 2.5).to_string(), "speed_mps 2.5 <= 2.5: yes");
        assert_eq!(Clause::yes("class", false).to_string(), "class 0 >= 1: no");
    }

    #[test]
    fn the_more_is_missing_the_larger_the_shortfall() {
        assert_eq!(Clause::at_least("travel", 1.0, 1.0).shortfall(), 0.0);
        assert_eq!(Clause::at_least("travel", 0.75, 1.0).shortfall(), 0.2);
        assert_eq!(Clause::at_most("speed_mps", 2.5, 2.0).shortfall(), 0.2);
        assert_eq!(Clause::at_most("speed_mps", 4.0, 2.0).shortfall(), 0.5);
        assert_eq!(Clause::at_most("veto_overlap", 0.25, 0.0).shortfall(), 0.2);
        let far = Clause::at_least("beyond_line", -0.4, 0.01).shortfall();
        let near = Clause::at_least("beyond_line", -0.08, 0.01).shortfall();
        assert!(near < far && far < 1.0, "{near} {far}");
    }
}
