use std::fmt;
use std::path::{Path, PathBuf};

use models::BadValue;

/// One thing that is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{}:{line}: {message}", .file.display())]
pub struct Problem {
    /// The file, as it was found.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column or path of the key, such as `annotations[2].bbox`; empty where the text as a whole is meant.
    pub key: String,
    /// The key, what was found and what was expected; without a line break.
    pub message: String,
}

/// All problems of a file or of an item, by file and line; at least one. Prints one per line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

/// The problems found so far in one file.
pub(crate) struct Findings {
    file: PathBuf,
    found: Vec<Problem>,
}

impl Problems {
    /// The problems by place.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.iter().enumerate() {
            if index != 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl Findings {
    pub(crate) fn new(file: &Path) -> Self {
        Self { file: file.to_owned(), found: Vec::new() }
    }

    /// The value at a key is wrong.
    pub(crate) fn value(&mut self, line: usize, bad: BadValue) {
        let message = bad.to_string();
        self.found.push(Problem { file: self.file.clone(), line, key: bad.key, message });
    }

    /// Something else is wrong; `message` names the key where there is one.
    pub(crate) fn note(&mut self, line: usize, key: impl Into<String>, message: impl Into<String>) {
        let (key, message) = (key.into(), message.into().replace('\n', " "));
        self.found.push(Problem { file: self.file.clone(), line, key, message });
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    /// `value` where nothing was found.
    pub(crate) fn finish<T>(mut self, value: T) -> Result<T, Problems> {
        if self.found.is_empty() {
            return Ok(value);
        }
        self.found.sort();
        self.found.dedup();
        Err(Problems(self.found))
    }
}
