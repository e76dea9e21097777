//! Detections over time become tracks: one object, one id.
//!
//! The ByteTrack family of trackers: a constant-velocity Kalman filter per object, observations associated by overlap
//! in two rounds (sure ones first, doubtful ones only to objects already known), and a life of tentative, confirmed,
//! lost, ended.
//!
//! This crate knows neither pixels nor rules nor clocks: time is an argument of [`Tracker::update`]. It is plain
//! single-threaded code, and the same input gives the same tracks.

mod assignment;
mod observation;
mod settings;
mod track;

mod motion;
mod tracked;
mod tracker;

pub use assignment::Assignment;
pub use observation::Observation;
pub use settings::TrackerSettings;
pub use track::{Track, TrackState};
pub use tracker::{Tracker, Update};
