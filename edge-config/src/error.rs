use std::io;
use std::path::PathBuf;

use crate::Problems;

/// Why a configuration file gave no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be opened or read, or is far too large to be a configuration.
    #[error("could not read `{path}`")]
    Unreadable {
        /// The file, as the caller named it.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file was read and breaks at least one rule.
    #[error("{0}")]
    Refused(Problems),
}
