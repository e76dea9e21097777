use std::time::Duration;

use plates::{ReadSettings, Tally};

use super::Sighting;

/// Searches on one vehicle at the configured rate. A car that is read by then, or cannot be, stands there for long.
const SOON: u32 = 25;

/// From one search to the next on a vehicle that was looked at so often.
const LATER: Duration = Duration::from_secs(2);

/// A vehicle that has grown by as much is worth looks as at first.
const GROWN: f32 = 1.1;

/// One track of a vehicle.
pub(super) struct Vehicle {
    pub(super) tally: Tally,
    /// In the frame of the best look.
    pub(super) sighting: Option<Sighting>,
    /// When it was seen last.
    pub(super) seen_at: Duration,
    /// When a plate was sought on it last, and how wide it was then.
    sought: Option<(Duration, f32)>,
    /// Searches since it was as wide as it is.
    searches: u32,
}

impl Vehicle {
    pub(super) const fn new(settings: ReadSettings) -> Self {
        Self {
            tally: Tally::new(settings),
            sighting: None,
            seen_at: Duration::ZERO,
            sought: None,
            searches: 0,
        }
    }

    /// Whether it is to be looked at, `width` pixels wide, when that is done each `period`.
    pub(super) fn is_due(&self, at: Duration, width: f32, period: Duration) -> bool {
        let Some((last, before)) = self.sought else { return true };
        let has_time = self.searches < SOON || before * GROWN <= width;
        last.saturating_add(if has_time { period } else { period.max(LATER) }) <= at
    }

    pub(super) fn sought(&mut self, at: Duration, width: f32) {
        let before = self.sought.map_or(0.0, |(_, before)| before);
        if before * GROWN <= width {
            self.searches = 0;
            self.sought = Some((at, width));
        } else {
            self.sought = Some((at, before));
        }
        self.searches += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vehicle_that_stands_is_looked_at_less_and_one_that_comes_nearer_is_not() {
        let period = Duration::from_millis(200);
        let searches = |width: fn(u32) -> f32| {
            let mut vehicle = Vehicle::new(ReadSettings::default());
            let mut count = 0;
            // Ten frames a second for twenty seconds.
            for frame in 0..200 {
                let at = Duration::from_millis(100 * u64::from(frame));
                if vehicle.is_due(at, width(frame), period) {
                    vehicle.sought(at, width(frame));
                    count += 1;
                }
            }
            count
        };
        // Five seconds at the rate, then one in two seconds.
        assert_eq!(searches(|_| 300.0), 25 + 7);
        assert_eq!(searches(|frame| 100.0 * 1.01f32.powi(frame as i32)), 100);
    }
}
