use std::time::Duration;

use track::Track;
use vision::SizePx;

use crate::place::Spot;
use crate::rule::{Anchor, NOfM};

/// One frame in which a track was observed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sighting {
    pub(crate) at: Duration,
    pub(crate) frame: SizePx,
    pub(crate) anchor: Spot,
    /// Whether this observation's class is one the rule is about.
    pub(crate) of_class: bool,
}

/// Where the anchor of `bbox` is, clipped to the frame: an estimate may reach over the border, where no zone is.
pub(crate) fn anchor_spot(anchor: Anchor, bbox: &vision::FrameBox, frame: SizePx) -> Spot {
    Spot::of(anchor.of(&bbox.clipped(frame)).normalised(frame), frame)
}

/// Which of the last frames showed something, the latest frame in the lowest bit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LastFrames(u64);

impl LastFrames {
    pub(crate) fn push(&mut self, shown: bool) {
        self.0 = (self.0 << 1) | u64::from(shown);
    }

    pub(crate) fn clear(&mut self) {
        self.0 = 0;
    }

    /// How many of the last `confirm.m` frames.
    pub(crate) fn count(&self, confirm: NOfM) -> u32 {
        (self.0 << (NOfM::MAX_FRAMES - confirm.m)).count_ones()
    }
}

/// What happened at a rule's place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Occurrence {
    pub(crate) direction: crate::Direction,
    pub(crate) at: Duration,
    /// Why an earlier passage of the same track and rule is over with it.
    pub(crate) ends: &'static str,
    /// The measure that made it one.
    pub(crate) measured: crate::Clause,
}

/// The sighting that `track` is in this frame, if it was observed.
pub(crate) fn sighting(track: &Track, at: Duration, frame: SizePx, rule: &crate::Rule) -> Option<Sighting> {
    track.seen_now.then(|| Sighting {
        at,
        frame,
        anchor: anchor_spot(rule.anchor, &track.bbox, frame),
        of_class: rule.is_about(track.last_observed.class),
    })
}
