use std::time::Duration;

use vision::FrameBox;

/// What a revision says about its passage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassageState {
    /// The rule is satisfied; the object is still followed.
    Opened,
    /// More is known.
    Updated,
    /// Over; nothing follows.
    Closed,
}

/// Which way an object passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Over a line from its left to its right, as seen by one who stands on its first point and looks at its second.
    Forward,
    /// Over a line from its right to its left.
    Backward,
    /// Into a zone.
    Enter,
    /// Out of a zone.
    Exit,
}

/// One condition of a rule, with what was measured and the bound it was held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clause {
    /// Name of the condition.
    pub name: &'static str,
    /// What was measured.
    pub measured: f32,
    /// What the rule asks at least.
    pub bound: f32,
    /// Whether the measure reaches the bound.
    pub held: bool,
}

impl Clause {
    /// The condition that `measured` is at least `bound`.
    pub(crate) fn at_least(name: &'static str, measured: f32, bound: f32) -> Self {
        Self { name, measured, bound, held: bound <= measured }
    }
}

/// One revision of a passage: one physical crossing of one rule by one object.
///
/// `(track_id, rule_id, ordinal)` is the same in all revisions of a passage and differs between passages of one scene.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// Id of the track.
    pub track_id: u64,
    /// Id of the rule.
    pub rule_id: String,
    /// Version of the rule.
    pub rule_version: u32,
    /// Counts the passages of this track under this rule, from 1.
    pub ordinal: u32,
    /// What this revision says.
    pub state: PassageState,
    /// Counts the revisions of this passage, from 1.
    pub revision: u32,
    /// When the line was crossed or the zone entered or left; earlier than `opened_at` when the rule's other conditions
    /// held only later.
    pub occurred_at: Duration,
    /// Time of the frame that opened the passage.
    pub opened_at: Duration,
    /// Time of the frame that made this revision.
    pub at: Duration,
    /// The track's class as known now.
    pub class: u16,
    /// Which way.
    pub direction: Direction,
    /// Id of the line or zone.
    pub place_id: String,
    /// Time between the first and the latest sight in the zone; zero for lines.
    pub dwell: Duration,
    /// Estimate of the box at the latest sight, in frame pixels: when opened or updated, that of the frame at hand.
    pub bbox: FrameBox,
    /// Box of the track's first observation, in frame pixels.
    pub first_bbox: FrameBox,
    /// Observations of the track so far.
    pub observations: u32,
    /// Best score of the track so far.
    pub best_score: f32,
    /// Mean score of the track so far.
    pub mean_score: f32,
    /// From the track's first to its latest sight.
    pub duration: Duration,
    /// Farthest the anchor has been from where it was first seen, in frame heights.
    pub travel: f32,
    /// What the rule asked and what it measured when the passage opened; all held.
    pub decision: Vec<Clause>,
    /// Why a closed passage was closed.
    pub close_reason: Option<&'static str>,
}
