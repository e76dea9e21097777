use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Counts;
use super::reply::Reply;
use crate::model::Model;
use crate::{Answer, EngineError, Request, Ticket};

/// A queued request with its type erased, so that one session serves many kinds. Dropping it answers it.
pub(super) trait Job: Send {
    /// Serves the request, or drops it when nobody wants it any more, and replies.
    fn perform(&mut self, model: &mut Model, counts: &Counts);

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
}

impl<R: Request> Job for Queued<R> {
    fn perform(&mut self, model: &mut Model, counts: &Counts) {
        let answer = self.serve(model);
        count(counts, &answer);
        self.reply.give(answer);
    }

    fn withdraw(&mut self) {
        self.reply.withdraw();
    }
}

impl<R: Request> Queued<R> {
    fn serve(&mut self, model: &mut Model) -> Result<Answer<R::Output>, EngineError> {
        let hung_up = || EngineError::HungUp { session: self.session.clone() };
        let waited = self.queued_at.elapsed();
        if self.ticket.is_hung_up() {
            return Err(hung_up());
        }
        if self.limit < waited {
            return Err(EngineError::DeadlineExceeded { session: self.session.clone(), limit: self.limit });
        }
        let begun = Instant::now();
        match model.run(&mut self.request, self.ticket.options()) {
            Ok(output) => Ok(Answer { output, waited, ran: begun.elapsed() }),
            // The runtime reports a run that was cut short as a failure of its own.
            Err(EngineError::Run { .. }) if self.ticket.is_hung_up() => Err(hung_up()),
            Err(error) => Err(error),
        }
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
