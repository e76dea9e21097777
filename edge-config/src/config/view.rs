//! What a camera sees the ground and the light with.

use std::time::Duration;

use super::Point;

/// `[camera.ground]`: four places on flat ground, in the picture and in metres.
///
/// No three of them are on one line on either side, and the horizon does not run between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ground {
    /// In the picture.
    pub image: [Point; 4],
    /// The same places in metres, in axes of the operator's choice at a right angle.
    pub metres: [[f32; 2]; 4],
}

/// `[camera.pose]`: how a camera looks from its [`Camera::position`](super::Camera::position) along its
/// [`Camera::heading_deg`](super::Camera::heading_deg), both of which are there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Metres above the ground that it looks at, 0.1–1000.
    pub height_m: f64,
    /// Degrees of its axis below the horizon, −45 to 90.
    pub tilt_deg: f64,
    /// Degrees between the left and the right edge of its picture, 1–179.
    pub field_of_view_deg: f64,
    /// How well all this is known.
    pub uncertainty: PoseUncertainty,
}

/// Standard deviations of what is known of a camera.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoseUncertainty {
    /// Of the position along each axis, in metres.
    pub position_m: f64,
    /// Of the height, in metres.
    pub height_m: f64,
    /// Of the heading, in degrees.
    pub heading_deg: f64,
    /// Of the tilt, in degrees.
    pub tilt_deg: f64,
    /// Of the field of view, in degrees.
    pub field_of_view_deg: f64,
    /// Of a point in the picture along each axis, in picture heights.
    pub point: f64,
}

/// `[camera.light]`: when a picture counts as day, night or infrared. Levels are 0–255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LightBounds {
    /// Below this mean luma it becomes night.
    pub night_below: f32,
    /// Above this mean luma it becomes day; at least `night_below`.
    pub day_above: f32,
    /// Below this mean saturation it becomes infrared.
    pub infrared_below: f32,
    /// Above this mean saturation it is infrared no longer; at least `infrared_below`.
    pub colour_above: f32,
    /// For how long the picture has to look like another light before it counts as that.
    pub hold: Duration,
    /// For how long after a change the light counts as unsettled.
    pub settle: Duration,
}
