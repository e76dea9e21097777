/// Lets frames through at no more than a rate.
///
/// A frame may come a quarter of a period early, because a camera that runs at the very rate is never quite even; on
/// average the rate holds all the same.
pub(crate) struct RateGate {
    period_ns: Option<u64>,
    due_ns: Option<u64>,
}

impl RateGate {
    /// A gate of `max_rate_hz`, which must be above 0; `None` is always open.
    pub(crate) fn new(max_rate_hz: Option<f32>) -> Self {
        Self { period_ns: max_rate_hz.map(|rate| (1e9 / f64::from(rate)) as u64), due_ns: None }
    }

    /// Whether a frame of time `now_ns` goes through.
    pub(crate) fn admits(&mut self, now_ns: u64) -> bool {
        let Some(period_ns) = self.period_ns else { return true };
        let due_ns = self.due_ns.unwrap_or(now_ns);
        if now_ns.saturating_add(period_ns / 4) < due_ns {
            return false;
        }
        // What came a little late does not put off the next, but a pause is not made up for by a burst.
        let from_ns = due_ns.max(now_ns.saturating_sub(period_ns / 4));
        self.due_ns = Some(from_ns.saturating_add(period_ns));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(max_rate_hz: f32, times_ns: impl Iterator<Item = u64>) -> usize {
        let mut gate = RateGate::new(Some(max_rate_hz));
        times_ns.filter(|&now_ns| gate.admits(now_ns)).count()
    }

    #[test]
    fn the_rate_holds_for_cameras_of_any_rate() {
        for (camera_hz, expected) in [(5u64, 50), (10, 100), (12, 100), (15, 100), (25, 100), (30, 100)] {
            let count = admitted(10.0, (0..10 * camera_hz).map(|i| i * 1_000_000_000 / camera_hz));
            // Never above; below only by what an unlucky ratio of the two rates costs.
            assert!((expected - 5..=expected).contains(&count), "{camera_hz} Hz: {count}");
        }
    }

    #[test]
    fn an_uneven_camera_at_the_rate_itself_loses_nothing() {
        let times = (0..200u64).map(|i| 1_000_000_000 + i * 100_000_000 + (i * 7_919) % 30_000_000);
        assert_eq!(admitted(10.0, times), 200);
    }

    #[test]
    fn a_pause_is_not_followed_by_a_burst() {
        let times = [0, 1_000, 1_010, 1_020, 1_030, 1_040].map(|ms: u64| ms * 1_000_000);
        assert_eq!(admitted(10.0, times.into_iter()), 2);
    }
}
