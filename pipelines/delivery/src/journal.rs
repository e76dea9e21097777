//! The durable log of events.
//!
//! Constraints: an event is synced to disk before its sequence is given out; sequences count up by one from 1, are
//! never reused and survive restarts; one process writes; a slow reader or destination never holds up an append.
//!
//! Layout: `journal.db` (SQLite, write-ahead log, full synchronisation) and `journal.lock`. One thread, `journal`,
//! owns the write connection and commits all waiting work in one transaction; another, `journal-reader`, owns the
//! read connection and answers short reads.

mod entry;
mod held;
mod intake;
mod reader;
mod schema;
mod writer;

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use crate::error::DeliveryError;
use crate::evidence::sync_dir;
use crate::name::check_name;

pub(crate) use entry::Cursor;
pub use entry::{DeadLetter, Draft, Entry};
pub use held::HeldEvents;
use intake::{Command, Intake};
use reader::Query;
pub use writer::MAX_PAYLOAD_BYTES;

/// How long an append waits for room in the queue.
const QUEUE_LIMIT: Duration = Duration::from_secs(2);
/// How long an append waits for the disk once it is queued.
const COMMIT_LIMIT: Duration = Duration::from_secs(10);
/// Questions that may wait for the reader thread.
const QUERY_CAPACITY: usize = 64;
/// How long a question waits for room in its queue, and for its answer.
const QUERY_LIMIT: Duration = Duration::from_secs(5);

/// Handle of the journal; clones share one journal. Dropping the last one closes it.
#[derive(Clone)]
pub struct Journal {
    shared: Arc<Shared>,
}

struct Shared {
    box_id: String,
    intake: Arc<Intake>,
    /// `None` once closed.
    queries: Mutex<Option<mpsc::Sender<Query>>>,
    newest: watch::Receiver<u64>,
    first: Arc<AtomicU64>,
    /// How far each destination has come, also what is not written yet.
    cursors: Mutex<BTreeMap<String, Cursor>>,
    threads: Mutex<Option<Threads>>,
}

struct Threads {
    writer: JoinHandle<()>,
    reader: JoinHandle<()>,
    /// Held until both threads are gone; the system releases it when the process dies.
    _lock: File,
}

impl Journal {
    /// Opens (or creates) `dir/journal.db` as the journal of `box_id` and starts its two threads.
    ///
    /// Checks the whole file first, which takes about a second per gigabyte.
    ///
    /// # Errors
    /// [`DeliveryError::Locked`], [`DeliveryError::ForeignBox`], [`DeliveryError::Damaged`],
    /// [`DeliveryError::Layout`], [`DeliveryError::Name`] for an unusable box id, or what the system or SQLite says.
    pub fn open(dir: &Path, box_id: &str) -> Result<Self, DeliveryError> {
        check_name("box id", box_id)?;
        fs::create_dir_all(dir).map_err(DeliveryError::file("create", dir))?;
        let path = dir.join("journal.db");
        let lock = take_lock(dir, &path)?;

        let connection = schema::open_for_writing(&path, box_id)?;
        let held = schema::load(&connection)?;
        let reading = schema::open_for_reading(&path)?;
        sync_dir(dir)?;

        let (newest_sender, newest) = watch::channel(held.last);
        let first = Arc::new(AtomicU64::new(held.first));
        let intake = Arc::new(Intake::new());
        let (queries, questions) = mpsc::channel(QUERY_CAPACITY);

        let reader = thread::Builder::new()
            .name("journal-reader".to_owned())
            .spawn(move || reader::run(&reading, questions))
            .map_err(|source| DeliveryError::Thread { name: "journal-reader", source })?;
        let for_writer = writer::Writer::new(connection, held.last, newest_sender, Arc::clone(&first));
        let work = Arc::clone(&intake);
        let writer = thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || for_writer.run(&work))
            .map_err(|source| DeliveryError::Thread { name: "journal", source })?;

        let shared = Shared {
            box_id: box_id.to_owned(),
            intake,
            queries: Mutex::new(Some(queries)),
            newest,
            first,
            cursors: Mutex::new(held.cursors),
            threads: Mutex::new(Some(Threads { writer, reader, _lock: lock })),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Id of the box whose journal this is.
    pub fn box_id(&self) -> &str {
        &self.shared.box_id
    }

    /// Stores an event and returns its sequence; durable when it returns. Blocks the thread for a commit, usually
    /// below a millisecond; appends of several threads share one commit.
    ///
    /// # Errors
    /// [`DeliveryError::QueueFull`] after 2 s without room; [`DeliveryError::Unconfirmed`] after 10 s without an
    /// answer from the disk; [`DeliveryError::Name`], [`DeliveryError::EncodePanicked`] and
    /// [`DeliveryError::PayloadTooLarge`] for a bad draft, which uses up no sequence; [`DeliveryError::Database`];
    /// [`DeliveryError::Closed`].
    pub fn append(&self, draft: Draft) -> Result<u64, DeliveryError> {
        let unconfirmed = Err(DeliveryError::Unconfirmed { limit: COMMIT_LIMIT });
        self.submit(draft)?.wait(COMMIT_LIMIT).unwrap_or(unconfirmed)
    }

    /// Hands an event over to be stored, without waiting for the disk. Who asks again after a timeout would store it
    /// twice; who keeps the [`Appending`] learns what became of the first time.
    ///
    /// # Errors
    /// [`DeliveryError::QueueFull`] after 2 s without room, [`DeliveryError::Name`], [`DeliveryError::Closed`]: the
    /// event was not taken.
    pub fn submit(&self, draft: Draft) -> Result<Appending, DeliveryError> {
        check_draft(&draft)?;
        let (answer, stored) = sync_channel(1);
        let reply = Box::new(move |result| {
            // The caller may have given up.
            answer.send(result).ok();
        });
        self.shared.intake.push(Command::Append { draft, reply }, QUEUE_LIMIT)?;
        Ok(Appending { stored })
    }

    /// As [`append`](Self::append), for async callers: a full queue refuses at once instead of blocking.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub async fn append_async(&self, draft: Draft) -> Result<u64, DeliveryError> {
        check_draft(&draft)?;
        self.command(|reply| Command::Append { draft, reply }).await
    }

    /// Events from `from_sequence` on, in order of sequence; all kinds when `kinds` is empty.
    ///
    /// At most `limit` of them and at most a thousand or 8 MiB per call: an empty answer, not a short one, means
    /// that nothing more is held.
    ///
    /// # Errors
    /// [`DeliveryError::QueueFull`], [`DeliveryError::Unanswered`], [`DeliveryError::Database`],
    /// [`DeliveryError::Closed`].
    pub async fn read(
        &self,
        from_sequence: u64,
        limit: usize,
        kinds: &[String],
    ) -> Result<Vec<Entry>, DeliveryError> {
        let kinds = kinds.to_vec();
        self.query(|reply| Query::Read { from_sequence, limit, kinds, reply }).await
    }

    /// Sequence of the newest durable event, 0 before the first; changes as events become durable.
    pub fn newest(&self) -> watch::Receiver<u64> {
        self.shared.newest.clone()
    }

    /// First and last sequence held; `(0, 0)` when no event is held.
    pub fn bounds(&self) -> (u64, u64) {
        let last = *self.shared.newest.borrow();
        (self.shared.first.load(Ordering::Acquire), last)
    }

    /// Up to which sequence the named feed consumer has acknowledged; 0 when it is unknown.
    ///
    /// # Errors
    /// As [`read`](Self::read), and [`DeliveryError::Name`].
    pub async fn consumer(&self, name: &str) -> Result<u64, DeliveryError> {
        check_name("consumer", name)?;
        let consumer = name.to_owned();
        self.query(|reply| Query::Consumer { consumer, reply }).await
    }

    /// Remembers durably that the named feed consumer is done with all events up to and with `sequence`, and returns
    /// what is remembered now: it never moves back.
    ///
    /// # Errors
    /// [`DeliveryError::AcknowledgedAhead`], [`DeliveryError::TooManyConsumers`], [`DeliveryError::Name`], and as
    /// [`append_async`](Self::append_async).
    pub async fn acknowledge(&self, name: &str, sequence: u64) -> Result<u64, DeliveryError> {
        check_name("consumer", name)?;
        let newest = *self.shared.newest.borrow();
        if newest < sequence {
            return Err(DeliveryError::AcknowledgedAhead { consumer: name.to_owned(), sequence, newest });
        }
        let consumer = name.to_owned();
        self.command(|reply| Command::Acknowledge { consumer, sequence, reply }).await
    }

    /// Events that the receivers refused for good, oldest first, at most `limit`.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, DeliveryError> {
        self.query(|reply| Query::DeadLetters { limit, reply }).await
    }

    /// Writes what is waiting, stops both threads and truncates the write-ahead log. Blocks for some milliseconds;
    /// later calls on any clone get [`DeliveryError::Closed`]. Closing twice is harmless.
    pub fn close(&self) {
        self.shared.close();
    }

    /// How far the destination has come, also what is not on disk yet.
    pub(crate) fn cursor(&self, destination: &str) -> Cursor {
        let cursors = self.shared.cursors.lock().unwrap_or_else(PoisonError::into_inner);
        cursors.get(destination).copied().unwrap_or_default()
    }

    /// Remembers how far the destination has come; on disk within a quarter of a second. What a crash loses of it is
    /// sent again.
    pub(crate) fn note_cursor(&self, destination: &str, cursor: Cursor) {
        let mut cursors = self.shared.cursors.lock().unwrap_or_else(PoisonError::into_inner);
        cursors.insert(destination.to_owned(), cursor);
        drop(cursors);
        self.shared.intake.note_cursor(destination, cursor);
    }

    /// Keeps the refusal durably.
    pub(crate) async fn bury(&self, letter: DeadLetter) -> Result<(), DeliveryError> {
        self.command(|reply| Command::Bury { letter, reply }).await
    }

    pub(crate) async fn count_dead_letters(&self, destination: &str) -> Result<u64, DeliveryError> {
        let destination = destination.to_owned();
        self.query(|reply| Query::CountDeadLetters { destination, reply }).await
    }

    async fn command<T: Send + 'static>(
        &self,
        command: impl FnOnce(intake::Reply<T>) -> Command,
    ) -> Result<T, DeliveryError> {
        let (answer, done) = oneshot::channel();
        let reply = Box::new(move |result| {
            // The caller may have given up.
            answer.send(result).ok();
        });
        self.shared.intake.push(command(reply), Duration::ZERO)?;
        match timeout(COMMIT_LIMIT, done).await {
            Ok(result) => result.unwrap_or(Err(DeliveryError::Closed)),
            Err(_) => Err(DeliveryError::Unconfirmed { limit: COMMIT_LIMIT }),
        }
    }

    async fn query<T>(&self, query: impl FnOnce(reader::Reply<T>) -> Query) -> Result<T, DeliveryError> {
        let queries = self.shared.queries.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let queries = queries.ok_or(DeliveryError::Closed)?;
        let (reply, answer) = oneshot::channel();
        match timeout(QUERY_LIMIT, queries.send(query(reply))).await {
            Ok(sent) => sent.map_err(|_| DeliveryError::Closed)?,
            Err(_) => {
                return Err(DeliveryError::QueueFull {
                    queue: "journal reader",
                    capacity: QUERY_CAPACITY,
                    limit: QUERY_LIMIT,
                });
            }
        }
        // Held on, the sender would keep the reader thread from ending.
        drop(queries);
        match timeout(QUERY_LIMIT, answer).await {
            Ok(result) => result.unwrap_or(Err(DeliveryError::Closed)),
            Err(_) => Err(DeliveryError::Unanswered { limit: QUERY_LIMIT }),
        }
    }
}

impl Shared {
    fn close(&self) {
        self.intake.close();
        self.queries.lock().unwrap_or_else(PoisonError::into_inner).take();
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(threads) = threads else { return };
        // The last handle may die inside a draft's `encode`, on the writer thread itself.
        if threads.writer.thread().id() == thread::current().id() {
            return;
        }
        let panicked = [threads.reader.join().is_err(), threads.writer.join().is_err()];
        if panicked.contains(&true) {
            tracing::error!("a journal thread had panicked");
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

/// An event on its way to the disk.
#[derive(Debug)]
#[must_use = "whether the event was stored is not known yet"]
pub struct Appending {
    stored: Receiver<Result<u64, DeliveryError>>,
}

impl Appending {
    /// The event's sequence once it is durable, or why it was not stored; `None` after `limit` without an answer: it
    /// may still be stored, and may be asked for again. To be called until it answers.
    pub fn wait(&mut self, limit: Duration) -> Option<Result<u64, DeliveryError>> {
        match self.stored.recv_timeout(limit) {
            Ok(result) => Some(result),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Err(DeliveryError::Closed)),
        }
    }
}

fn check_draft(draft: &Draft) -> Result<(), DeliveryError> {
    check_name("event kind", &draft.kind)?;
    draft.camera.as_deref().map_or(Ok(()), |camera| check_name("camera id", camera))
}

fn take_lock(dir: &Path, journal: &Path) -> Result<File, DeliveryError> {
    let path = dir.join("journal.lock");
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(DeliveryError::file("open", &path))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            Err(DeliveryError::Locked { journal: journal.to_owned(), lock: path })
        }
        Err(TryLockError::Error(source)) => Err(DeliveryError::File { action: "lock", path, source }),
    }
}
