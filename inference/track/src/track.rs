use std::time::Duration;

use vision::FrameBox;

use crate::Observation;

/// Where a track is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackState {
    /// Seen too few times to be believed.
    Tentative,
    /// Believed, and seen in the latest frame.
    Confirmed,
    /// Believed, not seen in the latest frame: its box is where it is expected.
    Lost,
    /// Over; the id never comes back.
    Ended,
}

/// One object over time, as known after the latest frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Track {
    /// Counts up from 1 in the order the tracker met the objects; never reused.
    pub id: u64,
    /// Where it is in its life.
    pub state: TrackState,
    /// Whether it has ever been confirmed; stays true in [`TrackState::Lost`] and [`TrackState::Ended`].
    pub confirmed: bool,
    /// The class most observations gave; of equally frequent ones the one with the higher scores.
    pub class: u16,
    /// Share of the observations that gave [`Track::class`], in `(0, 1]`.
    pub class_share: f32,
    /// Estimate of the box in the latest frame, in frame pixels; may reach over the frame's border.
    pub bbox: FrameBox,
    /// Whether it was observed in the latest frame.
    pub seen_now: bool,
    /// The latest observation, of this frame or an earlier one.
    pub last_observed: Observation,
    /// Best score of all observations.
    pub best_score: f32,
    /// Mean score of all observations.
    pub mean_score: f32,
    /// Number of observations, at least 1.
    pub observations: u32,
    /// Time of the first observation.
    pub first_at: Duration,
    /// Time of the latest observation.
    pub last_at: Duration,
    /// Box of the first observation, in frame pixels.
    pub first_bbox: FrameBox,
}
