use std::time::Duration;

use serde::{Deserialize, Serialize};
use track::Track;
use vision::{FrameBox, SizePx};

use crate::moment::Moment;
use crate::place::Spot;
use crate::profile::Asked;
use crate::rule::{Anchor, NOfM};
use crate::word::Word;
use crate::{Clause, Direction, Rule, Subject};

/// One track in one frame under one rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look<'a> {
    pub(crate) rule: &'a Rule,
    /// The rule's numbers in this frame's light.
    pub(crate) asked: Asked,
    /// With all that was seen of the object under tracks before it.
    pub(crate) track: &'a Track,
    pub(crate) subject: Subject,
    pub(crate) moment: Moment<'a>,
    /// The observation, where there was one.
    pub(crate) sighting: Option<Sighting>,
}

/// One frame in which a track was observed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sighting {
    pub(crate) at: Duration,
    pub(crate) frame: SizePx,
    pub(crate) anchor: Spot,
    /// Whether this observation's class is one the rule is about.
    pub(crate) of_class: bool,
}

impl<'a> Look<'a> {
    pub(crate) fn new(rule: &'a Rule, track: &'a Track, subject: Subject, moment: Moment<'a>) -> Self {
        let size = moment.frame.size;
        let sighting = track.seen_now.then(|| Sighting {
            at: moment.frame.at,
            frame: size,
            anchor: anchor_spot(rule.anchor, &track.bbox, size),
            of_class: rule.is_about(track.last_observed.class),
        });
        Self { rule, asked: rule.asked_in(moment.frame.light), track, subject, moment, sighting }
    }
}

/// Where the anchor of `bbox` is, clipped to the frame: an estimate may reach over the border, where no zone is.
pub(crate) fn anchor_spot(anchor: Anchor, bbox: &FrameBox, frame: SizePx) -> Spot {
    Spot::of(anchor.of(&bbox.clipped(frame)).normalised(frame), frame)
}

/// Which of the last frames showed something, the latest frame in the lowest bit.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Occurrence {
    pub(crate) direction: Direction,
    pub(crate) at: Duration,
    /// Why an earlier passage of the same subject and rule is over with it.
    #[serde(with = "crate::word")]
    pub(crate) ends: Word,
    /// The measure that made it one.
    pub(crate) measured: Clause,
}

/// What a frame changes for a rule's test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    /// Something happened that becomes a passage once all clauses hold; an earlier one is over.
    Happened(Occurrence),
    /// What had happened is over, for this reason.
    Over(&'static str),
}
