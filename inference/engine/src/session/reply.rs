use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::model::panic_message;
use crate::{Answer, EngineError};

/// What a caller gave to be called with its answer. It is called once: at the latest, with
/// [`EngineError::Stopped`], when this is dropped.
pub(super) struct Reply<T> {
    session: String,
    call: Option<Call<T>>,
}

type Call<T> = Box<dyn FnOnce(Result<Answer<T>, EngineError>) + Send>;

impl<T> Reply<T> {
    pub(super) fn new(
        session: String,
        call: impl FnOnce(Result<Answer<T>, EngineError>) + Send + 'static,
    ) -> Self {
        Self { session, call: Some(Box::new(call)) }
    }

    /// Calls it, unless it was called or withdrawn before. A panic in it ends here.
    pub(super) fn give(&mut self, answer: Result<Answer<T>, EngineError>) {
        let Some(call) = self.call.take() else { return };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| call(answer))) {
            tracing::error!(
                session = self.session,
                panic = panic_message(panic.as_ref()),
                "a reply panicked"
            );
        }
    }

    /// It will never be called.
    pub(super) fn withdraw(&mut self) {
        self.call = None;
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if self.call.is_some() {
            let session = self.session.clone();
            self.give(Err(EngineError::Stopped { session }));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, sync_channel};
    use std::time::Duration;

    use super::*;

    fn reply() -> (Reply<u8>, Receiver<Result<u8, String>>) {
        let (sender, receiver) = sync_channel(2);
        let call = move |answer: Result<Answer<u8>, EngineError>| {
            let told = answer.map(|answer| answer.output).map_err(|error| error.to_string());
            sender.send(told).expect("kept");
        };
        (Reply::new("gate".into(), call), receiver)
    }

    #[test]
    fn what_is_dropped_unanswered_says_that_the_session_stopped() {
        let (reply, calls) = reply();
        drop(reply);
        assert_eq!(calls.iter().collect::<Vec<_>>(), [Err("session `gate` has stopped".to_owned())]);
    }

    #[test]
    fn an_answer_is_given_once() {
        let (mut reply, calls) = reply();
        let answer = |output| Ok(Answer { output, waited: Duration::ZERO, ran: Duration::ZERO, batch: 1 });
        reply.give(answer(1));
        reply.give(answer(2));
        drop(reply);
        assert_eq!(calls.iter().collect::<Vec<_>>(), [Ok(1)]);
    }

    #[test]
    fn a_withdrawn_reply_is_never_called() {
        let (mut reply, calls) = reply();
        reply.withdraw();
        drop(reply);
        assert_eq!(calls.iter().count(), 0);
    }

    #[test]
    fn a_panic_in_a_reply_ends_there() {
        let mut reply = Reply::<u8>::new("gate".into(), |_| panic!("in the reply"));
        reply.give(Err(EngineError::Stopped { session: "gate".into() }));
    }
}
