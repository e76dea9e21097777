//! Files named by a card: their checksum, the store that holds them, and how they get there.
//!
//! The order of a pull is store, mirror folder, public place; a file that is made from another one is made of that
//! one, pulled first. Whatever the source, the bytes go to `<file>.part`, are hashed on their way, synced, and renamed only when length and hash are right; a reader of the store
//! therefore sees the whole right file or none.

use std::fmt;

use serde::Deserialize;

use crate::BadValue;
use crate::recipe::Recipe;

mod sha256;

mod store;

mod derive;
mod part;
mod progress;
mod public;
mod pull;

pub use crate::error::{Content, Misfit, PullError, Refusal, StoreError};
pub use progress::{Progress, Quiet};
pub use public::{Patience, PublicHost};
pub use pull::{Origin, Pulled, pull};
pub use sha256::Sha256;
pub use store::Store;

/// One file that a card names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Id of the card.
    pub id: String,
    /// Path in the store and in the mirror's folder of this kind: relative, `/` between its parts, no `..`.
    pub file: String,
    /// Hash of the whole file.
    pub sha256: Sha256,
    /// Length of the file; never 0.
    pub bytes: u64,
    /// Where the file is public; `None` when only a mirror has it, or when it is derived.
    pub source: Option<PublicFile>,
    /// What it is made from; `None` for a file that is pulled as it is.
    pub derived: Option<Derived>,
}

/// How a file is made from that of another card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// The file it is made from; itself not derived.
    pub from: Box<Artifact>,
    /// How.
    pub recipe: Recipe,
}

/// A file in a public repository, at one commit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicFile {
    /// `owner/name`.
    pub repository: String,
    /// Path in the repository.
    pub path: String,
    /// Commit id, in full or abbreviated to at least 7 digits.
    pub commit: String,
}

/// The keys of an artifact as written in a card, not yet trusted.
#[derive(Clone, Debug)]
pub struct Written {
    /// `file`.
    pub file: String,
    /// `sha256`.
    pub sha256: String,
    /// `bytes`.
    pub bytes: u64,
    /// `source`.
    pub source: Option<PublicFile>,
    /// `mirror-only`.
    pub mirror_only: bool,
    /// `derived`, its parent found.
    pub derived: Option<Derived>,
}

impl Artifact {
    /// Checks what a card says of its file; `table` is the path of the table that holds the keys, `""` at the
    /// top of the card.
    ///
    /// # Errors
    /// The first key whose value cannot be right.
    pub fn check(id: &str, table: &str, written: Written) -> Result<Self, BadValue> {
        let key = |name: &str| if table.is_empty() { name.to_owned() } else { format!("{table}.{name}") };
        if !is_plain_path(&written.file) {
            let expected = "a relative path of letters, digits and `._-`, parts separated by `/`";
            return Err(BadValue::new(key("file"), written.file, expected));
        }
        let sha256 = written
            .sha256
            .parse()
            .map_err(|_| BadValue::new(key("sha256"), &written.sha256, "64 lower-case hexadecimal digits"))?;
        if written.bytes == 0 {
            return Err(BadValue::new(key("bytes"), written.bytes, "the length of the file, at least 1"));
        }
        match (&written.source, &written.derived) {
            (None, None) if !written.mirror_only => {
                let expected = "a `source`, or `mirror-only = true` where no public file exists";
                return Err(BadValue::new(key("mirror-only"), false, expected));
            }
            (Some(_), _) | (_, Some(_)) if written.mirror_only => {
                let beside = if written.derived.is_some() { "derived" } else { "source" };
                return Err(BadValue::new(key("mirror-only"), true, format!("`false` beside a `{beside}`")));
            }
            (Some(source), Some(_)) => {
                return Err(BadValue::new(key("source"), &source.path, "nothing beside `derived`"));
            }
            (Some(source), None) => source.check(&key("source"))?,
            (None, _) => {}
        }
        let Written { file, bytes, source, derived, .. } = written;
        Ok(Self { id: id.to_owned(), file, sha256, bytes, source, derived })
    }
}

impl fmt::Display for PublicFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} @ {} : {}", self.repository, self.commit, self.path)
    }
}

impl PublicFile {
    fn check(&self, key: &str) -> Result<(), BadValue> {
        if !is_plain_path(&self.repository) || self.repository.split('/').count() != 2 {
            return Err(BadValue::new(format!("{key}.repository"), &self.repository, "`owner/name`"));
        }
        if !is_plain_path(&self.path) {
            let expected = "a path of letters, digits and `._-`, parts separated by `/`";
            return Err(BadValue::new(format!("{key}.path"), &self.path, expected));
        }
        let is_hex = self.commit.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !is_hex || !(7..=40).contains(&self.commit.len()) {
            let expected = "7 to 40 lower-case hexadecimal digits";
            return Err(BadValue::new(format!("{key}.commit"), &self.commit, expected));
        }
        Ok(())
    }
}

/// Whether `path` stays inside the folder it is joined to and needs no escaping in a URL.
pub(crate) fn is_plain_path(path: &str) -> bool {
    path.split('/').all(|part| {
        !matches!(part, "" | "." | "..")
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    })
}

#[cfg(test)]
mod tests;
