//! Objects that rest: known again by place, size and class when their track breaks and another one begins there.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use track::Track;
use vision::{FrameBox, SizePx};

use crate::{Merge, Rule, RuleTest};

/// When an object counts as parked, and for how long it is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stationary {
    /// Rests for this long.
    pub after: Duration,
    /// Forgotten when nothing was seen in its place for this long.
    pub forget_after: Duration,
}

impl Default for Stationary {
    /// A minute, and a day.
    fn default() -> Self {
        Self { after: Duration::from_secs(60), forget_after: Duration::from_secs(24 * 3600) }
    }
}

/// The parked objects of one scene.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Parking {
    next: u64,
    /// At most [`MOST`], by number.
    lots: Vec<Lot>,
}

/// One parked object.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Lot {
    number: u64,
    place: Place,
    class: u16,
    /// When it was seen there last.
    seen: Duration,
    /// For each rule whether the object has had a passage.
    told: Vec<bool>,
}

/// A box in fractions of the frame: the same at any resolution.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Place(#[serde(with = "track::edges")] FrameBox);

/// How one object rests.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Rest {
    place: Option<(Place, Duration)>,
    /// Sightings in a row away from the place.
    away: u32,
    /// Number of its lot.
    lot: Option<u64>,
    /// Whether it was known again: then its rules are silent until it moves.
    silent: bool,
}

/// More than a camera sees apart.
const MOST: usize = 64;
/// An object whose box overlaps its place by less (intersection over union) is not in its place.
const SAME_PLACE: f32 = 0.5;
/// Sightings in a row that show an object elsewhere before it has moved: a single box that jumps is no move.
const MOVED: u32 = 2;

impl Place {
    fn of(bbox: &FrameBox, frame: SizePx) -> Option<Self> {
        let (width, height) = (frame.width as f32, frame.height as f32);
        FrameBox::new(bbox.x0() / width, bbox.y0() / height, bbox.x1() / width, bbox.y1() / height).map(Self)
    }

    fn overlap(&self, other: &Self) -> f32 {
        self.0.iou(&other.0)
    }
}

impl Parking {
    /// A new track begins: whether it is an object that is parked there. `taken` are the lots of living tracks.
    pub(crate) fn recognise(&self, track: &Track, frame: SizePx, merge: &Merge, taken: &[u64]) -> Rest {
        let known = Place::of(&track.last_observed.bbox, frame).and_then(|place| {
            let free = self.lots.iter().filter(|lot| {
                !taken.contains(&lot.number)
                    && merge.may_be_one(lot.class, track.class)
                    && SAME_PLACE <= lot.place.overlap(&place)
            });
            free.max_by(|a, b| {
                let overlap = |lot: &Lot| lot.place.overlap(&place);
                overlap(a).total_cmp(&overlap(b)).then(b.number.cmp(&a.number))
            })
        });
        match known {
            Some(lot) => Rest {
                place: Some((lot.place, track.first_at)),
                away: 0,
                lot: Some(lot.number),
                silent: true,
            },
            None => Rest::default(),
        }
    }

    /// Takes in a sight of an object; answers whether one that was known again has moved away from its place.
    pub(crate) fn see(
        &mut self,
        rest: &mut Rest,
        track: &Track,
        frame: SizePx,
        settings: Stationary,
        told: impl Fn() -> Vec<bool>,
    ) -> bool {
        let at = track.last_at;
        let Some(here) = Place::of(&track.last_observed.bbox, frame) else { return false };
        let (place, since) = *rest.place.get_or_insert((here, at));
        if place.overlap(&here) < SAME_PLACE {
            rest.away += 1;
            if rest.away < MOVED {
                return false;
            }
            let was_silent = rest.silent;
            self.lots.retain(|lot| Some(lot.number) != rest.lot);
            *rest = Rest { place: Some((here, at)), ..Rest::default() };
            return was_silent;
        }
        rest.away = 0;
        // A clock set back makes no rest out of the future.
        rest.place = Some((place, since.min(at)));
        match rest.lot.and_then(|number| self.lots.iter_mut().find(|lot| lot.number == number)) {
            Some(lot) => {
                lot.seen = at;
                if !rest.silent {
                    lot.told = told();
                }
            }
            None if settings.after <= at.saturating_sub(since) => {
                if self.lots.len() == MOST
                    && let Some(oldest) = (0..MOST).min_by_key(|&index| self.lots[index].seen)
                {
                    self.lots.remove(oldest);
                }
                rest.lot = Some(self.next);
                self.lots.push(Lot { number: self.next, place, class: track.class, seen: at, told: told() });
                self.next += 1;
            }
            None => (),
        }
        false
    }

    /// Forgets those that nobody has seen for too long.
    pub(crate) fn forget(&mut self, now: Duration, settings: Stationary) {
        self.lots.retain_mut(|lot| {
            // A clock set back: it was seen in what is the future now.
            lot.seen = lot.seen.min(now);
            now - lot.seen <= settings.forget_after
        });
    }

    /// Whether the rule of this index says nothing of the parked object. A crowd counts it all the same, and one that was
    /// left is told once.
    pub(crate) fn silences(&self, rest: &Rest, index: usize, rule: &Rule) -> bool {
        let lot = || self.lots.iter().find(|lot| Some(lot.number) == rest.lot);
        rest.silent
            && match rule.test {
                RuleTest::Crowd(_) => false,
                RuleTest::ObjectLeft(_) => lot().is_some_and(|lot| lot.told.get(index) == Some(&true)),
                _ => true,
            }
    }
}

impl Rest {
    /// Number of its lot, where it has one.
    pub(crate) fn lot(&self) -> Option<u64> {
        self.lot
    }
}
