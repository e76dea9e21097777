//! When a camera's checkpoint is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use delivery::Journal;

use super::backlog::Backlog;
use super::checkpoint::{self, Head};
use super::checkpoint_writer::CheckpointWriter;
use super::limits::Limits;
use super::open_passages::OpenPassages;
use super::sight::Sight;
use super::timeline::Moment;

/// How often a camera that follows something is written down.
const PERIOD: Duration = Duration::from_secs(1);

/// Writes one camera's checkpoint: each second while it follows something, and before the journal is given an event.
#[derive(Debug)]
pub(crate) struct Keeper {
    pub(crate) writer: CheckpointWriter,
    pub(crate) camera: String,
    /// As [`Head::settings`].
    pub(crate) settings: String,
    due: Instant,
    /// Whether nothing was going on in what was written last.
    was_quiet: bool,
    /// As [`Head::settled`], while an event may be on its way to the journal.
    settled: Option<u64>,
    /// Checkpoints that were due and are not on disk.
    missed: Arc<AtomicU64>,
}

/// What is written down.
pub(crate) struct Kept<'a> {
    pub(crate) sight: &'a Sight,
    /// Of the last frame.
    pub(crate) last: Moment,
    pub(crate) open: &'a OpenPassages,
    pub(crate) limits: &'a Limits,
    pub(crate) backlog: &'a Backlog,
    pub(crate) journal: &'a Journal,
}

impl Keeper {
    /// A keeper of `camera`, which a file may be kept of already. What is not written down is counted in `missed`.
    pub(crate) fn new(
        writer: CheckpointWriter,
        camera: &str,
        settings: String,
        missed: Arc<AtomicU64>,
    ) -> Self {
        let was_quiet = !writer.path(camera).exists();
        let camera = camera.to_owned();
        Self { writer, camera, settings, due: Instant::now(), was_quiet, settled: None, missed }
    }

    /// Before the journal is given what the last frame led to: then it is on disk when this returns.
    pub(crate) fn keep_before_events(&mut self, kept: Kept<'_>) {
        let is_quiet = kept.is_quiet();
        let Some(bytes) = self.encoded(kept) else { return };
        match self.writer.write(&self.camera, bytes) {
            Ok(()) => self.was_quiet = is_quiet,
            // The event is worth more than the promise that it comes once.
            Err(error) => {
                self.missed.fetch_add(1, Ordering::Relaxed);
                let error = format!("{error:#}");
                tracing::error!(
                    camera = self.camera,
                    error,
                    "checkpoint was not written: after a crash an event may come twice"
                );
            }
        }
    }

    /// After a frame that led to nothing; not waited for.
    pub(crate) fn keep(&mut self, kept: Kept<'_>) {
        if Instant::now() < self.due {
            return;
        }
        let is_quiet = kept.is_quiet();
        if is_quiet && self.was_quiet {
            self.due = Instant::now() + PERIOD;
            return;
        }
        let Some(bytes) = self.encoded(kept) else { return };
        if self.writer.offer(&self.camera, bytes, &self.missed) {
            self.was_quiet = is_quiet;
        } else {
            self.missed.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(camera = self.camera, "checkpoint was left out: the disk is behind");
        }
    }

    /// The journal has been given what waited.
    pub(crate) fn flushed(&mut self, backlog: &Backlog) {
        if backlog.reports().next().is_none() {
            self.settled = None;
        }
    }

    fn encoded(&mut self, kept: Kept<'_>) -> Option<Vec<u8>> {
        let begun = Instant::now();
        self.due = begun + PERIOD;
        let newest = || kept.journal.bounds().1;
        let head = Head {
            settings: self.settings.clone(),
            last: kept.last,
            settled: *self.settled.get_or_insert_with(newest),
            open: kept.open.written(),
            limits: kept.limits.state().clone(),
            pending: kept.backlog.reports().map(checkpoint::hex).collect(),
        };
        let encoded = checkpoint::encode(&head, &kept.sight.snapshot());
        let bytes = encoded
            .map_err(|error| tracing::error!(camera = self.camera, %error, "checkpoint cannot be written"))
            .ok()?;
        tracing::trace!(camera = self.camera, bytes = bytes.len(), took = ?begun.elapsed(), "checkpoint");
        Some(bytes)
    }
}

impl Kept<'_> {
    /// Whether what is known now is worth no more than what was known before.
    fn is_quiet(&self) -> bool {
        self.sight.is_idle() && self.backlog.reports().next().is_none()
    }
}
