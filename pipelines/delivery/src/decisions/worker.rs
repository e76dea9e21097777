//! The thread that owns the store's connection.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use tokio::sync::oneshot;

use super::record::{Around, Decision, DecisionLimits, Verdict};
use super::{Counts, schema};
use crate::error::DeliveryError;
use crate::wall_clock;

/// How long a decision waits for others to share its commit.
const LINGER: Duration = Duration::from_millis(500);
/// Decisions in one commit at most.
const BATCH: usize = 256;
/// How often a thread without work looks for what is too old.
const IDLE: Duration = Duration::from_secs(60);
/// Decisions that go for want of room, in one step.
const STEP: i64 = 64;
/// Verdicts held at most.
const MAX_VERDICTS: usize = 100_000;

pub(super) type Reply<T> = oneshot::Sender<Result<T, DeliveryError>>;

pub(super) enum Command {
    Keep(Decision),
    Around { camera: String, from_unix_ns: i64, to_unix_ns: i64, limit: usize, reply: Reply<Around> },
    Find { key: String, reply: Reply<Option<Decision>> },
    Judge { verdict: Verdict, reply: Reply<bool> },
}

pub(super) struct Worker {
    connection: Connection,
    limits: DecisionLimits,
    counts: Arc<Counts>,
    /// Not committed yet.
    pending: Vec<Decision>,
    /// When the pending ones are due.
    due: Option<Instant>,
}

impl Worker {
    pub(super) fn new(
        connection: Connection,
        limits: DecisionLimits,
        counts: Arc<Counts>,
    ) -> Result<Self, DeliveryError> {
        let bytes: i64 = connection
            .query_row("SELECT coalesce(sum(length(bytes)), 0) FROM decision", [], |row| row.get(0))
            .map_err(DeliveryError::database("read the decisions"))?;
        counts.bytes.store(u64::try_from(bytes).unwrap_or(0), Ordering::Relaxed);
        Ok(Self { connection, limits, counts, pending: Vec::new(), due: None })
    }

    /// Works until every sender is gone.
    pub(super) fn run(mut self, work: &Receiver<Command>) {
        self.commit();
        loop {
            let wait = self.due.map_or(IDLE, |due| due.saturating_duration_since(Instant::now()));
            match work.recv_timeout(wait) {
                Ok(Command::Keep(decision)) => {
                    self.due.get_or_insert_with(|| Instant::now() + LINGER);
                    self.pending.push(decision);
                    if BATCH <= self.pending.len() {
                        self.commit();
                    }
                }
                Ok(question) => {
                    // Whoever asks is told of what was handed over before.
                    self.commit();
                    self.answer(question);
                }
                Err(RecvTimeoutError::Timeout) => self.commit(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.commit();
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(%error, "the store of decisions did not close cleanly");
        }
    }

    /// Writes what is pending and lets go what is too old or too much.
    fn commit(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        self.due = None;
        match write(&mut self.connection, &pending, self.limits, self.counts.bytes.load(Ordering::Relaxed)) {
            Ok(written) => {
                let Written { bytes, expired, displaced } = written;
                self.counts.bytes.store(bytes, Ordering::Relaxed);
                self.counts.kept.fetch_add(pending.len() as u64, Ordering::Relaxed);
                self.counts.expired.fetch_add(expired, Ordering::Relaxed);
                self.counts.displaced.fetch_add(displaced, Ordering::Relaxed);
            }
            Err(error) => {
                // A disk that is full refuses for long: they are not held in memory meanwhile.
                self.counts.shed.fetch_add(pending.len() as u64, Ordering::Relaxed);
                tracing::error!(%error, decisions = pending.len(), "could not write decisions");
            }
        }
    }

    fn answer(&mut self, question: Command) {
        let read = DeliveryError::database("read the decisions");
        // A caller may have given up.
        match question {
            Command::Keep(decision) => self.pending.push(decision),
            Command::Around { camera, from_unix_ns, to_unix_ns, limit, reply } => {
                let found = schema::around(&self.connection, &camera, from_unix_ns, to_unix_ns, limit);
                reply.send(found.map_err(read)).ok();
            }
            Command::Find { key, reply } => {
                reply.send(schema::find(&self.connection, &key).map_err(read)).ok();
            }
            Command::Judge { verdict, reply } => {
                let judged = judge(&mut self.connection, &verdict, MAX_VERDICTS);
                let failed = DeliveryError::database("write a verdict");
                reply.send(judged.map_err(failed).and_then(|outcome| outcome)).ok();
            }
        }
    }
}

struct Written {
    bytes: u64,
    expired: u64,
    displaced: u64,
}

fn write(
    connection: &mut Connection,
    pending: &[Decision],
    limits: DecisionLimits,
    held: u64,
) -> rusqlite::Result<Written> {
    let now = wall_clock::unix_ns();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut bytes = held;
    for decision in pending {
        let Decision { camera, from_unix_ns, to_unix_ns, key, bytes: content } = decision;
        transaction
            .prepare_cached(
                "INSERT INTO decision (camera, from_unix_ns, to_unix_ns, kept_unix_ns, key, bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![camera, from_unix_ns, to_unix_ns, now, key, content])?;
        bytes += content.len() as u64;
    }
    let retention = i64::try_from(limits.retention.as_nanos()).unwrap_or(i64::MAX);
    let (expired, freed) = forget(&transaction, "kept_unix_ns < ?1", now.saturating_sub(retention))?;
    bytes = bytes.saturating_sub(freed);
    let mut displaced = 0;
    while limits.max_bytes < bytes {
        let last: Option<i64> = transaction
            .prepare_cached("SELECT max(id) FROM (SELECT id FROM decision ORDER BY id LIMIT ?1)")?
            .query_row(params![STEP], |row| row.get(0))?;
        let Some(last) = last else { break };
        let (gone, freed) = forget(&transaction, "id <= ?1", last)?;
        displaced += gone;
        bytes = bytes.saturating_sub(freed);
    }
    transaction.commit()?;
    Ok(Written { bytes, expired, displaced })
}

/// Removes decisions and remembers for each camera up to when; answers how many there were and of how many bytes.
fn forget(transaction: &Transaction<'_>, which: &str, bound: i64) -> rusqlite::Result<(u64, u64)> {
    let (count, bytes): (i64, i64) = transaction
        .prepare_cached(&format!(
            "SELECT count(*), coalesce(sum(length(bytes)), 0) FROM decision WHERE {which}"
        ))?
        .query_row(params![bound], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if 0 < count {
        transaction
            .prepare_cached(&format!(
                "INSERT INTO forgotten (camera, to_unix_ns)
                 SELECT camera, max(to_unix_ns) FROM decision WHERE {which} GROUP BY camera
                 ON CONFLICT (camera) DO UPDATE SET to_unix_ns = max(to_unix_ns, excluded.to_unix_ns)"
            ))?
            .execute(params![bound])?;
        transaction
            .prepare_cached(&format!("DELETE FROM decision WHERE {which}"))?
            .execute(params![bound])?;
    }
    Ok((u64::try_from(count).unwrap_or(0), u64::try_from(bytes).unwrap_or(0)))
}

/// The inner error refuses this verdict alone.
fn judge(
    connection: &mut Connection,
    verdict: &Verdict,
    most: usize,
) -> rusqlite::Result<Result<bool, DeliveryError>> {
    let Verdict { subject, author, told_unix_ns, bytes, about } = verdict;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let is_known: bool = transaction
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM verdict
             WHERE subject = ?1 AND author = ?2 AND told_unix_ns = ?3 AND bytes = ?4)",
        )?
        .query_row(params![subject, author, told_unix_ns, bytes], |row| row.get(0))?;
    if is_known {
        return Ok(Ok(false));
    }
    let held: i64 =
        transaction.prepare_cached("SELECT count(*) FROM verdict")?.query_row([], |row| row.get(0))?;
    if most as i64 <= held {
        return Ok(Err(DeliveryError::TooManyVerdicts { limit: most }));
    }
    transaction
        .prepare_cached(
            "INSERT INTO verdict (subject, author, told_unix_ns, kept_unix_ns, bytes, about)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![subject, author, told_unix_ns, wall_clock::unix_ns(), bytes, about])?;
    transaction.commit()?;
    Ok(Ok(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_store_of_verdicts_refuses_new_ones_and_knows_the_old() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let mut connection = schema::open(&dir.path().join(schema::FILE)).expect("opens");
        let verdict = |subject: &str| Verdict {
            subject: subject.to_owned(),
            author: "a".to_owned(),
            told_unix_ns: 1,
            bytes: vec![1],
            about: vec![2],
        };
        assert!(matches!(judge(&mut connection, &verdict("one"), 1), Ok(Ok(true))));
        assert!(matches!(judge(&mut connection, &verdict("one"), 1), Ok(Ok(false))));
        let refused = judge(&mut connection, &verdict("two"), 1);
        assert!(matches!(refused, Ok(Err(DeliveryError::TooManyVerdicts { limit: 1 }))));
    }
}
