//! Detections of one class over many pictures, in order of score.

use std::collections::BTreeMap;
use std::ops::Range;

use super::matches::PictureMatches;
use super::thresholds::{AreaRange, IouThreshold, RECALLS, recall_at};

/// How often each picture counts; `None` is once.
pub(super) type Weights<'a> = Option<&'a [u32]>;

/// Detections and truths of one class, sorted once and weighed often.
#[derive(Debug, Default)]
pub(super) struct Ranking {
    /// Per picture in which the class occurs.
    truths: Vec<(usize, [u32; 4])>,
    /// The highest score first, equal scores in the order of pictures, then in that of the detector.
    found: Vec<Ranked>,
    runs: Vec<Run>,
}

#[derive(Debug)]
struct Ranked {
    picture: usize,
    score: f64,
    /// Detections of its picture that come before it.
    before: usize,
    right: u64,
    ignored: u64,
}

/// Neighbours of one picture and one score: a picture that counts twice repeats them as a whole, not one by one.
#[derive(Debug)]
struct Run {
    picture: usize,
    found: Range<usize>,
}

/// The number of right detections that reach each of COCO's recalls.
pub(super) struct RecallSteps([usize; RECALLS]);

impl Ranking {
    /// One per class that occurs in `pictures`.
    pub(super) fn by_class<'a>(pictures: &[&'a PictureMatches]) -> BTreeMap<&'a str, Self> {
        let mut rankings = BTreeMap::<&str, Self>::new();
        for (picture, matches) in pictures.iter().enumerate() {
            for class in &matches.classes {
                let ranking = rankings.entry(&class.class).or_default();
                ranking.truths.push((picture, class.truths));
                ranking.found.extend(class.found.iter().enumerate().map(|(before, found)| Ranked {
                    picture,
                    score: found.score,
                    before,
                    right: found.right,
                    ignored: found.ignored,
                }));
            }
        }
        rankings.values_mut().for_each(Self::sort);
        rankings
    }

    fn sort(&mut self) {
        self.found.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut start = 0;
        for run in self.found.chunk_by(|a, b| a.picture == b.picture && a.score == b.score) {
            self.runs.push(Run { picture: run[0].picture, found: start..start + run.len() });
            start += run.len();
        }
    }

    /// Whether a picture in which the class occurs counts at all.
    pub(super) fn occurs(&self, weights: Weights) -> bool {
        self.truths.iter().any(|&(picture, _)| 0 < times(weights, picture))
    }

    /// Truths that count in `area`.
    pub(super) fn truths(&self, area: AreaRange, weights: Weights) -> u64 {
        self.truths
            .iter()
            .map(|&(picture, counts)| times(weights, picture) * u64::from(counts[area as usize]))
            .sum()
    }

    pub(super) fn detections(&self, weights: Weights) -> u64 {
        self.found.iter().map(|found| times(weights, found.picture)).sum()
    }

    /// Right detections among the first `most` of each picture.
    pub(super) fn right(
        &self,
        area: AreaRange,
        threshold: IouThreshold,
        most: usize,
        weights: Weights,
    ) -> u64 {
        let bit = threshold.bit(area);
        let right = self.found.iter().filter(|found| found.before < most && found.right & bit != 0);
        right.map(|found| times(weights, found.picture)).sum()
    }

    /// Precision at each of COCO's recalls: the best that is still reached at that recall or a higher one, and 0 beyond
    /// the last. `scratch` is memory only.
    pub(super) fn precisions(
        &self,
        area: AreaRange,
        threshold: IouThreshold,
        steps: &RecallSteps,
        weights: Weights,
        scratch: &mut Vec<f64>,
    ) -> [f64; RECALLS] {
        self.precision_at_hits(threshold.bit(area), weights, scratch);
        // Precision rises at hits only, so the best of all later ranks is the best of all later hits.
        for later in (1..scratch.len()).rev() {
            scratch[later - 1] = scratch[later - 1].max(scratch[later]);
        }
        // Recall 0 is reached at the first rank, whose best is that of the first hit.
        steps.0.map(|hits| scratch.get(hits.saturating_sub(1)).copied().unwrap_or(0.0))
    }

    fn precision_at_hits(&self, bit: u64, weights: Weights, precisions: &mut Vec<f64>) {
        precisions.clear();
        let (mut right, mut wrong) = (0_u64, 0_u64);
        for run in &self.runs {
            for _ in 0..times(weights, run.picture) {
                for found in &self.found[run.found.clone()] {
                    if found.right & bit != 0 {
                        right += 1;
                        // The reference's guard against 0 / 0, which moves the result only where all are right so far.
                        precisions.push(right as f64 / ((wrong + right) as f64 + f64::EPSILON));
                    } else if found.ignored & bit == 0 {
                        wrong += 1;
                    }
                }
            }
        }
    }
}

impl RecallSteps {
    /// For `truths` of them, at least one.
    pub(super) fn new(truths: u64) -> Self {
        let truths = truths as f64;
        let mut hits = 0;
        Self(std::array::from_fn(|index| {
            let recall = recall_at(index);
            // Start just below and let the division decide, as the reference does: a product would round otherwise.
            hits = hits.max((recall * truths) as usize).saturating_sub(1);
            while (hits as f64 / truths) < recall {
                hits += 1;
            }
            hits
        }))
    }
}

fn times(weights: Weights, picture: usize) -> u64 {
    weights.map_or(1, |weights| u64::from(weights[picture]))
}
