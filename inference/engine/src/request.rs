use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ort::session::RunOptions;

use crate::{InputElement, Outputs};

/// One picture's worth of work for a session: how its input is written and what is made of its outputs. Both happen on
/// the session's thread.
pub trait Request: Send + 'static {
    /// What the values of the input are; the session's must be the same.
    type Element: InputElement;

    /// What the caller gets.
    type Output: Send + 'static;

    /// Writes the whole of `input`, row-major in the session's layout; it still holds the values of a request before.
    fn fill(&mut self, input: &mut [Self::Element]);

    /// Makes the answer from the outputs, which are gone afterwards. In a run of several requests each sees its own part
    /// of them, of the shape `[1, …]`.
    fn read(&mut self, outputs: &Outputs<'_>) -> Self::Output;
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer<T> {
    /// What [`Request::read`] made.
    pub output: T,
    /// Time in the queue.
    pub waited: Duration,
    /// Time on the session's thread: filling, running and reading, of all requests of the run.
    pub ran: Duration,
    /// Requests in the run, at least 1.
    pub batch: usize,
}

/// The caller's end of a queued request. Dropping it changes nothing.
#[derive(Clone)]
pub struct Ticket {
    state: Arc<TicketState>,
}

struct TicketState {
    hung_up: AtomicBool,
    options: Arc<RunOptions>,
}

impl Ticket {
    pub(crate) fn new() -> ort::Result<Self> {
        let state = TicketState { hung_up: AtomicBool::new(false), options: Arc::new(RunOptions::new()?) };
        Ok(Self { state: Arc::new(state) })
    }

    /// Withdraws the request: it costs no device time if it is still queued, and a run under way is cut short unless
    /// others are in it, too. Its reply is still called, with [`HungUp`](crate::EngineError::HungUp) unless it was answered already.
    pub fn hang_up(&self) {
        self.state.hung_up.store(true, Ordering::Release);
        if let Err(error) = self.state.options.terminate() {
            tracing::warn!(%error, "could not cut a run short");
        }
    }

    pub(crate) fn is_hung_up(&self) -> bool {
        self.state.hung_up.load(Ordering::Acquire)
    }

    pub(crate) fn options(&self) -> Arc<RunOptions> {
        Arc::clone(&self.state.options)
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("hung_up", &self.is_hung_up()).finish_non_exhaustive()
    }
}
