//! The headline for many weightings of the same pictures.

use super::matches::PictureMatches;
use super::ranking::{Ranking, RecallSteps};
use super::scores::{Mean, mean};
use super::thresholds::{AreaRange, IouThreshold};

/// Pictures made ready for a bootstrap: sorted once, then weighed often.
#[derive(Debug)]
pub struct Resampler {
    rankings: Vec<Ranking>,
    pictures: usize,
}

/// As the fields of the same name in [`super::DetectionScores`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Headline {
    /// Average precision.
    pub ap: Option<f64>,
    /// Average precision at IoU 0.5.
    pub ap50: Option<f64>,
    /// Average precision at IoU 0.75.
    pub ap75: Option<f64>,
}

impl Resampler {
    /// Sorts what was found in `pictures`.
    pub fn new(pictures: &[&PictureMatches]) -> Self {
        Self { rankings: Ranking::by_class(pictures).into_values().collect(), pictures: pictures.len() }
    }

    /// What [`super::score`] gives for these pictures and `weights`.
    ///
    /// # Panics
    /// When there are not as many weights as pictures.
    pub fn headline(&self, weights: &[u32]) -> Headline {
        assert_eq!(weights.len(), self.pictures, "one weight per picture");
        let weights = Some(weights);
        let [mut ap, mut ap50, mut ap75] = [Mean::default(); 3];
        let mut scratch = Vec::new();
        for ranking in &self.rankings {
            let truths = ranking.truths(AreaRange::All, weights);
            if truths == 0 {
                continue;
            }
            let steps = RecallSteps::new(truths);
            let mut of_class = Mean::default();
            for threshold in IouThreshold::all() {
                let precision =
                    mean(&ranking.precisions(AreaRange::All, threshold, &steps, weights, &mut scratch));
                of_class.add(precision);
                if threshold == IouThreshold::AT_50 {
                    ap50.add(precision);
                } else if threshold == IouThreshold::AT_75 {
                    ap75.add(precision);
                }
            }
            ap.add_all(of_class);
        }
        Headline { ap: ap.get(), ap50: ap50.get(), ap75: ap75.get() }
    }
}
