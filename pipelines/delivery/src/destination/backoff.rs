//! Pauses between attempts: exponential with jitter, so that a fleet does not come back in step.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);

/// Doubles from half a second to `max`; each pause lies between half of that and all of it.
#[derive(Debug)]
pub(crate) struct Backoff {
    bound: Duration,
    max: Duration,
}

impl Backoff {
    pub(crate) fn new(max: Duration) -> Self {
        Self { bound: FIRST.min(max), max }
    }

    pub(crate) fn next_pause(&mut self) -> Duration {
        // Each `RandomState` has fresh keys; no better randomness is needed here.
        let toss = RandomState::new().hash_one(0_u8) as f64 / u64::MAX as f64;
        let pause = self.bound.mul_f64(0.5 + 0.5 * toss);
        self.bound = (2 * self.bound).min(self.max);
        pause
    }

    pub(crate) fn reset(&mut self) {
        self.bound = FIRST.min(self.max);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Backoff;

    #[test]
    fn pauses_double_up_to_the_maximum_and_start_over_after_a_success() {
        let mut backoff = Backoff::new(Duration::from_secs(3));
        for bound_ms in [500, 1_000, 2_000, 3_000, 3_000] {
            let pause = backoff.next_pause().as_millis();
            assert!((bound_ms / 2..=bound_ms).contains(&pause), "{pause} ms for a bound of {bound_ms} ms");
        }
        backoff.reset();
        assert!(backoff.next_pause() <= Duration::from_millis(500));
    }

    #[test]
    fn two_boxes_do_not_come_back_in_step() {
        let pauses: Vec<_> = (0..8).map(|_| Backoff::new(Duration::from_secs(60)).next_pause()).collect();
        assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{pauses:?}");
    }
}
