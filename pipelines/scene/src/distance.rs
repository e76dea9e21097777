use vision::FrameBox;

use crate::moment::Moment;
use crate::place::Spot;
use crate::rule::Anchor;
use crate::sighting::anchor_spot;
use crate::{GroundPlane, SceneError};

/// A distance between objects, or that an object moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distance {
    /// In the picture, in frame heights on both axes.
    FrameHeights(f32),
    /// On the ground, from foot to foot whatever the rule's anchor; needs a [`GroundPlane`].
    Metres(f32),
}

impl Distance {
    /// The number alone, in whichever unit.
    pub(crate) fn value(self) -> f32 {
        match self {
            Self::FrameHeights(value) | Self::Metres(value) => value,
        }
    }

    /// The name of a clause in this unit.
    pub(crate) fn named(self, heights: &'static str, metres: &'static str) -> &'static str {
        match self {
            Self::FrameHeights(_) => heights,
            Self::Metres(_) => metres,
        }
    }

    /// Where an object is, in this unit; `None` when its foot is not on the ground.
    pub(crate) fn place_of(self, bbox: &FrameBox, anchor: Anchor, moment: Moment<'_>) -> Option<Spot> {
        let size = moment.frame.size;
        match self {
            Self::FrameHeights(_) => Some(anchor_spot(anchor, bbox, size)),
            Self::Metres(_) => {
                let foot = bbox.clipped(size).foot().normalised(size);
                moment.plane?.metres_of(foot).map(|point| Spot { x: point.x, y: point.y })
            }
        }
    }

    pub(crate) fn check(
        self,
        rule: &str,
        name: &'static str,
        plane: Option<&GroundPlane>,
    ) -> Result<(), SceneError> {
        if matches!(self, Self::Metres(_)) && plane.is_none() {
            return Err(SceneError::NoGroundPlane { rule: rule.to_owned(), name });
        }
        let actual = self.value();
        if actual.is_finite() && 0.0 <= actual {
            return Ok(());
        }
        Err(SceneError::OutOfRange {
            rule: rule.to_owned(),
            name,
            actual,
            expected: "a finite number from 0",
        })
    }
}
