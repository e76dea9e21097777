//! The same draw for both sides, often.

use std::collections::BTreeMap;

use super::{ScoreChange, Side, TaskChange, Verdict, lower_is_better};
use crate::score::interval::{Bootstrap, Interval, percentile_interval};

/// Draws of each paired bootstrap.
pub const REPLICATES: usize = 1000;

/// Fewer units than this give no interval: even if all of five moved the same way, chance alone does so in one case of
/// sixteen, which is more than 5 %.
pub const LEAST_UNITS: usize = 6;

/// The name of a score, and its value among the scores `S` of a side.
pub(super) type Named<S> = (&'static str, fn(&S) -> Option<f64>);

/// One score on both sides.
pub(super) struct Measured {
    pub(super) name: String,
    pub(super) a: Option<f64>,
    pub(super) b: Option<f64>,
}

impl Measured {
    /// Of what `value` says about either side.
    pub(super) fn of(name: impl Into<String>, mut value: impl FnMut(Side) -> Option<f64>) -> Self {
        Self { name: name.into(), a: value(Side::A), b: value(Side::B) }
    }
}

/// Intervals for the differences of `measured` scores.
///
/// `score` gives the value of the score numbered `i` under a draw in place `i`, NaN where the draw has none; scores beyond
/// what it gives are not resampled. Draws depend on `seed` and `units` only.
pub(super) fn resample(
    seed: u64,
    drawn: &'static str,
    units: usize,
    measured: Vec<Measured>,
    mut score: impl FnMut(Side, &[u32]) -> Vec<f64>,
) -> TaskChange {
    let mut differences: Vec<Vec<f64>> = vec![Vec::new(); measured.len()];
    if LEAST_UNITS <= units {
        let mut draws = Bootstrap::new(seed, REPLICATES);
        for _ in 0..draws.replicates() {
            let weights = draws.weights(units);
            let (a, b) = (score(Side::A, &weights), score(Side::B, &weights));
            for (differences, (a, b)) in differences.iter_mut().zip(a.into_iter().zip(b)) {
                differences.push(b - a);
            }
        }
    }
    let scores: BTreeMap<String, ScoreChange> = measured
        .into_iter()
        .zip(&mut differences)
        .map(|(measured, differences)| {
            let change = change(&measured, percentile_interval(differences));
            (measured.name, change)
        })
        .collect();
    TaskChange { drawn, units, scores }
}

fn change(Measured { name, a, b }: &Measured, interval: Option<Interval>) -> ScoreChange {
    let difference = a.zip(*b).map(|(a, b)| b - a);
    // Of two values that are not both there, nothing can be said.
    let interval = interval.filter(|_| difference.is_some());
    let significant = interval.is_some_and(|interval| 0.0 < interval.low || interval.high < 0.0);
    let verdict = match interval {
        None => Verdict::Unknown,
        Some(_) if !significant => Verdict::Same,
        Some(interval) if (interval.high < 0.0) == lower_is_better(name) => Verdict::Better,
        Some(_) => Verdict::Worse,
    };
    ScoreChange { a: *a, b: *b, difference, interval, significant, verdict }
}
