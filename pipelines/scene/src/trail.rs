use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use track::Track;
use vision::SizePx;

use crate::place::{Spot, distance_to_segment};

/// Where the middle of an object's box was over the last second.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Trail {
    /// Oldest first.
    places: VecDeque<(Duration, Spot)>,
    /// Whether it is at the border of the picture and goes over it.
    leaves: bool,
}

/// Places remembered at most.
const PLACES: usize = 8;
/// How far back they go.
const SPAN: Duration = Duration::from_secs(1);
/// A box this near to a border of the picture touches it, in frame heights.
const BORDER: f32 = 0.01;
/// Slower than this nobody leaves the picture, in frame heights per second.
const LEAVING: f32 = 0.05;

impl Trail {
    /// Takes in a sight of the object.
    pub(crate) fn push(&mut self, track: &Track, frame: SizePx) {
        let at = track.last_at;
        if self.places.back().is_some_and(|&(latest, _)| at < latest) {
            self.places.clear();
        }
        let bbox = track.last_observed.bbox;
        let spot = Spot::of(bbox.centre().normalised(frame), frame);
        while self.places.front().is_some_and(|&(oldest, _)| SPAN < at - oldest) {
            self.places.pop_front();
        }
        // Evenly over the span: the latest place moves on until it is far enough from the one before.
        let crowded = self
            .places
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|&(at_before, _)| at - at_before < SPAN / PLACES as u32);
        if crowded || self.places.len() == PLACES {
            self.places.pop_back();
        }
        self.places.push_back((at, spot));
        let (x, y) = self.velocity();
        let height = frame.height as f32;
        let near = BORDER * height;
        self.leaves = (bbox.x0() <= near && x < -LEAVING)
            || (frame.width as f32 - near <= bbox.x1() && LEAVING < x)
            || (bbox.y0() <= near && y < -LEAVING)
            || (height - near <= bbox.y1() && LEAVING < y);
    }

    /// Whether it was last seen on its way out of the picture.
    pub(crate) fn leaves(&self) -> bool {
        self.leaves
    }

    /// Distance from `spot` to the way from where it was last to where it would be `ahead_s` later, in frame heights.
    pub(crate) fn distance_of_way(&self, spot: Spot, ahead_s: f32) -> Option<f32> {
        let &(_, last) = self.places.back()?;
        let (x, y) = self.velocity();
        let ahead = Spot { x: last.x + x * ahead_s, y: last.y + y * ahead_s };
        Some(distance_to_segment(last, ahead, spot))
    }

    /// Frame heights per second, from the oldest to the latest place; still while there is but one.
    fn velocity(&self) -> (f32, f32) {
        let (Some(&(from, a)), Some(&(to, b))) = (self.places.front(), self.places.back()) else {
            return (0.0, 0.0);
        };
        let seconds = to.saturating_sub(from).as_secs_f32();
        // Two boxes a frame apart say more about the detector than about the object.
        if seconds < 0.2 { (0.0, 0.0) } else { ((b.x - a.x) / seconds, (b.y - a.y) / seconds) }
    }
}

#[cfg(test)]
mod tests {
    use track::{Observation, TrackState};
    use vision::FrameBox;

    use super::*;

    const FRAME: SizePx = SizePx::new(200, 100);

    /// Seen every 100 ms at these places of the middle, in pixels.
    fn trail(places: impl IntoIterator<Item = (f32, f32)>) -> Trail {
        let mut trail = Trail::default();
        for (index, (x, y)) in places.into_iter().enumerate() {
            let bbox = FrameBox::new((x - 5.0).max(0.0), y - 10.0, x + 5.0, y + 10.0).expect("valid");
            let at = Duration::from_millis(100 * index as u64);
            let observation = Observation { class: 0, score: 0.8, bbox };
            let track = Track {
                id: 1,
                state: TrackState::Confirmed,
                confirmed: true,
                class: 0,
                class_share: 1.0,
                bbox,
                seen_now: true,
                last_observed: observation,
                best_score: 0.8,
                mean_score: 0.8,
                observations: 1,
                first_at: at,
                last_at: at,
                first_bbox: bbox,
            };
            trail.push(&track, FRAME);
            assert!(trail.places.len() <= PLACES);
        }
        trail
    }

    #[test]
    fn a_steady_walk_is_expected_straight_on() {
        let walk = trail((0..30).map(|i| (50.0 + 2.0 * i as f32, 50.0)));
        // 20 pixels a second are 0.2 frame heights; it was last at 108.
        let of = |x: f32, y: f32, ahead| {
            let distance = walk.distance_of_way(Spot { x: x / 100.0, y: y / 100.0 }, ahead).expect("known");
            (distance * 1000.0).round() / 1000.0
        };
        assert_eq!((of(108.0, 50.0, 2.0), of(128.0, 50.0, 1.0), of(148.0, 50.0, 2.0)), (0.0, 0.0, 0.0));
        assert_eq!((of(158.0, 50.0, 2.0), of(98.0, 50.0, 2.0), of(128.0, 60.0, 2.0)), (0.1, 0.1, 0.1));
        assert!(!walk.leaves());
    }

    #[test]
    fn who_walks_over_the_border_leaves_and_who_stands_at_it_does_not() {
        assert!(trail((0..20).map(|i| (40.0 - 2.0 * i as f32, 50.0))).leaves());
        assert!(!trail((0..20).map(|_| (2.0, 50.0))).leaves());
        assert!(!trail((0..5).map(|i| (2.0 + 2.0 * i as f32, 50.0))).leaves(), "it comes in");
    }
}
