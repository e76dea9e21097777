//! Search by a read: the entry itself, else what it may have been mistaken for.
//!
//! At most two characters are exchanged, so a search looks a few thousand texts up at worst, however long the list is.

use super::normal::{Typed, typed};
use super::{Entry, PlateList};
use crate::grammar::{Correction, LOOK_ALIKES, MOST_CORRECTIONS, RawCharacter, RawRead};

/// Characters exchanged in one match at most, as in a grammar's correction.
pub const MOST_SUBSTITUTIONS: usize = MOST_CORRECTIONS;

/// Distance of a match at most: two look-alikes whose outlines coincide, of a reader without doubts.
pub const MOST_DISTANCE: f32 = 2.0;

/// A character that the reader itself thought of, with at least this probability, may have been the one.
pub const LEAST_ALTERNATIVE: f32 = 0.05;

/// Cost of taking a character for one that the reader thought of and that is no look-alike of it.
pub const OTHER_COST: f32 = 2.0;

/// Matches told at most, the nearest ones.
pub const MOST_HITS: usize = 8;

/// Characters of a read at most: more are no plate.
const LONGEST_READ: usize = 16;

/// Alternatives of a character that are looked at, the likeliest ones.
const MOST_ALTERNATIVES: usize = 4;

/// An entry that a read matches.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// Sum of the substitutions' costs; 0 for an exact match.
    pub distance: f32,
    /// What the read has and the entry has instead, in the order of reading; empty for an exact match. Places are those
    /// of the raw read, separators counted.
    pub substitutions: Vec<Correction>,
}

impl Hit<'_> {
    /// Whether the entry is what was read, letter for letter.
    pub fn exact(&self) -> bool {
        self.substitutions.is_empty()
    }
}

impl PlateList {
    /// The entries that `read` may be, of those valid at `unix_s`: exact ones alone where there are any, else those within
    /// [`MOST_DISTANCE`], nearest first, then in the table's order; [`MOST_HITS`] at most.
    ///
    /// A character costs its pair's cost in [`LOOK_ALIKES`], or [`OTHER_COST`] where the reader itself thought of the other
    /// one, times the probability of what was read and one minus that of the other, where the reader told them.
    pub fn find(&self, read: &RawRead, unix_s: i64) -> Vec<Hit<'_>> {
        let places = places(read);
        let mut search = Search {
            list: self,
            unix_s,
            text: places.iter().map(|place| place.character).collect(),
            found: Vec::new(),
        };
        if search.text.is_empty() || LONGEST_READ < search.text.len() {
            return Vec::new();
        }
        search.look(&[]);
        if search.found.is_empty() {
            search.near(&places);
        }
        let mut found = search.found;
        found.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        found.truncate(MOST_HITS);
        let hit = |(index, distance, substitutions): Found| Hit {
            entry: &self.entries[index as usize],
            distance,
            substitutions,
        };
        found.into_iter().map(hit).collect()
    }
}

/// A letter or digit of the read.
struct Place {
    character: char,
    /// What it may have been instead.
    others: Vec<Correction>,
}

fn places(read: &RawRead) -> Vec<Place> {
    let characters = read.characters.iter().enumerate();
    characters
        .filter_map(|(place, read)| match typed(read.character) {
            Typed::Character(character) => Some(Place { character, others: others(place, character, read) }),
            Typed::Separator | Typed::Stranger => None,
        })
        .collect()
}

/// What `read`, which is `character` in one spelling, may have been instead; each character once.
fn others(place: usize, character: char, read: &RawCharacter) -> Vec<Correction> {
    let correction = |to: char, cost: f32| {
        let cost = cost * read.resistance(to);
        Correction { place, from: read.character, to, cost }
    };
    let look_alikes = LOOK_ALIKES.iter().filter_map(|pair| match character {
        c if c == pair.digit => Some(correction(pair.letter, pair.cost)),
        c if c == pair.letter => Some(correction(pair.digit, pair.cost)),
        _ => None,
    });
    let mut others: Vec<Correction> = look_alikes.collect();
    let mut doubts: Vec<(char, f32)> = read
        .alternatives
        .iter()
        .filter(|(_, probability)| (LEAST_ALTERNATIVE..=1.0).contains(probability))
        .filter_map(|&(other, probability)| match typed(other) {
            Typed::Character(other) => Some((other, probability)),
            Typed::Separator | Typed::Stranger => None,
        })
        .collect();
    doubts.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    for (other, _) in doubts.into_iter().take(MOST_ALTERNATIVES) {
        if other != character && !others.iter().any(|known| known.to == other) {
            others.push(correction(other, OTHER_COST));
        }
    }
    others
}

/// Index of an entry, distance, substitutions.
type Found = (u32, f32, Vec<Correction>);

struct Search<'l> {
    list: &'l PlateList,
    unix_s: i64,
    /// What is looked up next.
    text: Vec<char>,
    found: Vec<Found>,
}

impl Search<'_> {
    /// Every text that is one or two substitutions away.
    fn near(&mut self, places: &[Place]) {
        for (i, first) in places.iter().enumerate() {
            for one in &first.others {
                self.text[i] = one.to;
                self.look(std::slice::from_ref(one));
                for (j, second) in places.iter().enumerate().skip(i + 1) {
                    for two in second.others.iter().filter(|two| one.cost + two.cost <= MOST_DISTANCE) {
                        self.text[j] = two.to;
                        self.look(&[*one, *two]);
                    }
                    self.text[j] = second.character;
                }
            }
            self.text[i] = first.character;
        }
    }

    /// Notes the entries of the text, each by its cheapest way.
    fn look(&mut self, substitutions: &[Correction]) {
        let distance = substitutions.iter().fold(0.0, |sum, substitution| sum + substitution.cost);
        if MOST_DISTANCE < distance {
            return;
        }
        let Some(indices) = self.list.by_text.get(self.text.as_slice()) else { return };
        for &index in indices {
            if !self.list.entries[index as usize].valid.holds(self.unix_s) {
                continue;
            }
            match self.found.iter_mut().find(|known| known.0 == index) {
                Some(known) if distance < known.1 => *known = (index, distance, substitutions.to_vec()),
                Some(_) => {}
                None => self.found.push((index, distance, substitutions.to_vec())),
            }
        }
    }
}
