use std::path::PathBuf;

use plates::list::ListProblems;

use super::Kind;

/// Why a signed list, or a key, was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListError {
    #[error("could not read `{}`", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("could not keep `{}`", path.display())]
    NotKept { path: PathBuf, source: std::io::Error },
    #[error("larger than {limit} bytes, which no list is")]
    TooLarge { limit: u64 },
    #[error("line {line}: {problem}")]
    Format { line: usize, problem: String },
    #[error("signed with key `{id}`, expected one of [{}]", trusted.join(", "))]
    UnknownKey { id: String, trusted: Vec<String> },
    #[error("the signature is not that of key `{id}` for this header")]
    Signature { id: String },
    #[error("the table has SHA-256 {actual}, expected {expected}, which was signed")]
    Content { expected: String, actual: String },
    #[error("the table is not good: {problems}")]
    Table { problems: ListProblems },
    #[error("this is the {kind} list `{name}`, expected the {expected_kind} list `{expected}`")]
    OtherList { name: String, kind: Kind, expected: String, expected_kind: Kind },
    #[error("version {version} is older than {held}, which is in force")]
    Older { version: u64, held: u64 },
    #[error("version {version} is in force with another table, expected a higher version for a new one")]
    SameVersion { version: u64 },
    #[error("{0}")]
    Key(&'static str),
}
