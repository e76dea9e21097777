use vision::InputBox;

use super::grid::{Level, rows_of};
use super::{best, largest, push};
use crate::Candidate;

/// Rows of `classes` probabilities and four distributions of `bins` logits each (Li and others, Generalized Focal Loss,
/// 2020). A cell speaks for its origin, not for its middle.
pub(super) fn decode(
    data: &[f32],
    levels: impl Iterator<Item = Level>,
    classes: usize,
    bins: usize,
    min_score: f32,
    out: &mut Vec<Candidate>,
) {
    for (level, index, row) in rows_of(data, classes + 4 * bins, levels) {
        let (probabilities, distances) = row.split_at(classes);
        // Most rows end here, so the cheap question comes first.
        if !(min_score..=1.0).contains(&largest(probabilities)) {
            continue;
        }
        let Some((class, score)) = best(probabilities) else { continue };
        let (column, line) = level.cell(index);
        let (x, y) = (column * level.stride, line * level.stride);
        let side = |side: usize| level.stride * expectation(&distances[side * bins..][..bins]);
        push(
            out,
            class,
            score,
            InputBox { x0: x - side(0), y0: y - side(1), x1: x + side(2), y1: y + side(3) },
        );
    }
}

/// `Σ i · softmax(logits)_i`; NaN when a logit is NaN or infinity.
fn expectation(logits: &[f32]) -> f32 {
    let peak = largest(logits);
    let (mut weights, mut weighted) = (0.0, 0.0);
    for (bin, &logit) in logits.iter().enumerate() {
        // The peak comes off first, or the exponential of a large logit would overflow.
        let weight = (logit - peak).exp();
        weights += weight;
        weighted += weight * bin as f32;
    }
    weighted / weights
}
