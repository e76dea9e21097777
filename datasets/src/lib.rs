//! Recorded footage and its ground truth: which files there are, where they come from, who may use them.
//!
//! A [`Footage`] card names a clip and the files that belong to it; `models::artifact` pulls and checks them. The
//! live path never depends on this crate.

mod error;

mod catalogue;
mod footage;

mod bbox;
pub mod dataset;
pub mod truth;

pub mod degrade;
pub mod feedback;
pub mod report;
pub mod score;
pub mod synth;

#[cfg(any(test, feature = "testkit"))]
pub mod testkit;

pub use bbox::BoxPx;
pub use catalogue::{DEMO_CLIP, builtin_footage, find};
pub use error::FootageError;
pub use footage::{Footage, FootageFile, Role};
