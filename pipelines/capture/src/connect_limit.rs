use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How many cameras of the site may connect at once. Clones share one limit.
///
/// After a power cut every camera comes back in the same second; without a limit the handshakes starve each other
/// and some never succeed. Places are given in the order in which they were asked for.
#[derive(Clone)]
pub struct ConnectLimit {
    shared: Arc<Shared>,
}

struct Shared {
    line: Mutex<Line>,
    changed: Condvar,
}

struct Line {
    free: usize,
    next_ticket: u64,
    waiting: VecDeque<u64>,
}

/// A place; given back when dropped.
pub(crate) struct Permit {
    limit: ConnectLimit,
}

impl ConnectLimit {
    /// A limit of `connects` at once, at least one.
    pub fn new(connects: usize) -> Self {
        let line = Line { free: connects.max(1), next_ticket: 0, waiting: VecDeque::new() };
        Self { shared: Arc::new(Shared { line: Mutex::new(line), changed: Condvar::new() }) }
    }

    /// Waits for a place; `None` as soon as `give_up` says so, which is asked again at each [`ConnectLimit::wake`].
    pub(crate) fn acquire(&self, give_up: impl Fn() -> bool) -> Option<Permit> {
        let mut line = self.lock();
        let ticket = line.next_ticket;
        line.next_ticket += 1;
        line.waiting.push_back(ticket);
        let mut line = self
            .shared
            .changed
            .wait_while(line, |line| !(give_up() || (0 < line.free && line.waiting.front() == Some(&ticket))))
            .unwrap_or_else(PoisonError::into_inner);
        line.waiting.retain(|&other| other != ticket);
        // Whoever is now first in line may have a free place waiting.
        self.shared.changed.notify_all();
        if give_up() {
            return None;
        }
        line.free -= 1;
        Some(Permit { limit: self.clone() })
    }

    /// Makes everyone in line ask `give_up` again.
    pub(crate) fn wake(&self) {
        // Under the lock: a waiter has either seen the reason to give up, or is asleep and will hear this.
        let _line = self.lock();
        self.shared.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.shared.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.limit.lock().free += 1;
        self.limit.shared.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::mpsc::sync_channel;
    use std::thread;

    use super::*;

    #[test]
    fn never_more_than_the_limit_are_in_flight() {
        let limit = ConnectLimit::new(2);
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let permit = limit.acquire(|| false).expect("not given up");
                        most.fetch_max(1 + now.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
                        thread::yield_now();
                        now.fetch_sub(1, Ordering::SeqCst);
                        drop(permit);
                    }
                });
            }
        });
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_stopped_camera_leaves_the_line_and_the_next_gets_its_place() {
        let limit = ConnectLimit::new(1);
        let held = limit.acquire(|| false).expect("free");
        let stopped = AtomicBool::new(false);
        thread::scope(|scope| {
            let (asked, asking) = sync_channel(64);
            let (limit, stopped) = (&limit, &stopped);
            let first = scope.spawn(move || {
                let give_up = || {
                    asked.try_send(()).ok();
                    stopped.load(Ordering::SeqCst)
                };
                limit.acquire(give_up).is_none()
            });
            asking.recv().expect("in line");
            let second = scope.spawn(|| limit.acquire(|| false).is_some());
            stopped.store(true, Ordering::SeqCst);
            limit.wake();
            assert!(first.join().expect("joins"), "gave up while the only place was held");
            drop(held);
            assert!(second.join().expect("joins"));
        });
    }
}
