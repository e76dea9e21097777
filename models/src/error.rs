use std::error::Error;
use std::fmt::{self, Write as _};
use std::io;
use std::path::PathBuf;

use crate::artifact::{PublicFile, Sha256};
use crate::recipe::{Recipe, RecipeError};

/// A value in a card that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` is {value}, expected {expected}")]
pub struct BadValue {
    /// Path of the key, as in `input.size.fixed`.
    pub key: String,
    /// The value as written, in quotes where it is text.
    pub value: String,
    /// What would have been right.
    pub expected: String,
}

impl BadValue {
    /// The value at `key` is not what is `expected`.
    pub fn new(key: impl Into<String>, value: impl std::fmt::Debug, expected: impl Into<String>) -> Self {
        Self { key: key.into(), value: format!("{value:?}"), expected: expected.into() }
    }
}

/// Why a card was not taken.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// The file could not be read.
    #[error("could not read card `{file}`")]
    Read {
        /// Path of the card.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Not TOML, an unknown or missing key, or a value of another type; the cause shows line and key.
    #[error("card `{file}` is not written as a model card")]
    Syntax {
        /// Path of the card.
        file: PathBuf,
        /// Line, key and expectation.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A key holds a value that cannot be right.
    #[error("card `{file}`")]
    Value {
        /// Path of the card.
        file: PathBuf,
        /// The key, its value and the expectation.
        #[source]
        source: BadValue,
    },
    /// Two cards claim one id or one file of the store.
    #[error("cards `{first}` and `{second}` both have the {what} `{value}`, expected one card for each")]
    Twice {
        /// `id` or `file`.
        what: &'static str,
        /// The id or file.
        value: String,
        /// Id of the card that came first.
        first: String,
        /// Id of the other card.
        second: String,
    },
    /// No card has this id.
    #[error("no model card `{id}`, {}", advice(.id, .nearest))]
    UnknownId {
        /// The id asked for.
        id: String,
        /// The id spelt most alike.
        nearest: String,
    },
}

/// How a file differs from what its card says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Another length.
    #[error("it is {actual} bytes long, expected {expected}")]
    Length {
        /// Bytes in the card.
        expected: u64,
        /// Bytes found or announced; where nothing was announced, bytes received when reading was stopped.
        actual: u64,
    },
    /// The right length with another content.
    #[error("its SHA-256 is {actual}, expected {expected}")]
    Hash {
        /// Hash in the card.
        expected: Sha256,
        /// Hash of the content.
        actual: Sha256,
    },
}

/// Why the store does not give out a file.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file is not there.
    #[error("`{path}` is not in the store")]
    Missing {
        /// Where it would be.
        path: PathBuf,
    },
    /// The file is there with another content than its card says.
    #[error("`{path}` in the store is not what its card says: {misfit}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// How it differs.
        misfit: Misfit,
    },
    /// Reading or writing in the store failed.
    #[error("could not {what} `{path}`")]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Why one source did not give a file.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The store held a wrong file.
    #[error("`{path}` in the store is not what its card says: {misfit}; kept aside as `{kept}`")]
    Held {
        /// Where it was in the store.
        path: PathBuf,
        /// How it differs.
        misfit: Misfit,
        /// Where it lies now.
        kept: PathBuf,
    },
    /// The mirror has no such file.
    #[error("`{path}` is not in the mirror")]
    NotInMirror {
        /// Where it would be.
        path: PathBuf,
    },
    /// The mirror's file could not be read.
    #[error("could not read `{path}` in the mirror")]
    MirrorUnreadable {
        /// The file in the mirror.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file has a public place, but the caller allowed no network.
    #[error("the public file {file} was not asked for, the network is off")]
    NetworkOff {
        /// Where the file is public.
        file: PublicFile,
    },
    /// The server answered with a status that carries no file.
    #[error("{url} answered with status {status}, expected the file")]
    Status {
        /// What was asked for.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// No answer came.
    #[error("could not get {url}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What failed.
        #[source]
        source: Box<ureq::Error>,
    },
    /// The transfer ended early; what arrived is kept, and the next pull goes on from there.
    #[error("{url} stopped after {received} of {expected} bytes")]
    Interrupted {
        /// What was asked for.
        url: String,
        /// Bytes held so far.
        received: u64,
        /// Bytes in the card.
        expected: u64,
        /// What failed.
        #[source]
        source: io::Error,
    },
    /// The source gave another content than the card says.
    #[error("{from} is not what its card says: {misfit}; kept aside as `{kept}`")]
    Wrong {
        /// Path in the mirror or URL.
        from: String,
        /// How it differs.
        misfit: Misfit,
        /// Where the content that was refused lies.
        kept: PathBuf,
    },
}

/// Hash and length of a file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// Of the whole.
    pub sha256: Sha256,
    /// Its length.
    pub bytes: u64,
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.sha256, self.bytes)
    }
}

/// Why a pull gave no file.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// Nobody has the file: no mirror holds it, and its card names no public place.
    #[error("nobody has `{file}`: {}", absence(.mirror))]
    Nowhere {
        /// The file asked for, as in its card.
        file: String,
        /// Where it was looked for in the mirror; `None` when there is no mirror.
        mirror: Option<PathBuf>,
    },
    /// Every source refused.
    #[error("could not pull `{file}`: {}", listed(.refusals))]
    Refused {
        /// The file asked for, as in its card.
        file: String,
        /// One for each source, in the order they were asked; never empty.
        refusals: Vec<Refusal>,
    },
    /// The file is made from another one, which could not be had.
    #[error("could not make `{file}`, what it is made from could not be had")]
    Parent {
        /// The file asked for, as in its card.
        file: String,
        /// Why its parent could not be pulled.
        #[source]
        source: Box<PullError>,
    },
    /// The file is made from another one, which the recipe does not take.
    #[error("could not make `{file}` by `{recipe}` of `{from}`")]
    Recipe {
        /// The file asked for, as in its card.
        file: String,
        /// The parent in the store.
        from: PathBuf,
        /// How it should have been made.
        recipe: Recipe,
        /// What the recipe said.
        #[source]
        source: RecipeError,
    },
    /// What was made is not what the card says; it was not kept.
    #[error(
        "`{recipe}` of `{from}` is not the `{file}` of its card: its SHA-256 is {actual}, expected {expected}"
    )]
    Derived {
        /// The file asked for, as in its card.
        file: String,
        /// The parent in the store.
        from: PathBuf,
        /// How it was made.
        recipe: Recipe,
        /// As the card has it.
        expected: Box<Content>,
        /// What was made.
        actual: Box<Content>,
    },
    /// The store itself failed.
    #[error("could not store `{file}`")]
    Store {
        /// The file asked for, as in its card.
        file: String,
        /// What failed.
        #[source]
        source: StoreError,
    },
}

/// Why there is no place for the store.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// None of the places exists or is named by the environment.
    #[error("no place for the store: set `CAIRN_HOME`, `XDG_DATA_HOME` or `HOME` to an absolute path")]
    Nowhere,
}

fn absence(mirror: &Option<PathBuf>) -> String {
    let mirror = match mirror {
        Some(path) => format!("`{}` is not in the mirror", path.display()),
        None => "no mirror is set".to_owned(),
    };
    format!("{mirror}, and its card names no public source")
}

fn advice(id: &str, nearest: &str) -> String {
    match id.contains('/') || id.ends_with(".onnx") {
        true => "expected the id of a card: a model file is run through a card that describes it".to_owned(),
        false => format!("nearest is `{nearest}`"),
    }
}

/// The refusals with their causes, on one line: a list cannot be an error's `source`.
fn listed(refusals: &[Refusal]) -> String {
    let mut text = String::new();
    for refusal in refusals {
        let separator = if text.is_empty() { "" } else { "; " };
        write!(text, "{separator}{refusal}").ok();
        let mut cause = refusal.source();
        while let Some(err) = cause {
            write!(text, ": {err}").ok();
            cause = err.source();
        }
    }
    text
}
