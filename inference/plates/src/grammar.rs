//! Plate grammars: which texts are plates, of which country and kind, as data.
//!
//! ```text
//! grammars/vn.toml ─┐
//! grammars/cn.toml ─┼▶ Grammar ──parse(RawRead)──▶ Match (syntax, text, corrections), best first
//! a file of yours  ─┘     └────Syntax::generate(seed)──▶ Plate (lines, text, kind, colours)
//! ```
//!
//! A read that fits exactly stands as it is. Only where nothing fits, a character may be taken for its look-alike across
//! the border between digits and letters ([`LOOK_ALIKES`]); each such correction is listed, and the raw read stays.

mod confusion;
mod country;
mod file;
mod form;
mod generate;
mod parse;
mod read;

use std::sync::LazyLock;

use crate::PlateError;

pub use self::confusion::{LOOK_ALIKES, LookAlike, MOST_CORRECTIONS};
pub use self::country::{Colours, Country, Kind, Syntax};
pub use self::form::Lines;
pub use self::generate::Plate;
pub use self::parse::{Correction, Match};
pub use self::read::{RawCharacter, RawRead};

/// The files in `grammars/`; another one there needs its line here.
const BUILT_IN: [(&str, &str); 2] = [
    ("grammars/vn.toml", include_str!("../grammars/vn.toml")),
    ("grammars/cn.toml", include_str!("../grammars/cn.toml")),
];

static ALL: LazyLock<Grammar> = LazyLock::new(|| {
    let mut grammar = Grammar::default();
    for (file, text) in BUILT_IN {
        #[expect(clippy::expect_used, reason = "a test reads the same constants")]
        grammar.add(file, text).expect("the built-in grammars are whole");
    }
    grammar
});

/// Every built-in country.
pub fn all() -> &'static Grammar {
    &ALL
}

/// The plates of some countries.
#[derive(Clone, Debug, Default)]
pub struct Grammar {
    countries: Vec<Country>,
}

impl Grammar {
    /// Adds the country that `text` describes; `file` is for messages only.
    ///
    /// # Errors
    /// [`PlateError::GrammarToml`] or [`PlateError::Grammar`]; the grammar is as before.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), PlateError> {
        let country = file::country(file, text)?;
        if self.country(&country.code).is_some() {
            return Err(PlateError::Grammar {
                file: file.to_owned(),
                key: "code".to_owned(),
                problem: format!("`{}` is there already, expected each country once", country.code),
            });
        }
        self.countries.push(country);
        Ok(())
    }

    /// The countries, in the order in which they were added.
    pub fn countries(&self) -> &[Country] {
        &self.countries
    }

    /// The country with that code.
    pub fn country(&self, code: &str) -> Option<&Country> {
        self.countries.iter().find(|country| country.code == code)
    }

    /// Every syntax of every country, in the order of the files.
    pub fn syntaxes(&self) -> impl Iterator<Item = &Syntax> {
        self.countries.iter().flat_map(|country| &country.syntaxes)
    }

    /// What `read` may be, best first; empty where it is no plate.
    ///
    /// Exact matches alone where there are any, else those with at most [`MOST_CORRECTIONS`], in confirmed syntaxes only.
    /// Ranked by what of the lines and colours seen speaks against a match, then cost, then confirmed syntaxes, then the
    /// files' order.
    pub fn parse(&self, read: &RawRead) -> Vec<Match<'_>> {
        parse::parse(&self.countries, read)
    }
}

#[cfg(test)]
mod tests;
