//! What a run found out, as a document: `cairn.eval/1`.
//!
//! A run is a list of [`Unit`]s, each the outcome of one item (or a part of it) with one model under one degradation,
//! matched against its ground truth. Every score is computed from units alone. So shards of a run merge to the bytes of
//! an undivided one, two runs are compared unit by unit, and no media are needed for either.

mod check;
mod document;
mod exhibit;
mod merge;
mod page;
mod scores;
mod unit;

pub mod compare;
pub mod gates;

pub use document::{
    DatasetId, Document, DocumentError, Failure, ModelUse, Options, Pace, SCHEMA, Shard, Speed,
};
pub use exhibit::{EXHIBITS_PER_ITEM, Exhibit, Mistake};
pub use merge::{MergeError, keep_first, merge};
pub use page::page;
pub use scores::{DetectReport, REPLICATES, TaskScores, TrackReport};
pub use unit::{Selection, Unit};

#[cfg(test)]
mod tests;
