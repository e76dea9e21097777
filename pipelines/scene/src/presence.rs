use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::rule::NOfM;
use crate::sighting::LastFrames;

/// Whether something is so, by n of m frames for and against, and since when.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Presence {
    is_present: bool,
    /// Times of the frames for it, among those looked at, that may become a stay.
    perhaps_since: VecDeque<Duration>,
    /// First of the frames against it that may end the stay.
    perhaps_over: Option<Duration>,
    present: LastFrames,
    absent: LastFrames,
    /// First and latest frame for it of the current or the latest stay.
    stay: Option<(Duration, Duration)>,
}

/// What one frame says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) at: Duration,
    pub(crate) is_present: bool,
    /// Whether a frame for it counts towards a beginning.
    pub(crate) counts: bool,
}

/// A stay has begun or ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PresenceChange {
    pub(crate) begins: bool,
    /// First of the frames that made it so.
    pub(crate) at: Duration,
    /// How many of the frames looked at made it so.
    pub(crate) frames: u32,
}

impl Presence {
    /// Takes in the next frame, which may say nothing.
    pub(crate) fn step(&mut self, confirm: NOfM, reading: Option<Reading>) -> Option<PresenceChange> {
        self.present.push(reading.is_some_and(|reading| reading.is_present && reading.counts));
        self.absent.push(reading.is_some_and(|reading| !reading.is_present));
        let Reading { at, is_present, .. } = reading?;
        match (self.is_present, is_present) {
            (false, true) => self.perhaps_begin(confirm, at),
            (false, false) => None,
            (true, true) => {
                self.perhaps_over = None;
                if let Some((_, latest)) = &mut self.stay {
                    *latest = at;
                }
                None
            }
            (true, false) => self.perhaps_end(confirm, at),
        }
    }

    pub(crate) fn is_present(&self) -> bool {
        self.is_present
    }

    /// First and latest frame of the current or the latest stay.
    pub(crate) fn stay(&self) -> Option<(Duration, Duration)> {
        self.stay
    }

    /// How many of the frames looked at are for it.
    pub(crate) fn frames_present(&self, confirm: NOfM) -> u32 {
        self.present.count(confirm)
    }

    /// How many of the frames looked at are against it.
    pub(crate) fn frames_absent(&self, confirm: NOfM) -> u32 {
        self.absent.count(confirm)
    }

    fn perhaps_begin(&mut self, confirm: NOfM, at: Duration) -> Option<PresenceChange> {
        let frames = self.present.count(confirm);
        self.perhaps_since.push_back(at);
        while frames < self.perhaps_since.len() as u32 {
            self.perhaps_since.pop_front();
        }
        if frames < confirm.n {
            return None;
        }
        let since = self.perhaps_since.front().copied().unwrap_or(at);
        self.perhaps_since.clear();
        self.is_present = true;
        self.stay = Some((since, at));
        self.absent.clear();
        Some(PresenceChange { begins: true, at: since, frames })
    }

    fn perhaps_end(&mut self, confirm: NOfM, at: Duration) -> Option<PresenceChange> {
        let since = *self.perhaps_over.get_or_insert(at);
        let frames = self.absent.count(confirm);
        if frames < confirm.n {
            return None;
        }
        self.is_present = false;
        self.perhaps_over = None;
        // A new stay needs frames of its own.
        self.present.clear();
        Some(PresenceChange { begins: false, at: since, frames })
    }
}
