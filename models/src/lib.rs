//! Model cards, checksums, licences, and the local store that holds the files they name.
//!
//! A [`Card`] is the contract of one model file: where it comes from, what it must hash to, what its input wants
//! and how its outputs are read. The file itself is an [`artifact::Artifact`]; [`artifact::pull`] brings it into
//! an [`artifact::Store`] from a mirror folder or its public place, or makes it of another one by a
//! [`recipe::Recipe`], and no caller ever gets the path of a file
//! whose hash was not checked.
//!
//! This crate does not know how a session runs.

mod error;

pub mod recipe;

pub mod artifact;

mod card;
mod catalogue;
mod licence;

pub mod golden;

pub mod home;

#[cfg(any(test, feature = "testkit"))]
pub mod testkit;

pub use card::quantised::{Quantised, quantised_card};
pub use card::{
    Card, CtcAxes, DEFAULT_SMALLEST_PX, Fit, Head, Input, InputBatch, InputSize, Licence, Scores, Task,
};
pub use catalogue::{DEFAULT_MODEL, builtin_cards, cards, find, nearest};
pub use error::{BadValue, CardError, HomeError};
pub use licence::{ALLOWED_LICENCES, NotAccepted};
