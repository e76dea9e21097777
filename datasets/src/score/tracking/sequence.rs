//! Both sides of one sequence, compared.

use std::collections::HashMap;
use std::ops::Range;

use track::Assignment;

use super::TrackBox;
use super::boxes::{Entry, Ordered, Side, TrackingError};

/// A found box belongs to an ignored true one from this overlap on, whatever the settings, as in MOTChallenge.
const IGNORED_IOU: f64 = 0.5;

/// Checked boxes of one sequence without those that are ignored. Identities are numbered from 0 in order of ids.
#[derive(Default)]
pub(super) struct Sequence {
    spans: Vec<Span>,
    truth: Vec<u32>,
    found: Vec<u32>,
    overlaps: Vec<Overlap>,
    /// Each pair of a true and a found identity that ever overlap.
    pub(super) pairs: Vec<Pair>,
    /// Number of boxes of each true identity.
    pub(super) truth_boxes: Vec<u32>,
    /// Number of boxes of each found identity, 0 when all were dropped.
    pub(super) found_boxes: Vec<u32>,
}

struct Span {
    truth: Range<usize>,
    found: Range<usize>,
    overlaps: Range<usize>,
}

/// One frame: the identity of each box, and where boxes overlap.
pub(super) struct Frame<'a> {
    pub(super) truth: &'a [u32],
    pub(super) found: &'a [u32],
    /// In order of rows, then columns.
    pub(super) overlaps: &'a [Overlap],
}

/// A true and a found box of one frame with an IoU above 0.
pub(super) struct Overlap {
    /// Index of the true box in its frame.
    pub(super) row: usize,
    /// Index of the found box in its frame.
    pub(super) column: usize,
    /// Index in [`Sequence::pairs`].
    pub(super) pair: usize,
    pub(super) iou: f64,
}

/// A true and a found identity over the whole sequence.
pub(super) struct Pair {
    pub(super) truth: u32,
    pub(super) found: u32,
    /// Frames in which they overlap by `settings.iou` or more.
    pub(super) hits: u32,
    /// Sum over frames of their IoU as a share of all IoU that either has in the frame: HOTA's soft count of matches.
    pub(super) shared: f64,
}

impl Sequence {
    pub(super) fn new(
        frames: u32,
        truth: &[TrackBox],
        found: &[TrackBox],
        iou: f64,
    ) -> Result<Self, TrackingError> {
        let truth = Ordered::new(Side::Truth, frames, truth)?;
        let found = Ordered::new(Side::Found, frames, found)?;
        let mut sequence = Self {
            truth_boxes: vec![0; truth.identities],
            found_boxes: vec![0; found.identities],
            ..Self::default()
        };
        let mut comparison = Comparison::default();
        for frame in 0..frames as usize {
            let (rows, columns) = (truth.frame(frame), found.frame(frame));
            if rows.iter().any(|row| row.ignored) {
                let columns = comparison.without_ignored(rows, columns);
                let rows: Vec<_> = rows.iter().filter(|row| !row.ignored).copied().collect();
                sequence.push(&rows, &columns, iou, &mut comparison);
            } else {
                sequence.push(rows, columns, iou, &mut comparison);
            }
        }
        Ok(sequence)
    }

    pub(super) fn frame_count(&self) -> usize {
        self.spans.len()
    }

    pub(super) fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        self.spans.iter().map(|span| Frame {
            truth: &self.truth[span.truth.clone()],
            found: &self.found[span.found.clone()],
            overlaps: &self.overlaps[span.overlaps.clone()],
        })
    }

    fn push(&mut self, rows: &[Entry], columns: &[Entry], iou: f64, comparison: &mut Comparison) {
        let starts = (self.truth.len(), self.found.len(), self.overlaps.len());
        for row in rows {
            self.truth.push(row.identity);
            self.truth_boxes[row.identity as usize] += 1;
        }
        for column in columns {
            self.found.push(column.identity);
            self.found_boxes[column.identity as usize] += 1;
        }
        comparison.fill(rows, columns);
        for (row, entry) in rows.iter().enumerate() {
            for column in 0..columns.len() {
                let value = comparison.ious[row * columns.len() + column];
                if value == 0.0 {
                    continue;
                }
                let pair = comparison.pair(entry.identity, columns[column].identity, &mut self.pairs);
                let either = comparison.column_sums[column] + comparison.row_sums[row] - value;
                if f64::EPSILON < either {
                    self.pairs[pair].shared += value / either;
                }
                self.pairs[pair].hits += u32::from(iou <= value);
                self.overlaps.push(Overlap { row, column, pair, iou: value });
            }
        }
        self.spans.push(Span {
            truth: starts.0..self.truth.len(),
            found: starts.1..self.found.len(),
            overlaps: starts.2..self.overlaps.len(),
        });
    }
}

impl Frame<'_> {
    /// `[truth, found]` row-major: `rest`, and where boxes overlap what `weight` says.
    pub(super) fn fill(&self, matrix: &mut Vec<f64>, rest: f64, mut weight: impl FnMut(&Overlap) -> f64) {
        matrix.clear();
        matrix.resize(self.truth.len() * self.found.len(), rest);
        for overlap in self.overlaps {
            matrix[overlap.row * self.found.len() + overlap.column] = weight(overlap);
        }
    }

    /// The overlap of two boxes, if they do.
    pub(super) fn overlap(&self, (row, column): (usize, usize)) -> Option<&Overlap> {
        let at = self.overlaps.binary_search_by_key(&(row, column), |overlap| (overlap.row, overlap.column));
        at.ok().map(|at| &self.overlaps[at])
    }
}

/// Working memory of the comparison of boxes.
#[derive(Default)]
struct Comparison {
    /// `[rows, columns]`, row-major.
    ious: Vec<f64>,
    row_sums: Vec<f64>,
    column_sums: Vec<f64>,
    pair_of: HashMap<(u32, u32), usize>,
    assignment: Assignment,
}

impl Comparison {
    fn fill(&mut self, rows: &[Entry], columns: &[Entry]) {
        self.ious.clear();
        for row in rows {
            self.ious.extend(columns.iter().map(|column| row.iou(column)));
        }
        self.row_sums.clear();
        self.column_sums.clear();
        self.column_sums.resize(columns.len(), 0.0);
        for row in self.ious.chunks_exact(columns.len().max(1)) {
            self.row_sums.push(pairwise_sum(row));
            for (sum, value) in self.column_sums.iter_mut().zip(row) {
                *sum += value;
            }
        }
    }

    fn without_ignored(&mut self, rows: &[Entry], columns: &[Entry]) -> Vec<Entry> {
        self.fill(rows, columns);
        for value in &mut self.ious {
            if *value < IGNORED_IOU - f64::EPSILON {
                *value = 0.0;
            }
        }
        let paired = self.assignment.solve(rows.len(), columns.len(), &self.ious);
        let mut kept = vec![true; columns.len()];
        for &(_, column) in paired.iter().filter(|&&(row, _)| rows[row].ignored) {
            kept[column] = false;
        }
        columns.iter().zip(kept).filter(|&(_, kept)| kept).map(|(column, _)| *column).collect()
    }

    fn pair(&mut self, truth: u32, found: u32, pairs: &mut Vec<Pair>) -> usize {
        *self.pair_of.entry((truth, found)).or_insert_with(|| {
            pairs.push(Pair { truth, found, hits: 0, shared: 0.0 });
            pairs.len() - 1
        })
    }
}

/// Sum in the order in which the reference adds what lies in a row of memory: eight running sums, blocks of 128.
///
/// The last digit matters where the pairing of largest total is not unique but for rounding.
fn pairwise_sum(values: &[f64]) -> f64 {
    if 128 < values.len() {
        let half = values.len() / 2;
        let (first, second) = values.split_at(half - half % 8);
        return pairwise_sum(first) + pairwise_sum(second);
    }
    let (head, tail) = values.split_at(values.len() - values.len() % 8);
    let mut chunks = head.chunks_exact(8);
    let sum = chunks.next().map_or(0.0, |first| {
        let mut sums: [f64; 8] = std::array::from_fn(|lane| first[lane]);
        for chunk in chunks {
            sums.iter_mut().zip(chunk).for_each(|(sum, value)| *sum += value);
        }
        let [a, b, c, d, e, f, g, h] = sums;
        ((a + b) + (c + d)) + ((e + f) + (g + h))
    });
    tail.iter().fold(sum, |sum, value| sum + value)
}
