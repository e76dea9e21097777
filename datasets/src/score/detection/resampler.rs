//! The headline for many weightings of the same pictures, in one walk over the detections.
//!
//! The numbers are those of [`super::score`], to the last bit; only the way there is shorter. Of
//! neighbouring hits without a miss between them the last has the best precision, and interpolation wants no more of the
//! hits between two of COCO's recalls than their best: so nothing is kept per detection.

use std::collections::BTreeMap;

use super::matches::PictureMatches;

/// IoU from 0.5 to 0.95.
const THRESHOLDS: usize = 10;
/// Place of IoU 0.75 among them.
const AT_75: usize = 5;
/// Recalls 0, 0.01 … 1.
const RECALLS: usize = 101;
/// The bits of a match that belong to all areas.
const ALL_AREAS: u64 = (1 << THRESHOLDS) - 1;

/// Pictures made ready for a bootstrap: sorted once, then weighed often.
#[derive(Debug)]
pub struct Resampler {
    /// In order of class names.
    classes: Vec<Class>,
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

#[derive(Debug, Default)]
struct Class {
    /// Truths by picture.
    truths: Vec<(usize, u32)>,
    /// The highest score first, equal scores in the order of pictures, then in that of the detector.
    found: Vec<Found>,
}

#[derive(Debug)]
struct Found {
    score: f64,
    picture: usize,
    right: u16,
    ignored: u16,
    /// On the first detection of a picture and a score: how many there are. They are repeated as a whole.
    run: usize,
}

/// One threshold while detections are walked over.
#[derive(Clone, Copy)]
struct Walk {
    right: u64,
    /// Wrong here and not at every threshold.
    wrong: u64,
    /// The last recall that is reached.
    reached: usize,
    /// Best precision from that recall to the next.
    best: [f64; RECALLS],
}

impl Resampler {
    /// Sorts what was found in `pictures`.
    pub fn new(pictures: &[&PictureMatches]) -> Self {
        let mut classes = BTreeMap::<&str, Class>::new();
        for (picture, matches) in pictures.iter().enumerate() {
            for class in &matches.classes {
                let ready = classes.entry(&class.class).or_default();
                ready.truths.push((picture, class.truths[0]));
                ready.found.extend(class.found.iter().map(|found| Found {
                    score: found.score,
                    picture,
                    right: (found.right & ALL_AREAS) as u16,
                    ignored: (found.ignored & ALL_AREAS) as u16,
                    run: 1,
                }));
            }
        }
        let mut classes: Vec<Class> = classes.into_values().collect();
        classes.iter_mut().for_each(Class::sort);
        Self { classes, pictures: pictures.len() }
    }

    /// What [`super::score`] gives for these pictures and `weights`.
    ///
    /// # Panics
    /// When there are not as many weights as pictures.
    pub fn headline(&self, weights: &[u32]) -> Headline {
        assert_eq!(weights.len(), self.pictures, "one weight per picture");
        let mut sums = [0.0; THRESHOLDS];
        let mut ap = 0.0;
        let mut judged = 0_u32;
        for class in &self.classes {
            let Some(precisions) = class.precisions(weights) else { continue };
            judged += 1;
            // Added class by class, as the reference does: another order would round otherwise.
            ap += precisions.iter().sum::<f64>();
            sums.iter_mut().zip(precisions).for_each(|(sum, precision)| *sum += precision);
        }
        let mean = |sum: f64, of: u32| (0 < judged).then(|| sum / f64::from(of));
        Headline {
            ap: mean(ap, judged * THRESHOLDS as u32),
            ap50: mean(sums[0], judged),
            ap75: mean(sums[AT_75], judged),
        }
    }
}

impl Class {
    fn sort(&mut self) {
        self.found.sort_by(|a, b| b.score.total_cmp(&a.score));
        for run in self.found.chunk_by_mut(|a, b| a.picture == b.picture && a.score == b.score) {
            run[0].run = run.len();
        }
    }

    /// Average precision at each threshold; `None` without truths.
    fn precisions(&self, weights: &[u32]) -> Option<[f64; THRESHOLDS]> {
        let truths: u64 =
            self.truths.iter().map(|&(picture, count)| u64::from(weights[picture]) * u64::from(count)).sum();
        if truths == 0 {
            return None;
        }
        let steps = recall_steps(truths);
        let mut walks = [Walk { right: 0, wrong: 0, reached: 0, best: [0.0; RECALLS] }; THRESHOLDS];
        // Most detections are wrong at every threshold and need no more than this.
        let mut wrong = 0;
        let mut from = 0;
        while let Some(first) = self.found.get(from) {
            let run = &self.found[from..from + first.run];
            from += first.run;
            match (weights[first.picture], run) {
                (0, _) => {}
                (times, [found]) => found.count(u64::from(times), &mut wrong, &mut walks, &steps),
                (times, run) => (0..times).for_each(|_| {
                    run.iter().for_each(|found| found.count(1, &mut wrong, &mut walks, &steps))
                }),
            }
        }
        Some(walks.map(Walk::average))
    }
}

impl Found {
    fn count(&self, times: u64, wrong: &mut u64, walks: &mut [Walk; THRESHOLDS], steps: &[u64; RECALLS + 1]) {
        if self.right == 0 && self.ignored == 0 {
            *wrong += times;
            return;
        }
        for (threshold, walk) in walks.iter_mut().enumerate() {
            if self.right >> threshold & 1 != 0 {
                walk.hit(times, *wrong, steps);
            } else if self.ignored >> threshold & 1 == 0 {
                walk.wrong += times;
            }
        }
    }
}

impl Walk {
    fn hit(&mut self, times: u64, wrong: u64, steps: &[u64; RECALLS + 1]) {
        self.right += times;
        while steps[self.reached + 1] <= self.right {
            self.reached += 1;
        }
        // The reference's guard against 0 / 0, which moves the result only where all are right so far.
        let precision = self.right as f64 / ((wrong + self.wrong + self.right) as f64 + f64::EPSILON);
        let best = &mut self.best[self.reached];
        *best = best.max(precision);
    }

    /// Precision at a recall is the best that is still reached there or later.
    fn average(mut self) -> f64 {
        for later in (1..RECALLS).rev() {
            self.best[later - 1] = self.best[later - 1].max(self.best[later]);
        }
        self.best.iter().sum::<f64>() / RECALLS as f64
    }
}

/// The number of hits from which each recall is reached, and one that never is.
fn recall_steps(truths: u64) -> [u64; RECALLS + 1] {
    let truths = truths as f64;
    let mut hits = 0_u64;
    std::array::from_fn(|index| {
        if index == RECALLS {
            return u64::MAX;
        }
        let recall = index as f64 * 0.01;
        // Start just below and let the division decide, as the reference does: a product would round otherwise.
        hits = hits.max((recall * truths) as u64).saturating_sub(1);
        while (hits as f64 / truths) < recall {
            hits += 1;
        }
        hits
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::score::detection::{ClassMatches, FoundMatch, score};

    fn pictures() -> impl Strategy<Value = Vec<PictureMatches>> {
        // Few scores, so that many tie within and between pictures.
        let found = (0_u8..8, 0_u64..1 << 10, 0_u64..1 << 10).prop_map(|(score, right, ignored)| {
            FoundMatch { score: f64::from(score) / 8.0, right: right | 1 << 15, ignored: ignored & !right }
        });
        let class = |name: &'static str| {
            (proptest::collection::vec(found.clone(), 0..8), 0_u32..10).prop_map(
                move |(mut found, truths)| {
                    found.sort_by(|a, b| b.score.total_cmp(&a.score));
                    ClassMatches {
                        class: name.to_owned(),
                        truths: [truths, 7, 7, 7],
                        found,
                        sizes: Vec::new(),
                    }
                },
            )
        };
        let picture = (class("car"), class("person"))
            .prop_map(|(car, person)| PictureMatches { classes: vec![car, person] });
        proptest::collection::vec(picture, 1..12)
    }

    proptest! {
        #[test]
        fn the_headline_is_that_of_the_score(
            pictures in pictures(),
            weights in proptest::collection::vec(0_u32..4, 12),
        ) {
            let pictures: Vec<_> = pictures.iter().collect();
            let weights = &weights[..pictures.len()];
            let scores = score(&pictures, Some(weights));
            let headline = Headline { ap: scores.ap, ap50: scores.ap50, ap75: scores.ap75 };
            prop_assert_eq!(Resampler::new(&pictures).headline(weights), headline);
        }
    }
}
