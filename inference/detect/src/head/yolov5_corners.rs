use vision::InputPoint;

use super::{best, centred, product};
use crate::{Candidate, Points};

/// Place of the objectness in a row.
const OBJECTNESS: usize = 4;
/// Place of the first corner in a row.
const CORNERS: usize = 5;
/// Place of the first class in a row.
pub(super) const CLASSES: usize = 13;

/// Rows of `cx, cy, w, h, objectness`, four corners `x, y` and the classes, decoded in the graph (after Qi and others,
/// YOLO5Face, 2021, with four points instead of five).
pub(super) fn decode(data: &[f32], classes: usize, min_score: f32, out: &mut Vec<Candidate>) {
    for row in data.chunks_exact(CLASSES + classes) {
        let objectness = row[OBJECTNESS];
        // No class is above 1, so a row with a low objectness is settled without looking at its classes.
        if !(min_score..=1.0).contains(&objectness) {
            continue;
        }
        let Some((class, probability)) = best(&row[CLASSES..]) else { continue };
        let Some(score) = product(objectness, probability, min_score) else { continue };
        let corner = |corner: usize| {
            let place = CORNERS + 2 * corner;
            InputPoint { x: row[place], y: row[place + 1] }
        };
        let points = Points::Corners(std::array::from_fn(corner));
        out.extend(Candidate::new(class, score, centred(row[0], row[1], row[2], row[3]), points));
    }
}
