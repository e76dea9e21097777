use std::time::Duration;

/// What the tracker is asked to do; scores and overlaps are in `[0, 1]`.
///
/// The defaults follow ByteTrack (Zhang et al., 2022), its 30 frames of memory written as one second, and SORT's three
/// observations to confirm (Bewley et al., 2016). A tentative track needs no more overlap than a confirmed one:
/// people who walk into the picture from below double their box from frame to frame at 10 frames a second.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackerSettings {
    /// From this score on an observation takes part in the first round, with every track.
    pub high_score: f32,
    /// From this score on an observation takes part in the second round, with the tracks seen a frame ago; what
    /// scores less is ignored.
    pub low_score: f32,
    /// From this score on an observation that fits no track starts one.
    pub new_track_score: f32,
    /// Least overlap (intersection over union) of a confirmed track's expected box with an observation, in the
    /// first round.
    pub min_iou: f32,
    /// Least overlap in the second round.
    pub min_iou_low: f32,
    /// Least overlap of a tentative track's expected box with an observation.
    pub min_iou_tentative: f32,
    /// A track unseen for longer than this ends.
    pub max_lost: Duration,
    /// A tentative track unseen for longer than this ends, but never before one frame has been searched for it.
    pub max_lost_tentative: Duration,
    /// Observations that make a tentative track a confirmed one.
    pub min_hits: u32,
    /// Classes the detector confuses, such as car, truck and bus: an observation continues only a track of its own
    /// group. A class in no group is a group of its own; of several groups with a class the first one counts.
    pub class_groups: Vec<Vec<u16>>,
}

impl Default for TrackerSettings {
    fn default() -> Self {
        Self {
            high_score: 0.5,
            low_score: 0.1,
            new_track_score: 0.6,
            min_iou: 0.2,
            min_iou_low: 0.5,
            min_iou_tentative: 0.2,
            max_lost: Duration::from_secs(1),
            max_lost_tentative: Duration::from_millis(250),
            min_hits: 3,
            class_groups: Vec::new(),
        }
    }
}

impl TrackerSettings {
    /// The group of `class`: equal groups may continue one another.
    pub(crate) fn group(&self, class: u16) -> ClassGroup {
        match self.class_groups.iter().position(|group| group.contains(&class)) {
            Some(index) => ClassGroup::Listed(index),
            None => ClassGroup::Alone(class),
        }
    }
}

/// Classes that may continue one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClassGroup {
    /// Index in [`TrackerSettings::class_groups`].
    Listed(usize),
    /// A class that is in no group.
    Alone(u16),
}
