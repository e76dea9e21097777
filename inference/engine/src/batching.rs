use std::time::{Duration, Instant};

/// How a session puts requests together into one run.
///
/// A batch is formed by the age of the oldest frame in it, never by waiting until it is full: when the session is free
/// and fewer than `max` requests wait, it holds until the oldest of their frames is `hold` old, and no longer than half of
/// any waiting request's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batching {
    /// Requests in one run, at least 1. More than 1 needs a model that takes any number of pictures.
    pub max: usize,
    /// Age of a frame up to which it waits for others, at most 10 s. 0 never holds.
    pub hold: Duration,
}

impl Default for Batching {
    /// One request at a time.
    fn default() -> Self {
        Self { max: 1, hold: Duration::ZERO }
    }
}

/// How long a request may wait, and how old its frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Longest time in the queue.
    pub limit: Duration,
    /// When its frame came to be: the older goes first between callers with an equal right.
    pub born: Instant,
}

impl Wait {
    /// At most `limit`, with a frame that was born now.
    pub fn at_most(limit: Duration) -> Self {
        Self { limit, born: Instant::now() }
    }

    /// The same for a frame that was born then.
    #[must_use]
    pub fn born(self, born: Instant) -> Self {
        Self { born, ..self }
    }
}

impl From<Duration> for Wait {
    fn from(limit: Duration) -> Self {
        Self::at_most(limit)
    }
}
