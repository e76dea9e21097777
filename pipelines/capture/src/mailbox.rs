use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::failure::Failure;

/// What a supervisor waits for: news of its current pipeline, and the wish to stop.
///
/// Each attempt has a number, and news of another one than the current is dropped: a pipeline that is slow to die
/// cannot speak for the next.
#[derive(Default)]
pub(crate) struct Mailbox {
    inbox: Mutex<Inbox>,
    changed: Condvar,
}

#[derive(Default)]
struct Inbox {
    attempt: u64,
    progress: Progress,
    failure: Option<Failure>,
    /// The latest warning, which may say why the end of the stream came.
    warning: Option<String>,
    stop: bool,
    finished: bool,
}

/// How far an attempt has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Progress {
    /// Nothing is known yet.
    #[default]
    Opening,
    /// The camera described a video stream.
    Described,
    /// Packets of it arrive.
    Flowing,
    /// Decoded frames arrive.
    Delivering,
}

/// Why a wait ended.
#[derive(Debug)]
pub(crate) enum Wake {
    Stop,
    Progress(Progress),
    Failed(Failure),
    Deadline,
}

impl Mailbox {
    /// Starts the next attempt and returns its number, from 1.
    pub(crate) fn begin(&self) -> u64 {
        let mut inbox = self.lock();
        inbox.attempt += 1;
        inbox.progress = Progress::Opening;
        inbox.failure = None;
        inbox.warning = None;
        inbox.attempt
    }

    pub(crate) fn advance(&self, attempt: u64, progress: Progress) {
        self.deliver(attempt, |inbox| inbox.progress = inbox.progress.max(progress));
    }

    /// Reports the end of an attempt, made from how far it had come; the first report counts.
    pub(crate) fn fail(&self, attempt: u64, failure: impl FnOnce(Progress) -> Failure) {
        self.deliver(attempt, |inbox| {
            if inbox.failure.is_none() {
                inbox.failure = Some(failure(inbox.progress));
            }
        });
    }

    pub(crate) fn warn(&self, attempt: u64, warning: String) {
        self.deliver(attempt, |inbox| inbox.warning = Some(warning));
    }

    /// Reports the end of the stream, made from the latest warning.
    pub(crate) fn end(&self, attempt: u64, failure: impl FnOnce(Option<String>) -> Failure) {
        self.deliver(attempt, |inbox| {
            if inbox.failure.is_none() {
                inbox.failure = Some(failure(inbox.warning.take()));
            }
        });
    }

    /// Waits until the attempt has come further than `seen`, failed or passed `deadline`, or is to stop. Progress is
    /// told before failure, so that none is skipped.
    pub(crate) fn wait(&self, seen: Progress, deadline: Option<Instant>) -> Wake {
        let news = |inbox: &Inbox| inbox.stop || seen < inbox.progress || inbox.failure.is_some();
        let inbox = self.wait_until(news, deadline);
        if inbox.stop {
            Wake::Stop
        } else if seen < inbox.progress {
            Wake::Progress(inbox.progress)
        } else if let Some(failure) = &inbox.failure {
            Wake::Failed(failure.clone())
        } else {
            Wake::Deadline
        }
    }

    /// Sleeps for `duration`; `true` as soon as the camera is to stop.
    pub(crate) fn sleep(&self, duration: Duration) -> bool {
        self.wait_until(|inbox| inbox.stop, Instant::now().checked_add(duration)).stop
    }

    pub(crate) fn request_stop(&self) {
        self.lock().stop = true;
        self.changed.notify_all();
    }

    pub(crate) fn stopping(&self) -> bool {
        self.lock().stop
    }

    /// Marks the supervisor as gone.
    pub(crate) fn finish(&self) {
        self.lock().finished = true;
        self.changed.notify_all();
    }

    /// Whether the supervisor is gone within `grace`.
    pub(crate) fn wait_finished(&self, grace: Duration) -> bool {
        self.wait_until(|inbox| inbox.finished, Instant::now().checked_add(grace)).finished
    }

    fn deliver(&self, attempt: u64, change: impl FnOnce(&mut Inbox)) {
        let mut inbox = self.lock();
        if inbox.attempt == attempt {
            change(&mut inbox);
            self.changed.notify_all();
        }
    }

    fn wait_until(&self, done: impl Fn(&Inbox) -> bool, deadline: Option<Instant>) -> MutexGuard<'_, Inbox> {
        let mut inbox = self.lock();
        while !done(&inbox) {
            inbox = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.changed.wait(inbox).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => break,
                Some(left) => {
                    self.changed.wait_timeout(inbox, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        inbox
    }

    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CameraState;

    const LATER: Duration = Duration::from_secs(20);

    fn lost(reason: &str) -> Failure {
        Failure::new(CameraState::NoRoute, reason)
    }

    #[test]
    fn a_pipeline_of_the_past_cannot_speak_for_the_present() {
        let mailbox = Mailbox::default();
        let old = mailbox.begin();
        let new = mailbox.begin();
        mailbox.fail(old, |_| lost("old"));
        mailbox.advance(old, Progress::Delivering);
        assert!(matches!(mailbox.wait(Progress::Opening, Some(Instant::now())), Wake::Deadline));
        mailbox.fail(new, |_| lost("new"));
        let wake = mailbox.wait(Progress::Opening, None);
        assert!(matches!(wake, Wake::Failed(failure) if failure.reason == "new"));
    }

    #[test]
    fn progress_is_told_before_the_first_failure_and_a_warning_explains_the_end() {
        let mailbox = Mailbox::default();
        let attempt = mailbox.begin();
        mailbox.advance(attempt, Progress::Delivering);
        mailbox.warn(attempt, "closed".into());
        mailbox.end(attempt, |warning| lost(&warning.expect("warned")));
        mailbox.fail(attempt, |_| lost("second"));
        let first = mailbox.wait(Progress::Opening, None);
        assert!(matches!(first, Wake::Progress(Progress::Delivering)), "{first:?}");
        let second = mailbox.wait(Progress::Delivering, None);
        assert!(matches!(second, Wake::Failed(failure) if failure.reason == "closed"));
    }

    #[test]
    fn stop_ends_every_wait() {
        let mailbox = Mailbox::default();
        mailbox.begin();
        std::thread::scope(|scope| {
            let asleep = scope.spawn(|| mailbox.sleep(LATER));
            let waiting = scope.spawn(|| matches!(mailbox.wait(Progress::Opening, None), Wake::Stop));
            mailbox.request_stop();
            assert!(asleep.join().expect("joins") && waiting.join().expect("joins"));
        });
    }
}
