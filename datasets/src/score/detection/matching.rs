//! Which detection found which object.

use std::collections::BTreeMap;

use super::matches::{ClassMatches, FoundMatch, PictureMatches, TruthMatch};
use super::thresholds::{AreaRange, IouThreshold, MAX_FOUND};
use crate::BoxPx;

/// An object of the ground truth.
#[derive(Clone, Debug, PartialEq)]
pub struct TruthBox {
    /// Name of its class.
    pub class: String,
    /// Where it is.
    pub bbox: BoxPx,
    /// In square pixels, as annotated: COCO gives the area of the outline, which is less than that of the box.
    pub area: f64,
    /// A region of many objects, or one too hard to judge: detections in it are ignored, and nobody has to find it.
    pub crowd: bool,
}

/// A detection.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundBox {
    /// Name of its class.
    pub class: String,
    /// Higher is surer; finite.
    pub score: f64,
    /// Where it is.
    pub bbox: BoxPx,
}

/// A truth that overlaps a detection enough for the lowest threshold.
struct Candidate {
    truth: usize,
    overlap: f64,
}

/// Matches the objects `found` in one picture with its `truth`, class by class.
///
/// Classes that are not `judged` are left out on both sides: the picture's ground truth says nothing of them. Per area
/// range and threshold, detections choose in order of score: the free truth of largest overlap, one that counts before
/// one that is ignored, and of equal overlaps the one that the ground truth names last.
pub fn match_picture<S: AsRef<str>>(judged: &[S], truth: &[TruthBox], found: &[FoundBox]) -> PictureMatches {
    let is_judged = |class: &str| judged.iter().any(|judged| judged.as_ref() == class);
    let mut by_class = BTreeMap::<&str, (Vec<&TruthBox>, Vec<&FoundBox>)>::new();
    for truth in truth.iter().filter(|truth| is_judged(&truth.class)) {
        by_class.entry(&truth.class).or_default().0.push(truth);
    }
    for found in found.iter().filter(|found| is_judged(&found.class)) {
        by_class.entry(&found.class).or_default().1.push(found);
    }
    let classes = by_class.into_iter().map(|(class, (truth, found))| match_class(class, &truth, found));
    PictureMatches { classes: classes.collect() }
}

fn match_class(class: &str, truth: &[&TruthBox], mut found: Vec<&FoundBox>) -> ClassMatches {
    // Adding zero makes the two zeros one score. The sort is stable: ties stay in the order of the detector.
    found.sort_by(|a, b| (b.score + 0.0).total_cmp(&(a.score + 0.0)));
    found.truncate(MAX_FOUND);
    let candidates: Vec<_> = found.iter().map(|found| candidates(truth, found)).collect();
    let mut matches: Vec<_> =
        found.iter().map(|found| FoundMatch { score: found.score + 0.0, right: 0, ignored: 0 }).collect();
    let mut truths = [0; 4];
    let mut best_scores = vec![None; truth.len()];
    let mut taken = vec![false; truth.len()];
    for (area, count) in AreaRange::ALL.into_iter().zip(&mut truths) {
        let ignored: Vec<bool> = truth.iter().map(|truth| !counts(truth, area)).collect();
        *count = ignored.iter().filter(|&&ignored| !ignored).count() as u32;
        for threshold in IouThreshold::all() {
            taken.fill(false);
            for ((found, candidates), outcome) in found.iter().zip(&candidates).zip(&mut matches) {
                let choice = best(candidates, threshold, |index| {
                    let free = truth[index].crowd || !taken[index];
                    free.then_some(ignored[index])
                });
                match choice {
                    Some(index) => {
                        taken[index] = true;
                        let mask = if ignored[index] { &mut outcome.ignored } else { &mut outcome.right };
                        *mask |= threshold.bit(area);
                        if area == AreaRange::All && threshold == IouThreshold::AT_50 {
                            best_scores[index] = Some(outcome.score);
                        }
                    }
                    None if !area.contains(found.bbox.area()) => outcome.ignored |= threshold.bit(area),
                    None => {}
                }
            }
        }
    }
    let sizes = truth.iter().zip(best_scores).filter(|(truth, _)| counts(truth, AreaRange::All));
    let sizes =
        sizes.map(|(truth, best_score)| TruthMatch { height_px: truth.bbox.height, best_score }).collect();
    ClassMatches { class: class.to_owned(), truths, found: matches, sizes }
}

/// Whether somebody who misses `truth` loses recall in `area`.
fn counts(truth: &TruthBox, area: AreaRange) -> bool {
    !truth.crowd && area.contains(truth.area)
}

fn candidates(truth: &[&TruthBox], found: &FoundBox) -> Vec<Candidate> {
    let overlaps = truth.iter().enumerate().map(|(index, truth)| {
        let overlap =
            if truth.crowd { covered(&found.bbox, &truth.bbox) } else { found.bbox.iou(&truth.bbox) };
        Candidate { truth: index, overlap }
    });
    overlaps.filter(|candidate| IouThreshold::AT_50.iou() <= candidate.overlap).collect()
}

/// The share of `inner` that lies in `outer`; 0 for an empty one.
fn covered(inner: &BoxPx, outer: &BoxPx) -> f64 {
    let area = inner.area();
    if 0.0 < area { inner.intersection(outer) / area } else { 0.0 }
}

/// The truth to choose at `threshold`; `free` says of a truth whether it is ignored, and `None` when it is not to be had.
fn best(
    candidates: &[Candidate],
    threshold: IouThreshold,
    free: impl Fn(usize) -> Option<bool>,
) -> Option<usize> {
    let near = candidates.iter().filter(|candidate| threshold.iou() <= candidate.overlap);
    let offers = near.filter_map(|candidate| Some((free(candidate.truth)?, candidate)));
    // The last of equals wins in `max_by`.
    let choice = offers.max_by(|(a_ignored, a), (b_ignored, b)| {
        b_ignored.cmp(a_ignored).then(a.overlap.total_cmp(&b.overlap))
    });
    choice.map(|(_, candidate)| candidate.truth)
}
