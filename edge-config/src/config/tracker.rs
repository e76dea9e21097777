use std::time::Duration;

/// `[camera.tracker]`: how detections become tracks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackerChoice {
    /// Which tracker.
    pub kind: TrackerKind,
    /// A track unseen for longer than this ends, 50 ms–30 s; the kind's own where absent.
    pub max_lost: Option<Duration>,
    /// Observations that make a track a confirmed one, 1–64; the kind's own where absent.
    pub min_hits: Option<u32>,
    /// Least overlap with where an object is expected, 0–1; the kind's own where absent.
    pub min_iou: Option<f32>,
}

/// A tracker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackerKind {
    /// The box's own settings.
    Cairn,
    /// SORT.
    Sort,
    /// ByteTrack.
    ByteTrack,
    /// OC-SORT.
    OcSort,
}
