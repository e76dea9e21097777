//! What can go wrong between an event and its receiver.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Why an event or a picture could not be stored, read or sent.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Another process (or another handle in this one) works on the journal.
    #[error("journal `{}` is in use: another process holds its lock `{}`", journal.display(), lock.display())]
    Locked {
        /// Journal file.
        journal: PathBuf,
        /// Lock file beside it.
        lock: PathBuf,
    },
    /// The journal was written by another box; its sequences would collide with this one's.
    #[error("journal `{}` belongs to box `{found}`, not to `{expected}`", journal.display())]
    ForeignBox {
        /// Journal file.
        journal: PathBuf,
        /// Box id in the journal.
        found: String,
        /// Box id asked for.
        expected: String,
    },
    /// The file is no intact journal.
    #[error("journal `{}` is damaged: {detail}", journal.display())]
    Damaged {
        /// Journal file.
        journal: PathBuf,
        /// What SQLite found.
        detail: String,
    },
    /// The journal was written by a newer program.
    #[error("journal `{}` has layout {found}, this program knows layouts up to {known}", journal.display())]
    Layout {
        /// Journal file.
        journal: PathBuf,
        /// Layout version in the file.
        found: i64,
        /// Newest layout version of this program.
        known: i64,
    },
    /// SQLite refused; nothing of the batch was stored.
    #[error("could not {action}")]
    Database {
        /// What was tried.
        action: &'static str,
        /// SQLite's own error, shared by all that waited for the same commit.
        #[source]
        source: Arc<dyn Error + Send + Sync>,
    },
    /// A file operation failed.
    #[error("could not {action} `{}`", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// File or folder.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// A thread could not be started.
    #[error("could not start thread `{name}`")]
    Thread {
        /// Name of the thread.
        name: &'static str,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// A queue stayed full for the whole time limit.
    #[error("{queue} queue is full ({capacity} waiting) and stayed so for {limit:?}")]
    QueueFull {
        /// Which queue.
        queue: &'static str,
        /// Entries it holds.
        capacity: usize,
        /// How long was waited.
        limit: Duration,
    },
    /// The disk did not confirm in time; the event may still become durable.
    #[error("journal did not confirm within {limit:?}; the event may still be stored")]
    Unconfirmed {
        /// How long was waited.
        limit: Duration,
    },
    /// The reader thread did not answer in time.
    #[error("journal did not answer within {limit:?}")]
    Unanswered {
        /// How long was waited.
        limit: Duration,
    },
    /// The journal has been closed.
    #[error("journal is closed")]
    Closed,
    /// A draft's `encode` panicked; its sequence was not used up.
    #[error("encoding an event of kind `{kind}` panicked")]
    EncodePanicked {
        /// Kind of the draft.
        kind: String,
    },
    /// An encoded event is larger than the journal takes.
    #[error("event of kind `{kind}` has {bytes} bytes, at most {limit} are taken")]
    PayloadTooLarge {
        /// Kind of the draft.
        kind: String,
        /// Size of its payload.
        bytes: usize,
        /// Largest size taken.
        limit: usize,
    },
    /// A name cannot stand in a topic, path or table.
    #[error("{what} `{value}` must be {expected}")]
    Name {
        /// What is named.
        what: &'static str,
        /// The refused name, shortened.
        value: String,
        /// What is taken.
        expected: &'static str,
    },
    /// A destination's setting is out of bounds.
    #[error("{destination}: {setting} is {value}, must be {expected}")]
    Setting {
        /// Name of the destination.
        destination: &'static str,
        /// Name of the setting.
        setting: &'static str,
        /// Value given.
        value: String,
        /// Values taken.
        expected: &'static str,
    },
    /// A consumer acknowledged an event that does not exist yet.
    #[error("consumer `{consumer}` acknowledged sequence {sequence}, the newest is {newest}")]
    AcknowledgedAhead {
        /// Name of the consumer.
        consumer: String,
        /// What it acknowledged.
        sequence: u64,
        /// Newest sequence held.
        newest: u64,
    },
    /// The journal remembers no further consumer.
    #[error("consumer `{consumer}` is one too many, {limit} are remembered")]
    TooManyConsumers {
        /// Name of the refused consumer.
        consumer: String,
        /// Consumers remembered.
        limit: usize,
    },
    /// No further verdict is kept.
    #[error("{limit} verdicts are kept, there is no room for another")]
    TooManyVerdicts {
        /// Verdicts kept.
        limit: usize,
    },
    /// A retained status cannot be taken.
    #[error("status of camera `{camera}` was refused: {reason}")]
    CameraStatus {
        /// Id of the camera.
        camera: String,
        /// Why.
        reason: String,
    },
    /// A piece of evidence on disk does not have the content its name promises.
    #[error("evidence `{}` has the hash {found}", path.display())]
    EvidenceDamaged {
        /// File.
        path: PathBuf,
        /// SHA-256 of what it holds.
        found: String,
    },
}

impl DeliveryError {
    pub(crate) fn database(action: &'static str) -> impl Fn(rusqlite::Error) -> Self + Copy {
        move |source| Self::Database { action, source: Arc::new(source) }
    }

    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }
}

/// `error` with its causes in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let line = error.to_string();
        // Some libraries repeat the cause in their own message.
        if !text.contains(&line) {
            text.push_str(": ");
            text.push_str(&line);
        }
        cause = error.source();
    }
    text
}
