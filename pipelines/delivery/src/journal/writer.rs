//! The thread that owns the write connection. One transaction per batch; replies go out after its sync.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use tokio::sync::watch;

use super::entry::{Cursor, DeadLetter, Draft};
use super::intake::{Command, Intake, Reply, Work};
use super::schema::{signed, unsigned};
use crate::error::DeliveryError;
use crate::wall_clock;

/// Largest encoded event taken, in bytes.
pub const MAX_PAYLOAD_BYTES: usize = 4 << 20;
/// Feed consumers remembered.
const MAX_CONSUMERS: usize = 1_024;
/// The write-ahead log is folded in after this time without work.
const IDLE: Duration = Duration::from_secs(2);

/// The writer's state; `last` is the last durable sequence.
pub(super) struct Writer {
    connection: Connection,
    last: u64,
    newest: watch::Sender<u64>,
    first: Arc<AtomicU64>,
}

/// A reply that waits for the commit.
enum Waiting {
    Sequence(Reply<u64>, u64),
    Done(Reply<()>),
}

/// Closes the intake when the thread ends, also by a panic.
struct CloseOnExit<'a>(&'a Intake);

impl Writer {
    pub(super) fn new(
        connection: Connection,
        last: u64,
        newest: watch::Sender<u64>,
        first: Arc<AtomicU64>,
    ) -> Self {
        Self { connection, last, newest, first }
    }

    /// Works until the intake is closed and empty.
    pub(super) fn run(mut self, intake: &Intake) {
        let _guard = CloseOnExit(intake);
        let mut log_has_grown = true;
        loop {
            match intake.take(log_has_grown.then_some(IDLE)) {
                Work::Batch { commands, cursors } => {
                    log_has_grown = true;
                    self.commit(commands, &cursors);
                }
                Work::Idle => {
                    log_has_grown = false;
                    self.fold_log();
                }
                Work::Closed => break,
            }
        }
        self.fold_log();
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(%error, "journal did not close cleanly");
        }
    }

    fn commit(&mut self, commands: VecDeque<Command>, cursors: &BTreeMap<String, Cursor>) {
        let mut waiting = Vec::with_capacity(commands.len());
        let committed = self.try_commit(commands, cursors, &mut waiting);
        if let Ok(last) = committed
            && self.last < last
        {
            if self.first.load(Ordering::Relaxed) == 0 {
                self.first.store(self.last + 1, Ordering::Release);
            }
            self.last = last;
            self.newest.send_replace(last);
        }
        if let Err(error) = &committed
            && waiting.is_empty()
        {
            // Nobody waits for cursors; they are written again with the next settlement.
            tracing::warn!(%error, "could not store how far the destinations have come");
        }
        let failed = committed.err().map(Arc::new);
        for reply in waiting {
            reply.answer(failed.as_ref());
        }
    }

    /// Returns the last sequence after the commit. Commands refused one by one are answered here; all others are in
    /// `waiting`, in whatever way this returns.
    fn try_commit(
        &mut self,
        commands: VecDeque<Command>,
        cursors: &BTreeMap<String, Cursor>,
        waiting: &mut Vec<Waiting>,
    ) -> rusqlite::Result<u64> {
        let mut last = self.last;
        let mut failure = None;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = transaction.map_err(|error| failure = Some(error)).ok();
        for command in commands {
            // After a failure the rest is only collected, to be told of it.
            let open = transaction.as_ref().filter(|_| failure.is_none());
            if let Err(error) = apply(command, open, &mut last, waiting) {
                failure = Some(error);
            }
        }
        if let Some(error) = failure {
            return Err(error);
        }
        let Some(transaction) = transaction else { return Ok(self.last) };
        for (destination, cursor) in cursors {
            store_cursor(&transaction, destination, *cursor)?;
        }
        if self.last < last {
            transaction
                .prepare_cached("UPDATE identity SET last_sequence = ?1")?
                .execute(params![signed(last)])?;
        }
        transaction.commit()?;
        Ok(last)
    }

    fn fold_log(&self) {
        // A reader at work makes this a partial one; the next idle time finishes it.
        let folded = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        if let Err(error) = folded {
            tracing::warn!(%error, "could not fold the journal's write-ahead log");
        }
    }
}

impl Waiting {
    fn answer(self, failed: Option<&Arc<rusqlite::Error>>) {
        let failed = failed
            .map(|error| DeliveryError::Database { action: "write to the journal", source: error.clone() });
        match self {
            Self::Sequence(reply, sequence) => reply(failed.map_or(Ok(sequence), Err)),
            Self::Done(reply) => reply(failed.map_or(Ok(()), Err)),
        }
    }
}

impl Drop for CloseOnExit<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

fn apply(
    command: Command,
    transaction: Option<&Transaction<'_>>,
    last: &mut u64,
    waiting: &mut Vec<Waiting>,
) -> rusqlite::Result<()> {
    match command {
        Command::Append { draft, reply } => {
            let Some(transaction) = transaction else {
                waiting.push(Waiting::Sequence(reply, 0));
                return Ok(());
            };
            let sequence = *last + 1;
            let stored = insert_event(transaction, draft, sequence);
            match stored {
                Ok(Ok(())) => *last = sequence,
                Ok(Err(refusal)) => {
                    reply(Err(refusal));
                    return Ok(());
                }
                Err(error) => {
                    waiting.push(Waiting::Sequence(reply, 0));
                    return Err(error);
                }
            }
            waiting.push(Waiting::Sequence(reply, sequence));
        }
        Command::Acknowledge { consumer, sequence, reply } => {
            let stored = transaction.map_or(Ok(Ok(0)), |open| advance_consumer(open, consumer, sequence));
            match stored {
                Ok(Ok(remembered)) => waiting.push(Waiting::Sequence(reply, remembered)),
                Ok(Err(refusal)) => reply(Err(refusal)),
                Err(error) => {
                    waiting.push(Waiting::Sequence(reply, 0));
                    return Err(error);
                }
            }
        }
        Command::Bury { letter, reply } => {
            waiting.push(Waiting::Done(reply));
            transaction.map_or(Ok(()), |open| bury(open, &letter))?;
        }
    }
    Ok(())
}

/// The inner error refuses this draft alone.
fn insert_event(
    transaction: &Transaction<'_>,
    draft: Draft,
    sequence: u64,
) -> rusqlite::Result<Result<(), DeliveryError>> {
    let Draft { kind, priority, camera, encode } = draft;
    // The closure is the caller's; whatever it leaves half-done is its own.
    let Ok(payload) = catch_unwind(AssertUnwindSafe(|| encode(sequence))) else {
        return Ok(Err(DeliveryError::EncodePanicked { kind }));
    };
    if MAX_PAYLOAD_BYTES < payload.len() {
        let (bytes, limit) = (payload.len(), MAX_PAYLOAD_BYTES);
        return Ok(Err(DeliveryError::PayloadTooLarge { kind, bytes, limit }));
    }
    transaction
        .prepare_cached(
            "INSERT INTO event (sequence, kind, priority, camera, appended_unix_ns, payload)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![signed(sequence), kind, priority, camera, wall_clock::unix_ns(), payload])?;
    Ok(Ok(()))
}

/// Returns what is remembered afterwards. The inner error refuses this consumer alone.
fn advance_consumer(
    transaction: &Transaction<'_>,
    consumer: String,
    sequence: u64,
) -> rusqlite::Result<Result<u64, DeliveryError>> {
    let held: Option<i64> = transaction
        .prepare_cached("SELECT sequence FROM consumer WHERE name = ?1")?
        .query_row(params![consumer], |row| row.get(0))
        .optional()?;
    if held.is_none() {
        let consumers: i64 =
            transaction.prepare_cached("SELECT count(*) FROM consumer")?.query_row([], |row| row.get(0))?;
        if MAX_CONSUMERS as u64 <= unsigned(consumers) {
            return Ok(Err(DeliveryError::TooManyConsumers { consumer, limit: MAX_CONSUMERS }));
        }
    }
    let remembered = sequence.max(unsigned(held.unwrap_or(0)));
    transaction
        .prepare_cached("INSERT OR REPLACE INTO consumer (name, sequence) VALUES (?1, ?2)")?
        .execute(params![consumer, signed(remembered)])?;
    Ok(Ok(remembered))
}

fn bury(transaction: &Transaction<'_>, letter: &DeadLetter) -> rusqlite::Result<()> {
    let DeadLetter { destination, sequence, reason, at_unix_ns } = letter;
    // The first refusal stays when an event is refused again.
    transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO dead_letter (destination, sequence, reason, at_unix_ns)
             VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![destination, signed(*sequence), reason, at_unix_ns])?;
    Ok(())
}

fn store_cursor(transaction: &Transaction<'_>, destination: &str, cursor: Cursor) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO destination (name, sent, settled) VALUES (?1, ?2, ?3)")?
        .execute(params![destination, signed(cursor.sent), signed(cursor.settled)])?;
    Ok(())
}
