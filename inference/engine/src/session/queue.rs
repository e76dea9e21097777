//! Who is next: the bounded queue in front of a session, or of several side by side.
//!
//! Constraints: a caller is never made to wait; what nobody wants any more is handed out apart and takes no turn; of all
//! callers that have something in the queue the one served longest ago is next, and between equals the older frame. The
//! choice depends on the order of calls and on the frames' ages alone.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::Batching;

/// What a queue holds.
pub(super) trait Waiting {
    /// Whether anybody still wants it.
    fn is_wanted(&self, now: Instant) -> bool;

    /// The latest moment to which it may be held back so that others join it.
    fn hold_until(&self) -> Instant;
}

#[derive(Debug)]
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    capacity: usize,
    batching: Batching,
}

#[derive(Debug)]
struct State<T> {
    entries: Vec<Entry<T>>,
    /// Turns taken so far by all callers together.
    turns: u64,
    closed: bool,
}

#[derive(Debug)]
struct Entry<T> {
    caller: Caller,
    born: Instant,
    item: T,
}

/// One who takes turns; clones are the same one.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// The number of its last turn. Written under the queue's lock only.
    last_turn: Arc<AtomicU64>,
}

/// Why something was not taken in, with the thing itself.
#[derive(Debug)]
pub(super) enum Refused<T> {
    /// As many wait as may.
    Full(T),
    /// Nothing is taken in any more.
    Closed(T),
}

/// What a session is to do next.
#[derive(Debug)]
pub(super) struct Taken<T> {
    /// One run's worth, in the order of turns; empty if there is something to drop first.
    pub(super) wanted: Vec<T>,
    /// To be answered without a run.
    pub(super) unwanted: Vec<T>,
}

impl<T: Waiting> Queue<T> {
    pub(super) fn new(capacity: usize, batching: Batching) -> Self {
        let state = State { entries: Vec::with_capacity(capacity), turns: 0, closed: false };
        Self { state: Mutex::new(state), changed: Condvar::new(), capacity, batching }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// A new caller, who counts as served just now.
    pub(super) fn caller(&self) -> Caller {
        Caller { last_turn: Arc::new(AtomicU64::new(self.lock().turns)) }
    }

    /// Takes `item` in, or gives it back at once.
    pub(super) fn push(&self, caller: &Caller, born: Instant, item: T) -> Result<(), Refused<T>> {
        let mut state = self.lock();
        if state.closed {
            return Err(Refused::Closed(item));
        }
        if self.capacity <= state.entries.len() {
            return Err(Refused::Full(item));
        }
        state.entries.push(Entry { caller: caller.clone(), born, item });
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits for something to do; `None` when the queue is closed and empty.
    pub(super) fn take(&self) -> Option<Taken<T>> {
        let (taken, left) = self.take_when_due()?;
        if left {
            // Whoever was woken for these may have gone back to wait for more.
            self.changed.notify_one();
        }
        Some(taken)
    }

    /// What to do, and whether something is left in the queue.
    fn take_when_due(&self) -> Option<(Taken<T>, bool)> {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            let unwanted = state.remove_unwanted(now);
            if !unwanted.is_empty() {
                return Some((Taken { wanted: Vec::new(), unwanted }, !state.entries.is_empty()));
            }
            if state.entries.is_empty() {
                if state.closed {
                    return None;
                }
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            match state.release_at(self.batching).filter(|&release| now < release) {
                None => {
                    let wanted = state.take_turns(self.batching.max);
                    return Some((Taken { wanted, unwanted }, !state.entries.is_empty()));
                }
                Some(release) => {
                    let waited = self.changed.wait_timeout(state, release.saturating_duration_since(now));
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    /// Takes nothing in any more; what is there is still handed out.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// As [`Queue::close`], and hands out all that is left.
    pub(super) fn close_and_empty(&self) -> Vec<T> {
        self.close();
        self.lock().entries.drain(..).map(|entry| entry.item).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Waiting> State<T> {
    fn remove_unwanted(&mut self, now: Instant) -> Vec<T> {
        self.entries.extract_if(.., |entry| !entry.item.is_wanted(now)).map(|entry| entry.item).collect()
    }

    /// Until when fewer than a full batch are held; `None` where nothing is to wait for.
    fn release_at(&self, batching: Batching) -> Option<Instant> {
        if self.closed || batching.hold.is_zero() || batching.max <= self.entries.len() {
            return None;
        }
        let oldest = self.entries.iter().map(|entry| entry.born).min()?;
        let impatient = self.entries.iter().map(|entry| entry.item.hold_until()).min()?;
        Some((oldest + batching.hold).min(impatient))
    }

    fn take_turns(&mut self, max: usize) -> Vec<T> {
        let mut taken = Vec::with_capacity(max.min(self.entries.len()));
        while taken.len() < max
            && let Some(next) = self.next()
        {
            // Not `swap_remove`: between frames of one age the order of arrival decides.
            let entry = self.entries.remove(next);
            self.turns += 1;
            entry.caller.last_turn.store(self.turns, Ordering::Relaxed);
            taken.push(entry.item);
        }
        taken
    }

    fn next(&self) -> Option<usize> {
        let right = |entry: &Entry<T>| (entry.caller.last_turn.load(Ordering::Relaxed), entry.born);
        let first = self.entries.iter().enumerate().min_by_key(|(_, entry)| right(entry));
        first.map(|(place, _)| place)
    }
}

#[cfg(test)]
mod tests;
