//! Names and reasons in a checkpoint: they are static text in the program, and are static text again when read back.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

/// The name of a clause, or the reason of an end. An alias because `serde` borrows what is spelt as a reference.
pub(crate) type Word = &'static str;

/// More different words than any version ever had: what reads more has been given something else.
const MOST: usize = 512;

/// Longer than any of them.
const LONGEST: usize = 64;

/// What has been read back so far; each word once for the life of the process.
static READ: Mutex<BTreeSet<Word>> = Mutex::new(BTreeSet::new());

pub(crate) fn serialize<S: Serializer>(word: &Word, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(word)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
    let text = String::deserialize(deserializer)?;
    kept(&text).ok_or_else(|| {
        D::Error::custom(format_args!(
            "word `{text}` is one of too many or too long, expected a clause or a reason"
        ))
    })
}

/// The word that reads `text`; kept for ever, so their number is bounded.
fn kept(text: &str) -> Option<Word> {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = read.get(text) {
        return Some(known);
    }
    if LONGEST < text.len() || MOST <= read.len() {
        return None;
    }
    let word: Word = Box::leak(text.to_owned().into_boxed_str());
    read.insert(word);
    Some(word)
}

/// The same where there may be none.
pub(crate) mod option {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::Word;

    pub(crate) fn serialize<S: Serializer>(word: &Option<Word>, serializer: S) -> Result<S::Ok, S::Error> {
        word.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Word>, D::Error> {
        use serde::de::Error as _;

        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        let unknown = || D::Error::custom(format_args!("word `{text}` is one of too many or too long"));
        super::kept(&text).map(Some).ok_or_else(unknown)
    }
}
