//! Plate scores: a plate is right only if every character is.
//!
//! Texts are compared by their letters and digits, in upper case: separators and spaces are no part of a number. What is
//! kept of a plate holds no text, because a plate is personal data; for the same reason no confused characters are kept:
//! those of a reading that is wrong throughout spell the plate.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::interval::{Interval, wilson};
use crate::BoxPx;

/// From this intersection over union on, a box has found its plate (CCPD's limit).
pub const LOCATED_IOU: f64 = 0.7;

/// Stands in a true text for a character nobody can read.
const UNREADABLE: char = '?';

/// One true plate.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct PlateTruth {
    /// What it says; `?` for a character that cannot be read, which any one character matches.
    pub text: String,
    /// ISO 3166-1 alpha-2 code.
    pub country: String,
    /// Lines of characters, 1 or 2.
    pub lines: u8,
    /// Where it is in the frame; `None` when nobody is asked to find it, as on a crop.
    pub bbox: Option<BoxPx>,
}

/// What a reader says of one plate.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// A text.
    Read {
        /// As the reader writes it.
        text: String,
        /// In `[0, 1]`.
        confidence: f64,
    },
    /// No text.
    Rejected {
        /// Why, one of few words: it becomes a key.
        reason: String,
    },
}

/// What the scores need of one plate: figures, no text.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct PlateOutcome {
    /// The true plate's.
    pub country: String,
    /// The true plate's.
    pub lines: u8,
    /// Readable characters of the true plate.
    pub characters: u32,
    /// Of these, how many are right: `characters` less the edits that turn the reading into the truth, not below 0. None
    /// of a rejected plate.
    pub characters_right: u32,
    /// Whether every character is right.
    pub exact: bool,
    /// Whether there is a reading at all.
    pub read: bool,
    /// The reader's confidence in it.
    pub confidence: Option<f64>,
    /// Why there is none.
    pub reason: Option<String>,
    /// Whether the plate was found with an IoU of at least [`LOCATED_IOU`]; `None` when the truth has no box.
    pub located: Option<bool>,
}

/// Scores over plates. Shares are fractions, `None` where there is no plate of the kind.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct PlateScores {
    /// Number of plates.
    pub n: u64,
    /// Share with a reading.
    pub read: Option<f64>,
    /// Share with every character right.
    pub exact: Option<f64>,
    /// The same of those with a reading.
    pub exact_of_read: Option<f64>,
    /// Share of readable characters that are right, over all plates; those of a rejected plate are wrong.
    pub characters: Option<f64>,
    /// `exact` of plates with one line.
    pub exact_one_line: Option<f64>,
    /// `exact` of plates with two lines.
    pub exact_two_line: Option<f64>,
    /// By country code.
    pub by_country: BTreeMap<String, CountryScores>,
    /// Share without a reading.
    pub rejected: Option<f64>,
    /// Number without a reading, by reason.
    pub rejected_by: BTreeMap<String, u64>,
    /// Share found, of plates whose place is known.
    pub located: Option<f64>,
    /// Wilson's, by the key of the share (`exact`, `by_country.VN.exact`). `characters` has none: those of one plate are
    /// right and wrong together, which a plain interval would not know. Empty when plates are weighed.
    pub intervals: BTreeMap<String, Interval>,
}

/// Scores of one country's plates.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
pub struct CountryScores {
    /// Number of plates.
    pub n: u64,
    /// Share with every character right.
    pub exact: f64,
}

/// Compares one plate with its reading, and with the box it was found at (`None`: not found).
pub fn match_plate(truth: &PlateTruth, reading: &Reading, located: Option<BoxPx>) -> PlateOutcome {
    let expected = normalised(&truth.text);
    let characters = expected.iter().filter(|character| **character != UNREADABLE).count();
    let mut outcome = PlateOutcome {
        country: truth.country.clone(),
        lines: truth.lines,
        characters: characters as u32,
        characters_right: 0,
        exact: false,
        read: false,
        confidence: None,
        reason: None,
        located: truth.bbox.map(|bbox| located.is_some_and(|found| LOCATED_IOU <= bbox.iou(&found))),
    };
    match reading {
        Reading::Read { text, confidence } => {
            let edits = edit_distance(&expected, &normalised(text));
            outcome.characters_right = characters.saturating_sub(edits) as u32;
            outcome.exact = edits == 0;
            outcome.read = true;
            outcome.confidence = Some(*confidence);
        }
        Reading::Rejected { reason } => outcome.reason = Some(reason.clone()),
    }
    outcome
}

/// Sums plates up; with `weights`, each counts as often as its weight says (a draw of a bootstrap).
///
/// # Panics
/// When there are weights, but not one for each plate.
pub fn score(plates: &[&PlateOutcome], weights: Option<&[u32]>) -> PlateScores {
    assert!(weights.is_none_or(|weights| weights.len() == plates.len()), "one weight for each plate");
    let mut sums = Sums::default();
    for (i, plate) in plates.iter().enumerate() {
        let weight = weights.map_or(1, |weights| u64::from(weights[i]));
        // A plate that was not drawn leaves no country and no reason behind.
        if 0 < weight {
            sums.add(plate, weight);
        }
    }
    sums.scores(weights.is_none())
}

/// How many of how many.
#[derive(Clone, Copy, Default)]
struct Share {
    yes: u64,
    of: u64,
}

impl Share {
    fn add(&mut self, yes: bool, weight: u64) {
        self.yes += if yes { weight } else { 0 };
        self.of += weight;
    }

    fn value(self) -> Option<f64> {
        (0 < self.of).then(|| self.yes as f64 / self.of as f64)
    }
}

#[derive(Default)]
struct Sums {
    read: Share,
    exact: Share,
    exact_of_read: Share,
    characters: Share,
    one_line: Share,
    two_line: Share,
    located: Share,
    by_country: BTreeMap<String, Share>,
    rejected_by: BTreeMap<String, u64>,
}

impl Sums {
    fn add(&mut self, plate: &PlateOutcome, weight: u64) {
        self.read.add(plate.read, weight);
        self.exact.add(plate.exact, weight);
        self.characters.yes += weight * u64::from(plate.characters_right);
        self.characters.of += weight * u64::from(plate.characters);
        if plate.read {
            self.exact_of_read.add(plate.exact, weight);
        }
        match plate.lines {
            1 => self.one_line.add(plate.exact, weight),
            2 => self.two_line.add(plate.exact, weight),
            _ => {}
        }
        if let Some(located) = plate.located {
            self.located.add(located, weight);
        }
        self.by_country.entry(plate.country.clone()).or_default().add(plate.exact, weight);
        if let Some(reason) = &plate.reason {
            *self.rejected_by.entry(reason.clone()).or_default() += weight;
        }
    }

    fn scores(self, with_intervals: bool) -> PlateScores {
        let rejected = Share { yes: self.read.of - self.read.yes, of: self.read.of };
        let mut shares: Vec<(String, Share)> = [
            ("read", self.read),
            ("exact", self.exact),
            ("exact_of_read", self.exact_of_read),
            ("exact_one_line", self.one_line),
            ("exact_two_line", self.two_line),
            ("rejected", rejected),
            ("located", self.located),
        ]
        .map(|(key, share)| (key.to_owned(), share))
        .into();
        shares
            .extend(self.by_country.iter().map(|(code, share)| (format!("by_country.{code}.exact"), *share)));
        let intervals =
            shares.into_iter().filter_map(|(key, share)| Some((key, wilson(share.yes, share.of)?)));
        PlateScores {
            n: self.exact.of,
            read: self.read.value(),
            exact: self.exact.value(),
            exact_of_read: self.exact_of_read.value(),
            characters: self.characters.value(),
            exact_one_line: self.one_line.value(),
            exact_two_line: self.two_line.value(),
            rejected: rejected.value(),
            rejected_by: self.rejected_by,
            located: self.located.value(),
            intervals: if with_intervals { intervals.collect() } else { BTreeMap::new() },
            by_country: self
                .by_country
                .into_iter()
                .filter_map(|(code, share)| {
                    Some((code, CountryScores { n: share.of, exact: share.value()? }))
                })
                .collect(),
        }
    }
}

/// Letters and digits in upper case, and `?`.
fn normalised(text: &str) -> Vec<char> {
    text.chars()
        .filter(|character| character.is_alphanumeric() || *character == UNREADABLE)
        .flat_map(char::to_uppercase)
        .collect()
}

/// Insertions, deletions and substitutions that turn `read` into `expected` (V. I. Levenshtein, 1966); an unreadable
/// character of `expected` is whatever stands in its place.
fn edit_distance(expected: &[char], read: &[char]) -> usize {
    // One row of the table: the distance of the characters of `expected` so far from each beginning of `read`.
    let mut row: Vec<usize> = (0..=read.len()).collect();
    for (i, wanted) in expected.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, got) in read.iter().enumerate() {
            let substituted = diagonal + usize::from(*wanted != UNREADABLE && wanted != got);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[read.len()]
}

#[cfg(test)]
mod tests;
