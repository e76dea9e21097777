use super::{Level, best, push};
use crate::Candidate;

/// Place of the objectness in a row.
const OBJECTNESS: usize = 4;
/// Place of the first class in a row.
pub(super) const CLASSES: usize = 5;

/// Candidates of one level: `rows` of `x, y, w, h, objectness, classes…`, where the centre is an offset from the cell's
/// origin in strides and the size a logarithm of strides.
pub(super) fn decode<'a>(
    rows: impl Iterator<Item = &'a [f32]>,
    level: Level,
    min_score: f32,
    out: &mut Vec<Candidate>,
) {
    for (index, row) in rows.enumerate() {
        let objectness = row[OBJECTNESS];
        // No class is above 1, so a row with a low objectness is settled without looking at its classes.
        if !(min_score..=1.0).contains(&objectness) {
            continue;
        }
        let Some((class, probability)) = best(&row[CLASSES..]) else { continue };
        let score = objectness * probability;
        if !(min_score..=1.0).contains(&score) || !(0.0..=1.0).contains(&probability) {
            continue;
        }
        let (column, line) = level.cell(index);
        let (x, y) = ((row[0] + column) * level.stride, (row[1] + line) * level.stride);
        let (half_width, half_height) =
            (row[2].exp() * level.stride / 2.0, row[3].exp() * level.stride / 2.0);
        push(out, class, score, [x - half_width, y - half_height, x + half_width, y + half_height]);
    }
}
