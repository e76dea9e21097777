//! Detections over time become tracks: one object, one id.
//!
//! One core with the parts of three published trackers as settings: a constant-velocity Kalman filter per object,
//! observations associated by overlap in one round ([`Association::Sort`]), in rounds by score ([`Association::Byte`]) or
//! with the direction of travel and the latest observation beside the overlap ([`Association::OcSort`]), and a life of
//! tentative, confirmed, lost, ended. The camera's own motion is compensated when it is told
//! ([`Tracker::camera_moved`]), and appearance speaks where it is given ([`Tracker::update_with_appearance`]).
//!
//! This crate knows neither pixels nor rules nor clocks: time is an argument of [`Tracker::update`]. It is plain
//! single-threaded code, the same input gives the same tracks, and once it has seen as many objects at a time as there
//! are it allocates nothing.

mod error;

mod assignment;
mod camera_motion;
mod observation;
mod settings;
mod track;

mod appearance;
mod class_memory;
pub mod edges;
mod motion;
mod past;
mod tracked;

mod state;
mod tracker;

pub use assignment::Assignment;
pub use camera_motion::CameraMotion;
pub use error::TrackError;
pub use observation::Observation;
pub use settings::{Association, Clock, Confirmation, MotionModel, PUBLISHED_FRAME, TrackerSettings};
pub use state::TrackerState;
pub use track::{Track, TrackState};
pub use tracker::{Tracker, Update};
