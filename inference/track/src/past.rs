//! What OC-SORT goes back to: where an object was observed, and the filter as it was before a gap.

use std::f64::consts::{FRAC_PI_2, PI};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vision::FrameBox;

use crate::CameraMotion;
use crate::edges;
use crate::motion::Motion;

/// Frames between the two observations that a direction of travel is taken from (OC-SORT's Δt).
const SPAN: usize = 3;
/// A longer gap is filled in with this many steps.
const MAX_STEPS: u32 = 100;

/// The latest observations of a track, in pixels of the frame at hand whatever the camera did meanwhile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Past {
    /// The latest one first.
    looks: [Look; SPAN],
    /// Of travel, of length 1.
    direction: Option<[f64; 2]>,
    /// The filter right after the latest observation.
    at_latest: Motion,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Look {
    frames_ago: u32,
    #[serde(with = "edges")]
    bbox: FrameBox,
}

impl Past {
    pub(crate) fn starting_at(bbox: FrameBox, motion: &Motion) -> Self {
        Self { looks: [Look { frames_ago: 0, bbox }; SPAN], direction: None, at_latest: motion.clone() }
    }

    /// A frame passes.
    pub(crate) fn age(&mut self) {
        self.looks.iter_mut().for_each(|look| look.frames_ago = look.frames_ago.saturating_add(1));
    }

    /// Where the object was observed last.
    pub(crate) fn latest(&self) -> &FrameBox {
        &self.looks[0].bbox
    }

    /// How well going on to `bbox` agrees with the direction of travel so far: 0.5 for straight on, −0.5 for straight
    /// back, 0 where no direction is known. This is (π/2 − Δθ) / π.
    pub(crate) fn consistency(&self, bbox: &FrameBox) -> f64 {
        let onward = direction(self.start(), bbox);
        let Some(([ax, ay], [bx, by])) = self.direction.zip(onward) else { return 0.0 };
        let turn = (ax * bx + ay * by).clamp(-1.0, 1.0).acos();
        (FRAC_PI_2 - turn) / PI
    }

    /// The filter as it would be in this frame, had the object been observed on a straight line between its latest
    /// observation and `bbox`, `gap` later; without the correction by `bbox` itself. `None` when no frame was missed.
    pub(crate) fn over_gap(&self, gap: Duration, bbox: &FrameBox) -> Option<Motion> {
        let steps = self.looks[0].frames_ago.min(MAX_STEPS);
        if steps < 2 {
            return None;
        }
        let mut motion = self.at_latest.clone();
        for step in 1..steps {
            motion.predict(gap / steps);
            motion.correct(&between(self.latest(), bbox, f64::from(step) / f64::from(steps)));
        }
        motion.predict(gap / steps);
        Some(motion)
    }

    /// Takes in an observation and the filter that has been corrected by it.
    pub(crate) fn observe(&mut self, bbox: FrameBox, motion: &Motion) {
        self.direction = direction(self.start(), &bbox);
        self.looks.rotate_right(1);
        self.looks[0] = Look { frames_ago: 0, bbox };
        self.at_latest.clone_from(motion);
    }

    /// Takes all over into the picture as it is after the camera moved.
    pub(crate) fn moved(&mut self, camera: &CameraMotion) {
        self.looks.iter_mut().for_each(|look| look.bbox = camera.bbox(&look.bbox));
        self.direction =
            self.direction.map(|direction| camera.velocity(direction).map(|d| d / camera.zoom()));
        self.at_latest.moved(camera);
    }

    pub(crate) fn at_latest(&self) -> &Motion {
        &self.at_latest
    }

    /// The observation that a direction starts from: as near to [`SPAN`] frames ago as there is one since, otherwise the
    /// latest.
    fn start(&self) -> &FrameBox {
        let recent = self.looks.iter().filter(|look| look.frames_ago <= SPAN as u32);
        &recent.max_by_key(|look| look.frames_ago).unwrap_or(&self.looks[0]).bbox
    }
}

/// From centre to centre, of length 1; `None` for two centres that are the same.
fn direction(from: &FrameBox, to: &FrameBox) -> Option<[f64; 2]> {
    let (from, to) = (from.centre(), to.centre());
    let (x, y) = (f64::from(to.x) - f64::from(from.x), f64::from(to.y) - f64::from(from.y));
    let length = x.hypot(y);
    (0.0 < length && length.is_finite()).then(|| [x / length, y / length])
}

/// The box on the way from `a` to `b`, at `share` of it.
fn between(a: &FrameBox, b: &FrameBox, share: f64) -> FrameBox {
    let edge = |a: f32, b: f32| (f64::from(a) + (f64::from(b) - f64::from(a)) * share) as f32;
    let (x0, y0) = (edge(a.x0(), b.x0()), edge(a.y0(), b.y0()));
    let (x1, y1) = (edge(a.x1(), b.x1()), edge(a.y1(), b.y1()));
    FrameBox::new(x0, y0, x1, y1).unwrap_or(*b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MotionModel;

    fn at(x: f32, y: f32) -> FrameBox {
        FrameBox::new(x, y, x + 20.0, y + 40.0).expect("valid")
    }

    fn seen_at(boxes: &[FrameBox]) -> Past {
        let mut motion = Motion::starting_at(MotionModel::Area, &boxes[0]);
        let mut past = Past::starting_at(boxes[0], &motion);
        for bbox in &boxes[1..] {
            past.age();
            motion.predict(crate::PUBLISHED_FRAME);
            motion.correct(bbox);
            past.observe(*bbox, &motion);
        }
        past.age();
        past
    }

    #[test]
    fn straight_on_agrees_a_turn_does_not_and_back_speaks_against() {
        let past = seen_at(&[at(0.0, 0.0), at(5.0, 0.0), at(10.0, 0.0), at(15.0, 0.0)]);
        for (bbox, expected) in [(at(20.0, 0.0), 0.5), (at(-20.0, 0.0), -0.5), (at(5.0, 30.0), 0.0)] {
            let consistency = past.consistency(&bbox);
            assert!((consistency - expected).abs() < 1e-9, "{consistency} instead of {expected}");
        }
        assert_eq!(seen_at(&[at(0.0, 0.0)]).consistency(&at(5.0, 0.0)), 0.0, "no direction yet");
    }

    #[test]
    fn a_direction_starts_three_frames_ago_or_later_and_after_a_gap_at_the_latest_look() {
        let mut past = seen_at(&[at(0.0, 0.0), at(5.0, 0.0), at(10.0, 0.0), at(15.0, 0.0)]);
        assert_eq!(past.start(), &at(5.0, 0.0));
        past.age();
        assert_eq!(past.start(), &at(10.0, 0.0));
        (0..5).for_each(|_| past.age());
        assert_eq!(past.start(), &at(15.0, 0.0));
    }

    #[test]
    fn over_a_gap_the_filter_learns_the_line_and_not_its_own_guess() {
        let past = {
            let mut past = seen_at(&[at(0.0, 0.0), at(5.0, 0.0), at(10.0, 0.0)]);
            (0..9).for_each(|_| past.age());
            past
        };
        // Turned while unseen: ten frames later 20 px further down, not 50 px to the right.
        let gap = crate::PUBLISHED_FRAME * 10;
        let mut motion = past.over_gap(gap, &at(10.0, 20.0)).expect("frames were missed");
        motion.correct(&at(10.0, 20.0));
        motion.predict(crate::PUBLISHED_FRAME);
        let next = motion.bbox().expect("finite").centre();
        assert!((next.x - 20.0).abs() < 1.0 && (next.y - 42.0).abs() < 1.0, "{next:?}");
        assert_eq!(seen_at(&[at(0.0, 0.0)]).over_gap(crate::PUBLISHED_FRAME, &at(1.0, 0.0)), None);
    }
}
