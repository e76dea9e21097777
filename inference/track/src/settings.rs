use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One frame at the 30 frames a second for which published trackers state their figures.
pub const PUBLISHED_FRAME: Duration = Duration::from_nanos(33_333_333);

/// What the tracker is asked to do; scores and overlaps are in `[0, 1]`.
///
/// The defaults, which the box uses, follow ByteTrack (Zhang et al., 2022), its 30 frames of memory written as one
/// second, and SORT's three observations to confirm (Bewley et al., 2016). A tentative track needs no more overlap
/// than a confirmed one: people who walk into the picture from below double their box from frame to frame at 10 frames
/// a second. [`TrackerSettings::sort`], [`TrackerSettings::byte_track`] and [`TrackerSettings::oc_sort`] are the
/// trackers as published, which count frames: on [`Clock::Times`] they need a [`TrackerSettings::max_lost`] that suits the
/// camera's rate.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackerSettings {
    /// How tracks and observations find each other.
    pub association: Association,
    /// How an object is expected to move.
    pub motion: MotionModel,
    /// How much time passes from one frame to the next.
    pub clock: Clock,
    /// From this score on an observation takes part in the first round, with every track.
    pub high_score: f32,
    /// From this score on an observation takes part in the second round, with the tracks seen a frame ago; what
    /// scores less is ignored. [`Association::Sort`] has no second round.
    pub low_score: f32,
    /// From this score on an observation that fits no track starts one.
    pub new_track_score: f32,
    /// Least overlap (intersection over union) of a track's expected box with an observation, in the first round.
    pub min_iou: f32,
    /// Least overlap in the second round.
    pub min_iou_low: f32,
    /// Least overlap of a tentative track's expected box with an observation; [`Association::Byte`] alone treats
    /// tentative tracks apart.
    pub min_iou_tentative: f32,
    /// A track unseen for longer than this ends. Counted on [`TrackerSettings::clock`], from one observation to the
    /// next: published trackers count missed frames, which are one fewer.
    pub max_lost: Duration,
    /// A tentative track unseen for longer than this ends, but never before one frame has been searched for it.
    pub max_lost_tentative: Duration,
    /// What makes a track a confirmed one.
    pub confirmation: Confirmation,
    /// Number of observations that [`TrackerSettings::confirmation`] asks for.
    pub min_hits: u32,
    /// Classes the detector confuses, such as car, truck and bus: an observation continues only a track of its own
    /// group. A class in no group is a group of its own; of several groups with a class the first one counts.
    pub class_groups: Vec<Vec<u16>>,
    /// Appearance speaks for a pair below this cosine distance, in `[0, 2]` (BoT-SORT's θ_emb).
    pub max_cosine_distance: f32,
    /// Appearance speaks only for a pair that overlaps by more than this (BoT-SORT's 1 − θ_iou).
    pub appearance_min_iou: f32,
}

/// How tracks and observations find each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Association {
    /// By overlap with the expected box, in one round (Bewley et al., "Simple online and realtime tracking", 2016).
    Sort,
    /// By overlap in rounds: sure observations, then doubtful ones for the tracks seen a frame ago, then tentative
    /// tracks (Zhang et al., "ByteTrack: Multi-object tracking by associating every detection box", 2022).
    Byte,
    /// By overlap and by direction of travel, then by overlap with where the object was last observed; a gap that ends
    /// is filled in by a straight line and the filter run over it (Cao et al., "Observation-centric SORT: Rethinking
    /// SORT for robust multi-object tracking", 2023). With a [`TrackerSettings::low_score`] below
    /// [`TrackerSettings::high_score`] doubtful observations have their round between the two.
    OcSort,
}

/// How an object is expected to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MotionModel {
    /// Centre, width and height with constant velocities; noises grow with the object's size, as in ByteTrack.
    Size,
    /// Centre, area and aspect ratio, the first three with constant velocities; noises in pixels, as in SORT.
    Area,
}

/// How much time passes from one frame to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// As much as the times of the frames say.
    Times,
    /// Always [`PUBLISHED_FRAME`], whatever the times say: each frame is one step of the filter, as in the papers, and
    /// [`TrackerSettings::max_lost`] a number of frames at any rate.
    Frames,
}

/// What makes a track a confirmed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// So many observations in all, the first one included; for the rest of its life.
    Once,
    /// So many frames in a row with an observation, not counting the one that started the track, and again after each
    /// gap; in the tracker's first so many frames one observation is enough. This is SORT's probation.
    EachStreak,
}

impl Default for TrackerSettings {
    fn default() -> Self {
        Self {
            association: Association::Byte,
            motion: MotionModel::Size,
            clock: Clock::Times,
            high_score: 0.5,
            low_score: 0.1,
            new_track_score: 0.6,
            min_iou: 0.2,
            min_iou_low: 0.5,
            min_iou_tentative: 0.2,
            max_lost: Duration::from_secs(1),
            max_lost_tentative: Duration::from_millis(250),
            confirmation: Confirmation::Once,
            min_hits: 3,
            class_groups: Vec::new(),
            max_cosine_distance: 0.25,
            appearance_min_iou: 0.5,
        }
    }
}

impl TrackerSettings {
    /// SORT as published: every observation counts, IoU 0.3, one missed frame survived, three hits to be reported.
    pub fn sort() -> Self {
        Self {
            association: Association::Sort,
            motion: MotionModel::Area,
            clock: Clock::Frames,
            high_score: 0.0,
            low_score: 0.0,
            new_track_score: 0.0,
            min_iou: 0.3,
            max_lost: after_missing(1),
            max_lost_tentative: after_missing(1),
            confirmation: Confirmation::EachStreak,
            ..Self::default()
        }
    }

    /// ByteTrack's thresholds as published: τ 0.6, then 0.1, 30 missed frames survived, the second look confirms; with
    /// the filter of [`MotionModel::Size`].
    pub fn byte_track() -> Self {
        Self {
            clock: Clock::Frames,
            high_score: 0.6,
            low_score: 0.1,
            new_track_score: 0.7,
            min_iou: 0.2,
            min_iou_low: 0.5,
            min_iou_tentative: 0.3,
            max_lost: after_missing(30),
            max_lost_tentative: Duration::ZERO,
            min_hits: 2,
            ..Self::default()
        }
    }

    /// OC-SORT as published: SORT's filter, IoU 0.3, 30 missed frames survived, three hits to be reported.
    pub fn oc_sort() -> Self {
        Self {
            association: Association::OcSort,
            high_score: 0.6,
            low_score: 0.6,
            new_track_score: 0.6,
            min_iou_low: 0.3,
            max_lost: after_missing(30),
            max_lost_tentative: after_missing(30),
            ..Self::sort()
        }
    }

    /// The group of `class`: equal groups may continue one another.
    pub(crate) fn group(&self, class: u16) -> ClassGroup {
        match self.class_groups.iter().position(|group| group.contains(&class)) {
            Some(index) => ClassGroup::Listed(index),
            None => ClassGroup::Alone(class),
        }
    }
}

/// The longest time between two observations of a track that may miss so many frames.
fn after_missing(frames: u32) -> Duration {
    PUBLISHED_FRAME * (frames + 1)
}

/// Classes that may continue one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ClassGroup {
    /// Index in [`TrackerSettings::class_groups`].
    Listed(usize),
    /// A class that is in no group.
    Alone(u16),
}
