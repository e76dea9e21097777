//! From values to places on an axis.

use super::number;

/// How an axis runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scale {
    /// Evenly from one value to another.
    Linear { from: f64, to: f64 },
    /// By decades, from `10^from` to `10^to`.
    Log { from: i32, to: i32 },
}

impl Scale {
    /// From 0 to 1.
    pub(super) const UNIT: Self = Self::Linear { from: 0.0, to: 1.0 };

    /// From 0, or a round number not above the least of `values` where that is below, to one not below the largest.
    pub(super) fn around(values: impl IntoIterator<Item = f64>) -> Self {
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for value in values.into_iter().filter(|value| value.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if low == high {
            return Self::UNIT;
        }
        let step = step(high - low, 4);
        Self::Linear { from: (low / step).floor() * step, to: (high / step).ceil() * step }
    }

    /// First and last value.
    pub(super) fn ends(self) -> (f64, f64) {
        match self {
            Self::Linear { from, to } => (from, to),
            Self::Log { from, to } => (10_f64.powi(from), 10_f64.powi(to)),
        }
    }

    /// Where `value` lies, from 0 to 1; what is beyond an end lies at it.
    pub(super) fn place(self, value: f64) -> f64 {
        let place = match self {
            Self::Linear { from, to } => (value - from) / (to - from),
            Self::Log { from, to } => {
                (value.max(f64::MIN_POSITIVE).log10() - f64::from(from)) / f64::from(to - from)
            }
        };
        if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) }
    }

    /// Round values along the axis with their labels: about five, on an axis of decades each power of ten.
    pub(super) fn ticks(self) -> Vec<(f64, String)> {
        match self {
            Self::Linear { from, to } => {
                let step = step(to - from, 5);
                // A step of 0.1 comes out of the logarithm a hair below or above.
                let decimals = (-(step.log10() + 1e-9).floor()).max(0.0) as usize;
                let (first, last) = ((from / step - 1e-9).ceil() as i64, (to / step + 1e-9).floor() as i64);
                (first..=last)
                    .map(|index| {
                        let value = index as f64 * step;
                        (value, format!("{value:.decimals$}").replace('-', "\u{2212}"))
                    })
                    .collect()
            }
            Self::Log { from, to } => {
                (from..=to).map(|power| (10_f64.powi(power), number::power_of_ten(power))).collect()
            }
        }
    }
}

/// 1, 2 or 5 times a power of ten that divides `length` into about `wanted` parts.
fn step(length: f64, wanted: u32) -> f64 {
    let raw = length / f64::from(wanted);
    let power = 10_f64.powf(raw.log10().floor());
    let factor = match raw / power {
        ..1.5 => 1.0,
        ..3.5 => 2.0,
        ..7.5 => 5.0,
        _ => 10.0,
    };
    factor * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale) -> Vec<String> {
        scale.ticks().into_iter().map(|tick| tick.1).collect()
    }

    #[test]
    fn ticks_are_round_and_within_the_axis() {
        assert_eq!(labels(Scale::UNIT), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(
            labels(Scale::Linear { from: -0.2, to: 0.3 }),
            ["−0.2", "−0.1", "0.0", "0.1", "0.2", "0.3"]
        );
        assert_eq!(labels(Scale::Linear { from: 30.0, to: 130.0 }), ["40", "60", "80", "100", "120"]);
        assert_eq!(labels(Scale::Log { from: -3, to: 0 }), ["10⁻³", "10⁻²", "10⁻¹", "1"]);
    }

    #[test]
    fn a_scale_around_values_holds_them_and_zero() {
        for values in [vec![0.3, 7.2], vec![-0.4, 0.9], vec![], vec![0.0], vec![f64::INFINITY, 2.0]] {
            let (from, to) = Scale::around(values.clone()).ends();
            assert!(from <= 0.0 && 0.0 < to, "{values:?}: {from} to {to}");
            for value in values.into_iter().filter(|value| value.is_finite()) {
                assert!((from..=to).contains(&value), "{value}: {from} to {to}");
            }
        }
    }

    #[test]
    fn places_run_from_end_to_end_and_stop_there() {
        let log = Scale::Log { from: -4, to: 0 };
        assert_eq!([0.0, 1e-4, 1e-2, 1.0, 7.0].map(|value| log.place(value)), [0.0, 0.0, 0.5, 1.0, 1.0]);
        assert_eq!(Scale::UNIT.place(f64::NAN), 0.0);
    }
}
