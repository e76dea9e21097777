//! Lists of plates that somebody watches for or permits: from a table that people typed to matches of a read.
//!
//! ```text
//! CSV ──PlateList::read──▶ PlateList (entries, normalised)
//! RawRead, moment ──PlateList::find──▶ Hit (entry, distance, substitutions), nearest first
//! ```
//!
//! An entry is matched exactly, or, only where no entry is, through look-alikes and the reader's own doubts. Nothing here
//! knows where a table came from or whether it may be trusted; time is an argument.

mod entry;
mod find;
mod normal;
mod problem;
mod table;

use std::collections::HashMap;

use crate::grammar::Grammar;

pub use self::entry::{Entry, Validity};
pub use self::find::{Hit, LEAST_ALTERNATIVE, MOST_DISTANCE, MOST_HITS, MOST_SUBSTITUTIONS, OTHER_COST};
pub use self::problem::{Doubt, ListProblem, ListProblems};

/// Entries of one plate at most: what bounds the cost of a search.
const MOST_OF_ONE: usize = 64;

/// Plates of a table, in its order.
#[derive(Clone, Debug, Default)]
pub struct PlateList {
    entries: Vec<Entry>,
    /// Indices of the entries that a plain text stands for, ascending. Looked up, never walked.
    by_text: HashMap<Box<[char]>, Vec<u32>>,
    doubts: Vec<Doubt>,
}

impl PlateList {
    /// Reads comma-separated text with a header: `plate` and, in any order, `country`, `note`, `valid-from` and
    /// `valid-until`. Days without a time are those of a place `utc_offset_min` minutes ahead of UTC.
    ///
    /// # Errors
    /// Every problem of the table with its line, a hundred at most.
    pub fn read(csv: &str, utc_offset_min: i32, grammar: &Grammar) -> Result<Self, ListProblems> {
        let rows = table::rows(csv, utc_offset_min)?;
        let mut list = Self::default();
        let problems: Vec<ListProblem> =
            rows.into_iter().filter_map(|row| list.add(row, grammar).err()).collect();
        if problems.is_empty() { Ok(list) } else { Err(ListProblems::new(problems)) }
    }

    /// In the table's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What is no mistake of the table's form and may be one of the person who typed it.
    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }

    fn add(&mut self, row: table::Row, grammar: &Grammar) -> Result<(), ListProblem> {
        let table::Row { line, written, plain, country, note, valid } = row;
        let spellings = normal::spellings(&plain, country.as_deref(), grammar);
        if let Some(doubt) = &spellings.doubt {
            self.doubts.push(Doubt { line, message: format!("`{written}` {doubt}") });
        }
        let index = self.entries.len() as u32;
        for text in &spellings.keys {
            let known = self.by_text.entry(text.chars().collect()).or_default();
            if known.len() == MOST_OF_ONE {
                let message = format!("`{written}` is there {MOST_OF_ONE} times before");
                return Err(ListProblem { line, column: "", message });
            }
            if let Some(&before) = known.last().filter(|_| *text == spellings.text) {
                let before = self.entries[before as usize].line;
                let message = format!("`{written}` is on line {before} already");
                self.doubts.push(Doubt { line, message });
            }
            known.push(index);
        }
        self.entries.push(Entry { line, written, text: spellings.text, country, note, valid });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
