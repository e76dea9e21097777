//! What one set of comparisons says, with intervals over identities.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::curve::{Comparison, EqualError, Step, Totals, steps, thinned};
use super::widened;
use crate::score::interval::{Bootstrap, Interval, percentile_interval, rule_of_three};

/// The false match rates at which FNMR is given, with their keys.
pub const FMR_LEVELS: [(&str, f64); 6] =
    [("1e-1", 1e-1), ("1e-2", 1e-2), ("1e-3", 1e-3), ("1e-4", 1e-4), ("1e-5", 1e-5), ("1e-6", 1e-6)];

/// Points of a stored DET curve, at most.
const DET_POINTS: usize = 200;

/// Error rates of a set of comparisons. Rates are fractions; the maps' keys are those of [`FMR_LEVELS`].
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Verification {
    /// Comparisons of one person.
    pub genuine: u64,
    /// Comparisons of two people.
    pub impostors: u64,
    /// People in these comparisons.
    pub identities: u64,
    /// FNMR at the lowest threshold that keeps FMR at or below the key; below `1 / impostors` that is the lowest
    /// threshold without a false match. Empty without genuine or without impostor comparisons.
    pub fnmr_at: BTreeMap<String, f64>,
    /// That threshold: the next number above the highest impostor score that it must refuse. Empty without impostors.
    pub threshold_at: BTreeMap<String, f64>,
    /// For each FMR that so few impostor comparisons cannot prove, the smallest that they can: with no false match in
    /// `n`, FMR is below `3 / n` at 95 % by the rule of three, taking comparisons for independent.
    pub unproved: BTreeMap<String, f64>,
    /// Equal error rate, see [`equal_error_rate`](super::equal_error_rate).
    pub eer: Option<f64>,
    /// `(FMR, FNMR)` from the strictest threshold to the laxest, at most 200 points of the curve. Empty without genuine
    /// or without impostor comparisons.
    pub det: Vec<(f64, f64)>,
    /// Of `eer` and `fnmr_at.<key>`: percentiles of a bootstrap over identities. A draw without genuine or without
    /// impostor comparisons is left out. Where no error was seen at all, up to the rule of three over the people
    /// compared with themselves.
    pub intervals: BTreeMap<String, Interval>,
}

/// The error rates of `comparisons` between people numbered by `I`.
pub(super) fn verify<I: Copy + Ord>(comparisons: &[Comparison<I>], mut bootstrap: Bootstrap) -> Verification {
    let (people, mut pairs) = numbered(comparisons);
    pairs.sort_unstable_by(|a, b| b.score.total_cmp(&a.score));
    let genuine = pairs.iter().filter(|pair| pair.same).count();
    let totals = Totals { genuine: genuine as u64, impostors: (pairs.len() - genuine) as u64 };
    let mut found = Verification {
        genuine: totals.genuine,
        impostors: totals.impostors,
        identities: people as u64,
        ..Verification::default()
    };
    if totals.impostors == 0 {
        return found;
    }
    let steps = steps(&pairs);
    for (key, fmr) in FMR_LEVELS {
        found.threshold_at.insert(key.to_owned(), lowest_threshold(&steps, totals, fmr));
    }
    if let Some(bound) = rule_of_three(totals.impostors) {
        let beyond = FMR_LEVELS.iter().filter(|(_, fmr)| *fmr < bound);
        found.unproved = beyond.map(|(key, _)| ((*key).to_owned(), bound)).collect();
    }
    let Some(rates) = Rates::of(&pairs, &vec![1; people], totals) else { return found };
    found.eer = Some(rates.eer);
    found.fnmr_at =
        FMR_LEVELS.iter().zip(rates.fnmr).map(|((key, _), fnmr)| ((*key).to_owned(), fnmr)).collect();
    let curve: Vec<_> = steps.iter().map(|step| totals.point(step)).collect();
    found.det = thinned(&curve, DET_POINTS, totals);

    let drawn: Vec<Rates> = (0..bootstrap.replicates())
        .filter_map(|_| {
            let times = bootstrap.weights(people);
            Rates::of(&pairs, &times, weighed(&pairs, &times))
        })
        .collect();
    let tried = tried(&pairs, people);
    let mut interval = |key: String, share: f64, of: &dyn Fn(&Rates) -> f64| {
        let mut values: Vec<f64> = drawn.iter().map(of).collect();
        if let Some(drawn) = percentile_interval(&mut values) {
            found.intervals.insert(key, widened(share, drawn, tried));
        }
    };
    interval("eer".to_owned(), rates.eer, &|drawn| drawn.eer);
    for (level, (key, _)) in FMR_LEVELS.iter().enumerate() {
        interval(format!("fnmr_at.{key}"), rates.fnmr[level], &|drawn| drawn.fnmr[level]);
    }
    found
}

/// The lowest threshold whose FMR is at most `fmr`. There is none lower: the impostors that score just below it are too many.
fn lowest_threshold(steps: &[Step], totals: Totals, fmr: f64) -> f64 {
    let beyond = steps.iter().find(|step| !totals.keep(step.false_matches, fmr));
    // Each rate is below 1, so accepting every impostor is always too much.
    beyond.map_or(f64::NEG_INFINITY, |step| step.threshold.next_up())
}

/// The rates of one draw of people.
struct Rates {
    eer: f64,
    /// In the order of [`FMR_LEVELS`].
    fnmr: [f64; FMR_LEVELS.len()],
}

impl Rates {
    /// One walk over the pairs, highest score first, each counted as often as its people were drawn; `None` when no
    /// genuine or no impostor pair was.
    fn of(pairs: &[Comparison<u32>], times: &[u32], totals: Totals) -> Option<Self> {
        let mut search = EqualError::new(totals)?;
        let mut searching = !search.passed(0, 0);
        let (mut accepted, mut false_matches) = (0, 0);
        // Levels from 1e-1 down are passed from the last to the first as the threshold falls.
        let mut fnmr = [0.0; FMR_LEVELS.len()];
        let mut open = FMR_LEVELS.len();
        let mut from = 0;
        while from < pairs.len() && (searching || 0 < open) {
            let threshold = pairs[from].score;
            let before = accepted;
            while let Some(pair) = pairs.get(from).filter(|pair| pair.score == threshold) {
                if pair.same {
                    accepted += weight(pair, times);
                } else {
                    false_matches += weight(pair, times);
                }
                from += 1;
            }
            while 0 < open && !totals.keep(false_matches, FMR_LEVELS[open - 1].1) {
                open -= 1;
                fnmr[open] = totals.fnmr(before);
            }
            searching = searching && !search.passed(accepted, false_matches);
        }
        Some(Self { eer: search.rate(), fnmr })
    }
}

/// How often a pair comes in a draw: as often as its person, or as its two people meet.
pub(super) fn weight(pair: &Comparison<u32>, times: &[u32]) -> u64 {
    let a = u64::from(times[pair.a as usize]);
    if pair.a == pair.b { a } else { a * u64::from(times[pair.b as usize]) }
}

/// The number of people in `comparisons`, and the same pairs with these people numbered from 0.
pub(super) fn numbered<I: Copy + Ord>(comparisons: &[Comparison<I>]) -> (usize, Vec<Comparison<u32>>) {
    let mut people: Vec<I> = comparisons.iter().flat_map(|pair| [pair.a, pair.b]).collect();
    people.sort_unstable();
    people.dedup();
    let number = |person: I| people.partition_point(|other| *other < person) as u32;
    let pairs = comparisons
        .iter()
        .map(|pair| Comparison { a: number(pair.a), b: number(pair.b), same: pair.same, score: pair.score })
        .collect();
    (people.len(), pairs)
}

/// Number of people who were compared with themselves.
fn tried(pairs: &[Comparison<u32>], people: usize) -> usize {
    let mut seen = vec![false; people];
    for pair in pairs.iter().filter(|pair| pair.same) {
        seen[pair.a as usize] = true;
    }
    seen.into_iter().filter(|seen| *seen).count()
}

fn weighed(pairs: &[Comparison<u32>], times: &[u32]) -> Totals {
    let mut totals = Totals { genuine: 0, impostors: 0 };
    for pair in pairs {
        *(if pair.same { &mut totals.genuine } else { &mut totals.impostors }) += weight(pair, times);
    }
    totals
}
