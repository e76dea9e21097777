//! Faces: people are drawn, with all comparisons that they take part in.
//!
//! FNMR is that of the thresholds that each side has over all its comparisons: they stay as they are, because which
//! impostors set them is not kept. Accuracy over ten folds learns its thresholds anew in each draw. The equal error rate
//! is not resampled, for the same reason as the thresholds.

use std::collections::BTreeMap;

use super::TaskChange;
use super::pairing::{Both, Side};
use super::resampling::{Measured, resample};
use crate::score::faces::{self, FMR_LEVELS, FaceMatches, FaceScores, Pair, Resampling, Source};

/// Folds of LFW's protocol.
const FOLDS: usize = 10;

/// Which set of faces, and who in it.
type Person = (usize, u32);

/// What one side has to be weighed.
#[derive(Default)]
struct Ready {
    scores: Option<FaceScores>,
    /// People by number, with the score of their comparison with themselves.
    genuine: Vec<(usize, f64)>,
    /// People by number and their pair with its fold, from the lowest score to the highest.
    listed: Vec<([usize; 2], Pair)>,
    /// At the levels that both sides can prove.
    thresholds: Vec<f64>,
}

/// Comparisons of a set, with or without a score: the same for each model.
pub(super) fn comparisons(set: &FaceMatches) -> usize {
    let all = set.all.as_ref().map_or(0, |all| all.verification.genuine + all.verification.impostors);
    set.listed.len() + (all + set.unscored) as usize
}

pub(super) fn change(sets: &Both<'_, FaceMatches>, seed: u64) -> Option<TaskChange> {
    if sets.a.is_empty() {
        return None;
    }
    let mut people: Vec<Person> =
        [Side::A, Side::B].iter().flat_map(|&side| people_of(sets.side(side))).collect();
    people.sort_unstable();
    people.dedup();
    let number: BTreeMap<Person, usize> = people.iter().copied().zip(0..).collect();
    let [mut a, mut b] = [Side::A, Side::B].map(|side| Ready::of(sets.side(side), &number));
    let levels = provable(a.scores.as_ref(), b.scores.as_ref());
    for ready in [&mut a, &mut b] {
        let known = ready.scores.iter().map(|scores| &scores.verification.threshold_at);
        let at = |known: &BTreeMap<String, f64>| {
            levels.iter().filter_map(|key| known.get(*key).copied()).collect()
        };
        ready.thresholds = known.map(at).next().unwrap_or_default();
    }
    let ready = |side| match side {
        Side::A => &a,
        Side::B => &b,
    };
    let value =
        |side: Side, of: &dyn Fn(&FaceScores) -> Option<f64>| ready(side).scores.as_ref().and_then(of);
    let mut measured =
        vec![Measured::of("accuracy_10fold", |side| value(side, &|scores| scores.accuracy_10fold))];
    measured.extend(levels.iter().map(|level| {
        let of = |scores: &FaceScores| scores.verification.fnmr_at.get(*level).copied();
        Measured::of(format!("fnmr_at.{level}"), |side| value(side, &of))
    }));
    measured.push(Measured::of("eer", |side| value(side, &|scores| scores.verification.eer)));
    Some(resample(seed, "people", people.len(), measured, |side, weights| ready(side).draw(weights)))
}

/// Levels whose FNMR means something on both sides.
fn provable(a: Option<&FaceScores>, b: Option<&FaceScores>) -> Vec<&'static str> {
    let proved = |scores: Option<&FaceScores>, key: &str| {
        scores.is_some_and(|scores| {
            let found = &scores.verification;
            found.fnmr_at.contains_key(key) && !found.unproved.contains_key(key)
        })
    };
    FMR_LEVELS.into_iter().map(|(key, _)| key).filter(|key| proved(a, key) && proved(b, key)).collect()
}

fn people_of(sets: &[&FaceMatches]) -> Vec<Person> {
    let of_set = |(number, set): (usize, &&FaceMatches)| -> Vec<Person> {
        let listed = set.listed.iter().flat_map(|pair| [pair.a, pair.b]);
        let all = set.all.iter().flat_map(|all| all.genuine.iter().map(|genuine| genuine.0));
        listed.chain(all).map(|person| (number, person)).collect()
    };
    sets.iter().enumerate().flat_map(of_set).collect()
}

impl Ready {
    fn of(sets: &[&FaceMatches], number: &BTreeMap<Person, usize>) -> Self {
        // Intervals of one side alone are of no use here.
        let plain: Vec<FaceMatches> = sets
            .iter()
            .map(|set| FaceMatches {
                bootstrap: Resampling { replicates: 0, ..set.bootstrap },
                ..(*set).clone()
            })
            .collect();
        let scores = faces::score(&plain.iter().collect::<Vec<_>>());
        let mut listed: Vec<([usize; 2], Pair)> = Vec::new();
        for (set, matches) in sets.iter().enumerate() {
            let dealt = dealt(&matches.listed);
            listed.extend(
                dealt.into_iter().map(|pair| ([pair.a, pair.b].map(|who| number[&(set, who)]), pair)),
            );
        }
        let genuine = match (scores.as_ref().map(|scores| scores.source), sets) {
            (Some(Source::AllPairs), [FaceMatches { all: Some(all), .. }]) => {
                all.genuine.iter().map(|&(who, score)| (number[&(0, who)], score)).collect()
            }
            _ => listed
                .iter()
                .filter(|(_, pair)| pair.same)
                .map(|([who, _], pair)| (*who, pair.score))
                .collect(),
        };
        listed.sort_by(|(_, a), (_, b)| a.score.total_cmp(&b.score));
        Self { scores, genuine, listed, thresholds: Vec::new() }
    }

    /// Accuracy, then FNMR at each threshold, when each person counts as often as drawn.
    fn draw(&self, weights: &[u32]) -> Vec<f64> {
        let mut values = vec![self.accuracy(weights)];
        let total: u64 = self.genuine.iter().map(|(who, _)| u64::from(weights[*who])).sum();
        values.extend(self.thresholds.iter().map(|threshold| {
            let refused = self.genuine.iter().filter(|(_, score)| score < threshold);
            let refused: u64 = refused.map(|(who, _)| u64::from(weights[*who])).sum();
            // NaN when nobody was drawn who is compared with themselves.
            refused as f64 / total as f64
        }));
        values
    }

    fn accuracy(&self, weights: &[u32]) -> f64 {
        let mut drawn: Vec<Pair> = Vec::with_capacity(self.listed.len());
        for ([a, b], pair) in &self.listed {
            // As often as its person, or as its two people meet.
            let times = if a == b { weights[*a] } else { weights[*a] * weights[*b] };
            drawn.extend((0..times).map(|_| *pair));
        }
        faces::ten_fold_accuracy(&drawn).map_or(f64::NAN, |accuracy| accuracy.mean)
    }
}

/// The pairs of one list with the folds that [`faces::ten_fold_accuracy`] would give them: a draw must not deal anew.
fn dealt(listed: &[Pair]) -> Vec<Pair> {
    let own = listed.iter().all(|pair| pair.fold.is_some_and(|fold| usize::from(fold) < FOLDS));
    let mut turns = [0; 2];
    let deal = |pair: &Pair| {
        let turn = &mut turns[usize::from(pair.same)];
        let in_turn = (*turn % FOLDS) as u8;
        *turn += 1;
        Pair { fold: if own { pair.fold } else { Some(in_turn) }, ..*pair }
    };
    listed.iter().map(deal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::faces::{AllPairs, match_faces};

    /// Pictures of 40 people, three each, whose likeness depends on their numbers.
    fn set(all: bool, own_folds: bool) -> FaceMatches {
        let identities: Vec<u32> = (0..120).map(|picture| picture / 3).collect();
        let likeness = |a: usize, b: usize| {
            let noise = f64::from(((a * 7919 + b * 104_729) % 1000) as u32) / 1000.0;
            if identities[a] == identities[b] { 0.4 + 0.6 * noise } else { 0.6 * noise }
        };
        let pairs = (0..300_usize).map(|i| {
            let (a, b) = if i % 2 == 0 { (i % 120, i / 3 * 3 % 120) } else { (i % 120, (i * 7 + 5) % 120) };
            let fold = own_folds.then_some((i % 10) as u8);
            Pair {
                a: identities[a],
                b: identities[b],
                same: identities[a] == identities[b],
                score: likeness(a, b),
                fold,
            }
        });
        let compared = all.then(|| AllPairs::compare(&identities, likeness));
        match_faces(&pairs.collect::<Vec<_>>(), compared.as_ref(), Resampling { seed: 1, replicates: 0 })
    }

    #[test]
    fn everybody_once_is_the_run_itself() {
        for (all, own_folds) in [(true, true), (true, false), (false, true), (false, false)] {
            let set = set(all, own_folds);
            let sets = Both { a: vec![&set], b: vec![&set] };
            let people: Vec<Person> = (0..40).map(|who| (0, who)).collect();
            let mut ready = Ready::of(&[&set], &people.iter().copied().zip(0..).collect());
            let scores = ready.scores.clone().unwrap();
            let levels = provable(Some(&scores), Some(&scores));
            assert_eq!(2 < levels.len(), all, "{levels:?}");
            ready.thresholds = levels.iter().map(|level| scores.verification.threshold_at[*level]).collect();
            let mut wanted = vec![scores.accuracy_10fold.unwrap()];
            wanted.extend(levels.iter().map(|level| scores.verification.fnmr_at[*level]));
            assert_eq!(ready.draw(&[1; 40]), wanted);
            assert!(wanted[1..].iter().any(|fnmr| 0.0 < *fnmr && *fnmr < 1.0), "{wanted:?}");
            let change = change(&sets, 1).unwrap();
            assert_eq!((change.drawn, change.units), ("people", 40));
            assert_eq!(change.scores.len(), levels.len() + 2);
        }
    }
}
