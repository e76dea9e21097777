//! The tables of the decision store, and what is read from them.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, Row, params};

use super::record::{Around, Decision, Verdict};
use crate::error::DeliveryError;
use crate::wall_clock;

pub(super) const FILE: &str = "decisions.db";

/// Layout version, kept in `user_version`; 0 is an empty file.
const LAYOUT: i64 = 1;

/// Most rows in one answer.
const MAX_ROWS: usize = 10_000;

/// `forgotten` says up to which time a camera's decisions may have been let go.
const TABLES: &str = "
    CREATE TABLE decision (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        camera TEXT NOT NULL,
        from_unix_ns INTEGER NOT NULL,
        to_unix_ns INTEGER NOT NULL,
        kept_unix_ns INTEGER NOT NULL,
        key TEXT,
        bytes BLOB NOT NULL
    ) STRICT;
    CREATE INDEX decision_by_time ON decision (camera, to_unix_ns);
    CREATE INDEX decision_by_age ON decision (kept_unix_ns);
    CREATE INDEX decision_by_key ON decision (key) WHERE key IS NOT NULL;
    CREATE TABLE forgotten (
        camera TEXT PRIMARY KEY,
        to_unix_ns INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE verdict (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        subject TEXT NOT NULL,
        author TEXT NOT NULL,
        told_unix_ns INTEGER NOT NULL,
        kept_unix_ns INTEGER NOT NULL,
        bytes BLOB NOT NULL,
        about BLOB NOT NULL
    ) STRICT;
    CREATE INDEX verdict_by_subject ON verdict (subject, author);
";

/// The one connection that writes.
pub(super) fn open(path: &Path) -> Result<Connection, DeliveryError> {
    match open_sound(path) {
        Err(DeliveryError::Damaged { detail, .. }) => {
            set_aside(path, &detail)?;
            open_sound(path)
        }
        other => other,
    }
}

fn open_sound(path: &Path) -> Result<Connection, DeliveryError> {
    let opened = Connection::open(path).and_then(|connection| {
        connection.busy_timeout(Duration::from_secs(5))?;
        let damage: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok((connection, damage))
    });
    let damaged = |detail: String| DeliveryError::Damaged { journal: path.to_owned(), detail };
    let (mut connection, damage) = opened.map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => damaged(error.to_string()),
        _ => DeliveryError::database("open the decisions")(error),
    })?;
    if damage != "ok" {
        return Err(damaged(damage));
    }
    let failed = DeliveryError::database("set up the decisions");
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).map_err(failed)?;
    if mode != "wal" {
        return Err(damaged(format!("write-ahead log refused, journal mode is `{mode}`")));
    }
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    let layout: i64 =
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    match layout {
        0 => create(&mut connection).map_err(failed)?,
        LAYOUT => {}
        found => return Err(DeliveryError::Layout { journal: path.to_owned(), found, known: LAYOUT }),
    }
    Ok(connection)
}

fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "user_version", LAYOUT)?;
    transaction.commit()
}

/// Gives the damaged file another name: what people said may still be got out of it.
fn set_aside(path: &Path, detail: &str) -> Result<(), DeliveryError> {
    let damaged = path.with_extension(format!("damaged-{}", wall_clock::unix_ns()));
    tracing::error!(
        file = %path.display(), detail, kept_as = %damaged.display(),
        "the store of decisions is damaged: it was set aside and a new one begun"
    );
    std::fs::rename(path, &damaged).map_err(DeliveryError::file("rename", path))?;
    for suffix in ["-wal", "-shm"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(DeliveryError::file("remove", Path::new(&beside))(error));
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn open_for_reading(path: &Path) -> Result<Connection, DeliveryError> {
    std::fs::metadata(path).map_err(DeliveryError::file("read", path))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = DeliveryError::database("open the decisions for reading");
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(failed)?;
    Ok(connection)
}

pub(super) fn around(
    connection: &Connection,
    camera: &str,
    from_unix_ns: i64,
    to_unix_ns: i64,
    limit: usize,
) -> rusqlite::Result<Around> {
    let limit = limit.min(MAX_ROWS);
    let mut decisions: Vec<Decision> = connection
        .prepare_cached(
            "SELECT camera, from_unix_ns, to_unix_ns, key, bytes FROM decision
             WHERE camera = ?1 AND ?2 <= to_unix_ns AND from_unix_ns <= ?3
             ORDER BY from_unix_ns, id LIMIT ?4",
        )?
        .query_map(params![camera, from_unix_ns, to_unix_ns, limit as i64 + 1], decision_from_row)?
        .collect::<rusqlite::Result<_>>()?;
    let is_cut = limit < decisions.len();
    decisions.truncate(limit);
    let forgotten_to_unix_ns = connection
        .prepare_cached("SELECT to_unix_ns FROM forgotten WHERE camera = ?1")?
        .query_row(params![camera], |row| row.get(0))
        .optional()?;
    Ok(Around { decisions, is_cut, forgotten_to_unix_ns })
}

pub(super) fn find(connection: &Connection, key: &str) -> rusqlite::Result<Option<Decision>> {
    connection
        .prepare_cached(
            "SELECT camera, from_unix_ns, to_unix_ns, key, bytes FROM decision
             WHERE key = ?1 ORDER BY id DESC LIMIT 1",
        )?
        .query_row(params![key], decision_from_row)
        .optional()
}

fn decision_from_row(row: &Row<'_>) -> rusqlite::Result<Decision> {
    Ok(Decision {
        camera: row.get(0)?,
        from_unix_ns: row.get(1)?,
        to_unix_ns: row.get(2)?,
        key: row.get(3)?,
        bytes: row.get(4)?,
    })
}

pub(super) fn verdicts(connection: &Connection) -> rusqlite::Result<Vec<Verdict>> {
    connection
        .prepare("SELECT subject, author, told_unix_ns, bytes, about FROM verdict ORDER BY id")?
        .query_map([], |row| {
            Ok(Verdict {
                subject: row.get(0)?,
                author: row.get(1)?,
                told_unix_ns: row.get(2)?,
                bytes: row.get(3)?,
                about: row.get(4)?,
            })
        })?
        .collect()
}
