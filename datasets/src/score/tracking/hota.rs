//! HOTA: detection and association at 19 overlaps, from one matching per frame.

use track::Assignment;

use super::matches::Blocks;
use super::sequence::Sequence;
use super::{THRESHOLDS, thresholds};

/// Sums over the matches of a sequence, per threshold.
pub(super) struct Association {
    pub(super) recall: [f64; THRESHOLDS],
    pub(super) precision: [f64; THRESHOLDS],
}

/// One match, which counts at the first `level` thresholds.
struct Match {
    frame: usize,
    pair: usize,
    level: usize,
    iou: f64,
}

pub(super) fn add(sequence: &Sequence, blocks: &mut Blocks) -> Association {
    let matches = match_frames(sequence);
    let mut counts = vec![[0_u32; THRESHOLDS]; sequence.pairs.len()];
    for found in &matches {
        counts[found.pair][..found.level].iter_mut().for_each(|count| *count += 1);
    }
    let mut sums = Association { recall: [0.0; THRESHOLDS], precision: [0.0; THRESHOLDS] };
    let mut jaccard = vec![[0.0; THRESHOLDS]; sequence.pairs.len()];
    for (at, pair) in sequence.pairs.iter().enumerate() {
        let truth_boxes = f64::from(sequence.truth_boxes[pair.truth as usize]);
        let found_boxes = f64::from(sequence.found_boxes[pair.found as usize]);
        for (threshold, count) in counts[at].iter().map(|&count| f64::from(count)).enumerate() {
            jaccard[at][threshold] = count / (truth_boxes + found_boxes - count);
            sums.recall[threshold] += count * (count / truth_boxes);
            sums.precision[threshold] += count * (count / found_boxes);
        }
    }
    for found in &matches {
        let block = blocks.of_frame(found.frame);
        for (threshold, jaccard) in jaccard[found.pair].iter().enumerate().take(found.level) {
            block.hota_tp[threshold] += 1;
            block.association[threshold] += jaccard;
            block.hota_iou[threshold] += found.iou;
        }
    }
    sums
}

/// Matches each frame for the largest sum of IoU times how well the two identities fit over the whole sequence.
fn match_frames(sequence: &Sequence) -> Vec<Match> {
    let fit = |pair: usize| {
        let pair = &sequence.pairs[pair];
        let boxes = sequence.truth_boxes[pair.truth as usize] + sequence.found_boxes[pair.found as usize];
        pair.shared / (f64::from(boxes) - pair.shared)
    };
    let fits: Vec<f64> = (0..sequence.pairs.len()).map(fit).collect();
    let thresholds = thresholds().map(|threshold| threshold - f64::EPSILON);
    let (mut weights, mut assignment) = (Vec::new(), Assignment::default());
    let mut matches = Vec::new();
    for (at, frame) in sequence.frames().enumerate() {
        frame.fill(&mut weights, 0.0, |overlap| fits[overlap.pair] * overlap.iou);
        let cells = assignment.solve(frame.truth.len(), frame.found.len(), &weights);
        for overlap in cells.iter().filter_map(|&cell| frame.overlap(cell)) {
            let level = thresholds.partition_point(|&threshold| threshold <= overlap.iou);
            if 0 < level {
                matches.push(Match { frame: at, pair: overlap.pair, level, iou: overlap.iou });
            }
        }
    }
    matches
}
