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
    /// Wall clock of the newest answer, in milliseconds since 1970.
    pub(crate) last_ms: u64,
}

impl Tally {
    /// Adds a request that was answered `after` it came; `items` holds the shares of its items.
    pub(super) fn answered(&mut self, items: &Self, after: Duration) {
        self.success.add(after);
        self.queue.merge(&items.queue);
        self.compute_input.merge(&items.compute_input);
        self.compute_infer.merge(&items.compute_infer);
        self.compute_output.merge(&items.compute_output);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.last_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    }
}
