//! Places in a session's queue for requests from outside, beside those that the cameras have of their own.

use std::sync::Arc;

use engine::{Answer, EngineError, Request, SessionHandle, Ticket, Wait};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// The places of one session. Cheap to clone; clones share them.
///
/// A place is given back when the session is done with its request and not when the call ends: a caller that has gone
/// away leaves its request in the queue, where it would otherwise take the place of a camera's.
#[derive(Clone)]
pub(crate) struct Outside {
    session: SessionHandle,
    free: Arc<Semaphore>,
    capacity: usize,
}

/// Some places, taken and not used yet; given back when dropped.
pub(crate) struct Places<'a> {
    outside: &'a Outside,
    permit: OwnedSemaphorePermit,
}

/// A request in the queue or in the session. Dropping it hangs up.
pub(crate) struct Pending<T> {
    session: String,
    answer: oneshot::Receiver<Result<Answer<T>, EngineError>>,
    _hang_up: HangUp,
}

impl Outside {
    /// `capacity` of the places in the queue of `session`.
    pub(crate) fn new(session: SessionHandle, capacity: usize) -> Self {
        Self { session, free: Arc::new(Semaphore::new(capacity)), capacity }
    }

    /// How many places there are.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(crate) fn session(&self) -> &SessionHandle {
        &self.session
    }

    /// Takes `count` places, all or none.
    ///
    /// # Errors
    /// [`EngineError::Overloaded`] at once when fewer are free.
    pub(crate) fn take(&self, count: usize) -> Result<Places<'_>, EngineError> {
        let overloaded =
            || EngineError::Overloaded { session: self.session.name().to_owned(), capacity: self.capacity };
        let permits = u32::try_from(count).map_err(|_| overloaded())?;
        let permit = Arc::clone(&self.free).try_acquire_many_owned(permits).map_err(|_| overloaded())?;
        Ok(Places { outside: self, permit })
    }

    /// Runs one request that waits in the queue as long as `wait` says. Hangs up when the call is dropped.
    ///
    /// # Errors
    /// [`EngineError::Overloaded`] at once when no place is free; then as [`Pending::answer`].
    pub(crate) async fn run<R: Request>(
        &self,
        request: R,
        wait: impl Into<Wait>,
    ) -> Result<Answer<R::Output>, EngineError> {
        self.take(1)?.submit(request, wait)?.answer().await
    }
}

impl Places<'_> {
    /// Queues `request` on one of the places.
    ///
    /// # Errors
    /// [`EngineError::Overloaded`] when all are used, and those of [`SessionHandle::submit`].
    pub(crate) fn submit<R: Request>(
        &mut self,
        request: R,
        wait: impl Into<Wait>,
    ) -> Result<Pending<R::Output>, EngineError> {
        let Outside { session, capacity, .. } = self.outside;
        let place = self.permit.split(1).ok_or_else(|| EngineError::Overloaded {
            session: session.name().to_owned(),
            capacity: *capacity,
        })?;
        let (reply, answer) = oneshot::channel();
        let ticket = session.submit(request, wait, move |result| {
            drop(place);
            // A caller that has gone away is no error: nobody is left to be told.
            reply.send(result).ok();
        })?;
        Ok(Pending { session: session.name().to_owned(), answer, _hang_up: HangUp(ticket) })
    }
}

impl<T> Pending<T> {
    /// Waits for the answer.
    ///
    /// # Errors
    /// What the session answered, and [`EngineError::Stopped`] when it ended without an answer.
    pub(crate) async fn answer(self) -> Result<Answer<T>, EngineError> {
        let Self { session, answer, _hang_up } = self;
        answer.await.unwrap_or(Err(EngineError::Stopped { session }))
    }
}

/// Hangs up when the call is over, however it ends; after the answer that changes nothing.
struct HangUp(Ticket);

impl Drop for HangUp {
    fn drop(&mut self) {
        self.0.hang_up();
    }
}

#[cfg(test)]
mod tests;
