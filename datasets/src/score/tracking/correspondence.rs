//! Changes of identity as `motmetrics` counts them.
//!
//! Its correspondence is that of Bernardin and Stiefelhagen, 2008: a pair once made is kept, over any gap, as long as it
//! overlaps. CLEAR-MOT as scored here follows `trackeval`, which keeps it from one frame to the next only.

use serde::{Deserialize, Serialize};
use track::Assignment;

use super::sequence::Sequence;

/// Counts over one sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Correspondence {
    /// A track goes over to another true object.
    pub transfers: u32,
    /// A true object goes over to a track that had none before.
    pub ascends: u32,
    /// A track goes over to a true object that was never found before.
    pub migrates: u32,
    /// Boxes that correspond.
    pub matches: u32,
    /// Sum of 1 - IoU over them.
    pub distance: f64,
}

pub(super) fn count(sequence: &Sequence, iou: f64) -> Correspondence {
    let mut walk = Walk {
        counts: Correspondence::default(),
        track_of: vec![None; sequence.truth_boxes.len()],
        object_of: vec![None; sequence.found_boxes.len()],
        used: vec![false; sequence.found_boxes.len()],
    };
    let (mut distances, mut costs, mut assignment) = (Vec::new(), Vec::new(), Assignment::default());
    for frame in sequence.frames() {
        let (rows, columns) = (frame.truth.len(), frame.found.len());
        frame.fill(&mut distances, f64::INFINITY, |overlap| {
            let distance = 1.0 - overlap.iou;
            if distance <= 1.0 - iou { distance } else { f64::INFINITY }
        });
        for (row, &truth) in frame.truth.iter().enumerate() {
            let kept = walk.track_of[truth as usize];
            let column = frame.found.iter().position(|&found| Some(found) == kept);
            let Some(column) = column.filter(|column| distances[row * columns + column].is_finite()) else {
                continue;
            };
            walk.keep(frame.found[column], distances[row * columns + column]);
            distances[row * columns..][..columns].fill(f64::INFINITY);
            distances.iter_mut().skip(column).step_by(columns).for_each(|d| *d = f64::INFINITY);
        }
        let Some(forbidden) = forbidden_cost(&distances, rows.min(columns)) else { continue };
        costs.clear();
        costs.extend(distances.iter().map(|&d| if d.is_finite() { d } else { forbidden }));
        for &(row, column) in assignment.least_cost(rows, columns, &costs) {
            let distance = distances[row * columns + column];
            if distance.is_finite() {
                walk.pair(frame.truth[row], frame.found[column], distance);
            }
        }
    }
    walk.counts
}

struct Walk {
    counts: Correspondence,
    track_of: Vec<Option<u32>>,
    /// By track; as `motmetrics` has it, only set when a pair is made, not when it is kept.
    object_of: Vec<Option<u32>>,
    /// By track: whether it ever had an object.
    used: Vec<bool>,
}

impl Walk {
    fn keep(&mut self, found: u32, distance: f64) {
        self.counts.matches += 1;
        self.counts.distance += distance;
        self.used[found as usize] = true;
    }

    fn pair(&mut self, truth: u32, found: u32, distance: f64) {
        let before = self.track_of[truth as usize].replace(found);
        if before.is_some_and(|before| before != found) && !self.used[found as usize] {
            self.counts.ascends += 1;
        }
        let owner = self.object_of[found as usize].replace(truth);
        if owner.is_some_and(|owner| owner != truth) {
            self.counts.transfers += 1;
            self.counts.migrates += u32::from(before.is_none());
        }
        self.keep(found, distance);
    }
}

/// More than any pairing without forbidden cells costs; `None` when all cells are forbidden.
///
/// The very value of the reference: the cost takes part in the rounding that decides between equal pairings.
fn forbidden_cost(distances: &[f64], shorter: usize) -> Option<f64> {
    let largest = distances.iter().copied().filter(|d| d.is_finite()).reduce(f64::max)?;
    Some((2 * shorter) as f64 * (largest + 1.0) + 1.0)
}
