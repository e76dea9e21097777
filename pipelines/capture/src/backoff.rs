use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LAST: Duration = Duration::from_secs(60);
/// A camera that streamed this long is healthy again: its next loss starts from [`FIRST`].
const SETTLED: Duration = Duration::from_secs(30);

/// How long to wait before a camera is opened again: doubles from 1 s to 60 s, each time cut by up to half at random
/// so that cameras lost together do not come back together.
pub(crate) struct Backoff {
    ceiling: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { ceiling: FIRST }
    }
}

impl Backoff {
    /// The wait before the next attempt.
    pub(crate) fn next_wait(&mut self) -> Duration {
        let ceiling = self.ceiling;
        self.ceiling = LAST.min(2 * ceiling);
        // The standard library's only source of randomness: a hasher is seeded anew each time.
        let random = RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64;
        ceiling.mul_f64(0.5 + 0.5 * random)
    }

    /// Notes that the camera had streamed for so long.
    pub(crate) fn streamed(&mut self, duration: Duration) {
        if SETTLED <= duration {
            self.ceiling = FIRST;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_a_minute_and_start_again_after_a_good_while() {
        let mut backoff = Backoff::default();
        for ceiling_s in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0] {
            let wait_s = backoff.next_wait().as_secs_f64();
            assert!((0.5 * ceiling_s..=ceiling_s).contains(&wait_s), "{wait_s} of {ceiling_s}");
        }
        backoff.streamed(Duration::from_secs(3));
        assert!(Duration::from_secs(30) <= backoff.next_wait());
        backoff.streamed(Duration::from_secs(30));
        assert!(backoff.next_wait() <= FIRST);
    }

    #[test]
    fn waits_differ() {
        let waits: Vec<_> = (0..8).map(|_| Backoff::default().next_wait()).collect();
        assert!(waits.iter().any(|wait| *wait != waits[0]), "{waits:?}");
    }
}
