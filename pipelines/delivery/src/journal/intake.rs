//! The queue in front of the writer thread: bounded, with a time limit, and taken out in batches.

use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::entry::{Cursor, DeadLetter, Draft};
use crate::error::DeliveryError;

/// Commands that may wait.
const CAPACITY: usize = 1_024;
/// Most commands in one transaction.
const BATCH: usize = 256;
/// Longest time a cursor waits for a commit that it could share.
const CURSOR_DELAY: Duration = Duration::from_millis(250);

/// Called once with the outcome; dropped unused when the writer is gone.
pub(super) type Reply<T> = Box<dyn FnOnce(Result<T, DeliveryError>) + Send>;

/// Something to be made durable.
pub(super) enum Command {
    Append { draft: Draft, reply: Reply<u64> },
    Acknowledge { consumer: String, sequence: u64, reply: Reply<u64> },
    Bury { letter: DeadLetter, reply: Reply<()> },
}

/// What the writer should do next.
pub(super) enum Work {
    /// One transaction's worth; one of the two may be empty.
    Batch { commands: VecDeque<Command>, cursors: BTreeMap<String, Cursor> },
    /// Nothing came for the time asked.
    Idle,
    /// Closed, and everything has been handed out.
    Closed,
}

/// Queue between many callers and the writer thread.
pub(super) struct Intake {
    state: Mutex<State>,
    work: Condvar,
    room: Condvar,
}

#[derive(Default)]
struct State {
    commands: VecDeque<Command>,
    /// Latest per destination, so it cannot grow beyond their number.
    cursors: BTreeMap<String, Cursor>,
    /// When the oldest unwritten cursor has waited long enough.
    cursors_due: Option<Instant>,
    closed: bool,
}

impl Intake {
    pub(super) fn new() -> Self {
        Self { state: Mutex::default(), work: Condvar::new(), room: Condvar::new() }
    }

    /// Queues `command`, waiting at most `limit` for room.
    pub(super) fn push(&self, command: Command, limit: Duration) -> Result<(), DeliveryError> {
        let is_full = |state: &mut State| CAPACITY <= state.commands.len() && !state.closed;
        let (mut state, wait) =
            self.room.wait_timeout_while(self.lock(), limit, is_full).unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return Err(DeliveryError::Closed);
        }
        if wait.timed_out() && CAPACITY <= state.commands.len() {
            return Err(DeliveryError::QueueFull { queue: "journal", capacity: CAPACITY, limit });
        }
        state.commands.push_back(command);
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    /// Replaces what waits for this destination.
    pub(super) fn note_cursor(&self, destination: &str, cursor: Cursor) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        state.cursors.insert(destination.to_owned(), cursor);
        if state.cursors_due.is_none() {
            state.cursors_due = Some(Instant::now() + CURSOR_DELAY);
            drop(state);
            self.work.notify_one();
        }
    }

    /// Waits for work; `Idle` after `idle_after` without any.
    pub(super) fn take(&self, idle_after: Option<Duration>) -> Work {
        let idle_at = idle_after.map(|after| Instant::now() + after);
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            let cursors_wait = state.cursors_due.is_some_and(|due| now < due) && !state.closed;
            if !state.commands.is_empty() || (state.cursors_due.is_some() && !cursors_wait) {
                return self.hand_out(state);
            }
            if state.closed {
                return Work::Closed;
            }
            if idle_at.is_some_and(|at| at <= now) {
                return Work::Idle;
            }
            let wake_at = [state.cursors_due, idle_at].into_iter().flatten().min();
            state = match wake_at {
                Some(at) => {
                    let (state, _) = self
                        .work
                        .wait_timeout(state, at.saturating_duration_since(now))
                        .unwrap_or_else(PoisonError::into_inner);
                    state
                }
                None => self.work.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Refuses further commands; those that wait are still handed out.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.work.notify_all();
        self.room.notify_all();
    }

    /// Refuses further commands and drops those that wait, so that nobody waits for a writer that is gone.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        state.closed = true;
        let orphans = mem::take(&mut state.commands);
        drop(state);
        self.room.notify_all();
        // Dropped outside the lock: a draft may own a handle of the journal.
        drop(orphans);
    }

    fn hand_out(&self, mut state: MutexGuard<'_, State>) -> Work {
        let count = state.commands.len().min(BATCH);
        let commands = state.commands.drain(..count).collect();
        let cursors = mem::take(&mut state.cursors);
        state.cursors_due = None;
        drop(state);
        self.room.notify_all();
        Work::Batch { commands, cursors }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{CAPACITY, Command, Cursor, Intake, Work};
    use crate::error::DeliveryError;

    fn acknowledge(sequence: u64) -> Command {
        Command::Acknowledge { consumer: "c".to_owned(), sequence, reply: Box::new(|_| ()) }
    }

    #[test]
    fn a_full_queue_refuses_after_its_limit_and_takes_again_when_a_batch_is_out() {
        let intake = Intake::new();
        for sequence in 0..CAPACITY as u64 {
            intake.push(acknowledge(sequence), Duration::ZERO).unwrap();
        }
        let refused = intake.push(acknowledge(0), Duration::from_millis(1));
        assert!(matches!(refused, Err(DeliveryError::QueueFull { capacity: CAPACITY, .. })), "{refused:?}");
        assert!(matches!(intake.take(None), Work::Batch { commands, .. } if commands.len() == 256));
        intake.push(acknowledge(0), Duration::ZERO).unwrap();
    }

    #[test]
    fn closing_hands_out_what_waits_and_then_says_so() {
        let intake = Intake::new();
        intake.push(acknowledge(1), Duration::ZERO).unwrap();
        intake.note_cursor("mqtt", Cursor { sent: 2, settled: 2 });
        intake.close();
        assert!(matches!(intake.push(acknowledge(2), Duration::ZERO), Err(DeliveryError::Closed)));
        match intake.take(None) {
            Work::Batch { commands, cursors } => assert_eq!((commands.len(), cursors.len()), (1, 1)),
            Work::Idle | Work::Closed => panic!("a command was lost"),
        }
        assert!(matches!(intake.take(None), Work::Closed));
    }

    #[test]
    fn a_lone_cursor_is_handed_out_before_the_writer_goes_idle() {
        let intake = Intake::new();
        intake.note_cursor("mqtt", Cursor { sent: 1, settled: 1 });
        intake.note_cursor("mqtt", Cursor { sent: 3, settled: 2 });
        match intake.take(Some(Duration::from_secs(60))) {
            Work::Batch { commands, cursors } => {
                assert!(commands.is_empty());
                assert_eq!(cursors["mqtt"], Cursor { sent: 3, settled: 2 });
            }
            Work::Idle | Work::Closed => panic!("the cursor was forgotten"),
        }
        assert!(matches!(intake.take(Some(Duration::ZERO)), Work::Idle));
    }
}
