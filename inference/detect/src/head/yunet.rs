use vision::InputPoint;

use super::grid::Level;
use super::{centred, product};
use crate::{Candidate, Points, Tensor};

/// Values per cell of each kind of output: probability of a face, objectness, box, landmarks.
pub(super) const COLUMNS: [i64; 4] = [1, 1, 4, 10];

/// Four outputs for each of `levels`, kind by kind. Centre and landmarks are offsets from the cell's origin in strides, the
/// size a logarithm of strides, the score the geometric mean of both probabilities (Wu and others, YuNet, 2023).
pub(super) fn decode(
    maps: &[Tensor<'_>],
    levels: impl Iterator<Item = Level>,
    min_score: f32,
    out: &mut Vec<Candidate>,
) {
    let levels_of_kind = maps.len() / COLUMNS.len();
    for (place, level) in levels.enumerate() {
        let map = |kind: usize| maps[kind * levels_of_kind + place].data;
        let (faces, objects) = (map(0), map(1));
        let (boxes, _) = map(2).as_chunks::<4>();
        let (landmarks, _) = map(3).as_chunks::<10>();
        for (index, (&face, &object)) in faces.iter().zip(objects).enumerate() {
            let Some(score) = product(face, object, 0.0).map(f32::sqrt).filter(|&score| min_score <= score)
            else {
                continue;
            };
            let (column, line) = level.cell(index);
            let at = |x: f32, y: f32| ((x + column) * level.stride, (y + line) * level.stride);
            let [x, y, width, height] = boxes[index];
            let (x, y) = at(x, y);
            let bbox = centred(x, y, width.exp() * level.stride, height.exp() * level.stride);
            let landmark = |point: usize| {
                let (x, y) = at(landmarks[index][2 * point], landmarks[index][2 * point + 1]);
                InputPoint { x, y }
            };
            let points = Points::Landmarks(std::array::from_fn(landmark));
            out.extend(Candidate::new(0, score, bbox, points));
        }
    }
}
