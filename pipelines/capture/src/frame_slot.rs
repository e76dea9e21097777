use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[cfg(test)]
mod tests;

/// Newest-frame hand-off from a streaming thread to the thread that looks at the frames.
///
/// Holds at most one frame. [`FrameSlot::put`] never waits: a frame that was not taken in time is replaced and
/// counted. [`FrameSlot::put_waiting`] is for recorded footage: it waits until the slot is empty, so none is lost.
/// A closed slot still gives out the frame it holds.
pub struct FrameSlot<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    /// Whether who puts a frame and waits does so until the next one is asked for.
    in_step: bool,
}

struct State<T> {
    frame: Option<T>,
    /// Since the latest frame was taken, somebody has asked for the next.
    asked: bool,
    closed: bool,
    superseded: u64,
}

/// What came out of a slot.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken<T> {
    /// The frame it held.
    Frame(T),
    /// It stayed empty for the whole time.
    TimedOut,
    /// It is empty and no frame will ever come.
    Closed,
}

impl<T> Default for FrameSlot<T> {
    fn default() -> Self {
        let state = State { frame: None, asked: false, closed: false, superseded: 0 };
        Self { state: Mutex::new(state), changed: Condvar::new(), in_step: false }
    }
}

impl<T> FrameSlot<T> {
    /// An empty, open slot.
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`FrameSlot::new`] for recorded footage: the next frame is decoded while the one before is looked at, where there
    /// is another processor to do it on. On one alone both would only take each other's turns and caches, so there the
    /// one waits for the other.
    pub fn for_footage() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { in_step: processors == 1, ..Self::default() }
    }

    /// Stores `frame`, dropping the one it replaces. Returns `false` once closed.
    pub fn put(&self, frame: T) -> bool {
        let mut state = self.lock();
        if state.closed {
            return false;
        }
        let replaced = state.frame.replace(frame);
        state.superseded += u64::from(replaced.is_some());
        self.changed.notify_all();
        // Giving a buffer back to its decoder is work: not while the other side waits for the lock.
        drop(state);
        drop(replaced);
        true
    }

    /// Waits until the frame before is taken, then stores `frame`. Returns `false`, and drops it, once closed. Where
    /// [`FrameSlot::for_footage`] says so, waits then until the next frame is asked for.
    pub fn put_waiting(&self, frame: T) -> bool {
        let mut state = self
            .changed
            .wait_while(self.lock(), |state| state.frame.is_some() && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return false;
        }
        state.frame = Some(frame);
        self.changed.notify_all();
        if self.in_step {
            let is_looked_at =
                |state: &mut State<T>| (state.frame.is_some() || !state.asked) && !state.closed;
            drop(self.changed.wait_while(state, is_looked_at).unwrap_or_else(PoisonError::into_inner));
        }
        true
    }

    /// Takes the frame, waiting for one up to `timeout`.
    pub fn take(&self, timeout: Duration) -> Taken<T> {
        // A time too far for the clock is for ever.
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        state.asked = true;
        self.changed.notify_all();
        loop {
            if let Some(frame) = state.frame.take() {
                state.asked = false;
                self.changed.notify_all();
                return Taken::Frame(frame);
            }
            if state.closed {
                return Taken::Closed;
            }
            state = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return Taken::TimedOut,
                Some(left) => {
                    self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Refuses frames from now on and wakes everyone who waits. What the slot holds can still be taken.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Frames that were replaced before they were taken.
    pub fn superseded(&self) -> u64 {
        self.lock().superseded
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
