//! Tracks of a made-up reader that errs as real ones do: it is too sure, its mistakes recur in the looks of one track, and
//! bad looks are worse. Not a measure of any reader: it compares ways to vote.

use std::collections::{BTreeMap, BTreeSet};

use super::super::column::{Shares, mean};
use super::super::{Pool, Said, vote_by};
use super::*;

const SYMBOLS: &[u8; 20] = b"0O8B5S2Z6G1I7T4ADQCE";
const LENGTH: usize = 8;
const LOOKS: usize = 8;
const TRACKS: usize = 2000;

/// From which a text counts as read.
const THRESHOLD: f32 = 0.7;

struct Random(u64);

impl Random {
    /// In [0, 1); SplitMix64 (G. Steele and others, "Fast splittable pseudorandom number generators", OOPSLA 2014).
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// About normal: mean 0, deviation 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

struct Track {
    text: String,
    reads: Vec<(RawRead, f32)>,
}

/// A track whose reader's logits are taken `too_sure` times.
fn track(random: &mut Random, too_sure: f64) -> Track {
    let text: Vec<usize> = (0..LENGTH).map(|_| (random.unit() * SYMBOLS.len() as f64) as usize).collect();
    // How much each character looks like its neighbour in the list, in all looks of the track.
    let lure: Vec<f64> = text.iter().map(|_| 1.3 * random.normal()).collect();
    let mut reads = Vec::new();
    for _ in 0..LOOKS {
        let quality = 0.25 + 0.75 * random.unit();
        let mut characters = Vec::new();
        for (&truth, &lure) in text.iter().zip(&lure) {
            let logit = |symbol: usize, noise: f64| {
                let evidence = if symbol == truth { 5.0 * quality } else { 0.0 };
                let like = if symbol == truth ^ 1 { lure } else { 0.0 };
                too_sure * (evidence + like + 0.8 * noise)
            };
            let logits: Vec<f64> = (0..SYMBOLS.len()).map(|symbol| logit(symbol, random.normal())).collect();
            let largest = logits.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = logits.iter().map(|logit| (logit - largest).exp()).sum();
            let mut ranked: Vec<(char, f32)> = SYMBOLS
                .iter()
                .zip(&logits)
                .map(|(&symbol, logit)| (char::from(symbol), ((logit - largest).exp() / sum) as f32))
                .collect();
            ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
            let (character, probability) = ranked[0];
            let alternatives =
                ranked[1..5].iter().copied().filter(|&(_, probability)| 0.01 <= probability).collect();
            characters.push(RawCharacter { character, probability, alternatives });
        }
        // Nobody knows how good a look is but for what can be measured of it.
        let weight = (quality + 0.1 * random.normal()).clamp(0.05, 1.0) as f32;
        reads.push((RawRead { characters, lines: None, colours: None }, weight));
    }
    Track { text: text.iter().map(|&symbol| char::from(SYMBOLS[symbol])).collect(), reads }
}

/// The product rule: the sum of the looks' log probabilities, each as often as its weight says.
fn product(said: &[(f64, Said<'_>)]) -> Column {
    /// What a look does not name has this probability at least.
    const FLOOR: f64 = 1e-3;
    let shares: Vec<(f64, Shares)> = said.iter().map(|(weight, said)| (*weight, Shares::of(said))).collect();
    let named: BTreeSet<char> =
        shares.iter().flat_map(|(_, shares)| &shares.characters).map(|&(character, _)| character).collect();
    let log_sum = |of: &dyn Fn(&Shares) -> f64| -> f64 {
        shares.iter().map(|(weight, shares)| weight * of(shares).max(FLOOR).ln()).sum()
    };
    let logs: BTreeMap<char, f64> = named
        .into_iter()
        .map(|character| {
            let share = |shares: &Shares| {
                shares
                    .characters
                    .iter()
                    .filter(|&&(own, _)| own == character)
                    .map(|&(_, share)| share)
                    .sum::<f64>()
            };
            (character, log_sum(&share))
        })
        .collect();
    let (absent, other) = (log_sum(&|shares| shares.absent), log_sum(&|shares| shares.other));
    let largest = logs.values().copied().fold(absent.max(other), f64::max);
    let candidates = logs.into_iter().map(|(character, log)| (character, (log - largest).exp())).collect();
    Column::of(candidates, (absent - largest).exp(), (other - largest).exp()).expect("the largest is 1")
}

#[derive(Clone, Copy, Debug, Default)]
struct Score {
    right: usize,
    told: usize,
    told_wrong: usize,
    stated: f64,
}

impl Score {
    fn add(&mut self, truth: &str, read: &str, confidence: f32, is_told: bool) {
        self.right += usize::from(truth == read);
        if is_told && THRESHOLD <= confidence {
            self.told += 1;
            self.told_wrong += usize::from(truth != read);
            self.stated += f64::from(confidence);
        }
    }

    fn wrong_rate(&self) -> f64 {
        self.told_wrong as f64 / self.told.max(1) as f64
    }

    /// Mean confidence of what was told.
    fn stated(&self) -> f64 {
        self.stated / self.told.max(1) as f64
    }

    fn right_rate(&self) -> f64 {
        self.right as f64 / TRACKS as f64
    }
}

/// Of a single look, the mean of all, their product, and the vote.
fn scores(too_sure: f64) -> [Score; 4] {
    let mut random = Random(7);
    let mut scores = [Score::default(); 4];
    for _ in 0..TRACKS {
        let track = track(&mut random, too_sure);
        let at = (0..).map(Duration::from_secs);
        let ballots: Vec<Ballot<'_>> = at
            .zip(&track.reads)
            .map(|(at, (read, weight))| Ballot { at, weight: *weight, read, complete: 1.0 })
            .collect();
        let single = &track.reads[0].0;
        scores[0].add(&track.text, &single.text(), weakest(single), true);
        let ways = [(mean as Pool, 0.0), (product, 0.0), (mean, super::super::INDEPENDENCE)];
        for (score, (pool, independence)) in scores[1..].iter_mut().zip(ways) {
            let vote = vote_by(&ballots, APART, pool, independence).expect("reads");
            score.add(&track.text, &vote.read.text(), vote.confidence, 2 <= vote.agreeing);
        }
    }
    scores
}

#[test]
fn the_vote_is_right_more_often_than_a_look_and_no_surer_than_it_is_right() {
    for too_sure in [1.0, 2.5] {
        let scores = scores(too_sure);
        for (name, score) in ["single look", "mean", "product", "vote"].iter().zip(&scores) {
            println!(
                "too sure {too_sure}: {name} right {:.1} %, told {:.1} %, of those wrong {:.2} %, stated {:.1} %",
                100.0 * score.right_rate(),
                100.0 * score.told as f64 / TRACKS as f64,
                100.0 * score.wrong_rate(),
                100.0 * score.stated(),
            );
        }
        let [single, mean, product, vote] = scores;
        assert!(single.right_rate() + 0.1 <= vote.right_rate(), "{single:?} {vote:?}");
        assert!(product.right_rate() <= vote.right_rate() + 0.01, "{product:?} {vote:?}");
        assert!(vote.wrong_rate() < product.wrong_rate(), "{product:?} {vote:?}");
        assert!(mean.told + TRACKS / 5 <= vote.told, "the mean is sure of too few: {mean:?} {vote:?}");
        assert!(vote.stated() <= 1.0 - vote.wrong_rate(), "{vote:?}");
    }
    let [single, _, product, _] = scores(2.5);
    assert!(1.0 - product.wrong_rate() < product.stated(), "the product overstates: {product:?}");
    assert!(0.05 < single.wrong_rate(), "so that there is something to gain: {single:?}");
}
