//! The thread that owns the read connection. Every read is short: an open one keeps the write-ahead log from shrinking.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};
use tokio::sync::{mpsc, oneshot};

use super::entry::{DeadLetter, Entry};
use super::schema::{signed, unsigned};
use crate::error::DeliveryError;

/// Most rows in one answer.
const MAX_ROWS: usize = 1_000;
/// An answer ends behind the row that reaches this many bytes of payload.
const MAX_BYTES: usize = 8 << 20;

pub(super) type Reply<T> = oneshot::Sender<Result<T, DeliveryError>>;

/// A question to the journal.
pub(super) enum Query {
    Read { from_sequence: u64, limit: usize, kinds: Vec<String>, reply: Reply<Vec<Entry>> },
    Consumer { consumer: String, reply: Reply<u64> },
    DeadLetters { limit: usize, reply: Reply<Vec<DeadLetter>> },
    CountDeadLetters { destination: String, reply: Reply<u64> },
}

/// Answers until every sender is gone.
pub(super) fn run(connection: &Connection, mut questions: mpsc::Receiver<Query>) {
    while let Some(question) = questions.blocking_recv() {
        match question {
            Query::Read { from_sequence, limit, kinds, reply } => {
                answer(reply, || read(connection, from_sequence, limit, kinds));
            }
            Query::Consumer { consumer, reply } => answer(reply, || consumer_at(connection, &consumer)),
            Query::DeadLetters { limit, reply } => answer(reply, || dead_letters(connection, limit)),
            Query::CountDeadLetters { destination, reply } => {
                answer(reply, || count_dead_letters(connection, &destination));
            }
        }
    }
}

fn answer<T>(reply: Reply<T>, ask: impl FnOnce() -> rusqlite::Result<T>) {
    // The caller hung up while the question was queued.
    if reply.is_closed() {
        return;
    }
    let result = ask().map_err(DeliveryError::database("read the journal"));
    reply.send(result).ok();
}

pub(super) fn read(
    connection: &Connection,
    from_sequence: u64,
    limit: usize,
    kinds: Vec<String>,
) -> rusqlite::Result<Vec<Entry>> {
    let mut sql =
        "SELECT sequence, kind, priority, camera, appended_unix_ns, payload FROM event WHERE ?1 <= sequence"
            .to_owned();
    let limit = limit.min(MAX_ROWS);
    if !kinds.is_empty() {
        let marks: Vec<String> = (0..kinds.len()).map(|index| format!("?{}", index + 3)).collect();
        sql.push_str(&format!(" AND kind IN ({})", marks.join(", ")));
    }
    sql.push_str(" ORDER BY sequence LIMIT ?2");
    let bounds = [Value::Integer(signed(from_sequence)), Value::Integer(signed(limit as u64))];
    let values = bounds.into_iter().chain(kinds.into_iter().map(Value::Text));

    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut entries = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let entry = entry_from_row(row)?;
        bytes += entry.payload.len();
        entries.push(entry);
        if MAX_BYTES <= bytes {
            break;
        }
    }
    Ok(entries)
}

fn entry_from_row(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        sequence: unsigned(row.get(0)?),
        kind: row.get(1)?,
        priority: row.get(2)?,
        camera: row.get(3)?,
        appended_unix_ns: row.get(4)?,
        payload: row.get(5)?,
    })
}

fn consumer_at(connection: &Connection, consumer: &str) -> rusqlite::Result<u64> {
    let held: Option<i64> = connection
        .prepare_cached("SELECT sequence FROM consumer WHERE name = ?1")?
        .query_row(params![consumer], |row| row.get(0))
        .optional()?;
    Ok(unsigned(held.unwrap_or(0)))
}

fn dead_letters(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<DeadLetter>> {
    connection
        .prepare_cached(
            "SELECT destination, sequence, reason, at_unix_ns FROM dead_letter
             ORDER BY sequence, destination LIMIT ?1",
        )?
        .query_map(params![signed(limit.min(MAX_ROWS) as u64)], |row| {
            Ok(DeadLetter {
                destination: row.get(0)?,
                sequence: unsigned(row.get(1)?),
                reason: row.get(2)?,
                at_unix_ns: row.get(3)?,
            })
        })?
        .collect()
}

fn count_dead_letters(connection: &Connection, destination: &str) -> rusqlite::Result<u64> {
    let count: i64 = connection
        .prepare_cached("SELECT count(*) FROM dead_letter WHERE destination = ?1")?
        .query_row(params![destination], |row| row.get(0))?;
    Ok(unsigned(count))
}
