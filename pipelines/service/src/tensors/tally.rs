//! Where the time of a model's requests went.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A count and the sum of that many durations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) count: u64,
    pub(crate) sum: Duration,
}

impl Share {
    pub(super) fn add(&mut self, duration: Duration) {
        self.count += 1;
        self.sum += duration;
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
    }
}

/// A whole run, in parts that every batch up to 32 divides into evenly.
const RUN: u128 = 144_403_552_893_600;

/// Sums since the model was loaded.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Requests that were answered, from arrival to answer.
    pub(crate) success: Share,
    /// Requests that were refused or failed, from arrival to refusal.
    pub(crate) fail: Share,
    /// Items of answered requests: the wait for the session.
    pub(crate) queue: Share,
    /// The same items: filling the input tensor.
    pub(crate) compute_input: Share,
    /// The same items: the run.
    pub(crate) compute_infer: Share,
    /// The same items: copying the outputs.
    pub(crate) compute_output: Share,
    /// Parts of [`RUN`] that the same items had: an item that shared its run with three others had a quarter of it, whoever
    /// the others were.
    executions: u128,
    /// Wall clock of the newest answer, in milliseconds since 1970.
    pub(crate) last_ms: u64,
}

impl Tally {
    /// Adds the part that an item had in a run of `batch` items.
    pub(super) fn executed(&mut self, batch: usize) {
        self.executions += RUN / batch.max(1) as u128;
    }

    /// Whole runs, the one that is counted in part among them.
    pub(crate) fn execution_count(&self) -> u64 {
        u64::try_from(self.executions.div_ceil(RUN)).unwrap_or(u64::MAX)
    }

    /// Adds a request that was answered `after` it came; `items` holds the shares of its items.
    pub(super) fn answered(&mut self, items: &Self, after: Duration) {
        self.success.add(after);
        self.queue.merge(&items.queue);
        self.compute_input.merge(&items.compute_input);
        self.compute_infer.merge(&items.compute_infer);
        self.compute_output.merge(&items.compute_output);
        self.executions += items.executions;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.last_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_one_run_are_one_execution() {
        let mut tally = Tally::default();
        assert_eq!(tally.execution_count(), 0);
        // Three runs of three, one of one, and a place among four that belong to others.
        for batch in [3, 3, 3, 3, 3, 3, 3, 3, 3, 1] {
            tally.executed(batch);
        }
        assert_eq!(tally.execution_count(), 4);
        tally.executed(5);
        assert_eq!(tally.execution_count(), 5);
        assert!((1..=32).all(|batch| RUN.is_multiple_of(batch)));
    }
}
