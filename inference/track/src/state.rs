use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::tracked::Tracked;
use crate::{Association, TrackError, TrackerSettings};

/// Everything a tracker knows but its settings and appearances, as plain data for a checkpoint.
///
/// [`crate::Tracker::snapshot`] makes it, [`crate::Tracker::restored`] goes on from it bit for bit. Formats that keep
/// every bit of a number are fit to hold it; JSON is, when it is read back exactly.
///
/// Appearances are never part of it: they live in the memory of an open track only, and a restored track has none until
/// it is observed with one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TrackerState {
    pub(crate) next_id: u64,
    pub(crate) frames: u32,
    pub(crate) last_at: Option<Duration>,
    /// In order of id.
    pub(crate) tracks: Vec<Tracked>,
}

impl TrackerState {
    /// Number of tracks that were open.
    pub fn open_tracks(&self) -> usize {
        self.tracks.len()
    }

    /// The same tracks in the groups and with the memory that `settings` ask for.
    pub(crate) fn fitted(mut self, settings: &TrackerSettings) -> Result<Self, TrackError> {
        let mut before = 0;
        for tracked in &mut self.tracks {
            let id = tracked.track.id;
            if id <= before || self.next_id <= id {
                return Err(TrackError::StateIds { id, before, next: self.next_id });
            }
            before = id;
            tracked.fit(settings)?;
        }
        Ok(self)
    }
}

impl Tracked {
    fn fit(&mut self, settings: &TrackerSettings) -> Result<(), TrackError> {
        let id = self.track.id;
        let (actual, expected) = (self.motion.model(), settings.motion);
        let of_past = self.past.as_ref().map_or(actual, |past| past.at_latest().model());
        if actual != expected || of_past != expected {
            return Err(TrackError::StateMotion { id, actual: of_past, expected });
        }
        let past_is_sound = self.past.as_ref().is_none_or(|past| past.at_latest().is_sound());
        let what = if !(self.motion.is_sound() && past_is_sound) {
            "a motion that is not finite"
        } else if !self.classes.is_sound() {
            "no class, or one without weight"
        } else if !self.score_sum.is_finite() || !self.track.last_observed.can_be_followed() {
            "a score that is not finite, or a box without area"
        } else {
            // Settings may have changed since: what a track belongs to follows from its class, whose group it never left.
            self.group = settings.group(self.track.class);
            self.past = match (settings.association, self.past.take()) {
                (Association::OcSort, None) => {
                    Some(crate::past::Past::starting_at(self.track.last_observed.bbox, &self.motion))
                }
                (Association::OcSort, past) => past,
                (Association::Sort | Association::Byte, _) => None,
            };
            return Ok(());
        };
        Err(TrackError::StateTrack { id, what })
    }
}
