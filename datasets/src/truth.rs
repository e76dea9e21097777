//! Readers of ground truth, and of predictions in the same formats.
//!
//! Each reader takes the text of a whole file and its name, and gives what the file says or *every* [`Problem`] in it,
//! each with its line. What comes out is plain data as the file writes it: no class is renamed, no path resolved.

mod problem;

mod lines;
mod table;

pub mod coco;
pub mod events;
pub mod mot;
pub mod pairs;
pub mod plates;
pub mod sums;

pub use problem::{Problem, Problems};

pub(crate) use lines::{Lines, decode};
pub(crate) use problem::Findings;
