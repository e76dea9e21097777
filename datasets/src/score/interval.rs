//! Intervals, all at 95 %: how far a score can be trusted.
//!
//! A share of independent trials gets Wilson's interval, a count over an exposure Garwood's, anything else the
//! percentiles of a bootstrap. Zero errors prove no more than the rule of three says.

mod bootstrap;
mod gamma;

use serde::{Deserialize, Serialize};

pub use bootstrap::{Bootstrap, percentile_interval, quantile};

/// The standard normal quantile at 97.5 %.
const Z: f64 = 1.959_963_984_540_054;
/// Probability left out at each end.
const TAIL: f64 = 0.025;

/// A two-sided 95 % interval, in the unit of the score it belongs to.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound, not below `low`.
    pub high: f64,
}

/// Wilson's score interval, without continuity correction, of a share `successes / trials` (E. B. Wilson, "Probable
/// inference, the law of succession, and statistical inference", JASA 22, 1927).
///
/// `None` for 0 trials, and for more successes than trials.
pub fn wilson(successes: u64, trials: u64) -> Option<Interval> {
    if trials == 0 || trials < successes {
        return None;
    }
    let n = trials as f64;
    let share = successes as f64 / n;
    let denominator = 1.0 + Z * Z / n;
    let centre = (share + Z * Z / (2.0 * n)) / denominator;
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() / denominator;
    // Exact at both ends, where rounding would leave 1e-18 of it.
    let low = if successes == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if successes == trials { 1.0 } else { (centre + half).min(1.0) };
    Some(Interval { low, high })
}

/// The exact interval of a Poisson rate, `count` events per `exposure` (F. Garwood, "Fiducial limits for the Poisson
/// distribution", Biometrika 28, 1936): half the 2.5 % quantile of chi-square with `2 count` degrees of freedom to half
/// the 97.5 % quantile with `2 count + 2`, over the exposure.
///
/// In events per unit of `exposure`. The low end is 0 for no events. `None` when the exposure is not finite or not above
/// 0. Takes time in the order of the square root of `count`.
pub fn poisson_rate(count: u64, exposure: f64) -> Option<Interval> {
    if !exposure.is_finite() || exposure <= 0.0 {
        return None;
    }
    let low = if count == 0 { 0.0 } else { gamma::quantile(count, TAIL) };
    let high = gamma::quantile(count.saturating_add(1), 1.0 - TAIL);
    Some(Interval { low: low / exposure, high: high / exposure })
}

/// The upper 95 % bound of an error rate of which `trials` independent trials showed no error: `3 / trials`, at most 1.
///
/// Named after the rule of three (Hanley and Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 249,
/// 1983). `None` for 0 trials.
pub fn rule_of_three(trials: u64) -> Option<f64> {
    (0 < trials).then(|| (3.0 / trials as f64).min(1.0))
}

#[cfg(test)]
mod tests;
