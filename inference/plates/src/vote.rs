//! One text from several looks at one plate, by a weighted vote on each character.
//!
//! ```text
//! reads ──set median──▶ the read that is nearest to all ──align──▶ columns ──sum of probabilities──▶ posterior each
//! ```
//!
//! The scheme is ROVER's (J. G. Fiscus, "A post-processing system to yield reduced word error rates: Recognizer Output
//! Voting Error Reduction", ASRU 1997) on characters: every read is aligned with one of them by least edits, and each
//! column is voted on. That one is the set median (T. Kohonen, "Median strings", Pattern Recognition Letters 3, 1985), so
//! that a single odd read cannot be what the others are held against.
//!
//! A column's posterior is the weighted mean of the looks' probabilities (the sum rule of J. Kittler and others, "On
//! combining classifiers", IEEE PAMI 20, 1998) and not their product: looks at one plate err together, and readers are
//! sure of wrong characters, so that a product makes one sure mistake final and many equal ones certain. The mean alone
//! would be no surer of eight looks that agree than of one; so it is raised to a power that grows with the weight of the
//! looks beside the heaviest, as if [`INDEPENDENCE`] of it were of looks that err on their own. The test `simulation`
//! compares the three.

mod align;
mod column;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::grammar::{RawCharacter, RawRead};

pub use self::column::Column;
use self::column::Said;

/// How much of what a further look says is its own: 0 would make it worth nothing, 1 as much as a look at another picture of
/// the plate.
///
/// Chosen on the made-up reader of the test `simulation`: of those tried (0, 0.3, 0.5, 0.7, 1) the largest whose stated
/// confidence is no more than the share that is right.
const INDEPENDENCE: f64 = 0.5;

/// What one look says.
#[derive(Clone, Copy, Debug)]
pub struct Ballot<'a> {
    /// When its frame was taken, in the camera's time.
    pub at: Duration,
    /// How much it counts: [`crate::Measures::weight`]. One without a positive, finite weight has no say.
    pub weight: f32,
    /// What was read; one without characters has no say.
    pub read: &'a RawRead,
    /// Probability that no character was overlooked: [`crate::Reading::complete`].
    pub complete: f32,
}

/// What a vote came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Vote {
    /// The characters with their posteriors, and the lines and colours that most of the weight saw. Uncorrected.
    pub read: RawRead,
    /// Posterior of the weakest decision: of a character, of there being none where a look had one, or that none was
    /// overlooked. In `[0, 1]`.
    pub confidence: f32,
    /// Looks that read this very text, of frames at least so far apart as was asked for; a picture that came twice counts
    /// once.
    pub agreeing: u32,
    /// In the order of reading, those in which no character was found among them.
    pub columns: Vec<Column>,
    /// That there is nothing beside these columns.
    pub complete: Column,
}

/// Votes on `ballots`; agreeing ones count beside each other when their frames are `apart` or more.
///
/// The order of `ballots` changes nothing, nor does one that is there twice, whatever its time. `None` where no ballot has
/// a say, or most of the weight saw nothing in every column.
pub fn vote(ballots: &[Ballot<'_>], apart: Duration) -> Option<Vote> {
    vote_by(ballots, apart, column::mean, INDEPENDENCE)
}

/// What looks of these weights come to in one column.
type Pool = fn(&[(f64, Said<'_>)]) -> Column;

fn vote_by(ballots: &[Ballot<'_>], apart: Duration, pool: Pool, independence: f64) -> Option<Vote> {
    let ballots = in_order(ballots);
    let median = median(&ballots)?;
    let base = &ballots[median].read.characters;
    let (kin, strays): (Vec<&Ballot<'_>>, Vec<&Ballot<'_>>) =
        ballots.iter().partition(|ballot| align::is_same_plate(base, &ballot.read.characters));
    // A stray is of another plate: it doubts every character and proposes none.
    let astray: f64 = strays.iter().map(|ballot| f64::from(ballot.weight)).sum();
    let places: Vec<_> = kin.iter().map(|ballot| align::places(base, &ballot.read.characters)).collect();
    let mut keys: BTreeMap<align::Place, Vec<(f64, Said<'_>)>> = BTreeMap::new();
    for places in &places {
        for &place in places.keys() {
            keys.entry(place).or_default();
        }
    }
    for (&place, said) in &mut keys {
        for (ballot, places) in kin.iter().zip(&places) {
            let character = places.get(&place).map(|&index| &ballot.read.characters[index]);
            let here = character.map_or_else(|| Said::Nothing(weakest(ballot.read)), Said::Character);
            said.push((f64::from(ballot.weight), here));
        }
        said.push((astray, Said::Another));
    }
    let weights = || kin.iter().map(|ballot| f64::from(ballot.weight));
    let further = weights().sum::<f64>() - weights().fold(0.0, f64::max);
    let power = 1.0 + independence * further;
    let columns: Vec<Column> = keys.values().map(|said| pool(said).raised(power)).collect();
    let nothing_more = |ballot: &&Ballot<'_>| (f64::from(ballot.weight), Said::Nothing(ballot.complete));
    let mut said: Vec<_> = kin.iter().map(nothing_more).collect();
    said.push((astray, Said::Another));
    let complete = pool(&said).raised(power);
    let characters: Vec<RawCharacter> = columns.iter().filter_map(Column::character).collect();
    if characters.is_empty() {
        return None;
    }
    let confidence = columns.iter().map(Column::probability).fold(complete.absent, f32::min);
    let lines = most(&kin, |read| read.lines);
    let colours = most(&kin, |read| read.colours);
    let read = RawRead { characters, lines, colours };
    let agreeing = agreeing(&kin, &read.text(), apart);
    Some(Vote { read, confidence, agreeing, columns, complete })
}

/// The ballots that have a say, each once, in an order that depends on nothing but themselves.
fn in_order<'a>(ballots: &[Ballot<'a>]) -> Vec<Ballot<'a>> {
    let has_say = |ballot: &&Ballot<'_>| {
        0.0 < ballot.weight && ballot.weight.is_finite() && !ballot.read.characters.is_empty()
    };
    let mut ordered: Vec<Ballot<'a>> = ballots.iter().filter(has_say).copied().collect();
    ordered.sort_by(|a, b| compare(a, b).then(a.at.cmp(&b.at)));
    // Equal to the last digit of every probability: the same picture, sent twice.
    ordered.dedup_by(|a, b| compare(a, b).is_eq());
    ordered
}

/// Heavier first, then by all that was read.
fn compare(a: &Ballot<'_>, b: &Ballot<'_>) -> Ordering {
    let by_character = |a: &RawCharacter, b: &RawCharacter| {
        let alternatives = |(a, p): &(char, f32), (b, q): &(char, f32)| a.cmp(b).then(p.total_cmp(q));
        (a.character.cmp(&b.character)).then(a.probability.total_cmp(&b.probability)).then(compare_all(
            &a.alternatives,
            &b.alternatives,
            alternatives,
        ))
    };
    b.weight
        .total_cmp(&a.weight)
        .then(a.complete.total_cmp(&b.complete))
        .then(compare_all(&a.read.characters, &b.read.characters, by_character))
        .then((a.read.lines, a.read.colours).cmp(&(b.read.lines, b.read.colours)))
}

fn compare_all<T>(a: &[T], b: &[T], compare: impl Fn(&T, &T) -> Ordering) -> Ordering {
    let first = a.iter().zip(b).map(|(a, b)| compare(a, b)).find(|order| order.is_ne());
    first.unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// The ballot whose read is nearest to all, by weight; the first of equals.
fn median(ballots: &[Ballot<'_>]) -> Option<usize> {
    let support = |own: &Ballot<'_>| -> f64 {
        let likeness = |other: &Ballot<'_>| {
            f64::from(other.weight) * align::likeness(&own.read.characters, &other.read.characters)
        };
        ballots.iter().map(likeness).sum()
    };
    let supports: Vec<f64> = ballots.iter().map(support).collect();
    (0..ballots.len()).reduce(|best, own| if supports[best] < supports[own] { own } else { best })
}

fn weakest(read: &RawRead) -> f32 {
    read.characters.iter().map(|character| character.probability).fold(1.0, f32::min)
}

/// What most of the weight saw; `None` where nobody saw any, and between equals.
fn most<T: Ord + Copy>(ballots: &[&Ballot<'_>], seen: impl Fn(&RawRead) -> Option<T>) -> Option<T> {
    let mut weights: BTreeMap<T, f64> = BTreeMap::new();
    for ballot in ballots {
        if let Some(seen) = seen(ballot.read) {
            *weights.entry(seen).or_default() += f64::from(ballot.weight);
        }
    }
    let largest = weights.values().copied().fold(0.0, f64::max);
    let mut most = weights.iter().filter(|&(_, &weight)| weight == largest);
    match (most.next(), most.next()) {
        (Some((&seen, _)), None) => Some(seen),
        _ => None,
    }
}

/// How many ballots with `text` there are whose frames are `apart` or more from each other.
fn agreeing(ballots: &[&Ballot<'_>], text: &str, apart: Duration) -> u32 {
    let mut times: Vec<Duration> =
        ballots.iter().filter(|ballot| ballot.read.text() == text).map(|ballot| ballot.at).collect();
    times.sort_unstable();
    let mut last: Option<Duration> = None;
    let mut count = 0;
    for at in times {
        if last.is_none_or(|last| apart <= at - last) {
            last = Some(at);
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests;
