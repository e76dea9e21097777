//! The journal's tables, and the checks before anything is trusted.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, params};

use super::entry::Cursor;
use crate::error::DeliveryError;

/// Layout version, kept in `user_version`; 0 is an empty file.
const LAYOUT: i64 = 1;

/// `identity` has one row. `last_sequence` stands there and not in `max(sequence)`, because the newest event may be
/// deleted once it is settled and its sequence must not come again.
const TABLES: &str = "
    CREATE TABLE identity (
        box_id TEXT NOT NULL,
        last_sequence INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE event (
        sequence INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        priority INTEGER NOT NULL,
        camera TEXT,
        appended_unix_ns INTEGER NOT NULL,
        payload BLOB NOT NULL
    ) STRICT;
    CREATE TABLE destination (
        name TEXT PRIMARY KEY,
        sent INTEGER NOT NULL,
        settled INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE consumer (
        name TEXT PRIMARY KEY,
        sequence INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE dead_letter (
        destination TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        reason TEXT NOT NULL,
        at_unix_ns INTEGER NOT NULL,
        PRIMARY KEY (destination, sequence)
    ) STRICT, WITHOUT ROWID;
";

/// What the journal holds when it is opened.
pub(super) struct Held {
    /// Oldest sequence held; 0 when no event is held.
    pub(super) first: u64,
    /// Last sequence given out; 0 before the first.
    pub(super) last: u64,
    pub(super) cursors: BTreeMap<String, Cursor>,
}

/// The one connection that writes. Creates the tables in an empty file.
pub(super) fn open_for_writing(path: &Path, box_id: &str) -> Result<Connection, DeliveryError> {
    let opened = Connection::open(path).and_then(|connection| {
        connection.busy_timeout(Duration::from_secs(5))?;
        let damage: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok((connection, damage))
    });
    let (mut connection, damage) = opened.map_err(|error| explain(path, error))?;
    if damage != "ok" {
        return Err(DeliveryError::Damaged { journal: path.to_owned(), detail: damage });
    }

    let failed = DeliveryError::database("set up the journal");
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).map_err(failed)?;
    if mode != "wal" {
        let detail = format!("write-ahead log refused, journal mode is `{mode}`");
        return Err(DeliveryError::Damaged { journal: path.to_owned(), detail });
    }
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;

    let layout: i64 =
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    match layout {
        0 => create(&mut connection, box_id).map_err(failed)?,
        LAYOUT => {}
        found => return Err(DeliveryError::Layout { journal: path.to_owned(), found, known: LAYOUT }),
    }
    let found: String =
        connection.query_row("SELECT box_id FROM identity", [], |row| row.get(0)).map_err(failed)?;
    if found != box_id {
        let expected = box_id.to_owned();
        return Err(DeliveryError::ForeignBox { journal: path.to_owned(), found, expected });
    }
    Ok(connection)
}

/// The connection of the reader thread.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, DeliveryError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = DeliveryError::database("open the journal for reading");
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(failed)?;
    Ok(connection)
}

/// Whether a file opened for reading is a journal that this program knows.
pub(super) fn check_layout(connection: &Connection, path: &Path) -> Result<(), DeliveryError> {
    let layout: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|error| explain(path, error))?;
    match layout {
        // The table of events has been the same in all layouts.
        1..=LAYOUT => Ok(()),
        0 => Err(DeliveryError::Damaged { journal: path.to_owned(), detail: "it has no tables".to_owned() }),
        found => Err(DeliveryError::Layout { journal: path.to_owned(), found, known: LAYOUT }),
    }
}

pub(super) fn load(connection: &Connection) -> Result<Held, DeliveryError> {
    let load = || -> rusqlite::Result<Held> {
        let last: i64 = connection.query_row("SELECT last_sequence FROM identity", [], |row| row.get(0))?;
        let first: Option<i64> = connection
            .query_row("SELECT sequence FROM event ORDER BY sequence LIMIT 1", [], |row| row.get(0))
            .optional()?;
        let mut statement = connection.prepare("SELECT name, sent, settled FROM destination")?;
        let cursors = statement
            .query_map([], |row| {
                let cursor = Cursor { sent: unsigned(row.get(1)?), settled: unsigned(row.get(2)?) };
                Ok((row.get(0)?, cursor))
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Held { first: unsigned(first.unwrap_or(0)), last: unsigned(last), cursors })
    };
    load().map_err(DeliveryError::database("load the journal's state"))
}

/// SQLite has no unsigned column; sequences never come near the sign bit.
pub(super) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// See [`unsigned`]; a caller's `u64::MAX` means "behind everything".
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn create(connection: &mut Connection, box_id: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.execute("INSERT INTO identity (box_id, last_sequence) VALUES (?1, 0)", params![box_id])?;
    transaction.pragma_update(None, "user_version", LAYOUT)?;
    transaction.commit()
}

fn explain(path: &Path, error: rusqlite::Error) -> DeliveryError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            DeliveryError::Damaged { journal: path.to_owned(), detail: error.to_string() }
        }
        _ => DeliveryError::database("open the journal")(error),
    }
}
