//! How fast something moves over the ground: the Theil-Sen slope of its places over a window of time.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::GroundPoint;

/// Speed of one object from its places over the last [`Speedometer::WINDOW`].
///
/// On each axis the median of the slopes between all pairs of places (H. Theil, 1950; P. K. Sen, 1968): up to 29 % of
/// the places may be anywhere without moving it far, so neither jitter nor a box that jumps for a moment is a speed.
/// Holds at most 16 places.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Speedometer {
    places: VecDeque<(Duration, GroundPoint)>,
}

/// Places remembered at most, evenly over the window.
const PLACES: usize = 16;

impl Speedometer {
    /// How far back it looks.
    pub const WINDOW: Duration = Duration::from_secs(2);

    /// Least time between the oldest and the newest place for a speed to be known.
    pub const MIN_SPAN: Duration = Duration::from_secs(1);

    /// Takes in the place at time `at`. A time before the latest one starts anew.
    pub fn push(&mut self, at: Duration, place: GroundPoint) {
        if self.places.back().is_some_and(|&(latest, _)| at < latest) {
            self.places.clear();
        }
        let apart = Self::WINDOW / (PLACES as u32 - 1);
        if self.places.back().is_some_and(|&(latest, _)| at - latest < apart) {
            return;
        }
        while self.places.front().is_some_and(|&(oldest, _)| Self::WINDOW < at - oldest) {
            self.places.pop_front();
        }
        self.places.push_back((at, place));
    }

    /// Time between the oldest and the newest place it looks at.
    pub fn span(&self) -> Duration {
        match (self.places.front(), self.places.back()) {
            (Some((oldest, _)), Some((newest, _))) => *newest - *oldest,
            _ => Duration::ZERO,
        }
    }

    /// Metres per second; `None` while the places span less than [`Speedometer::MIN_SPAN`].
    pub fn metres_per_second(&self) -> Option<f32> {
        if self.span() < Self::MIN_SPAN {
            return None;
        }
        let slope = |axis: fn(&GroundPoint) -> f32| {
            let mut slopes = [0.0f32; PLACES * (PLACES - 1) / 2];
            let mut count = 0;
            for (index, (before, from)) in self.places.iter().enumerate() {
                for (after, to) in self.places.iter().skip(index + 1) {
                    slopes[count] = (axis(to) - axis(from)) / (*after - *before).as_secs_f32();
                    count += 1;
                }
            }
            median(&mut slopes[..count])
        };
        Some(slope(|place| place.x).hypot(slope(|place| place.y)))
    }
}

/// Of an even number of values the upper one of the middle.
fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places every 100 ms of one who walks at 1.5 m/s along (0.6, 0.8), off by `error(i)` metres.
    fn walked(places: u64, error: impl Fn(u64) -> f32) -> Speedometer {
        let mut speed = Speedometer::default();
        for i in 0..places {
            let way = 0.15 * i as f32 + error(i);
            speed.push(Duration::from_millis(100 * i), GroundPoint { x: 0.6 * way, y: 0.8 * way });
        }
        speed
    }

    #[test]
    fn a_steady_walk_has_its_speed() {
        let speed = walked(60, |_| 0.0).metres_per_second().expect("known");
        assert!((speed - 1.5).abs() < 1e-3, "{speed}");
    }

    #[test]
    fn neither_jitter_nor_jumps_are_a_speed() {
        let jitter = walked(60, |i| if i % 2 == 0 { 0.05 } else { -0.05 });
        let speed = jitter.metres_per_second().expect("known");
        assert!((speed - 1.5).abs() < 0.1, "{speed}");
        // One place in ten is 4 m off.
        let jumps = walked(60, |i| if i % 10 == 0 { 4.0 } else { 0.0 });
        let speed = jumps.metres_per_second().expect("known");
        assert!((speed - 1.5).abs() < 0.3, "{speed}");
    }

    #[test]
    fn it_is_known_after_a_second_and_not_from_before_a_clock_was_set_back() {
        assert_eq!(walked(10, |_| 0.0).metres_per_second(), None);
        let mut speed = walked(60, |_| 0.0);
        assert!(speed.metres_per_second().is_some());
        speed.push(Duration::ZERO, GroundPoint { x: 0.0, y: 0.0 });
        assert_eq!((speed.metres_per_second(), speed.span()), (None, Duration::ZERO));
    }

    #[test]
    fn what_happened_before_the_window_is_forgotten() {
        let mut speed = walked(60, |_| 0.0);
        let stop = GroundPoint { x: 0.6 * 8.85, y: 0.8 * 8.85 };
        for i in 60..90 {
            speed.push(Duration::from_millis(100 * i), stop);
        }
        assert_eq!(speed.metres_per_second(), Some(0.0));
        assert!(speed.places.len() <= PLACES);
    }
}
