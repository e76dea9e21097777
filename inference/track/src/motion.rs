//! Where an object will be: a Kalman filter with constant velocities on the numbers of its box.
//!
//! In both models the noises are independent between numbers, therefore the filter over all of them is exactly one
//! small filter for each, and no matrix is needed. Numbers that share their noises share one [`Covariance`]. Both treat x
//! and y alike, so that a camera's turn leaves the estimates of x and y independent of each other.

mod area;
mod covariance;
mod size;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vision::FrameBox;

use crate::{CameraMotion, MotionModel};
use area::AreaMotion;
use covariance::Covariance;
use size::SizeMotion;

/// The estimated box and its motion, in frame pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Motion {
    Size(SizeMotion),
    Area(AreaMotion),
}

impl Motion {
    /// Motion of an object first seen at `bbox`, at rest as far as anyone knows.
    pub(crate) fn starting_at(model: MotionModel, bbox: &FrameBox) -> Self {
        match model {
            MotionModel::Size => Self::Size(SizeMotion::starting_at(bbox)),
            MotionModel::Area => Self::Area(AreaMotion::starting_at(bbox)),
        }
    }

    /// Moves the estimate on by `dt`.
    pub(crate) fn predict(&mut self, dt: Duration) {
        match self {
            Self::Size(motion) => motion.predict(dt.as_secs_f64()),
            Self::Area(motion) => motion.predict(frames(dt)),
        }
    }

    /// Takes in where the object was observed.
    pub(crate) fn correct(&mut self, bbox: &FrameBox) {
        match self {
            Self::Size(motion) => motion.correct(bbox),
            Self::Area(motion) => motion.correct(bbox),
        }
    }

    /// Notes that a frame has passed in which the object was not observed.
    pub(crate) fn miss(&mut self) {
        match self {
            Self::Size(motion) => motion.hold_size(),
            // SORT lets the area go on changing.
            Self::Area(_) => {}
        }
    }

    /// Takes the estimate over into the picture as it is after the camera moved.
    pub(crate) fn moved(&mut self, camera: &CameraMotion) {
        match self {
            Self::Size(motion) => motion.moved(camera),
            Self::Area(motion) => motion.moved(camera),
        }
    }

    /// The estimated box, or `None` when it is outside what a box can hold.
    pub(crate) fn bbox(&self) -> Option<FrameBox> {
        let [x, y, width, height] = match self {
            Self::Size(motion) => motion.centre_and_sides(),
            Self::Area(motion) => motion.centre_and_sides(),
        };
        let (half_width, half_height) = (width / 2.0, height / 2.0);
        FrameBox::new(
            (x - half_width) as f32,
            (y - half_height) as f32,
            (x + half_width) as f32,
            (y + half_height) as f32,
        )
    }

    pub(crate) fn model(&self) -> MotionModel {
        match self {
            Self::Size(_) => MotionModel::Size,
            Self::Area(_) => MotionModel::Area,
        }
    }

    /// Whether every number is finite and every variance one.
    pub(crate) fn is_sound(&self) -> bool {
        match self {
            Self::Size(motion) => motion.is_sound(),
            Self::Area(motion) => motion.is_sound(),
        }
    }
}

/// `dt` in frames as the papers count them; one of them is exactly 1.
fn frames(dt: Duration) -> f64 {
    dt.as_secs_f64() / crate::PUBLISHED_FRAME.as_secs_f64()
}

fn centre_and_sides(bbox: &FrameBox) -> [f64; 4] {
    let centre = bbox.centre();
    [centre.x, centre.y, bbox.width(), bbox.height()].map(f64::from)
}

#[cfg(test)]
mod tests;
