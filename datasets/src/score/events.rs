//! Event scores: which confirmed events were true, how many were missed, and how soon the true ones were told.
//!
//! An event is right when it is matched one to one with a true one of the same kind and direction within the truth's own
//! tolerance and one second more. [`match_clip`] does that for one clip, [`score`] sums clips up, [`explain`] says why events
//! were missed, and [`tighter_bounds`] what would have prevented the false ones.

mod bounds;
mod matching;
mod scores;
mod trail;

use serde::{Deserialize, Serialize};

pub use bounds::{TighterBound, Told, tighter_bounds};
pub use matching::match_clip;
pub use scores::{EventScores, TimeToEvent, score};
pub use trail::{ClauseValue, EventTrails, MissReason, Missed, NearRule, Relation, Trail, Watching, explain};

/// Something that happens in a clip. Times are seconds after the first presented frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrueEvent {
    /// Class of the object, or the group that the class belongs to.
    pub kind: String,
    /// Id of the rule that has to tell it; any where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// `forward`, `backward`, `enter`, `exit` or `within`; any where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    /// When it begins.
    pub start_s: f64,
    /// When it ends, not before it begins.
    pub end_s: f64,
    /// How far a right answer may be off, in seconds.
    pub tolerance_s: f64,
}

/// An event that the system told. Times are seconds after the first presented frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoundEvent {
    /// Class of the object, or the group that the class belongs to.
    pub kind: String,
    /// Id of the rule that it came from; another system may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// As in [`TrueEvent::direction`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    /// When it happened, by its own account.
    pub at_s: f64,
    /// When it was confirmed, so that it would have left the box.
    pub confirmed_s: f64,
}

/// Outcome of one clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipEvents {
    /// Length of what was watched, in seconds.
    pub duration_s: f64,
    /// What happened, as given.
    pub truths: Vec<TrueEvent>,
    /// What was told, as given.
    pub found: Vec<FoundEvent>,
    /// Right events, in the order of the truths.
    pub matched: Vec<EventMatch>,
    /// Truths that nobody told, as indices.
    pub missed: Vec<usize>,
    /// Events told that are not true, as indices.
    pub false_alarms: Vec<usize>,
}

/// A true event and the one that told it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventMatch {
    /// Index of the true event.
    pub truth: usize,
    /// Index of the one that was told.
    pub found: usize,
    /// When it happened by its own account less when it did, in seconds.
    pub offset_s: f64,
    /// When it was confirmed less when it happened, in seconds: the time to the confirmed event.
    pub delay_s: f64,
}

impl TrueEvent {
    /// The instant that counts as when it happens: its end for the direction `exit`, its start for all others.
    pub fn moment_s(&self) -> f64 {
        if self.direction.as_deref() == Some("exit") { self.end_s } else { self.start_s }
    }
}

#[cfg(test)]
mod tests;
