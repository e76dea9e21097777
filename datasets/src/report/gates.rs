//! Gates: what a run must reach, and what it may not lose against a base line.
//!
//! A gates file is a list of `[[gate]]` tables. Each names a score by its path in the document of `cairn eval`, and one or
//! more [`Rule`]s. A score that the candidate does not have is one that falls short.

mod figures;
mod judging;
mod path;
mod read;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

pub use path::ScorePath;
pub use read::GatesError;

/// A gates file.
#[derive(Clone, Debug, PartialEq)]
pub struct Gates {
    /// The file.
    pub file: PathBuf,
    /// In its order; at least one.
    pub gates: Vec<Gate>,
}

/// One `[[gate]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// Line in the file, from 1.
    pub line: usize,
    /// What is judged.
    pub score: ScorePath,
    /// How, with the bounds; at least one.
    pub rules: Vec<(Rule, f64)>,
    /// For whoever meets it.
    pub why: Option<String>,
}

/// A kind of bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The candidate's value is not below the bound.
    AtLeast,
    /// It is not above the bound.
    AtMost,
    /// It is not worse than the base line's by more than the bound.
    MaxDrop,
    /// The 95 % interval of how much worse it is does not lie above the bound as a whole.
    MaxDropSignificant,
}

/// One rule of one gate, held against a candidate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// Path of the score.
    pub score: String,
    /// The rule.
    pub rule: Rule,
    /// Its bound.
    pub bound: f64,
    /// The candidate's value; `None`: absent, which falls short.
    pub value: Option<f64>,
    /// The base line's, where the rule is about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_line: Option<f64>,
    /// Whether the candidate passes.
    pub holds: bool,
    /// Value and bound in words.
    pub said: String,
    /// From the gates file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Rule {
    /// All, in the order in which a gate's are judged.
    pub const ALL: [Self; 4] = [Self::AtLeast, Self::AtMost, Self::MaxDrop, Self::MaxDropSignificant];

    /// The key in a gates file.
    pub fn key(self) -> &'static str {
        match self {
            Self::AtLeast => "at-least",
            Self::AtMost => "at-most",
            Self::MaxDrop => "max-drop",
            Self::MaxDropSignificant => "max-drop-significant",
        }
    }

    /// Whether it is about two runs.
    pub fn needs_base_line(self) -> bool {
        matches!(self, Self::MaxDrop | Self::MaxDropSignificant)
    }
}

/// As in a gates file.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}
