use std::time::Duration;

use vision::{FrameBox, FramePoint};

use crate::profile::Asked;
use crate::{Conditions, GroundPlane, Light, Profiles, RuleTest, SceneError};

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

/// A named, versioned test that a track must pass to become a passage.
///
/// All conditions must hold in one frame in which the object is seen; a track that the tracker has not confirmed
/// never becomes a passage. A crowd's conditions hold for each object that is counted.
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
    /// sightings outside it before the object counts as having left. For a crowd: frames with enough objects, and with
    /// too few.
    pub confirm: NOfM,
    /// How far the anchor must have been from where it was first seen, in frame heights.
    pub min_travel: f32,
    /// Least mean score of the track, in `[0, 1]`.
    pub min_score: f32,
    /// What is asked besides.
    pub conditions: Conditions,
    /// What is asked instead in a light of its own.
    pub profiles: Profiles,
}

impl Rule {
    /// Whether the rule is about `class`.
    pub(crate) fn is_about(&self, class: u16) -> bool {
        self.classes.is_empty() || self.classes.contains(&class)
    }

    /// What it asks in `light`.
    pub(crate) fn asked_in(&self, light: Option<Light>) -> Asked {
        let profile = light.map(|light| *self.profiles.of(light)).unwrap_or_default();
        Asked {
            enabled: profile.enabled,
            confirm: profile.confirm.unwrap_or(self.confirm),
            min_travel: profile.min_travel.unwrap_or(self.min_travel),
            min_score: profile.min_score.unwrap_or(self.min_score),
        }
    }

    pub(crate) fn check(&self, plane: Option<&GroundPlane>) -> Result<(), SceneError> {
        self.test.check(&self.id, plane)?;
        self.check_numbers(self.confirm, self.min_travel, self.min_score)?;
        for profile in self.profiles.all() {
            self.check_numbers(
                profile.confirm.unwrap_or(self.confirm),
                profile.min_travel.unwrap_or(self.min_travel),
                profile.min_score.unwrap_or(self.min_score),
            )?;
        }
        self.conditions.check(&self.id, plane)
    }

    fn check_numbers(&self, confirm: NOfM, min_travel: f32, min_score: f32) -> Result<(), SceneError> {
        let is_distance = min_travel.is_finite() && 0.0 <= min_travel;
        check_range(&self.id, "min_travel", min_travel, is_distance, "a finite number from 0")?;
        check_range(&self.id, "min_score", min_score, (0.0..=1.0).contains(&min_score), "0 to 1")?;
        let NOfM { n, m } = confirm;
        if n == 0 || m < n || NOfM::MAX_FRAMES < m {
            return Err(SceneError::Confirm { rule: self.id.clone(), n, m, max: NOfM::MAX_FRAMES });
        }
        Ok(())
    }
}

pub(crate) fn check_range(
    rule: &str,
    name: &'static str,
    actual: f32,
    holds: bool,
    expected: &'static str,
) -> Result<(), SceneError> {
    if holds {
        return Ok(());
    }
    Err(SceneError::OutOfRange { rule: rule.to_owned(), name, actual, expected })
}

pub(crate) fn check_seconds(
    rule: &str,
    name: &'static str,
    actual: Duration,
    holds: bool,
    expected: &'static str,
) -> Result<(), SceneError> {
    check_range(rule, name, actual.as_secs_f32(), holds, expected)
}
