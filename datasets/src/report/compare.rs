//! Two runs over the same footage: what moved, how far, and whether chance alone would move it as far.
//!
//! [A](Side::A) is the base line, [B](Side::B) the candidate. Outcomes are paired item by item; which model they came
//! from does not matter, so models and settings may be what differs. Each difference is B less A. Its interval comes from
//! a *paired* bootstrap (B. Efron and R. Tibshirani, "An introduction to the bootstrap", 1993): pictures, blocks of time,
//! plates or people are drawn once for both sides, so that a picture that is hard for both moves neither. A difference is
//! significant when its 95 % interval does not hold 0.

mod error;
mod pairing;
mod resampling;

mod detect;
mod events;
mod faces;
mod plates;
mod track;

mod written;

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Document, Selection};
use crate::score::interval::Interval;

pub use error::CompareError;
pub use pairing::{Absence, Side};
pub use resampling::{LEAST_UNITS, REPLICATES};
pub use written::{ItemChange, Mover, Report, Run, SCHEMA, SpeedChange};

use pairing::Paired;

/// Two runs that may be compared.
#[derive(Clone, Copy, Debug)]
pub struct Comparison<'a> {
    /// The base line.
    pub a: &'a Document,
    /// The candidate.
    pub b: &'a Document,
}

/// What moved in one selection of units, by task.
pub type Changes = BTreeMap<&'static str, TaskChange>;

/// What moved in one task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskChange {
    /// What was drawn: `pictures`, `blocks`, `plates`, `people` or `clips`.
    pub drawn: &'static str,
    /// How many of them there are.
    pub units: usize,
    /// By the name that the score has in a document.
    pub scores: BTreeMap<String, ScoreChange>,
}

/// What moved in one score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ScoreChange {
    /// Value of the base line over the paired items; `None` where it has none.
    pub a: Option<f64>,
    /// Value of the candidate over the same items.
    pub b: Option<f64>,
    /// `b - a`.
    pub difference: Option<f64>,
    /// Of the difference, 95 %; `None` for fewer than [`LEAST_UNITS`] units, and for a score that is not resampled.
    pub interval: Option<Interval>,
    /// Whether the interval leaves 0 out.
    pub significant: bool,
    /// What to think of it.
    pub verdict: Verdict,
}

/// What to think of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The candidate is significantly better.
    Better,
    /// The candidate is significantly worse.
    Worse,
    /// Nothing that chance alone would not do.
    Same,
    /// There is no interval to tell by.
    Unknown,
}

impl<'a> Comparison<'a> {
    /// Pairs the candidate `b` with the base line `a`.
    ///
    /// With `any_dataset` the hash of the dataset file may differ, for a file whose ground truth stayed what it was; what
    /// is paired must agree in its sizes all the same.
    ///
    /// # Errors
    /// [`CompareError`] when the runs are of other footage, or cut or degraded another way.
    pub fn new(a: &'a Document, b: &'a Document, any_dataset: bool) -> Result<Self, CompareError> {
        if !any_dataset && a.dataset.sha256 != b.dataset.sha256 {
            return Err(CompareError::OtherDataset {
                a: a.dataset.sha256.clone(),
                b: b.dataset.sha256.clone(),
            });
        }
        same("dataset.id", &a.dataset.id, &b.dataset.id)?;
        same("dataset.seed", &a.dataset.seed, &b.dataset.seed)?;
        same("options.limit", &a.options.limit, &b.options.limit)?;
        same("options.shard", &a.options.shard, &b.options.shard)?;
        Ok(Self { a, b })
    }

    /// What moved in the units that `selection` takes on either side.
    ///
    /// # Errors
    /// [`CompareError::Sizes`] when an item has another size on the other side.
    pub fn changes(&self, selection: Selection<'_>) -> Result<Changes, CompareError> {
        Ok(self.paired(selection)?.changes(self.a.dataset.seed))
    }

    fn paired(&self, selection: Selection<'_>) -> Result<Paired<'a>, CompareError> {
        Paired::new(self.a.select(selection), self.b.select(selection))
    }
}

impl TaskChange {
    /// The scores, what is surest first: significant ones by how many half intervals they are from 0, then the others,
    /// then those without an interval.
    pub fn by_significance(&self) -> Vec<(&str, &ScoreChange)> {
        let mut scores: Vec<_> = self.scores.iter().map(|(name, change)| (name.as_str(), change)).collect();
        scores.sort_by(|(_, a), (_, b)| b.strength().total_cmp(&a.strength()));
        scores
    }
}

impl ScoreChange {
    /// How many half widths of its interval the difference is from 0; -1 without an interval.
    pub fn strength(&self) -> f64 {
        let (Some(difference), Some(Interval { low, high })) = (self.difference, self.interval) else {
            return -1.0;
        };
        let half = (high - low) / 2.0;
        let strength = if difference == 0.0 { 0.0 } else { difference.abs() / half };
        // What is significant comes first, however skewed its interval is.
        if self.significant { 1e6 + strength.min(1e6) } else { strength.min(1e6) }
    }
}

/// Whether less of a score is better, by its name or its path in a document.
pub fn lower_is_better(score: &str) -> bool {
    const LOWER: [&str; 25] = [
        "fnmr_at",
        "eer",
        "accuracy_10fold_standard_error",
        "unscored",
        "unproved",
        "false_alarms",
        "false_alarms_per_hour",
        "time_to_event_s",
        "rejected",
        "rejected_by",
        "motp_distance",
        "fp",
        "fn",
        "ids",
        "fm",
        "ml",
        "idfp",
        "idfn",
        "transfers",
        "ascends",
        "migrates",
        "wall_s",
        "cpu_s",
        "apcer",
        "bpcer",
    ];
    score.split('.').any(|part| LOWER.contains(&part))
}

fn same<T: PartialEq + std::fmt::Debug>(key: &'static str, a: &T, b: &T) -> Result<(), CompareError> {
    if a == b { Ok(()) } else { Err(CompareError::Differs { key, a: format!("{a:?}"), b: format!("{b:?}") }) }
}
