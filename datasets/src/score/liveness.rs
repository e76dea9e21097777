//! Liveness scores: presentation attack detection after ISO/IEC 30107-3.
//!
//! A presentation passes for bona fide when its score is at or above the threshold. Error rates are shares of the
//! presentations that got a response; those that got none are counted in the non-response rates instead. ACER, the mean
//! of the two error rates, was withdrawn from the standard and is left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::interval::{Interval, rule_of_three, wilson};

/// The attack error rates at which BPCER is given, with their keys (the standard's BPCER10, BPCER20 and BPCER100).
pub const APCER_LEVELS: [(&str, f64); 3] = [("1e-1", 0.1), ("5e-2", 0.05), ("1e-2", 0.01)];

/// What a detector says of one presentation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Response {
    /// Higher for more alive.
    Score(f64),
    /// Nothing.
    Missing,
}

/// What the scores need of one presentation.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct PresentationOutcome {
    /// Species of the attack instrument (`print`, `replay`); `None` for a bona fide presentation.
    pub species: Option<String>,
    /// Higher for more alive; `None` when there was no response.
    pub score: Option<f64>,
}

/// Scores over presentations. Rates are fractions, `None` or absent where there is no presentation of the kind; keys of
/// the `_at` maps are those of [`APCER_LEVELS`].
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct LivenessScores {
    /// Attack presentations.
    pub attacks: u64,
    /// Bona fide presentations.
    pub bona_fide: u64,
    /// Where `apcer` and `bpcer` are taken.
    pub threshold: f64,
    /// By species, share of attacks that pass.
    pub apcer: BTreeMap<String, f64>,
    /// The highest of them.
    pub apcer_worst: Option<f64>,
    /// The species it is of; the first by name of those that are equally bad.
    pub worst_species: Option<String>,
    /// Share of bona fide presentations that do not pass.
    pub bpcer: Option<f64>,
    /// By species, share of attacks without a response.
    pub apnrr: BTreeMap<String, f64>,
    /// Share of bona fide presentations without a response.
    pub bpnrr: Option<f64>,
    /// BPCER at the lowest threshold that keeps every species' APCER at or below the key.
    pub bpcer_at: BTreeMap<String, f64>,
    /// That threshold: the next number above the highest attack score that it must refuse.
    pub threshold_at: BTreeMap<String, f64>,
    /// For each of the keys that a species has too few attacks to prove, the smallest APCER that they can, by the rule
    /// of three.
    pub unproved: BTreeMap<String, f64>,
    /// Wilson's, by the key of the rate (`bpcer`, `apcer.print`, `bpcer_at.1e-2`). `apcer_worst` has that of its species,
    /// which does not allow for its having been picked as the worst. Empty when presentations are weighed.
    pub intervals: BTreeMap<String, Interval>,
}

/// Keeps one presentation: of an attack `species`, or bona fide. A score that is no number is a missing response.
pub fn match_presentation(species: Option<&str>, response: Response) -> PresentationOutcome {
    let score = match response {
        Response::Score(score) => Some(score).filter(|score| score.is_finite()),
        Response::Missing => None,
    };
    PresentationOutcome { species: species.map(str::to_owned), score }
}

/// Sums presentations up at `threshold`; with `weights`, each counts as often as its weight says (a draw of a
/// bootstrap).
///
/// # Panics
/// When there are weights, but not one for each presentation.
pub fn score(
    presentations: &[&PresentationOutcome],
    threshold: f64,
    weights: Option<&[u32]>,
) -> LivenessScores {
    assert!(weights.is_none_or(|weights| weights.len() == presentations.len()), "one weight for each");
    let mut bona_fide = Group::default();
    let mut species: BTreeMap<String, Group> = BTreeMap::new();
    for (i, presentation) in presentations.iter().enumerate() {
        let weight = weights.map_or(1, |weights| u64::from(weights[i]));
        if weight == 0 {
            continue;
        }
        match &presentation.species {
            None => bona_fide.add(presentation.score, weight),
            Some(name) => species.entry(name.clone()).or_default().add(presentation.score, weight),
        }
    }
    bona_fide.sort();
    species.values_mut().for_each(Group::sort);

    let mut rates = Rates { with_intervals: weights.is_none(), intervals: BTreeMap::new() };
    let mut scores = LivenessScores {
        attacks: species.values().map(|group| group.presented).sum(),
        bona_fide: bona_fide.presented,
        threshold,
        bpcer: rates.of(
            "bpcer".to_owned(),
            bona_fide.responded() - bona_fide.passing(threshold),
            bona_fide.responded(),
        ),
        bpnrr: rates.of("bpnrr".to_owned(), bona_fide.missing(), bona_fide.presented),
        ..LivenessScores::default()
    };
    for (name, group) in &species {
        let passing = group.passing(threshold);
        if let Some(apcer) = rates.of(format!("apcer.{name}"), passing, group.responded()) {
            scores.apcer.insert(name.clone(), apcer);
            if scores.apcer_worst.is_none_or(|worst| worst < apcer) {
                scores.apcer_worst = rates.of("apcer_worst".to_owned(), passing, group.responded());
                scores.worst_species = Some(name.clone());
            }
        }
        if let Some(apnrr) = rates.of(format!("apnrr.{name}"), group.missing(), group.presented) {
            scores.apnrr.insert(name.clone(), apnrr);
        }
    }
    let fewest = species.values().map(Group::responded).filter(|attacks| 0 < *attacks).min();
    if let Some(bound) = fewest.and_then(rule_of_three) {
        for (key, apcer) in APCER_LEVELS {
            let lowest = species.values().filter_map(|group| group.lowest_threshold(apcer));
            let threshold = lowest.fold(f64::NEG_INFINITY, f64::max);
            scores.threshold_at.insert(key.to_owned(), threshold);
            let refused = bona_fide.responded() - bona_fide.passing(threshold);
            if let Some(bpcer) = rates.of(format!("bpcer_at.{key}"), refused, bona_fide.responded()) {
                scores.bpcer_at.insert(key.to_owned(), bpcer);
            }
            if apcer < bound {
                scores.unproved.insert(key.to_owned(), bound);
            }
        }
    }
    scores.intervals = rates.intervals;
    scores
}

/// Presentations of one kind.
#[derive(Default)]
struct Group {
    presented: u64,
    /// Scores with their weights, highest first once sorted.
    scores: Vec<(f64, u64)>,
}

impl Group {
    fn add(&mut self, score: Option<f64>, weight: u64) {
        self.presented += weight;
        self.scores.extend(score.map(|score| (score, weight)));
    }

    fn sort(&mut self) {
        self.scores.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    }

    fn responded(&self) -> u64 {
        self.scores.iter().map(|(_, weight)| weight).sum()
    }

    fn missing(&self) -> u64 {
        self.presented - self.responded()
    }

    fn passing(&self, threshold: f64) -> u64 {
        self.scores.iter().take_while(|(score, _)| threshold <= *score).map(|(_, weight)| weight).sum()
    }

    /// The lowest threshold that at most a share of `rate`, below 1, passes; `None` without responses.
    fn lowest_threshold(&self, rate: f64) -> Option<f64> {
        let all = self.responded();
        let mut passing = 0;
        // One of equal scores too many rules out the score, and with it those before it.
        let first_refused = self.scores.iter().find(|(_, weight)| {
            passing += weight;
            rate < passing as f64 / all as f64
        });
        first_refused.map(|(score, _)| score.next_up())
    }
}

/// Makes rates, and keeps their intervals.
struct Rates {
    with_intervals: bool,
    intervals: BTreeMap<String, Interval>,
}

impl Rates {
    fn of(&mut self, key: String, count: u64, of: u64) -> Option<f64> {
        let interval = wilson(count, of)?;
        if self.with_intervals {
            self.intervals.insert(key, interval);
        }
        Some(count as f64 / of as f64)
    }
}

#[cfg(test)]
mod tests;
