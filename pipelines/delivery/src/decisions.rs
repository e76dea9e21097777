//! Why there was an alarm and why there was none: what was decided, for a while; and what people said of it, for good.
//!
//! Constraints: who hands a decision over never waits, what does not fit is counted as shed; decisions are held for a
//! time and within a number of bytes, the oldest go first; a verdict is durable when it is answered, and outlives both
//! the decisions and the journal. Bytes are opaque here.
//!
//! Layout: `decisions.db` (SQLite, write-ahead log, full synchronisation), beside the journal, whose lock keeps a second
//! process out. One thread, `decisions`, owns the connection, gathers decisions for half a second and commits them at
//! once; a question makes it commit first.

mod record;
mod schema;
mod worker;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::error::DeliveryError;
use crate::name::check_name;

pub use record::{Around, Decision, DecisionFigures, DecisionLimits, Verdict};
use worker::{Command, Reply, Worker};

/// Decisions, verdicts and questions that may wait for the thread.
const CAPACITY: usize = 1_024;
/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(5);
/// Largest record of either kind, in bytes.
pub const MAX_DECISION_BYTES: usize = 256 << 10;

/// Handle of the store; clones share one. Dropping the last one closes it.
#[derive(Clone)]
pub struct DecisionStore {
    shared: Arc<Shared>,
}

struct Shared {
    /// `None` once closed.
    commands: Mutex<Option<SyncSender<Command>>>,
    counts: Arc<Counts>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Counts {
    kept: AtomicU64,
    shed: AtomicU64,
    displaced: AtomicU64,
    expired: AtomicU64,
    bytes: AtomicU64,
}

impl DecisionStore {
    /// Opens (or creates) `dir/decisions.db` and starts its thread. A damaged file is set aside under another name and a
    /// new one begun, with an error in the log: a box must not stand still for want of explanations.
    ///
    /// # Errors
    /// [`DeliveryError::Layout`], [`DeliveryError::File`], [`DeliveryError::Thread`], or what SQLite says.
    pub fn open(dir: &Path, limits: DecisionLimits) -> Result<Self, DeliveryError> {
        std::fs::create_dir_all(dir).map_err(DeliveryError::file("create", dir))?;
        let connection = schema::open(&dir.join(schema::FILE))?;
        let counts = Arc::<Counts>::default();
        let (commands, work) = sync_channel(CAPACITY);
        let worker = Worker::new(connection, limits, Arc::clone(&counts))?;
        let thread = thread::Builder::new()
            .name("decisions".to_owned())
            .spawn(move || worker.run(&work))
            .map_err(|source| DeliveryError::Thread { name: "decisions", source })?;
        let shared =
            Shared { commands: Mutex::new(Some(commands)), counts, thread: Mutex::new(Some(thread)) };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Hands a decision over; on disk within a second. Never waits: one that finds the queue full, is too large or names
    /// no camera is counted as shed.
    pub fn keep(&self, decision: Decision) {
        let fits =
            decision.bytes.len() <= MAX_DECISION_BYTES && check_name("camera", &decision.camera).is_ok();
        let sender = self.sender().filter(|_| fits);
        let taken = sender.is_some_and(|sender| sender.try_send(Command::Keep(decision)).is_ok());
        if !taken {
            self.shared.counts.shed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What it holds and what it has let go since it was opened.
    pub fn figures(&self) -> DecisionFigures {
        let Counts { kept, shed, displaced, expired, bytes } = &*self.shared.counts;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        DecisionFigures {
            kept: read(kept),
            shed: read(shed),
            displaced: read(displaced),
            expired: read(expired),
            held_bytes: read(bytes),
        }
    }

    /// The decisions of a camera that touch the time from `from_unix_ns` to `to_unix_ns`, both included, by their
    /// beginning; at most `limit`.
    ///
    /// # Errors
    /// [`DeliveryError::QueueFull`], [`DeliveryError::Unanswered`], [`DeliveryError::Database`],
    /// [`DeliveryError::Closed`].
    pub async fn around(
        &self,
        camera: &str,
        from_unix_ns: i64,
        to_unix_ns: i64,
        limit: usize,
    ) -> Result<Around, DeliveryError> {
        let camera = camera.to_owned();
        self.ask(|reply| Command::Around { camera, from_unix_ns, to_unix_ns, limit, reply }).await
    }

    /// The newest decision under this key.
    ///
    /// # Errors
    /// As [`around`](Self::around).
    pub async fn find(&self, key: &str) -> Result<Option<Decision>, DeliveryError> {
        let key = key.to_owned();
        self.ask(|reply| Command::Find { key, reply }).await
    }

    /// Keeps a verdict for good; durable when it returns. Answers whether it was new: the same bytes of the same author
    /// on the same subject change nothing.
    ///
    /// # Errors
    /// As [`around`](Self::around), [`DeliveryError::PayloadTooLarge`], and [`DeliveryError::TooManyVerdicts`].
    pub async fn judge(&self, verdict: Verdict) -> Result<bool, DeliveryError> {
        let bytes = verdict.bytes.len().max(verdict.about.len());
        if MAX_DECISION_BYTES < bytes {
            let (kind, limit) = ("verdict".to_owned(), MAX_DECISION_BYTES);
            return Err(DeliveryError::PayloadTooLarge { kind, bytes, limit });
        }
        self.ask(|reply| Command::Judge { verdict, reply }).await
    }

    /// Writes what waits and stops the thread. Blocks for some milliseconds; later calls get
    /// [`DeliveryError::Closed`]. Closing twice is harmless.
    pub fn close(&self) {
        self.shared.close();
    }

    fn sender(&self) -> Option<SyncSender<Command>> {
        self.shared.commands.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, DeliveryError> {
        let sender = self.sender().ok_or(DeliveryError::Closed)?;
        let (reply, answer) = oneshot::channel();
        sender.try_send(command(reply)).map_err(|refused| match refused {
            TrySendError::Full(_) => {
                DeliveryError::QueueFull { queue: "decisions", capacity: CAPACITY, limit: Duration::ZERO }
            }
            TrySendError::Disconnected(_) => DeliveryError::Closed,
        })?;
        // Held on, the sender would keep the thread from ending.
        drop(sender);
        match timeout(LIMIT, answer).await {
            Ok(result) => result.unwrap_or(Err(DeliveryError::Closed)),
            Err(_) => Err(DeliveryError::Unanswered { limit: LIMIT }),
        }
    }
}

impl Shared {
    fn close(&self) {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("thread `decisions` had panicked");
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

/// Reads the verdicts in `dir`, oldest first, beside a box that runs or without one.
///
/// # Errors
/// [`DeliveryError::File`] where there is no store, or what SQLite says.
pub fn read_verdicts(dir: &Path) -> Result<Vec<Verdict>, DeliveryError> {
    let connection: Connection = schema::open_for_reading(&dir.join(schema::FILE))?;
    schema::verdicts(&connection).map_err(DeliveryError::database("read the verdicts"))
}
