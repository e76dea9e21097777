use std::time::Duration;

use super::{Direction, Edge, Point};

/// What must happen for a rule to fire.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// The anchor crosses a line.
    Line {
        /// Id of a line of the same camera.
        line: String,
        /// Which way counts.
        direction: Direction,
        /// How far beyond the line the anchor must have been on both sides, in picture heights, 0–0.5.
        hysteresis: f32,
    },
    /// The anchor enters or leaves a zone.
    Zone {
        /// Id of a zone of the same camera.
        zone: String,
        /// Which edge counts.
        on: Edge,
        /// How long the anchor must have been inside.
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

/// A distance between objects, or that an object moves. Metres are there only beside a [`Ground`](super::Ground).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distance {
    /// In picture heights on both axes, 0–2.
    Heights(f32),
    /// On the ground, 0–1000.
    Metres(f32),
}

/// `loiter`: much time in a zone, however often the object leaves and comes back.
#[derive(Clone, Debug, PartialEq)]
pub struct Loiter {
    /// Id of a zone of the same camera.
    pub zone: String,
    /// Least time inside, all stays together; more than 0.
    pub min_time: Duration,
    /// How far back stays count; at least `min_time`.
    pub window: Duration,
}

/// `wrong-way`: against the allowed way of a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct WrongWay {
    /// Id of a zone of the same camera.
    pub zone: String,
    /// The allowed way leads from here,
    pub from: Point,
    /// to there. Another point; where `min_distance` is in metres both lie on the ground.
    pub to: Point,
    /// How far the object has to move against it; more than 0.
    pub min_distance: Distance,
    /// Most angle between its movement and the reverse of the allowed way, 0–90.
    pub max_angle_deg: f32,
}

/// `crowd`: many objects in a zone at the same time.
#[derive(Clone, Debug, PartialEq)]
pub struct Crowd {
    /// Id of a zone of the same camera.
    pub zone: String,
    /// Least number of objects, 1–1000.
    pub min_objects: u32,
    /// Least time for which there have been that many.
    pub min_time: Duration,
}

/// `object-left`: an object stands still in a zone with nobody near.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectLeft {
    /// Id of a zone of the same camera.
    pub zone: String,
    /// Least time for which it has stood still; more than 0.
    pub min_still: Duration,
    /// How far it may be from where it came to rest and still be at rest.
    pub still_within: Distance,
    /// Classes of those who may have left it; at least one, none twice.
    pub people: Vec<String>,
    /// Somebody is near whose foot is nearer to its foot than this.
    pub near: Distance,
    /// Least time for which nobody has been near.
    pub min_alone: Duration,
}

/// `landing`: from a boat or the water onto land.
#[derive(Clone, Debug, PartialEq)]
pub struct Landing {
    /// Id of a zone of the same camera.
    pub land: String,
    /// Id of another zone of it.
    pub water: Option<String>,
    /// Classes of boats, none twice; at least one where there is no `water`.
    pub boats: Vec<String>,
    /// How far from a boat a track may begin.
    pub beside: Distance,
}
