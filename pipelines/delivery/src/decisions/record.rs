use std::time::Duration;

/// How much is held of decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecisionLimits {
    /// For how long after it was handed over.
    pub retention: Duration,
    /// Bytes of all decisions together; the oldest go first. What SQLite adds is not counted, a small part.
    pub max_bytes: u64,
}

impl Default for DecisionLimits {
    /// Three days, 64 MiB.
    fn default() -> Self {
        Self { retention: Duration::from_secs(72 * 3600), max_bytes: 64 << 20 }
    }
}

/// Something that was decided about a camera over a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Camera it is about.
    pub camera: String,
    /// Its beginning, UTC nanoseconds since 1970.
    pub from_unix_ns: i64,
    /// Its end, not before its beginning.
    pub to_unix_ns: i64,
    /// Name under which it is found again, if it has one.
    pub key: Option<String>,
    /// What was decided.
    pub bytes: Vec<u8>,
}

/// What is held of a camera around a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// By their beginning.
    pub decisions: Vec<Decision>,
    /// There were more than were asked for.
    pub is_cut: bool,
    /// Decisions of the camera that ended at or before this time may have been let go.
    pub forgotten_to_unix_ns: Option<i64>,
}

/// What somebody said of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What it is about.
    pub subject: String,
    /// Who said it.
    pub author: String,
    /// When, by the author's account, UTC nanoseconds since 1970. The latest of an author on a subject holds; of several
    /// at the same time the one that came last.
    pub told_unix_ns: i64,
    /// What was said.
    pub bytes: Vec<u8>,
    /// What it was said of, as it was then.
    pub about: Vec<u8>,
}

/// What a store holds, and what it has let go since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DecisionFigures {
    /// Decisions that are on disk or were.
    pub kept: u64,
    /// Decisions that were never on disk: the queue was full or the disk refused.
    pub shed: u64,
    /// Decisions that went before their time for want of room.
    pub displaced: u64,
    /// Decisions that went when their time was over.
    pub expired: u64,
    /// Bytes of the decisions held.
    pub held_bytes: u64,
}
