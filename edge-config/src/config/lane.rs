use std::time::Duration;

use super::Point;

/// `[[camera.lane]]`: a lane whose traffic is told every period.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// 1–64 characters of `[a-z0-9-]`.
    pub id: String,
    /// Id of the zone of the same camera that covers the lane.
    pub zone: String,
    /// Where vehicles come into the lane.
    pub from: Point,
    /// Where they are let out of it: the stop line. Another point than `from`.
    pub to: Point,
    /// Object classes that count; at least one, none twice.
    pub classes: Vec<String>,
    /// Least mean score over the track, 0–1.
    pub min_score: f32,
    /// Which point of a vehicle's box is looked at.
    pub anchor: super::Anchor,
    /// Speed below which a vehicle stands, in frame heights per second: where the ground is not known.
    pub standing_below: f32,
    /// The same in metres per second: where the camera has a ground plane.
    pub standing_below_mps: f32,
    /// Free way between two vehicles of one queue at most, in frame heights: where the ground is not known.
    pub queue_gap: f32,
    /// The same in metres: where the camera has a ground plane.
    pub queue_gap_m: f32,
    /// How often the lane is reported.
    pub period: Duration,
}
