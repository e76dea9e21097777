use std::collections::BTreeMap;

use crate::grammar::RawCharacter;

/// Less likely characters are no alternatives of a voted one.
const LEAST: f32 = 0.01;

/// Alternatives of a voted character.
const MOST: usize = 4;

/// One place of the text and what may stand in it. The probabilities of all of it add up to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The characters that any look proposed, likeliest first.
    pub candidates: Vec<(char, f32)>,
    /// That no character stands here.
    pub absent: f32,
    /// That it is something nobody proposed.
    pub other: f32,
}

impl Column {
    /// Probability of what was decided: the likeliest character, or that there is none.
    pub fn probability(&self) -> f32 {
        self.candidates.first().map_or(0.0, |&(_, probability)| probability).max(self.absent)
    }

    /// The character that was decided on, with its alternatives; `None` where there is none.
    pub fn character(&self) -> Option<RawCharacter> {
        let &(character, probability) = self.candidates.first()?;
        if probability < self.absent {
            return None;
        }
        let others = self.candidates[1..].iter().copied();
        let alternatives = others.filter(|&(_, probability)| LEAST <= probability).take(MOST).collect();
        Some(RawCharacter { character, probability, alternatives })
    }

    /// Each probability to this power, which is 1 or more, made to add up to 1 again: the order stays.
    pub(super) fn raised(&self, power: f64) -> Self {
        // Of the largest: no sum of powers comes to nothing.
        let largest =
            self.candidates.first().map_or(0.0, |&(_, first)| first).max(self.absent).max(self.other);
        if largest <= 0.0 {
            return self.clone();
        }
        let raised = |probability: f32| f64::from(probability / largest).powf(power);
        let sum: f64 = self.candidates.iter().map(|&(_, probability)| raised(probability)).sum::<f64>()
            + raised(self.absent)
            + raised(self.other);
        let share = |probability: f32| (raised(probability) / sum) as f32;
        Self {
            candidates: self.candidates.iter().map(|&(character, own)| (character, share(own))).collect(),
            absent: share(self.absent),
            other: share(self.other),
        }
    }

    /// From weights in the order of the characters; `None` where all of them are 0.
    pub(super) fn of(candidates: BTreeMap<char, f64>, absent: f64, other: f64) -> Option<Self> {
        let sum = candidates.values().sum::<f64>() + absent + other;
        if sum <= 0.0 {
            return None;
        }
        let share = |weight: f64| (weight / sum) as f32;
        let mut candidates: Vec<(char, f32)> =
            candidates.into_iter().map(|(character, weight)| (character, share(weight))).collect();
        // Stable: of equals the first in the order of characters.
        candidates.sort_by(|a, b| b.1.total_cmp(&a.1));
        Some(Self { candidates, absent: share(absent), other: share(other) })
    }
}

/// What a look says of one column.
#[derive(Clone, Copy, Debug)]
pub(super) enum Said<'a> {
    Character(&'a RawCharacter),
    /// That nothing stands here, with the probability of its weakest character: who doubts what he read is no surer of
    /// what he did not.
    Nothing(f32),
    /// It looked at another plate.
    Another,
}

/// Probabilities of characters, of none and of anything else, of one look. They add up to 1.
pub(super) struct Shares {
    pub(super) characters: Vec<(char, f64)>,
    pub(super) absent: f64,
    pub(super) other: f64,
}

impl Shares {
    pub(super) fn of(said: &Said<'_>) -> Self {
        match *said {
            Said::Character(read) => {
                let all = std::iter::once((read.character, read.probability))
                    .chain(read.alternatives.iter().copied());
                // What is no probability counts as nothing known.
                let sound = |&(_, probability): &(char, f32)| (0.0..=1.0).contains(&probability);
                let characters: Vec<(char, f64)> = all
                    .filter(sound)
                    .map(|(character, probability)| (character, f64::from(probability)))
                    .collect();
                let sum: f64 = characters.iter().map(|&(_, probability)| probability).sum();
                let scale = if 1.0 < sum { 1.0 / sum } else { 1.0 };
                let characters = characters
                    .into_iter()
                    .map(|(character, probability)| (character, probability * scale))
                    .collect();
                Self { characters, absent: 0.0, other: (1.0 - sum).max(0.0) }
            }
            Said::Nothing(certainty) => {
                let absent = f64::from(certainty).clamp(0.0, 1.0);
                Self { characters: Vec::new(), absent, other: 1.0 - absent }
            }
            Said::Another => Self { characters: Vec::new(), absent: 0.0, other: 1.0 },
        }
    }
}

/// The weighted mean of what was said; weights are positive, at least one of them.
pub(super) fn mean(said: &[(f64, Said<'_>)]) -> Column {
    let (mut candidates, mut absent, mut other) = (BTreeMap::new(), 0.0, 0.0);
    for (weight, said) in said {
        let shares = Shares::of(said);
        for (character, share) in shares.characters {
            *candidates.entry(character).or_insert(0.0) += weight * share;
        }
        absent += weight * shares.absent;
        other += weight * shares.other;
    }
    Column::of(candidates, absent, other).unwrap_or(Column {
        candidates: Vec::new(),
        absent: 0.0,
        other: 1.0,
    })
}
