//! A journal's events for one who only looks: no lock, no thread, no change to any file but SQLite's own beside it.

use std::io;
use std::path::Path;

use rusqlite::Connection;

use super::entry::Entry;
use super::{reader, schema};
use crate::error::DeliveryError;

/// The events that a journal holds, whether its box runs or not.
#[derive(Debug)]
pub struct HeldEvents {
    connection: Connection,
}

impl HeldEvents {
    /// Opens `dir/journal.db`, which must be there.
    ///
    /// # Errors
    /// [`DeliveryError::File`] where there is no journal, [`DeliveryError::Damaged`] where the file is none,
    /// [`DeliveryError::Layout`], or what SQLite says.
    pub fn open(dir: &Path) -> Result<Self, DeliveryError> {
        let path = dir.join("journal.db");
        if !path.is_file() {
            return Err(DeliveryError::file("find the journal", &path)(io::ErrorKind::NotFound.into()));
        }
        let connection = schema::open_for_reading(&path)?;
        schema::check_layout(&connection, &path)?;
        Ok(Self { connection })
    }

    /// Events from `from_sequence` on, in order of sequence; all kinds when `kinds` is empty.
    ///
    /// At most `limit` of them and at most a thousand or 8 MiB per call: an empty answer, not a short one, means
    /// that nothing more is held.
    ///
    /// # Errors
    /// [`DeliveryError::Database`].
    pub fn read(
        &self,
        from_sequence: u64,
        limit: usize,
        kinds: &[String],
    ) -> Result<Vec<Entry>, DeliveryError> {
        reader::read(&self.connection, from_sequence, limit, kinds.to_vec())
            .map_err(DeliveryError::database("read the journal"))
    }
}
