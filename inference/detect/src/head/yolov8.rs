use super::{centred, larger, push};
use crate::Candidate;

/// Rows before the first class.
pub(super) const CLASSES: usize = 4;

/// Candidates that are looked at together, so that what is remembered of them stays in the first cache.
const BLOCK: usize = 128;

/// One row each for `cx, cy, w, h` and each class, one column per candidate, decoded in the graph.
pub(super) fn decode(data: &[f32], classes: usize, min_score: f32, out: &mut Vec<Candidate>) {
    let columns = data.len() / (CLASSES + classes);
    let (places, scores) = data.split_at(CLASSES * columns);
    for first in (0..columns).step_by(BLOCK) {
        let block = BLOCK.min(columns - first);
        let mut best = [f32::NEG_INFINITY; BLOCK];
        for row in scores.chunks_exact(columns) {
            for (best, &score) in best.iter_mut().zip(&row[first..][..block]) {
                *best = larger(*best, score);
            }
        }
        for (column, &score) in (first..).zip(&best[..block]) {
            if !(min_score..=1.0).contains(&score) {
                continue;
            }
            let mut of_column = scores.iter().skip(column).step_by(columns);
            let Some(class) = of_column.position(|&of_class| of_class == score) else { continue };
            let place = |row: usize| places[row * columns + column];
            push(out, class, score, centred(place(0), place(1), place(2), place(3)));
        }
    }
}
