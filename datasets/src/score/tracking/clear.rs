//! CLEAR-MOT: frame by frame, who is found, and under which id.

use serde::{Deserialize, Serialize};
use track::Assignment;

use super::matches::Blocks;
use super::sequence::Sequence;

/// Above any sum of IoU in a frame, so that a match that continues comes first.
const CONTINUES: f64 = 1000.0;

/// True objects by the share of their life in which they were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Found in more than 80 % of their boxes.
    pub mostly_tracked: u32,
    /// Neither mostly tracked nor mostly lost.
    pub partly_tracked: u32,
    /// Found in less than 20 % of their boxes.
    pub mostly_lost: u32,
    /// How often an object that had been found is found again after a break.
    pub fragmentations: u32,
}

/// Matches each frame for the most continued matches first and the largest IoU second.
///
/// The frame before is the last one with both true and found boxes; a change of id is counted against the last match
/// however long ago.
pub(super) fn add(sequence: &Sequence, iou: f64, blocks: &mut Blocks) -> Coverage {
    let objects = sequence.truth_boxes.len();
    let mut partner_before: Vec<Option<u32>> = vec![None; objects];
    let mut last_partner: Vec<Option<u32>> = vec![None; objects];
    let (mut hits, mut starts) = (vec![0_u32; objects], vec![0_u32; objects]);
    let (mut matched, mut matched_before) = (Vec::<(u32, u32)>::new(), Vec::new());
    let (mut weights, mut assignment) = (Vec::new(), Assignment::default());
    for (at, frame) in sequence.frames().enumerate() {
        if frame.truth.is_empty() || frame.found.is_empty() {
            continue;
        }
        frame.fill(&mut weights, 0.0, |overlap| {
            let continues =
                partner_before[frame.truth[overlap.row] as usize] == Some(frame.found[overlap.column]);
            match overlap.iou < iou - f64::EPSILON {
                true => 0.0,
                false if continues => CONTINUES + overlap.iou,
                false => overlap.iou,
            }
        });
        let block = blocks.of_frame(at);
        for &cell in assignment.solve(frame.truth.len(), frame.found.len(), &weights) {
            let (truth, found) = (frame.truth[cell.0], frame.found[cell.1]);
            block.tp += 1;
            block.iou += frame.overlap(cell).map_or(0.0, |overlap| overlap.iou);
            let object = truth as usize;
            let partner = last_partner[object].replace(found);
            block.ids += u32::from(partner.is_some_and(|partner| partner != found));
            hits[object] += 1;
            starts[object] += u32::from(partner_before[object].is_none());
            matched.push((truth, found));
        }
        for (truth, _) in matched_before.drain(..) {
            partner_before[truth as usize] = None;
        }
        for &(truth, found) in &matched {
            partner_before[truth as usize] = Some(found);
        }
        std::mem::swap(&mut matched, &mut matched_before);
    }
    coverage(&hits, &starts, &sequence.truth_boxes)
}

fn coverage(hits: &[u32], starts: &[u32], boxes: &[u32]) -> Coverage {
    let mut coverage = Coverage::default();
    for (&hits, &boxes) in hits.iter().zip(boxes) {
        let share = f64::from(hits) / f64::from(boxes);
        if 0.8 < share {
            coverage.mostly_tracked += 1;
        } else if 0.2 <= share {
            coverage.partly_tracked += 1;
        } else {
            coverage.mostly_lost += 1;
        }
    }
    coverage.fragmentations = starts.iter().map(|starts| starts.saturating_sub(1)).sum();
    coverage
}
