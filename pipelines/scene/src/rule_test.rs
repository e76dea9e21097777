use std::time::Duration;

use crate::rule::check_range;
use crate::{
    Crowd, Direction, GroundPlane, Landing, Line, LineDirections, Loiter, ObjectLeft, SceneError, WrongWay,
    Zone, ZoneEdge,
};

/// What has to happen in the picture.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleTest {
    /// The anchor crosses a line between its ends.
    Line {
        /// The line.
        line: Line,
        /// Which crossings count.
        directions: LineDirections,
        /// How far beyond the line the anchor must have been on both sides, in frame heights. An object that is first
        /// seen nearer than this has to show on which side it belongs before it can cross.
        hysteresis: f32,
    },
    /// The anchor is in a zone, or leaves it.
    Zone {
        /// The zone.
        zone: Zone,
        /// Which change counts.
        on: ZoneEdge,
        /// Least time between the first and the latest sight inside.
        min_dwell: Duration,
    },
    /// The object spends much time in a zone.
    Loiter(Loiter),
    /// The object moves against the allowed way of a zone.
    WrongWay(WrongWay),
    /// Many objects are in a zone at the same time.
    Crowd(Crowd),
    /// The object stands still in a zone with nobody near.
    ObjectLeft(ObjectLeft),
    /// The object comes from a boat or the water and stands on land.
    Landing(Landing),
}

impl RuleTest {
    /// Id of the line or zone.
    pub fn place_id(&self) -> &str {
        match self {
            Self::Line { line, .. } => &line.id,
            Self::Zone { zone, .. } => &zone.id,
            Self::Loiter(loiter) => &loiter.zone.id,
            Self::WrongWay(way) => &way.zone.id,
            Self::Crowd(crowd) => &crowd.zone.id,
            Self::ObjectLeft(left) => &left.zone.id,
            Self::Landing(landing) => &landing.land.id,
        }
    }

    /// Whether a change in `direction` makes a passage.
    pub(crate) fn wants(&self, direction: Direction) -> bool {
        match self {
            Self::Line { directions, .. } => match directions {
                LineDirections::Forward => direction == Direction::Forward,
                LineDirections::Backward => direction == Direction::Backward,
                LineDirections::Both => true,
            },
            Self::Zone { on, .. } => match on {
                ZoneEdge::Enter => direction == Direction::Enter,
                ZoneEdge::Exit => direction == Direction::Exit,
                ZoneEdge::Both => true,
            },
            // Their tests yield nothing else.
            Self::Loiter(_) | Self::WrongWay(_) | Self::Crowd(_) | Self::ObjectLeft(_) | Self::Landing(_) => {
                true
            }
        }
    }

    pub(crate) fn check(&self, rule: &str, plane: Option<&GroundPlane>) -> Result<(), SceneError> {
        match self {
            Self::Line { line, hysteresis, .. } => {
                line.check(rule)?;
                let holds = (0.0..1.0).contains(hysteresis);
                check_range(rule, "hysteresis", *hysteresis, holds, "0 to below 1")
            }
            Self::Zone { zone, .. } => zone.check(rule),
            Self::Loiter(loiter) => loiter.check(rule),
            Self::WrongWay(way) => way.check(rule, plane),
            Self::Crowd(crowd) => crowd.check(rule),
            Self::ObjectLeft(left) => left.check(rule, plane),
            Self::Landing(landing) => landing.check(rule, plane),
        }
    }
}
