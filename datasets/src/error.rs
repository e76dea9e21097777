use std::path::PathBuf;

use models::BadValue;

/// Why a footage card was not taken.
#[derive(Debug, thiserror::Error)]
pub enum FootageError {
    /// Not TOML, an unknown or missing key, or a value of another type; the cause shows line and key.
    #[error("card `{file}` is not written as a footage card")]
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
    /// No card has this id.
    #[error("no footage `{id}`, nearest is `{nearest}`")]
    UnknownId {
        /// The id asked for.
        id: String,
        /// The id spelt most alike.
        nearest: String,
    },
}
