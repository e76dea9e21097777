//! Depth-first search for the words of a syntax in a read, with a budget of corrections.

use super::confusion::{self, MOST_CORRECTIONS};
use super::form::Order;
use super::{Country, Lines, RawCharacter, RawRead, Syntax};

/// One thing that a read may be.
#[derive(Clone, Debug)]
pub struct Match<'g> {
    /// Whose syntax fits.
    pub syntax: &'g Syntax,
    /// As read, untouched.
    pub raw: String,
    /// Normalised: without separators, corrected, in the order of the syntax's first form.
    pub text: String,
    /// What was taken for another character, in the order of reading; empty for an exact match.
    pub corrections: Vec<Correction>,
    /// Sum of the corrections' costs; 0 for an exact match.
    pub cost: f32,
    /// How many of the lines and colours that were seen the syntax does not have, 0 to 2.
    pub contradictions: u8,
    /// A word for each of the syntax's elements.
    words: Vec<usize>,
}

/// A character that was taken for its look-alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correction {
    /// Index of the character in the raw read, from 0, separators counted.
    pub place: usize,
    /// As read.
    pub from: char,
    /// As the syntax needs it.
    pub to: char,
    /// The pair's cost, less where the reader doubted.
    pub cost: f32,
}

impl Match<'_> {
    /// Whether nothing was corrected.
    pub fn exact(&self) -> bool {
        self.corrections.is_empty()
    }

    /// As printed in so many lines, separators included; `None` where no such plate is.
    pub fn display(&self, lines: Lines) -> Option<Vec<String>> {
        let form = self.syntax.forms.iter().find(|form| form.lines() == lines)?;
        Some(form.print(&self.syntax.elements, &self.words))
    }
}

pub(super) fn parse<'g>(countries: &'g [Country], read: &RawRead) -> Vec<Match<'g>> {
    let mut matches = with_budget(countries, read, 0);
    if matches.is_empty() {
        matches = with_budget(countries, read, MOST_CORRECTIONS);
    }
    // The sort is stable, so the files' order decides last.
    matches.sort_by(|a, b| {
        a.contradictions
            .cmp(&b.contradictions)
            .then(a.cost.total_cmp(&b.cost))
            .then(b.syntax.confirmed.cmp(&a.syntax.confirmed))
    });
    matches
}

fn with_budget<'g>(countries: &'g [Country], read: &RawRead, budget: usize) -> Vec<Match<'g>> {
    let mut matches = Vec::new();
    for country in countries {
        let Some(places) = places(read, &country.separators) else { continue };
        // What is not sure to exist is no ground for changing what was read.
        for syntax in country.syntaxes.iter().filter(|syntax| syntax.confirmed || budget == 0) {
            for found in found(syntax, &places, budget) {
                matches.push(found.into_match(syntax, read));
            }
        }
    }
    matches
}

/// A character of the read that is no separator.
struct Place<'a> {
    index: usize,
    read: &'a RawCharacter,
    /// A separator stands before it.
    gap: bool,
}

/// The characters of `read` without single separators between two of them; `None` where separators stand otherwise.
fn places<'a>(read: &'a RawRead, separators: &[char]) -> Option<Vec<Place<'a>>> {
    let mut places = Vec::new();
    let mut gap = false;
    for (index, read) in read.characters.iter().enumerate() {
        if separators.contains(&read.character) {
            if gap || places.is_empty() {
                return None;
            }
            gap = true;
        } else {
            places.push(Place { index, read, gap });
            gap = false;
        }
    }
    (!gap).then_some(places)
}

/// Everything that `syntax` makes of `places`, each text once, the cheapest way to it.
fn found(syntax: &Syntax, places: &[Place<'_>], budget: usize) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for order in &syntax.orders {
        let mut search =
            Search { syntax, order, budget, words: vec![0; syntax.elements.len()], corrections: Vec::new() };
        search.step(
            0,
            places,
            &mut |found: Found| match all.iter_mut().find(|known| known.text == found.text) {
                Some(known) if found.cost < known.cost => *known = found,
                Some(_) => {}
                None => all.push(found),
            },
        );
    }
    all
}

struct Found {
    words: Vec<usize>,
    text: String,
    corrections: Vec<Correction>,
    cost: f32,
}

impl Found {
    fn into_match<'g>(self, syntax: &'g Syntax, read: &RawRead) -> Match<'g> {
        let other_lines = read.lines.is_some_and(|seen| !syntax.lines().any(|lines| lines == seen));
        let other_colours = read.colours.is_some_and(|seen| !syntax.colours.contains(&seen));
        Match {
            syntax,
            raw: read.text(),
            text: self.text,
            corrections: self.corrections,
            cost: self.cost,
            contradictions: u8::from(other_lines) + u8::from(other_colours),
            words: self.words,
        }
    }
}

struct Search<'a> {
    syntax: &'a Syntax,
    order: &'a Order,
    /// Corrections at most.
    budget: usize,
    /// The word chosen for each element, by the syntax's order.
    words: Vec<usize>,
    corrections: Vec<Correction>,
}

impl Search<'_> {
    /// Tries every word for the `nth` element of the order at the start of `rest`.
    fn step(&mut self, nth: usize, rest: &[Place<'_>], tell: &mut impl FnMut(Found)) {
        let (Some(&element), Some(&gap)) = (self.order.elements.get(nth), self.order.gaps.get(nth)) else {
            if rest.is_empty() {
                self.end(tell);
            }
            return;
        };
        if rest.first().is_none_or(|first| first.gap && !gap) {
            return;
        }
        let syntax = self.syntax;
        let before = self.corrections.len();
        for (index, word) in syntax.elements[element].words.iter().enumerate() {
            if let Some((head, tail)) = rest.split_at_checked(word.printed.len())
                && !head[1..].iter().any(|place| place.gap)
                && head
                    .iter()
                    .zip(word.printed.iter().zip(&word.normal))
                    .all(|(place, spelt)| self.take(place, spelt))
            {
                self.words[element] = index;
                self.step(nth + 1, tail, tell);
            }
            self.corrections.truncate(before);
        }
    }

    /// Whether `place` may be the character, printed or normalised; writes down the correction that this needs.
    fn take(&mut self, place: &Place<'_>, (&printed, &normal): (&char, &char)) -> bool {
        let from = place.read.character;
        if from == printed || from == normal {
            return true;
        }
        // Before the table of look-alikes: most characters of most words end here.
        if self.corrections.len() == self.budget {
            return false;
        }
        let Some(cost) = confusion::cost(from, normal) else { return false };
        let cost = cost * place.read.resistance(normal);
        self.corrections.push(Correction { place: place.index, from, to: normal, cost });
        true
    }

    fn end(&self, tell: &mut impl FnMut(Found)) {
        let text = self.syntax.text(&self.words);
        if self.syntax.permits(&text) {
            tell(Found {
                words: self.words.clone(),
                text,
                corrections: self.corrections.clone(),
                cost: self.corrections.iter().fold(0.0, |sum, correction| sum + correction.cost),
            });
        }
    }
}
