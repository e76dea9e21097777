//! Face verification scores: how often the same person is refused (FNMR) at a given rate of strangers accepted (FMR).
//!
//! A comparison is accepted when its score is at or above the threshold. All rates are step functions of the threshold
//! and nothing is interpolated between comparisons (ISO/IEC 19795-1). Intervals come from a bootstrap over identities,
//! because the comparisons of one person stand and fall together.

mod curve;
mod folds;
mod verification;

use serde::{Deserialize, Serialize};

use super::interval::{Bootstrap, Interval};
use curve::Comparison;
pub use curve::{DetPoint, det_curve, equal_error_rate};
pub use folds::{FoldAccuracy, ten_fold_accuracy};
pub use verification::{FMR_LEVELS, Verification};

/// A comparison of two pictures that a pair list names.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Identity on the first picture, a number within its set of faces.
    pub a: u32,
    /// Identity on the second picture; equal to `a` for a genuine pair.
    pub b: u32,
    /// Whether both pictures show the same person.
    pub same: bool,
    /// Similarity, higher for more alike: the cosine, in `[-1, 1]`. Not finite when there was nothing to compare.
    pub score: f64,
    /// The list's own fold, `0..10`.
    pub fold: Option<u8>,
}

/// Every comparison that a set of faces allows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AllPairs {
    /// Identity and score of each comparison of two pictures of one person.
    pub genuine: Vec<(u32, f64)>,
    /// Both identities and the score of each comparison of two people.
    pub impostors: Vec<(u32, u32, f64)>,
}

impl AllPairs {
    /// Compares each picture with each later one: `identities` has one entry per picture, `similarity` is asked with two
    /// of its indices.
    pub fn compare(identities: &[u32], mut similarity: impl FnMut(usize, usize) -> f64) -> Self {
        let mut pairs = Self::default();
        for (j, &b) in identities.iter().enumerate() {
            for (i, &a) in identities[..j].iter().enumerate() {
                let score = similarity(i, j);
                if a == b {
                    pairs.genuine.push((a, score));
                } else {
                    pairs.impostors.push((a, b, score));
                }
            }
        }
        pairs
    }
}

/// One set of faces compared by one model: what its scores need, without the hundred thousands of impostor scores.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct FaceMatches {
    /// The pairs of the list that have a score.
    pub listed: Vec<Pair>,
    /// The comparison of all pairs, if one was made.
    pub all: Option<AllPairsMatches>,
    /// Comparisons, listed or not, without a finite score (no face found, say): they are in no other figure.
    pub unscored: u64,
    /// What the draws over identities depend on, for those that are made when sets are scored together.
    pub bootstrap: Resampling,
}

/// What is kept of a comparison of all pairs.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct AllPairsMatches {
    /// Identity and score of each genuine comparison.
    pub genuine: Vec<(u32, f64)>,
    /// The curve of all of them, with its intervals.
    pub verification: Verification,
}

/// How to draw identities for the intervals.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resampling {
    /// The draws depend on it only.
    pub seed: u64,
    /// Number of draws; none means no intervals.
    pub replicates: usize,
}

impl Default for Resampling {
    fn default() -> Self {
        Self { seed: 0, replicates: 200 }
    }
}

impl Resampling {
    fn start(self) -> Bootstrap {
        Bootstrap::new(self.seed, self.replicates)
    }
}

/// Which comparisons FNMR, EER and the DET curve are of.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Every comparison that the one set of faces allows.
    AllPairs,
    /// The listed pairs of all sets.
    Listed,
}

/// Verification scores of one or more sets of faces.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct FaceScores {
    /// Listed pairs with a score.
    pub pairs: u64,
    /// Comparisons without a score, which are in no other figure.
    pub unscored: u64,
    /// What the rates are of.
    pub source: Source,
    /// FNMR, thresholds, EER and the DET curve.
    #[serde(flatten)]
    pub verification: Verification,
    /// Mean accuracy of LFW's ten-fold protocol over the listed pairs; `None` when fewer than two folds have pairs.
    pub accuracy_10fold: Option<f64>,
    /// Standard error of that mean, from the spread between the folds.
    pub accuracy_10fold_standard_error: Option<f64>,
}

/// Keeps what the scores of one set of faces need: the pairs that `listed` names and, if it was made, the comparison of
/// `all` pairs, whose intervals are drawn here because its impostor scores are not kept.
pub fn match_faces(listed: &[Pair], all: Option<&AllPairs>, bootstrap: Resampling) -> FaceMatches {
    let scored: Vec<Pair> = listed.iter().filter(|pair| pair.score.is_finite()).copied().collect();
    let mut unscored = (listed.len() - scored.len()) as u64;
    let all = all.map(|all| {
        let genuine: Vec<(u32, f64)> =
            all.genuine.iter().filter(|pair| pair.1.is_finite()).copied().collect();
        let comparisons: Vec<Comparison<u32>> = genuine
            .iter()
            .map(|&(a, score)| Comparison { a, b: a, same: true, score })
            .chain(all.impostors.iter().map(|&(a, b, score)| Comparison { a, b, same: false, score }))
            .filter(|pair| pair.score.is_finite())
            .collect();
        unscored += (all.genuine.len() + all.impostors.len() - comparisons.len()) as u64;
        AllPairsMatches { genuine, verification: verification::verify(&comparisons, bootstrap.start()) }
    });
    FaceMatches { listed: scored, all, unscored, bootstrap }
}

/// Scores sets of faces together; `None` when they hold no comparison at all.
///
/// The curve of a comparison of all pairs is given when there is one set and it has one: curves of several sets cannot
/// be added up without their scores. Otherwise FNMR, EER and DET are those of the listed pairs of all sets. An identity
/// number means another person in each set. Draws follow the first set's [`Resampling`].
pub fn score(sets: &[&FaceMatches]) -> Option<FaceScores> {
    let bootstrap = sets.first()?.bootstrap;
    // Folds are dealt out per set: one list may bring its own and another none.
    let listed: Vec<folds::FoldPair> =
        sets.iter().zip(0..).flat_map(|(set, number)| folds::deal(number, &set.listed)).collect();
    let (source, mut verification) = match sets {
        [FaceMatches { all: Some(all), .. }] => (Source::AllPairs, all.verification.clone()),
        _ => {
            let pairs: Vec<_> = listed.iter().map(|pair| pair.comparison).collect();
            (Source::Listed, verification::verify(&pairs, bootstrap.start()))
        }
    };
    if listed.is_empty() && verification.genuine == 0 && verification.impostors == 0 {
        return None;
    }
    let accuracy = folds::accuracy(&listed);
    if let Some(interval) = folds::accuracy_interval(&listed, bootstrap.start()) {
        verification.intervals.insert("accuracy_10fold".to_owned(), interval);
    }
    Some(FaceScores {
        pairs: listed.len() as u64,
        unscored: sets.iter().map(|set| set.unscored).sum(),
        source,
        verification,
        accuracy_10fold: accuracy.map(|accuracy| accuracy.mean),
        accuracy_10fold_standard_error: accuracy.and_then(|accuracy| accuracy.standard_error),
    })
}

/// The interval of a share by its bootstrap, widened by the rule of three where no draw could show an error (or a
/// success), as `identities` are what was tried.
fn widened(share: f64, drawn: Interval, identities: usize) -> Interval {
    let Some(bound) = super::interval::rule_of_three(identities as u64) else { return drawn };
    if share == 0.0 && drawn.high == 0.0 {
        Interval { low: 0.0, high: bound }
    } else if share == 1.0 && drawn.low == 1.0 {
        Interval { low: 1.0 - bound, high: 1.0 }
    } else {
        drawn
    }
}

#[cfg(test)]
mod tests;
