use std::time::Duration;

use serde::{Deserialize, Serialize};
use vision::FrameBox;

use crate::{Observation, edges};

/// Where a track is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrackState {
    /// Seen too few times to be believed, with [`crate::Confirmation::EachStreak`] since the latest gap.
    Tentative,
    /// Believed, and seen in the latest frame.
    Confirmed,
    /// Believed, not seen in the latest frame: its box is where it is expected.
    Lost,
    /// Over; the id never comes back.
    Ended,
}

/// One object over time, as known after the latest frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Track {
    /// Counts up from 1 in the order the tracker met the objects; never reused.
    pub id: u64,
    /// Where it is in its life.
    pub state: TrackState,
    /// Whether it has ever been confirmed; stays true in [`TrackState::Lost`] and [`TrackState::Ended`].
    pub confirmed: bool,
    /// The class with the most weight: the sum of the scores it was observed with, each counting half as much after
    /// ten seconds.
    pub class: u16,
    /// How stable that is: the share of [`Track::class`] in the weight of all classes, in `(0, 1]`.
    pub class_share: f32,
    /// Estimate of the box in the latest frame, in frame pixels; may reach over the frame's border.
    #[serde(with = "edges")]
    pub bbox: FrameBox,
    /// Whether it was observed in the latest frame.
    pub seen_now: bool,
    /// The latest observation, of this frame or an earlier one, in pixels of that frame.
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
    /// Box of the first observation, in pixels of that frame.
    #[serde(with = "edges")]
    pub first_bbox: FrameBox,
}
