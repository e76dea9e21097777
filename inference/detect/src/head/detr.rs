use vision::SizePx;

use super::{Scores, centred, push};
use crate::Candidate;
use crate::nms::best_first;

/// A score per class for each query in `scores`, `cx, cy, w, h` as fractions of `input` in `boxes` (Zhao and others, DETRs
/// Beat YOLOs on Real-time Object Detection, 2024).
pub(super) fn decode(
    scores: &[f32],
    boxes: &[f32],
    kind: Scores,
    input: SizePx,
    classes: usize,
    min_score: f32,
    out: &mut Vec<Candidate>,
) {
    let (width, height) = (input.width as f32, input.height as f32);
    let (boxes, _) = boxes.as_chunks::<4>();
    let bound = match kind {
        Scores::Probabilities => min_score,
        Scores::Logits => least_logit(min_score),
    };
    for (of_query, &[x, y, w, h]) in scores.chunks_exact(classes).zip(boxes) {
        for (class, &value) in of_query.iter().enumerate() {
            // Most values end here, before the exponential.
            if bound <= value {
                let score = match kind {
                    Scores::Probabilities => value,
                    Scores::Logits => sigmoid(value),
                };
                if min_score <= score {
                    push(out, class, score, centred(x * width, y * height, w * width, h * height));
                }
            }
        }
    }
    keep_best(out, boxes.len());
}

/// The `count` best, best first; all in their order when there are no more.
fn keep_best(candidates: &mut Vec<Candidate>, count: usize) {
    if 0 < count && count < candidates.len() {
        candidates.select_nth_unstable_by(count - 1, best_first);
        candidates.truncate(count);
        candidates.sort_unstable_by(best_first);
    }
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// A logit below which no score reaches `min_score`: a little under the inverse of the sigmoid, whose rounding must not
/// decide.
fn least_logit(min_score: f32) -> f32 {
    match min_score <= 0.0 {
        true => f32::NEG_INFINITY,
        // From 15 upwards the scores differ in the last bits alone.
        false => ((min_score / (1.0 - min_score)).ln() - 0.01).min(15.0),
    }
}
