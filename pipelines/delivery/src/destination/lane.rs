//! What a destination carries from one connection to the next: its place in the journal, its status, its wish to stop.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::read_ahead::ReadAhead;
use super::status::{DestinationStatus, LinkState};
use super::stop::StopSignal;
use super::window::Window;
use crate::error::{DeliveryError, chain};
use crate::journal::{Cursor, DeadLetter, Entry, Journal};
use crate::wall_clock;

/// Far enough away to mean "not at all".
const NEVER: Duration = Duration::from_secs(3_600);

/// Why a connection ended before it was asked to.
#[derive(Debug)]
pub(crate) enum Halt {
    /// Try again after a pause.
    Lost(String),
    /// There is nothing to deliver from any more.
    JournalClosed,
}

impl From<DeliveryError> for Halt {
    fn from(error: DeliveryError) -> Self {
        match error {
            DeliveryError::Closed => Self::JournalClosed,
            error => Self::Lost(chain(&error)),
        }
    }
}

/// What a destination calls sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SentMeans {
    /// The receiver has confirmed it.
    Confirmed,
    /// It was written to the connection.
    Written,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopping {
    No,
    /// Until `deadline`, events up to `target` are still delivered.
    Until {
        deadline: Instant,
        target: u64,
    },
}

/// A destination's side of the work, the same for every kind of link.
pub(crate) struct Lane {
    name: &'static str,
    sent_means: SentMeans,
    journal: Journal,
    window: Window,
    ahead: ReadAhead,
    status: watch::Sender<DestinationStatus>,
    stop: StopSignal,
    stopping: Stopping,
    /// When a confirmation last came, or the first of a new row of events went out.
    progress_at: Instant,
    dead_letters_known: bool,
}

impl Lane {
    pub(crate) fn new(
        name: &'static str,
        sent_means: SentMeans,
        journal: Journal,
        stop: StopSignal,
    ) -> (Self, watch::Receiver<DestinationStatus>) {
        let cursor = journal.cursor(name);
        let (status, watch) = watch::channel(DestinationStatus {
            name: name.to_owned(),
            state: LinkState::Connecting,
            last_error: None,
            sent: match sent_means {
                SentMeans::Confirmed => cursor.settled,
                SentMeans::Written => cursor.sent,
            },
            settled: cursor.settled,
            in_flight: 0,
            resent: 0,
            dead_letters: 0,
            unknown_receipts: 0,
        });
        let lane = Self {
            name,
            sent_means,
            window: Window::resume(cursor),
            ahead: ReadAhead::new(journal.clone()),
            journal,
            status,
            stop,
            stopping: Stopping::No,
            progress_at: Instant::now(),
            dead_letters_known: false,
        };
        (lane, watch)
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(crate) fn settled(&self) -> u64 {
        self.window.settled()
    }

    /// A new attempt: nothing is in flight, and reading starts behind the last settled event.
    pub(crate) async fn begin(&mut self) -> Result<(), Halt> {
        self.window.rewind();
        self.ahead.seek(self.window.next());
        if !self.dead_letters_known {
            let count = self.journal.count_dead_letters(self.name).await?;
            self.status.send_modify(|status| status.dead_letters = count);
            self.dead_letters_known = true;
        }
        self.show(LinkState::Connecting);
        Ok(())
    }

    pub(crate) fn connected(&self) {
        self.show(LinkState::Connected);
    }

    pub(crate) fn end_attempt(&mut self, reason: String) {
        self.window.rewind();
        self.status.send_modify(|status| status.last_error = Some(reason));
        self.show(LinkState::BackingOff);
    }

    /// Waits out a pause; true when a stop was asked for meanwhile.
    pub(crate) async fn stopped_within(&mut self, pause: Duration) -> bool {
        self.stopping != Stopping::No || timeout(pause, self.stop.requested()).await.is_ok()
    }

    /// Waits for a stop before there is a connection.
    pub(crate) async fn stopped(&mut self) {
        self.stop.requested().await;
    }

    /// Waits for whatever concerns the lane itself: events to send (only with room for one of `limit`), a stop, or the
    /// end of a time limit. Call [`next_to_send`](Self::next_to_send) and [`is_done`](Self::is_done) afterwards. A
    /// dropped call loses nothing.
    ///
    /// Fails when something is in flight and nothing was confirmed for `patience`.
    pub(crate) async fn wait(&mut self, limit: usize, patience: Duration) -> Result<(), Halt> {
        let overdue_at = (0 < self.window.in_flight()).then(|| self.progress_at + patience);
        let deadline = match self.stopping {
            Stopping::No => None,
            Stopping::Until { deadline, .. } => Some(deadline),
        };
        let wake_at =
            [overdue_at, deadline].into_iter().flatten().min().unwrap_or_else(|| Instant::now() + NEVER);
        let wants_events = self.ahead.peek().is_none() && self.window.has_room(limit);
        let stop = &mut self.stop;
        let stopping = self.stopping;
        let asked_to_stop =
            async { if stopping == Stopping::No { stop.requested().await } else { stop.changed().await } };
        tokio::select! {
            filled = self.ahead.fill(), if wants_events => filled?,
            deadline = asked_to_stop => {
                let target = match stopping {
                    Stopping::No => *self.journal.newest().borrow(),
                    Stopping::Until { target, .. } => target,
                };
                self.stopping = Stopping::Until { deadline, target };
            }
            () = tokio::time::sleep_until(wake_at) => {
                if overdue_at.is_some_and(|at| at <= Instant::now()) {
                    let in_flight = self.window.in_flight();
                    let reason = format!("{in_flight} events in flight and no confirmation for {patience:?}");
                    return Err(Halt::Lost(reason));
                }
            }
        }
        Ok(())
    }

    /// The next event for the receiver, now in flight; `None` when there is none ready, no room, or a stop asks for no
    /// more.
    pub(crate) fn next_to_send(&mut self, limit: usize) -> Option<Entry> {
        let target = match self.stopping {
            Stopping::No => u64::MAX,
            Stopping::Until { target, .. } => target,
        };
        let is_wanted = self.ahead.peek().is_some_and(|entry| entry.sequence <= target);
        if !is_wanted || !self.window.has_room(limit) {
            return None;
        }
        let entry = self.ahead.take()?;
        if self.window.in_flight() == 0 {
            self.progress_at = Instant::now();
        }
        let again = self.window.hand_out(entry.sequence);
        self.status.send_modify(|status| status.resent += u64::from(again));
        self.show_place();
        Some(entry)
    }

    /// Whether a stop was asked for and nothing is left to do for it, or its grace is over.
    pub(crate) fn is_done(&self) -> bool {
        match self.stopping {
            Stopping::No => false,
            Stopping::Until { deadline, target } => {
                target <= self.window.settled() || deadline <= Instant::now()
            }
        }
    }

    pub(crate) fn is_in_flight(&self, sequence: u64) -> bool {
        self.window.contains(sequence)
    }

    /// The receiver holds the event.
    pub(crate) fn settle(&mut self, sequence: u64) {
        if !self.window.settle(sequence) {
            self.count_unknown();
            return;
        }
        self.progress_at = Instant::now();
        let cursor = Cursor { sent: self.window.highest(), settled: self.window.settled() };
        self.journal.note_cursor(self.name, cursor);
        self.show_place();
    }

    /// The receiver (or a limit of it) refuses the event for good: it is kept as a dead letter and counts as settled.
    pub(crate) async fn bury(&mut self, sequence: u64, reason: String) -> Result<(), Halt> {
        tracing::warn!(destination = self.name, sequence, reason, "event refused for good");
        let destination = self.name.to_owned();
        let at_unix_ns = wall_clock::unix_ns();
        self.journal.bury(DeadLetter { destination, sequence, reason, at_unix_ns }).await?;
        let count = self.journal.count_dead_letters(self.name).await?;
        self.status.send_modify(|status| status.dead_letters = count);
        self.settle(sequence);
        Ok(())
    }

    pub(crate) fn count_unknown(&self) {
        self.status.send_modify(|status| status.unknown_receipts += 1);
    }

    fn show(&self, state: LinkState) {
        self.status.send_modify(|status| status.state = state);
        self.show_place();
    }

    fn show_place(&self) {
        self.status.send_modify(|status| {
            status.settled = self.window.settled();
            status.sent = match self.sent_means {
                SentMeans::Confirmed => self.window.settled(),
                SentMeans::Written => self.window.highest(),
            };
            status.in_flight = self.window.in_flight() as u64;
        });
    }
}
