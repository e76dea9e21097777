//! LFW's ten-fold accuracy (G. B. Huang et al., "Labeled Faces in the Wild", 2007).

use super::curve::Comparison;
use super::verification::{numbered, weight};
use super::{Pair, widened};
use crate::score::interval::{Bootstrap, Interval, percentile_interval};

const FOLDS: usize = 10;

/// A pair of the set numbered first in its people, with its fold.
#[derive(Clone, Copy, Debug)]
pub(super) struct FoldPair {
    pub(super) comparison: Comparison<(u32, u32)>,
    pub(super) fold: usize,
}

/// Accuracy over the folds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FoldAccuracy {
    /// Mean over the folds that have pairs.
    pub mean: f64,
    /// Standard deviation between folds over the root of their number; `None` for fewer than two.
    pub standard_error: Option<f64>,
}

/// Accuracy of telling same from different in each fold, by the threshold that is best on the other nine.
///
/// Thresholds tried: each score of the nine folds, and one above them all. The lowest of those with the most right
/// answers is taken. A fold without pairs, or without pairs in the others, has no accuracy; `None` when none has one.
/// Folds are the pairs' own when every pair has one below 10; otherwise pairs are dealt out to ten folds in turn, same
/// and different pairs separately. Dealt folds share people, which LFW's own do not.
pub fn ten_fold_accuracy(pairs: &[Pair]) -> Option<FoldAccuracy> {
    accuracy(&deal(0, pairs))
}

/// Gives each pair of the set numbered `set` its fold.
pub(super) fn deal(set: u32, pairs: &[Pair]) -> Vec<FoldPair> {
    let fold = |pair: &Pair| pair.fold.map(usize::from).filter(|fold| *fold < FOLDS);
    let dealt = pairs.iter().any(|pair| fold(pair).is_none());
    let mut turns = [0; 2];
    pairs
        .iter()
        .map(|pair| {
            let turn = &mut turns[usize::from(pair.same)];
            let in_turn = *turn % FOLDS;
            *turn += 1;
            let comparison =
                Comparison { a: (set, pair.a), b: (set, pair.b), same: pair.same, score: pair.score };
            FoldPair { comparison, fold: fold(pair).filter(|_| !dealt).unwrap_or(in_turn) }
        })
        .collect()
}

/// See [`ten_fold_accuracy`].
pub(super) fn accuracy(pairs: &[FoldPair]) -> Option<FoldAccuracy> {
    let (people, pairs) = ascending(pairs);
    accuracy_of(&pairs, &vec![1; people])
}

/// The interval of the mean, by a bootstrap over people; `None` when no draw has an accuracy.
pub(super) fn accuracy_interval(pairs: &[FoldPair], mut bootstrap: Bootstrap) -> Option<Interval> {
    let (people, pairs) = ascending(pairs);
    let measured = accuracy_of(&pairs, &vec![1; people])?;
    let mut drawn: Vec<f64> = (0..bootstrap.replicates())
        .filter_map(|_| accuracy_of(&pairs, &bootstrap.weights(people)))
        .map(|accuracy| accuracy.mean)
        .collect();
    Some(widened(measured.mean, percentile_interval(&mut drawn)?, people))
}

/// The number of people, and the pairs with their folds from the lowest score to the highest.
fn ascending(pairs: &[FoldPair]) -> (usize, Vec<(Comparison<u32>, usize)>) {
    let comparisons: Vec<_> = pairs.iter().map(|pair| pair.comparison).collect();
    let (people, numbered) = numbered(&comparisons);
    let mut pairs: Vec<_> = numbered.into_iter().zip(pairs.iter().map(|pair| pair.fold)).collect();
    pairs.sort_by(|(a, _), (b, _)| a.score.total_cmp(&b.score));
    (people, pairs)
}

/// The best threshold so far for one fold: right answers on the others, and on the fold itself.
#[derive(Clone, Copy, Default)]
struct Best {
    trained: Option<u64>,
    tested: u64,
    /// Right answers on the fold itself with a threshold just above the highest score of the others so far.
    above: u64,
}

/// One walk for all folds: `times` says how often each person counts.
fn accuracy_of(pairs: &[(Comparison<u32>, usize)], times: &[u32]) -> Option<FoldAccuracy> {
    let mut sizes = [0; FOLDS];
    // Right answers when everything is accepted; a threshold above a pair turns its answer round.
    let mut right = [0; FOLDS];
    for (pair, fold) in pairs {
        let weight = weight(pair, times);
        sizes[*fold] += weight;
        right[*fold] += if pair.same { weight } else { 0 };
    }
    let total: u64 = sizes.iter().sum();
    let mut best = [Best::default(); FOLDS];
    // Only more is better: of equals the lowest threshold stays.
    let consider = |best: &mut Best, trained: u64, tested: u64| {
        if best.trained.is_none_or(|most| most < trained) {
            *best = Best { trained: Some(trained), tested, ..*best };
        }
    };
    for group in pairs.chunk_by(|(a, _), (b, _)| a.score == b.score) {
        let mut present = [0; FOLDS];
        for (pair, fold) in group {
            present[*fold] += weight(pair, times);
        }
        // A score of one fold alone is nothing that the other nine know of.
        let together: u64 = present.iter().sum();
        let known = |fold: &usize| present[*fold] < together;
        let all_right: u64 = right.iter().sum();
        for fold in (0..FOLDS).filter(known) {
            consider(&mut best[fold], all_right - right[fold], right[fold]);
        }
        for (pair, fold) in group {
            let weight = weight(pair, times);
            right[*fold] = if pair.same { right[*fold] - weight } else { right[*fold] + weight };
        }
        for fold in (0..FOLDS).filter(known) {
            best[fold].above = right[fold];
        }
    }
    let all_right: u64 = right.iter().sum();
    let mut accuracies = Vec::with_capacity(FOLDS);
    for fold in 0..FOLDS {
        if sizes[fold] == 0 || sizes[fold] == total {
            continue;
        }
        let mut best = best[fold];
        let above = best.above;
        consider(&mut best, all_right - right[fold], above);
        accuracies.push(best.tested as f64 / sizes[fold] as f64);
    }
    mean(&accuracies)
}

fn mean(values: &[f64]) -> Option<FoldAccuracy> {
    if values.is_empty() {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let standard_error = (1 < values.len()).then(|| (squares / (n - 1.0) / n).sqrt());
    Some(FoldAccuracy { mean, standard_error })
}
