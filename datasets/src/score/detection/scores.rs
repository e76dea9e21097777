//! COCO's twelve numbers, and average precision per class.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::matches::PictureMatches;
use super::ranking::{Ranking, RecallSteps};
use super::thresholds::{AreaRange, IouThreshold, MAX_FOUND};

/// COCO's scores; `None` (`null`) where there is no truth to score by, for which COCO writes -1.
///
/// AP and AR are means over ten IoU thresholds from 0.5 to 0.95 and over the classes with truths; detections count up to
/// 100 per class and picture except where a name says otherwise. All are fractions from 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DetectionScores {
    /// Average precision, the headline.
    pub ap: Option<f64>,
    /// Average precision at IoU 0.5.
    pub ap50: Option<f64>,
    /// Average precision at IoU 0.75.
    pub ap75: Option<f64>,
    /// Average precision on truths up to 32² square pixels.
    pub ap_small: Option<f64>,
    /// Average precision on truths from 32² to 96² square pixels.
    pub ap_medium: Option<f64>,
    /// Average precision on truths from 96² square pixels.
    pub ap_large: Option<f64>,
    /// Recall with one detection per class and picture.
    pub ar1: Option<f64>,
    /// Recall with ten.
    pub ar10: Option<f64>,
    /// Recall with a hundred.
    pub ar100: Option<f64>,
    /// Recall of truths up to 32² square pixels.
    pub ar_small: Option<f64>,
    /// Recall of truths from 32² to 96² square pixels.
    pub ar_medium: Option<f64>,
    /// Recall of truths from 96² square pixels.
    pub ar_large: Option<f64>,
    /// By name, every class that is in the truth or was found.
    pub per_class: BTreeMap<String, ClassScores>,
    /// Pictures scored.
    pub pictures: u64,
    /// Objects to find, without crowds.
    pub truths: u64,
    /// Detections of judged classes, without those beyond 100 per class and picture.
    pub detections: u64,
}

/// Scores of one class over all areas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// Average precision.
    pub ap: Option<f64>,
    /// Average precision at IoU 0.5.
    pub ap50: Option<f64>,
    /// Recall with a hundred detections per picture.
    pub ar100: Option<f64>,
    /// Objects to find, without crowds.
    pub truths: u64,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean {
    sum: f64,
    count: u32,
}

/// Scores `pictures`, of which the one numbered `i` counts `weights[i]` times; without weights each counts once.
///
/// A weight does what repeating the picture in its place would do. The order of pictures decides ties of scores: the
/// reference's is that of picture ids.
///
/// # Panics
/// When there are not as many weights as pictures.
pub fn score(pictures: &[&PictureMatches], weights: Option<&[u32]>) -> DetectionScores {
    assert!(weights.is_none_or(|weights| weights.len() == pictures.len()), "one weight per picture");
    let mut scores = DetectionScores {
        pictures: weights
            .map_or(pictures.len() as u64, |weights| weights.iter().copied().map(u64::from).sum()),
        ..DetectionScores::default()
    };
    let mut ap = [Mean::default(); 4];
    let mut ar = [Mean::default(); 4];
    let [mut ap50, mut ap75, mut ar1, mut ar10] = [Mean::default(); 4];
    let mut scratch = Vec::new();
    for (class, ranking) in Ranking::by_class(pictures) {
        // Weights may leave a class out of the sample altogether.
        if !ranking.occurs(weights) {
            continue;
        }
        let truths = ranking.truths(AreaRange::All, weights);
        let mut of_class = ClassScores { truths, ..ClassScores::default() };
        for (index, area) in AreaRange::ALL.into_iter().enumerate() {
            let truths = ranking.truths(area, weights);
            if truths == 0 {
                continue;
            }
            let steps = RecallSteps::new(truths);
            let [mut class_ap, mut class_ar] = [Mean::default(); 2];
            for threshold in IouThreshold::all() {
                let precisions = ranking.precisions(area, threshold, &steps, weights, &mut scratch);
                let precision = mean(&precisions);
                let recall = |most| ranking.right(area, threshold, most, weights) as f64 / truths as f64;
                class_ap.add(precision);
                class_ar.add(recall(MAX_FOUND));
                if area == AreaRange::All {
                    ar1.add(recall(1));
                    ar10.add(recall(10));
                    if threshold == IouThreshold::AT_50 {
                        of_class.ap50 = Some(precision);
                        ap50.add(precision);
                    } else if threshold == IouThreshold::AT_75 {
                        ap75.add(precision);
                    }
                }
            }
            if area == AreaRange::All {
                (of_class.ap, of_class.ar100) = (class_ap.get(), class_ar.get());
            }
            ap[index].add_all(class_ap);
            ar[index].add_all(class_ar);
        }
        scores.truths += truths;
        scores.detections += ranking.detections(weights);
        scores.per_class.insert(class.to_owned(), of_class);
    }
    (scores.ap50, scores.ap75) = (ap50.get(), ap75.get());
    (scores.ar1, scores.ar10) = (ar1.get(), ar10.get());
    [scores.ap, scores.ap_small, scores.ap_medium, scores.ap_large] = ap.map(Mean::get);
    [scores.ar100, scores.ar_small, scores.ar_medium, scores.ar_large] = ar.map(Mean::get);
    scores
}

/// Of numbers that are there.
pub(super) fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

impl Mean {
    pub(super) fn add(&mut self, number: f64) {
        self.sum += number;
        self.count += 1;
    }

    pub(super) fn add_all(&mut self, other: Self) {
        self.sum += other.sum;
        self.count += other.count;
    }

    /// `None` of nothing.
    pub(super) fn get(self) -> Option<f64> {
        (0 < self.count).then(|| self.sum / f64::from(self.count))
    }
}
