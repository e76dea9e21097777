use std::time::Duration;

use vision::{FrameBox, FramePoint, NormPoint, SizePx};

use crate::place::Spot;
use crate::{Anchor, GroundPlane, SceneError, Zone};

/// A lane of vehicles, from where they come into it to where they are let out.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// Name that reports carry.
    pub id: String,
    /// Where the anchor of a vehicle is while it is in the lane.
    pub zone: Zone,
    /// Where the lane begins.
    pub from: NormPoint,
    /// The stop line, at which it ends; vehicles on the way from `from` to here go forward.
    pub to: NormPoint,
    /// Classes that are vehicles; at least one.
    pub classes: Vec<u16>,
    /// Least mean score of a vehicle's track, in `[0, 1]`.
    pub min_score: f32,
    /// Which point of a vehicle's box counts.
    pub anchor: Anchor,
    /// A slower vehicle stands, in frame heights per second: without a ground plane.
    pub standing_below: f32,
    /// The same in metres per second: with one.
    pub standing_below_mps: f32,
    /// Free way between two vehicles of one queue at most, in frame heights: without a ground plane.
    pub queue_gap: f32,
    /// The same in metres: with one.
    pub queue_gap_m: f32,
    /// How often the lane is reported.
    pub period: Duration,
}

/// A part of the lane, in frame heights from its beginning, `back <= front`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    pub(super) back: f32,
    pub(super) front: f32,
}

/// The way through a lane in frames of one size.
pub(super) struct LaneAxis<'a> {
    lane: &'a Lane,
    plane: Option<&'a GroundPlane>,
    frame: SizePx,
    from: Spot,
    /// Of one frame height.
    unit: (f32, f32),
    length: f32,
}

impl Lane {
    pub(super) fn check(&self, plane: Option<&GroundPlane>) -> Result<(), SceneError> {
        self.zone.check(&self.id)?;
        let ends = crate::Line { id: self.id.clone(), from: self.from, to: self.to };
        ends.check(&self.id)?;
        let numbers = [
            ("standing_below", self.standing_below),
            ("standing_below_mps", self.standing_below_mps),
            ("queue_gap", self.queue_gap),
            ("queue_gap_m", self.queue_gap_m),
            ("period", self.period.as_secs_f32()),
        ];
        for (name, actual) in numbers {
            let is_gap = name.starts_with("queue_gap");
            let holds = actual.is_finite() && if is_gap { 0.0 <= actual } else { 0.0 < actual };
            let expected = if is_gap { "a finite number from 0" } else { "a finite number above 0" };
            crate::rule::check_range(&self.id, name, actual, holds, expected)?;
        }
        let is_share = (0.0..=1.0).contains(&self.min_score);
        crate::rule::check_range(&self.id, "min_score", self.min_score, is_share, "0 to 1")?;
        if self.classes.is_empty() {
            return Err(SceneError::LaneWithoutClass { lane: self.id.clone() });
        }
        match plane {
            Some(plane) if plane.distance(self.from, self.to).is_none() => {
                Err(SceneError::LaneOffGround { lane: self.id.clone() })
            }
            _ => Ok(()),
        }
    }
}

impl<'a> LaneAxis<'a> {
    pub(super) fn new(lane: &'a Lane, plane: Option<&'a GroundPlane>, frame: SizePx) -> Self {
        let (from, to) = (Spot::of(lane.from, frame), Spot::of(lane.to, frame));
        let length = from.distance(to);
        Self { lane, plane, frame, from, unit: ((to.x - from.x) / length, (to.y - from.y) / length), length }
    }

    pub(super) fn lane(&self) -> &'a Lane {
        self.lane
    }

    pub(super) fn frame(&self) -> SizePx {
        self.frame
    }

    /// From the beginning to the stop line, in frame heights.
    pub(super) fn length(&self) -> f32 {
        self.length
    }

    /// How far along the lane `point`, in frame pixels, is.
    pub(super) fn along(&self, point: FramePoint) -> f32 {
        let spot = Spot::of(point.normalised(self.frame), self.frame);
        (spot.x - self.from.x) * self.unit.0 + (spot.y - self.from.y) * self.unit.1
    }

    /// The part of the lane beside `bbox`; beyond its ends there is none.
    pub(super) fn stretch(&self, bbox: &FrameBox) -> Stretch {
        let corners =
            [(bbox.x0(), bbox.y0()), (bbox.x1(), bbox.y0()), (bbox.x0(), bbox.y1()), (bbox.x1(), bbox.y1())];
        let along = corners.map(|(x, y)| self.along(FramePoint { x, y }).clamp(0.0, self.length));
        Stretch {
            back: along.into_iter().fold(f32::INFINITY, f32::min),
            front: along.into_iter().fold(0.0, f32::max),
        }
    }

    /// Metres on the ground between two places along the lane; `None` without a ground plane.
    pub(super) fn metres(&self, one: f32, other: f32) -> Option<f32> {
        let plane = self.plane?;
        let place = |along: f32| {
            let share = along / self.length;
            NormPoint {
                x: self.lane.from.x + share * (self.lane.to.x - self.lane.from.x),
                y: self.lane.from.y + share * (self.lane.to.y - self.lane.from.y),
            }
        };
        plane.distance(place(one), place(other))
    }

    /// Whether a vehicle whose front is at `front` stands in one queue with what ends at `tail`.
    pub(super) fn is_within_gap(&self, front: f32, tail: f32) -> bool {
        if tail <= front {
            return true;
        }
        match self.metres(front, tail) {
            Some(metres) => metres <= self.lane.queue_gap_m,
            None => tail - front <= self.lane.queue_gap,
        }
    }

    /// Share of the lane's length under any of `stretches`, in `[0, 1]`.
    pub(super) fn covered(&self, stretches: impl Iterator<Item = Stretch>) -> f32 {
        let mut stretches: Vec<Stretch> = stretches.collect();
        stretches.sort_by(|one, other| one.back.total_cmp(&other.back));
        let (mut covered, mut reached) = (0.0, 0.0f32);
        for Stretch { back, front } in stretches {
            covered += (front - back.max(reached)).max(0.0);
            reached = reached.max(front);
        }
        (covered / self.length).clamp(0.0, 1.0)
    }

    /// Whether what moved from `before` to `now` along the lane in `span` was slower than `times` the bound.
    pub(super) fn is_slower(&self, before: f32, now: f32, span: Duration, times: f32) -> bool {
        match self.metres(before, now) {
            Some(metres) => metres < times * self.lane.standing_below_mps * span.as_secs_f32(),
            None => (now - before).abs() < times * self.lane.standing_below * span.as_secs_f32(),
        }
    }
}
