use std::time::Duration;

use serde::{Deserialize, Serialize};
use vision::FrameBox;

use crate::Clause;
use crate::word::Word;

/// What a revision says about its passage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PassageState {
    /// The rule is satisfied; the object is still followed.
    Opened,
    /// More is known.
    Updated,
    /// Over; nothing follows but a retraction.
    Closed,
    /// A later look overturned it; nothing follows.
    Retracted,
}

/// Which way an object passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// Over a line from its left to its right, as seen by one who stands on its first point and looks at its second.
    Forward,
    /// Over a line from its right to its left, or against the allowed way of a zone.
    Backward,
    /// Into a zone.
    Enter,
    /// Out of a zone.
    Exit,
    /// In a zone without a way: it stays there.
    Within,
}

/// What a passage is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Subject {
    /// One object: the track of this id.
    Track(u64),
    /// The rule's place: what is true of no single object there, such as a crowd.
    Place,
}

impl Subject {
    /// Id of the track, where it is one.
    pub fn track_id(self) -> Option<u64> {
        match self {
            Self::Track(id) => Some(id),
            Self::Place => None,
        }
    }

    /// Id of the track, which counts from 1, or 0 for the place.
    pub fn number(self) -> u64 {
        self.track_id().unwrap_or(0)
    }
}

/// One revision of a passage: one physical crossing of one rule by one object, or one episode at its place.
///
/// `(subject, rule_id, ordinal)` is the same in all revisions of a passage and differs between passages of one scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// Whom or what it is about.
    pub subject: Subject,
    /// Id of the rule.
    pub rule_id: String,
    /// Version of the rule.
    pub rule_version: u32,
    /// Counts the passages of this subject under this rule, from 1.
    pub ordinal: u32,
    /// What this revision says.
    pub state: PassageState,
    /// Counts the revisions of this passage, from 1.
    pub revision: u32,
    /// When the line was crossed, the zone entered or left, or what the rule looks for began; earlier than `opened_at` when the rule's other conditions
    /// held only later.
    pub occurred_at: Duration,
    /// Time of the frame that opened the passage.
    pub opened_at: Duration,
    /// Time of the frame that made this revision.
    pub at: Duration,
    /// The track's class as known now; of a place, the class that most of its objects have.
    pub class: u16,
    /// Which way.
    pub direction: Direction,
    /// Id of the line or zone.
    pub place_id: String,
    /// Time between the first and the latest sight in the zone; zero for lines. For a loiterer all of it in the window,
    /// for a crowd the time since there have been enough.
    pub dwell: Duration,
    /// Estimate of the box at the latest sight, in frame pixels: when opened or updated, that of the frame at hand. Of a
    /// place, the box around its objects.
    #[serde(with = "track::edges")]
    pub bbox: FrameBox,
    /// Box of the track's first observation, in frame pixels; of a place, the box when it opened.
    #[serde(with = "track::edges")]
    pub first_bbox: FrameBox,
    /// Ids of the further tracks under which the object was followed, in order; the first is its subject. At most
    /// [`Passage::MOST_MERGED`], the first of them.
    pub merged_tracks: Vec<u64>,
    /// Objects it is about: 1, or the most that were counted at a place at once so far.
    pub objects: u32,
    /// Observations of the track so far; of a place, those of the objects counted last. So are the scores.
    pub observations: u32,
    /// Best score of the track so far.
    pub best_score: f32,
    /// Mean score of the track so far.
    pub mean_score: f32,
    /// From the track's first to its latest sight; of a place, as `dwell`.
    pub duration: Duration,
    /// Farthest the anchor has been from where it was first seen, in frame heights; 0 of a place.
    pub travel: f32,
    /// What the rule asked and what it measured when the passage opened; all held. Of a retracted one, the clauses that
    /// overturned it; none held.
    pub decision: Vec<Clause>,
    /// Why a closed passage was closed, or a retracted one retracted.
    #[serde(with = "crate::word::option")]
    pub close_reason: Option<Word>,
}

impl Passage {
    /// Most tracks that a passage names beside its subject.
    pub const MOST_MERGED: usize = 16;
}
