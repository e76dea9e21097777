use serde::{Deserialize, Serialize};

use crate::score::detection::PictureMatches;
use crate::score::events::{ClipEvents, EventTrails};
use crate::score::faces::FaceMatches;
use crate::score::plates::PlateOutcome;
use crate::score::tracking::SequenceMatches;

/// Outcome of one item, or of a part of it, with one model under one degradation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Place in the run: units are scored in this order, whoever worked on them.
    pub job: u32,
    /// Id of the dataset's item.
    pub item: String,
    /// Id of the model's card, or `predictions:<name>` for results made elsewhere.
    pub model: String,
    /// Whether this model is the one that counts for the item; the others are reported beside it.
    pub counts: bool,
    /// The degradation, as `kind:strength`; none for the footage as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degradation: Option<String>,
    /// Whether the item is also run degraded: the undegraded units with this mark are the robustness curve's origin.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub degraded_too: bool,
    /// Tags of the item.
    pub tags: Vec<String>,
    /// Frames or pictures looked at.
    pub frames: u64,
    /// Frames that a live box would have had no time for; only at the pace of a real camera.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub superseded: u64,
    /// One entry for each sampled frame or picture.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub detect: Vec<PictureMatches>,
    /// Of a clip with boxes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<SequenceMatches>,
    /// Of a clip with events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<ClipEvents>,
    /// How these events came about; absent for results made elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trails: Option<EventTrails>,
    /// One entry for each plate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plates: Vec<PlateOutcome>,
    /// Of a set of faces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faces: Option<FaceMatches>,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Which units a score is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection<'a> {
    /// What the run is judged by: counting models, footage as it is.
    Headline,
    /// As [`Selection::Headline`], items with this tag.
    Tag(&'a str),
    /// Counting models under this degradation; `none` is the same items as they are.
    Degradation(&'a str),
    /// One model, counting or not, footage as it is.
    Model(&'a str),
    /// One item with one model, footage as it is.
    Item(&'a str, &'a str),
}

/// [`Selection::Degradation`] of footage as it is.
pub(crate) const NO_DEGRADATION: &str = "none";

impl Selection<'_> {
    /// Whether `unit` belongs to it.
    pub fn takes(self, unit: &Unit) -> bool {
        let as_it_is = unit.degradation.is_none();
        match self {
            Self::Headline => unit.counts && as_it_is,
            Self::Tag(tag) => unit.counts && as_it_is && unit.tags.iter().any(|other| other == tag),
            Self::Degradation(NO_DEGRADATION) => unit.counts && as_it_is && unit.degraded_too,
            Self::Degradation(name) => unit.counts && unit.degradation.as_deref() == Some(name),
            Self::Model(model) => as_it_is && unit.model == model,
            Self::Item(item, model) => as_it_is && unit.item == item && unit.model == model,
        }
    }
}
