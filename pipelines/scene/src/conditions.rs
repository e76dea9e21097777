use crate::rule::check_range;
use crate::{GroundPlane, SceneError, Schedule};

/// Least height of an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MinHeight {
    /// Of its box, in pixels of the frame: how much of it there is to see.
    Pixels(f32),
    /// Of the upright object on the ground, as [`GroundPlane::size_of`] estimates it.
    Metres(f32),
}

/// Classes that make an object what the rule is not about: animals.
#[derive(Clone, Debug, PartialEq)]
pub struct Veto {
    /// The classes.
    pub classes: Vec<u16>,
    /// Most share of the object's box that the box of one confirmed track of these classes may cover, both seen in the
    /// same frame, in `[0, 1]`.
    pub max_overlap: f32,
    /// Most share of the object's own sightings that may look like these classes, in `[0, 1]`.
    pub max_share: f32,
}

/// What a rule asks of the object and the moment besides its test; by default nothing.
///
/// Each condition that is asked is a clause of the decision, after those that every rule has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    /// Least height: clause `height_px`, or `height_m`.
    pub min_height: Option<MinHeight>,
    /// Least speed over the ground in metres per second: clause `speed_mps`. Known once the object has been seen on the
    /// ground for [`Speedometer::MIN_SPAN`](crate::Speedometer::MIN_SPAN).
    pub min_speed: Option<f32>,
    /// Most speed over the ground in metres per second: clause `speed_mps`.
    pub max_speed: Option<f32>,
    /// Least share of the object's sightings whose class is one of the rule's, in `[0, 1]`: clause `class_share`. Classes
    /// that waver are those of a thing that the model does not know.
    pub min_class_share: Option<f32>,
    /// Clauses `veto_share` and `veto_overlap`.
    pub veto: Option<Veto>,
    /// When the rule is in force: clause `schedule`.
    pub schedule: Option<Schedule>,
    /// Whether the light must have been the same for a while: clause `settled`.
    pub settled: bool,
}

impl Conditions {
    /// Whether a condition needs the object's speed.
    pub(crate) fn ask_for_speed(&self) -> bool {
        self.min_speed.is_some() || self.max_speed.is_some()
    }

    pub(crate) fn check(&self, rule: &str, plane: Option<&GroundPlane>) -> Result<(), SceneError> {
        let positive = |name, value: f32| {
            check_range(rule, name, value, value.is_finite() && 0.0 <= value, "a finite number from 0")
        };
        let metric = |name, value: f32| {
            positive(name, value)?;
            match plane {
                Some(_) => Ok(()),
                None => Err(SceneError::NoGroundPlane { rule: rule.to_owned(), name }),
            }
        };
        match self.min_height {
            Some(MinHeight::Pixels(height)) => positive("min_height", height)?,
            Some(MinHeight::Metres(height)) => metric("min_height", height)?,
            None => (),
        }
        for (name, speed) in [("min_speed", self.min_speed), ("max_speed", self.max_speed)] {
            speed.map_or(Ok(()), |speed| metric(name, speed))?;
        }
        if let (Some(min), Some(max)) = (self.min_speed, self.max_speed) {
            check_range(rule, "max_speed", max, min <= max, "at least `min_speed`")?;
        }
        if let Some(share) = self.min_class_share {
            check_range(rule, "min_class_share", share, (0.0..=1.0).contains(&share), "0 to 1")?;
        }
        if let Some(veto) = &self.veto {
            if veto.classes.is_empty() {
                return Err(SceneError::NoClasses { rule: rule.to_owned(), name: "veto" });
            }
            for (name, share) in [("max_overlap", veto.max_overlap), ("max_share", veto.max_share)] {
                check_range(rule, name, share, (0.0..=1.0).contains(&share), "0 to 1")?;
            }
        }
        self.schedule.as_ref().map_or(Ok(()), |schedule| schedule.check(rule))
    }
}
