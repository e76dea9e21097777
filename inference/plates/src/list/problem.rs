use std::fmt;

/// A mistake in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListProblem {
    /// Line of the table, from 1.
    pub line: usize,
    /// The column; empty where it is the line as a whole.
    pub column: &'static str,
    /// What is wrong and what was expected.
    pub message: String,
}

/// Every mistake in a table; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListProblems(Vec<ListProblem>);

/// Something in a table that is no mistake of form and yet may not be what was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Line of the table, from 1.
    pub line: usize,
    /// In words.
    pub message: String,
}

impl ListProblems {
    pub(super) fn new(problems: Vec<ListProblem>) -> Self {
        Self(problems)
    }

    /// In the order of the lines.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &ListProblem> {
        self.0.iter()
    }
}

impl fmt::Display for ListProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            "" => write!(f, "line {}: {}", self.line, self.message),
            column => write!(f, "line {}: `{column}` {}", self.line, self.message),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl fmt::Display for ListProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if i == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for ListProblems {}
