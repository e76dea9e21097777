//! Curves and bars for a report.

use serde::{Deserialize, Serialize};

use super::matches::{ClassMatches, PictureMatches};
use super::ranking::{Ranking, RecallSteps};
use super::thresholds::{AreaRange, IouThreshold, RECALLS, recall_at};

/// Truths of a range of heights, and how many of them were found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeightBin {
    /// Least height in pixels, inclusive.
    pub from_px: f64,
    /// Height in pixels above the range, exclusive.
    pub to_px: f64,
    /// Objects of that height, without crowds.
    pub truths: u64,
    /// Those found at IoU 0.5 with the least score asked for.
    pub found: u64,
}

/// Pairs of recall and interpolated precision at recalls 0, 0.01 … 1, all areas, up to 100 detections per picture.
///
/// Of one `class`, or of the mean over the classes with truths; the mean of the precisions is the average precision at
/// that threshold. Empty without truths.
pub fn precision_recall(
    pictures: &[&PictureMatches],
    class: Option<&str>,
    threshold: IouThreshold,
) -> Vec<(f64, f64)> {
    let mut sums = [0.0; RECALLS];
    let mut classes = 0_u32;
    let mut scratch = Vec::new();
    for (name, ranking) in Ranking::by_class(pictures) {
        let truths = ranking.truths(AreaRange::All, None);
        if truths == 0 || class.is_some_and(|class| class != name) {
            continue;
        }
        let steps = RecallSteps::new(truths);
        let precisions = ranking.precisions(AreaRange::All, threshold, &steps, None, &mut scratch);
        sums.iter_mut().zip(precisions).for_each(|(sum, precision)| *sum += precision);
        classes += 1;
    }
    if classes == 0 {
        return Vec::new();
    }
    sums.iter().enumerate().map(|(index, sum)| (recall_at(index), sum / f64::from(classes))).collect()
}

/// Recall by height in pixels between neighbouring `edges_px`, which ascend, of one `class` or all: a truth is found when
/// a detection of at least `min_score` matched it at IoU 0.5.
pub fn recall_by_height(
    pictures: &[&PictureMatches],
    class: Option<&str>,
    min_score: f64,
    edges_px: &[f64],
) -> Vec<HeightBin> {
    let wanted = |matches: &&ClassMatches| class.is_none_or(|class| class == matches.class);
    let classes = pictures.iter().flat_map(|picture| &picture.classes).filter(wanted);
    let truths: Vec<_> = classes.flat_map(|class| &class.sizes).collect();
    let bin = |edges: &[f64]| {
        let inside = truths.iter().filter(|truth| (edges[0]..edges[1]).contains(&truth.height_px));
        let found = inside.clone().filter(|truth| truth.best_score.is_some_and(|score| min_score <= score));
        HeightBin {
            from_px: edges[0],
            to_px: edges[1],
            truths: inside.count() as u64,
            found: found.count() as u64,
        }
    };
    edges_px.windows(2).map(bin).collect()
}
