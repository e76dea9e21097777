//! Distributions kept in bounded memory.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

/// Durations from 0.01 ms to ten minutes with two significant digits; longer ones count as ten minutes.
pub(crate) struct Durations(Mutex<Histogram<u64>>);

const UNIT_US: u64 = 10;
const HIGHEST: u64 = 600_000_000 / UNIT_US;

impl Durations {
    #[expect(clippy::expect_used, reason = "the bounds are constants that the constructor accepts")]
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Histogram::new_with_bounds(1, HIGHEST, 2).expect("valid bounds")))
    }

    pub(crate) fn record(&self, value: Duration) {
        let units = u64::try_from(value.as_micros()).unwrap_or(u64::MAX) / UNIT_US;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).saturating_record(units.clamp(1, HIGHEST));
    }

    /// Quantiles in milliseconds.
    pub(crate) fn quantiles(&self) -> Quantiles {
        let histogram = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ms = |units: u64| (units * UNIT_US) as f64 / 1000.0;
        Quantiles {
            count: histogram.len(),
            mean: histogram.mean() * UNIT_US as f64 / 1000.0,
            p50: ms(histogram.value_at_quantile(0.50)),
            p95: ms(histogram.value_at_quantile(0.95)),
            p99: ms(histogram.value_at_quantile(0.99)),
            max: ms(histogram.max()),
        }
    }
}

/// Milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Quantiles {
    pub(crate) count: u64,
    pub(crate) mean: f64,
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_in_milliseconds_and_within_two_digits() {
        let durations = Durations::new();
        for ms in 1..=100 {
            durations.record(Duration::from_millis(ms));
        }
        durations.record(Duration::from_secs(86_400));
        let q = durations.quantiles();
        assert_eq!(q.count, 101);
        assert!((q.p50 - 51.0).abs() < 1.0, "{q:?}");
        assert!((q.p95 - 96.0).abs() < 1.5, "{q:?}");
        assert!((599_000.0..=604_000.0).contains(&q.max), "{q:?}");
    }
}
