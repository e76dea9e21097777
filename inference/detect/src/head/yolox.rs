use super::grid::{Level, rows_of};
use super::{best, centred, product, push};
use crate::Candidate;

/// Place of the objectness in a row.
const OBJECTNESS: usize = 4;
/// Place of the first class in a row.
pub(super) const CLASSES: usize = 5;

/// Rows of `x, y, w, h, objectness, classes…`, where the centre is an offset from the cell's origin in strides and the
/// size a logarithm of strides (Ge and others, YOLOX, 2021).
pub(super) fn decode(
    data: &[f32],
    levels: impl Iterator<Item = Level>,
    classes: usize,
    min_score: f32,
    out: &mut Vec<Candidate>,
) {
    for (level, index, row) in rows_of(data, CLASSES + classes, levels) {
        let objectness = row[OBJECTNESS];
        // No class is above 1, so a row with a low objectness is settled without looking at its classes.
        if !(min_score..=1.0).contains(&objectness) {
            continue;
        }
        let Some((class, probability)) = best(&row[CLASSES..]) else { continue };
        let Some(score) = product(objectness, probability, min_score) else { continue };
        let (column, line) = level.cell(index);
        let (x, y) = ((row[0] + column) * level.stride, (row[1] + line) * level.stride);
        push(out, class, score, centred(x, y, row[2].exp() * level.stride, row[3].exp() * level.stride));
    }
}
