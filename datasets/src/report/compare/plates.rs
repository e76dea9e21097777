//! Plates: plates are drawn.

use super::TaskChange;
use super::pairing::Both;
use super::resampling::{Measured, Named, resample};
use crate::score::plates::{self, PlateOutcome, PlateScores};

pub(super) fn change(outcomes: &Both<'_, PlateOutcome>, seed: u64) -> Option<TaskChange> {
    if outcomes.a.is_empty() {
        return None;
    }
    let scores: [Named<PlateScores>; 5] = [
        ("read", |scores| scores.read),
        ("exact", |scores| scores.exact),
        ("exact_one_line", |scores| scores.exact_one_line),
        ("exact_two_line", |scores| scores.exact_two_line),
        ("characters", |scores| scores.characters),
    ];
    let measured = scores
        .iter()
        .map(|(name, of)| Measured::of(*name, |side| of(&plates::score(outcomes.side(side), None))))
        .collect();
    Some(resample(seed, "plates", outcomes.a.len(), measured, |side, weights| {
        let drawn = plates::score(outcomes.side(side), Some(weights));
        scores.iter().map(|(_, of)| of(&drawn).unwrap_or(f64::NAN)).collect()
    }))
}
