use std::collections::VecDeque;
use std::time::Duration;

use track::Track;
use vision::FramePoint;

use super::direction_of;
use super::lane::{LaneAxis, Stretch};
use crate::Direction;
use crate::place::Spot;

/// How long a vehicle must have been slow to stand.
const STILL: Duration = Duration::from_secs(1);

/// Places remembered over that time at most, evenly.
const PLACES: u32 = 16;

/// Who stands goes on standing until this many times as fast as the bound.
const LEAVES_AT: f32 = 2.0;

/// How far past the middle of the lane a vehicle must have come, as a share of the lane's length: what trembles on the
/// middle has not passed it.
const PAST_MIDDLE: f32 = 0.02;

/// One vehicle in one frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct LaneLook {
    /// Whether its anchor is in the lane's zone.
    pub(super) is_inside: bool,
    /// How far along the lane its anchor is, in frame heights.
    along: f32,
    /// What it takes of the lane.
    stretch: Stretch,
}

/// One vehicle that has been seen in the lane.
#[derive(Clone, Debug, Default)]
pub(super) struct Vehicle {
    /// The latest look; it stays true while the vehicle is not seen.
    look: Option<LaneLook>,
    /// Where it was along the lane over the latest second.
    places: VecDeque<(Duration, f32)>,
    stands: bool,
    /// The side of the middle on which it was seen first: whether before it.
    began_before_middle: Option<bool>,
    counted: bool,
    /// A count that nobody has taken yet.
    count: Option<Direction>,
    /// Since when it has waited, once it is in the queue.
    waits_since: Option<Duration>,
    was_before_line: bool,
    passed: bool,
    passes_now: bool,
}

impl LaneLook {
    pub(super) fn new(track: &Track, axis: &LaneAxis<'_>) -> Self {
        let (lane, size) = (axis.lane(), axis.frame());
        let bbox = track.bbox.clipped(size);
        let anchor: FramePoint = lane.anchor.of(&bbox);
        let spot = Spot::of(anchor.normalised(size), size);
        Self {
            is_inside: lane.zone.contains(spot, size),
            along: axis.along(anchor),
            stretch: axis.stretch(&bbox),
        }
    }
}

impl Vehicle {
    /// Takes in where it is now.
    pub(super) fn see(&mut self, at: Duration, look: LaneLook, axis: &LaneAxis<'_>) {
        self.look = Some(look);
        self.remember(at, look.along);
        if self.places.front().is_some_and(|&(since, _)| STILL <= at - since) {
            let times = if self.stands { LEAVES_AT } else { 1.0 };
            let mut places = self.places.iter();
            self.stands = places
                .all(|&(since, before)| axis.is_slower(before, look.along, (at - since).max(STILL), times));
        }
        if look.is_inside {
            self.pass_middle(look.along / axis.length());
        }
        let is_before_line = look.along < axis.length();
        self.passes_now = self.was_before_line && !is_before_line && !self.passed;
        self.passed |= self.passes_now;
        self.was_before_line |= is_before_line && look.is_inside;
    }

    fn remember(&mut self, at: Duration, along: f32) {
        if self.places.back().is_some_and(|&(latest, _)| at < latest) {
            self.places.clear();
        }
        // The oldest place is the youngest that is a second old.
        while self.places.get(1).is_some_and(|&(second, _)| STILL <= at - second) {
            self.places.pop_front();
        }
        let apart = STILL / PLACES;
        if self.places.back().is_none_or(|&(latest, _)| apart <= at - latest) {
            self.places.push_back((at, along));
        }
    }

    fn pass_middle(&mut self, share: f32) {
        let side = if share < 0.5 - PAST_MIDDLE {
            true
        } else if 0.5 + PAST_MIDDLE < share {
            false
        } else {
            return;
        };
        match self.began_before_middle {
            None => self.began_before_middle = Some(side),
            Some(before) if before != side && !self.counted => {
                self.counted = true;
                self.count = Some(direction_of(before));
            }
            Some(_) => {}
        }
    }

    /// Which way it came over the middle, once.
    pub(super) fn take_count(&mut self) -> Option<Direction> {
        self.count.take()
    }

    /// How long it waited, when it passes the stop line in the frame at `at`.
    pub(super) fn take_pass(&mut self, at: Duration) -> Option<Duration> {
        let passes = std::mem::take(&mut self.passes_now);
        passes.then(|| self.waits_since.map_or(Duration::ZERO, |since| at.saturating_sub(since)))
    }

    /// What it takes of the lane; `None` when it is not in it.
    pub(super) fn stretch(&self) -> Option<Stretch> {
        self.look.filter(|look| look.is_inside && !self.passed).map(|look| look.stretch)
    }

    pub(super) fn stands(&self) -> bool {
        self.stands
    }

    /// It is in the queue; the first time counts.
    pub(super) fn join(&mut self) {
        if let (None, Some(&(since, _))) = (self.waits_since, self.places.front()) {
            self.waits_since = Some(since);
        }
    }
}
