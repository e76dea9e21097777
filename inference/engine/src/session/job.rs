use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ort::session::RunOptions;

use super::Counts;
use super::queue::Waiting;
use super::reply::Reply;
use crate::model::{Model, panic_message};
use crate::{Answer, EngineError, Outputs, Request, Ticket};

/// A queued request with its type erased, so that one session serves many kinds. Dropping it answers it.
pub(super) trait Job: Waiting + Send + fmt::Debug {
    /// Writes the part of the input at `place`.
    fn fill(&mut self, model: &mut Model, place: usize) -> Result<(), EngineError>;

    /// What a run for this request alone listens to.
    fn options(&self) -> Arc<RunOptions>;

    /// Makes the answer of its own part of a run's outputs, if somebody still wants it.
    fn read(&mut self, outputs: &Outputs<'_>);

    /// Replies with what was read, after a run of `batch` requests that `begun` then and took `ran`.
    fn answer(&mut self, begun: Instant, ran: Duration, batch: usize, counts: &Counts);

    /// Replies with `error`; with [`EngineError::HungUp`] if that is why its run was cut short.
    fn fail(&mut self, error: EngineError, counts: &Counts);

    /// Replies to a request that nobody wants any more.
    fn refuse(&mut self, counts: &Counts);

    /// The request was not taken in: its reply is never called.
    fn withdraw(&mut self);
}

pub(super) struct Queued<R: Request> {
    pub(super) session: String,
    pub(super) request: R,
    pub(super) queued_at: Instant,
    /// Longest time in the queue.
    pub(super) limit: Duration,
    pub(super) ticket: Ticket,
    pub(super) reply: Reply<R::Output>,
    /// What was read, until it is answered.
    pub(super) outcome: Option<Result<R::Output, EngineError>>,
}

impl<R: Request> Waiting for Queued<R> {
    fn is_wanted(&self, now: Instant) -> bool {
        !self.ticket.is_hung_up() && now.saturating_duration_since(self.queued_at) <= self.limit
    }

    fn hold_until(&self) -> Instant {
        // Beyond what a clock can tell nothing is due.
        self.queued_at.checked_add(self.limit / 2).unwrap_or_else(|| self.queued_at + FAR)
    }
}

/// Longer than any session lives, and still within what a clock can tell.
const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

impl<R: Request> Job for Queued<R> {
    fn fill(&mut self, model: &mut Model, place: usize) -> Result<(), EngineError> {
        let values = model.input::<R::Element>(place)?;
        // A panic may leave this part of the input half written, which the next request overwrites; nothing else is
        // shared.
        catch_unwind(AssertUnwindSafe(|| self.request.fill(values)))
            .map_err(|panic| self.panicked("filled its input", panic.as_ref()))
    }

    fn options(&self) -> Arc<RunOptions> {
        self.ticket.options()
    }

    fn read(&mut self, outputs: &Outputs<'_>) {
        self.outcome = Some(if self.ticket.is_hung_up() {
            Err(self.hung_up())
        } else {
            catch_unwind(AssertUnwindSafe(|| self.request.read(outputs)))
                .map_err(|panic| self.panicked("read its outputs", panic.as_ref()))
        });
    }

    fn answer(&mut self, begun: Instant, ran: Duration, batch: usize, counts: &Counts) {
        let Some(outcome) = self.outcome.take() else { return };
        let waited = begun.saturating_duration_since(self.queued_at);
        self.give(outcome.map(|output| Answer { output, waited, ran, batch }), counts);
    }

    fn fail(&mut self, error: EngineError, counts: &Counts) {
        let error = match error {
            // The runtime reports a run that was cut short as a failure of its own.
            EngineError::Run { .. } if self.ticket.is_hung_up() => self.hung_up(),
            error => error,
        };
        self.give(Err(error), counts);
    }

    fn refuse(&mut self, counts: &Counts) {
        let error = if self.ticket.is_hung_up() {
            self.hung_up()
        } else {
            EngineError::DeadlineExceeded { session: self.session.clone(), limit: self.limit }
        };
        self.give(Err(error), counts);
    }

    fn withdraw(&mut self) {
        self.reply.withdraw();
    }
}

impl<R: Request> Queued<R> {
    fn give(&mut self, answer: Result<Answer<R::Output>, EngineError>, counts: &Counts) {
        count(counts, &answer);
        self.reply.give(answer);
    }

    fn hung_up(&self) -> EngineError {
        EngineError::HungUp { session: self.session.clone() }
    }

    fn panicked(&self, step: &'static str, panic: &(dyn Any + Send)) -> EngineError {
        EngineError::RequestPanicked { session: self.session.clone(), step, message: panic_message(panic) }
    }
}

impl Waiting for Box<dyn Job> {
    fn is_wanted(&self, now: Instant) -> bool {
        self.as_ref().is_wanted(now)
    }

    fn hold_until(&self) -> Instant {
        self.as_ref().hold_until()
    }
}

impl<R: Request> fmt::Debug for Queued<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queued")
            .field("session", &self.session)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

fn count<T>(counts: &Counts, answer: &Result<T, EngineError>) {
    let counter: &AtomicU64 = match answer {
        Ok(_) => &counts.runs,
        Err(EngineError::HungUp { .. }) => &counts.abandoned,
        Err(EngineError::DeadlineExceeded { .. }) => &counts.expired,
        Err(_) => &counts.failed,
    };
    counter.fetch_add(1, Ordering::Relaxed);
}
