//! What goes into the journal and what comes out of it.

use std::fmt;

/// An event that has no sequence yet.
pub struct Draft {
    /// Kind by name, as in the topic: `passage`, `camera_status`. Letters, digits, `.`, `_`, `:` and `-`.
    pub kind: String,
    /// Smaller is more urgent.
    pub priority: u8,
    /// Camera it came from, if one did.
    pub camera: Option<String>,
    /// Writes the event's bytes, given its sequence: the bytes contain their own key. Runs on the writer thread
    /// between other appends, so it should only encode.
    pub encode: Box<dyn FnOnce(u64) -> Vec<u8> + Send>,
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, priority, camera, encode: _ } = self;
        f.debug_struct("Draft")
            .field("kind", kind)
            .field("priority", priority)
            .field("camera", camera)
            .finish_non_exhaustive()
    }
}

/// An event in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counts up by one per event of the box, from 1.
    pub sequence: u64,
    /// Kind by name.
    pub kind: String,
    /// Smaller is more urgent.
    pub priority: u8,
    /// Camera it came from, if one did.
    pub camera: Option<String>,
    /// The box's wall clock at the append, UTC nanoseconds since 1970.
    pub appended_unix_ns: i64,
    /// The event as its sender encoded it.
    pub payload: Vec<u8>,
}

/// An event that a receiver refused for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Name of the destination.
    pub destination: String,
    /// The event.
    pub sequence: u64,
    /// The receiver's reason.
    pub reason: String,
    /// The box's wall clock at the refusal, UTC nanoseconds since 1970.
    pub at_unix_ns: i64,
}

/// How far a destination has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// All events up to this one were handed over at least once.
    pub(crate) sent: u64,
    /// All events up to this one are settled: after a restart sending begins behind it.
    pub(crate) settled: u64,
}
