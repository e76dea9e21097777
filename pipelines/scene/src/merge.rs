//! When a new track is an object that was followed before: extrapolation at constant velocity and gates on place, size,
//! class and time, the first step of tracklet association (C. Huang, B. Wu and R. Nevatia, "Robust object tracking by
//! hierarchical association of detection responses", ECCV 2008, section 3).

use std::time::Duration;

use track::Track;
use vision::SizePx;

use crate::place::Spot;
use crate::trail::Trail;

/// How tracks that break are joined to one object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merge {
    /// How long an object whose track has ended may come back under another one, and how long one that has left a zone
    /// may come back into it, and be in the same passage. Zero: never; passages close at once.
    pub window: Duration,
    /// Classes that the detector confuses: a track continues one of its own class, or of the same group.
    pub class_groups: Vec<Vec<u16>>,
}

impl Merge {
    /// Window that bridges a person's way behind a lamp post or a parked car.
    pub const DEFAULT_WINDOW: Duration = Duration::from_secs(3);

    pub(crate) fn may_be_one(&self, one: u16, other: u16) -> bool {
        one == other || self.class_groups.iter().any(|group| group.contains(&one) && group.contains(&other))
    }

    /// How far `new`, at its first sight, is from where `before`, whose way was `trail`, may be by then: 0 is where it is
    /// expected, 1 is as far as it may be. `None` when it cannot be the same object.
    pub(crate) fn strangeness(
        &self,
        before: &Track,
        trail: &Trail,
        new: &Track,
        frame: SizePx,
    ) -> Option<f32> {
        if !self.may_be_one(before.class, new.class) || new.first_at <= before.last_at {
            return None;
        }
        let gap = (new.first_at - before.last_at).as_secs_f32();
        let (size_before, size_new) = (before.last_observed.bbox, new.last_observed.bbox);
        let ratio = size_new.area() / size_before.area();
        if !(1.0 / MOST_GROWTH..=MOST_GROWTH).contains(&ratio) {
            return None;
        }
        let here = Spot::of(size_new.centre().normalised(frame), frame);
        let height = size_before.height().max(size_new.height()) / frame.height as f32;
        let slack = height * (SLACK + SLACK_PER_S * gap.min(SLACK_FOR_S));
        // It may have stopped, or gone on somewhat faster.
        let distance = trail.distance_of_way(here, LEAD * gap.min(SLACK_FOR_S))?;
        (distance <= slack).then(|| distance / slack)
    }
}

/// Most ratio of the areas of two boxes of one object a few seconds apart: one of them may be half hidden.
const MOST_GROWTH: f32 = 2.5;
/// How far an object may be from the way it was on, in heights of its box.
const SLACK: f32 = 0.5;
/// The same for each second in which nobody saw it.
const SLACK_PER_S: f32 = 0.3;
/// Seconds after which nothing more is known of where it went.
const SLACK_FOR_S: f32 = 5.0;
/// How much faster than before it may have gone.
const LEAD: f32 = 1.5;
