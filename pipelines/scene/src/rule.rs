use std::time::Duration;

use vision::{FrameBox, FramePoint};

use crate::{Direction, Line, SceneError, Zone};

/// Hysteresis of a line that forgives the jitter of a good detector, in frame heights: 5 pixels of 540.
pub const DEFAULT_HYSTERESIS: f32 = 0.01;

/// Which point of an object's box stands for the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Middle of the bottom edge: where it touches the ground.
    Foot,
    /// Middle of the box.
    Centre,
}

impl Anchor {
    pub(crate) fn of(self, bbox: &FrameBox) -> FramePoint {
        match self {
            Self::Foot => bbox.foot(),
            Self::Centre => bbox.centre(),
        }
    }
}

/// Which crossings of a line count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineDirections {
    /// From the line's left to its right.
    Forward,
    /// From its right to its left.
    Backward,
    /// Either; each is a passage of its own.
    Both,
}

/// Which change of a zone counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneEdge {
    /// The object is inside, also when it was first seen there; the passage stays open while it is.
    Enter,
    /// The object was inside and has left.
    Exit,
    /// Either; each is a passage of its own.
    Both,
}

/// At least `n` sightings in the last `m` frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NOfM {
    /// Sightings wanted, at least 1.
    pub n: u32,
    /// Frames looked at, `n` to [`NOfM::MAX_FRAMES`].
    pub m: u32,
}

impl NOfM {
    /// Most frames that can be looked at.
    pub const MAX_FRAMES: u32 = 64;
}

impl Default for NOfM {
    /// 3 of 5.
    fn default() -> Self {
        Self { n: 3, m: 5 }
    }
}

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
}

impl RuleTest {
    /// Id of the line or zone.
    pub fn place_id(&self) -> &str {
        match self {
            Self::Line { line, .. } => &line.id,
            Self::Zone { zone, .. } => &zone.id,
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
        }
    }
}

/// A named, versioned test that a track must pass to become a passage.
///
/// All conditions must hold in one frame in which the object is seen; a track that the tracker has not confirmed
/// never becomes a passage.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Name that passages carry; unique in a scene.
    pub id: String,
    /// Counts up when the operator changes the rule.
    pub version: u32,
    /// What has to happen.
    pub test: RuleTest,
    /// Classes the rule is about; empty means all.
    pub classes: Vec<u16>,
    /// Which point of the box counts.
    pub anchor: Anchor,
    /// For a line: sightings of these classes up to the decision. For a zone: sightings of these classes inside it, and
    /// sightings outside it before the object counts as having left.
    pub confirm: NOfM,
    /// How far the anchor must have been from where it was first seen, in frame heights.
    pub min_travel: f32,
    /// Least mean score of the track, in `[0, 1]`.
    pub min_score: f32,
}

impl Rule {
    /// Whether the rule is about `class`.
    pub(crate) fn is_about(&self, class: u16) -> bool {
        self.classes.is_empty() || self.classes.contains(&class)
    }

    pub(crate) fn check(&self) -> Result<(), SceneError> {
        match &self.test {
            RuleTest::Line { line, hysteresis, .. } => {
                line.check(&self.id)?;
                self.check_range("hysteresis", *hysteresis, (0.0..1.0).contains(hysteresis), "0 to below 1")?;
            }
            RuleTest::Zone { zone, .. } => zone.check(&self.id)?,
        }
        let distance = self.min_travel.is_finite() && 0.0 <= self.min_travel;
        self.check_range("min_travel", self.min_travel, distance, "a finite number from 0")?;
        self.check_range("min_score", self.min_score, (0.0..=1.0).contains(&self.min_score), "0 to 1")?;
        let NOfM { n, m } = self.confirm;
        if n == 0 || m < n || NOfM::MAX_FRAMES < m {
            return Err(SceneError::Confirm { rule: self.id.clone(), n, m, max: NOfM::MAX_FRAMES });
        }
        Ok(())
    }

    fn check_range(
        &self,
        name: &'static str,
        actual: f32,
        holds: bool,
        expected: &'static str,
    ) -> Result<(), SceneError> {
        if holds {
            return Ok(());
        }
        Err(SceneError::OutOfRange { rule: self.id.clone(), name, actual, expected })
    }
}
