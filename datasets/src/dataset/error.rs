use std::error::Error as _;
use std::fmt;
use std::io;
use std::path::PathBuf;

use models::artifact::Sha256;

use crate::truth::{Problem, Problems};

/// Why a dataset file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The file could not be read.
    #[error("could not read dataset `{file}`")]
    Unreadable {
        /// Path of the dataset file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Problems in the dataset file itself, all of them.
    #[error("{0}")]
    Refused(Problems),
}

/// Why a file of a dataset cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// None of the roots has it.
    #[error("`{file}` is in none of {}", listed(.roots))]
    Missing {
        /// As the dataset names it.
        file: String,
        /// Where it was looked for.
        roots: Vec<PathBuf>,
    },
    /// It is there with another content.
    #[error("`{path}` is not the file that the dataset names: its SHA-256 is {actual}, expected {expected}")]
    Wrong {
        /// Where it was found first.
        path: PathBuf,
        /// Hash in the dataset.
        expected: Sha256,
        /// Hash of the content.
        actual: Sha256,
    },
    /// It is there and could not be read.
    #[error("could not read `{path}`")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Why the ground truth of an item cannot be used; at least one of the two lists holds something.
#[derive(Debug, Default)]
pub struct ItemError {
    /// What is wrong in files that were found.
    pub problems: Vec<Problem>,
    /// Files that were not found, or not right.
    pub media: Vec<MediaError>,
}

impl From<Problems> for ItemError {
    fn from(problems: Problems) -> Self {
        Self { problems: problems.into_iter().collect(), media: Vec::new() }
    }
}

impl From<MediaError> for ItemError {
    fn from(error: MediaError) -> Self {
        Self { problems: Vec::new(), media: vec![error] }
    }
}

impl ItemError {
    /// One line for each of `media`, with its cause.
    pub fn media_lines(&self) -> Vec<String> {
        self.media.iter().map(with_cause).collect()
    }

    /// Both what went wrong before and `other`.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.problems.extend(other.problems);
        self.media.extend(other.media);
        self
    }
}

/// One line for each, with its cause: a list cannot be an error's `source`.
impl fmt::Display for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems = self.problems.iter().map(ToString::to_string);
        let lines: Vec<String> = problems.chain(self.media_lines()).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for ItemError {}

fn with_cause(error: &MediaError) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

fn listed(roots: &[PathBuf]) -> String {
    roots.iter().map(|root| format!("`{}`", root.display())).collect::<Vec<_>>().join(", ")
}
