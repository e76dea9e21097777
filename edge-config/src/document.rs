use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::Path;

use crate::{Problem, Surroundings};

/// One file while it is read: where its lines begin, what is known around it, and what was found wrong so far.
pub(crate) struct Document<'a> {
    /// The file's name in problems.
    name: &'a str,
    text: &'a str,
    /// Byte offset of the first character of each line.
    line_starts: Vec<usize>,
    /// Folder that relative paths start from.
    pub(crate) base_dir: &'a Path,
    pub(crate) surroundings: Surroundings<'a>,
    problems: RefCell<Vec<Problem>>,
    /// Every key that a reader asked for, without indices: `camera.rule.confirm.hits`.
    asked: RefCell<BTreeSet<String>>,
}

impl<'a> Document<'a> {
    pub(crate) fn new(
        name: &'a str,
        text: &'a str,
        base_dir: &'a Path,
        surroundings: Surroundings<'a>,
    ) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(after_breaks).collect();
        let (problems, asked) = (RefCell::default(), RefCell::default());
        Self { name, text, line_starts, base_dir, surroundings, problems, asked }
    }

    /// Records a problem at byte `at` of the text.
    pub(crate) fn problem(&self, at: usize, key: &str, message: impl Display) {
        let (line, column) = self.place(at);
        let (file, key) = (self.name.to_owned(), key.to_owned());
        self.problems.borrow_mut().push(Problem { file, line, column, key, message: message.to_string() });
    }

    /// Takes the problems recorded since the last call.
    pub(crate) fn take_problems(&self) -> Vec<Problem> {
        self.problems.take()
    }

    pub(crate) fn note_asked(&self, key: String) {
        self.asked.borrow_mut().insert(key);
    }

    #[cfg(test)]
    pub(crate) fn into_asked(self) -> BTreeSet<String> {
        self.asked.into_inner()
    }

    /// Line and column of a byte, both from 1, the column in characters.
    fn place(&self, at: usize) -> (usize, usize) {
        let line = self.line_starts.partition_point(|&start| start <= at);
        let start = self.line_starts[line - 1];
        let column = self.text.get(start..at).map_or(at - start, |before| before.chars().count());
        (line, column + 1)
    }
}
