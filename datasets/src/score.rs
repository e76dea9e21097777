//! Scores, each equal to its reference implementation.
//!
//! A scorer works in two steps. *Matching* looks at one unit (a picture, a clip, a plate, a set of faces) and keeps what
//! every score of it needs and no more; units are independent of each other and can be stored, so that shards of a run
//! merge and two runs compare. *Scoring* sums units up.

pub mod detection;
pub mod events;
pub mod faces;
pub mod interval;
pub mod liveness;
pub mod plates;
pub mod tracking;
