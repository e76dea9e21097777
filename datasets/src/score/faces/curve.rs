//! Error rates as exact step functions of the threshold.

/// One comparison between people numbered by `I`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Comparison<I> {
    pub(super) a: I,
    pub(super) b: I,
    pub(super) same: bool,
    /// Finite.
    pub(super) score: f64,
}

/// Both error rates at one threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DetPoint {
    /// Comparisons at or above it are accepted; infinite where none is.
    pub threshold: f64,
    /// Share of impostor comparisons accepted; NaN without impostors.
    pub fmr: f64,
    /// Share of genuine comparisons refused; NaN without genuine ones.
    pub fnmr: f64,
}

/// Both rates at every threshold at which one may change: at infinity, and at each score from the highest to the lowest.
///
/// Scores may come in any order; none may be NaN.
pub fn det_curve(genuine: &[f64], impostors: &[f64]) -> Vec<DetPoint> {
    let totals = Totals { genuine: genuine.len() as u64, impostors: impostors.len() as u64 };
    steps_of(genuine, impostors).iter().map(|step| totals.point(step)).collect()
}

/// The mean of FMR and FNMR at the threshold where they differ least; of two that differ as little, the higher.
///
/// `None` without genuine or without impostor scores.
pub fn equal_error_rate(genuine: &[f64], impostors: &[f64]) -> Option<f64> {
    let totals = Totals { genuine: genuine.len() as u64, impostors: impostors.len() as u64 };
    let mut search = EqualError::new(totals)?;
    steps_of(genuine, impostors).iter().any(|step| search.passed(step.accepted, step.false_matches));
    Some(search.rate())
}

/// What is accepted at one threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) threshold: f64,
    /// Genuine comparisons accepted.
    pub(super) accepted: u64,
    /// Impostor comparisons accepted.
    pub(super) false_matches: u64,
}

/// How many comparisons there are, counted or weighed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Totals {
    pub(super) genuine: u64,
    pub(super) impostors: u64,
}

impl Totals {
    pub(super) fn point(&self, step: &Step) -> DetPoint {
        DetPoint {
            threshold: step.threshold,
            fmr: step.false_matches as f64 / self.impostors as f64,
            fnmr: self.fnmr(step.accepted),
        }
    }

    /// FNMR when `accepted` genuine comparisons are.
    pub(super) fn fnmr(&self, accepted: u64) -> f64 {
        (self.genuine - accepted) as f64 / self.genuine as f64
    }

    /// Whether `false_matches` keep to a false match rate of `fmr`.
    pub(super) fn keep(&self, false_matches: u64, fmr: f64) -> bool {
        // A quotient, not a product: 3 of 30 is 0.1 as it is written, 0.1 * 30 is more than 3.
        false_matches as f64 / self.impostors as f64 <= fmr
    }
}

/// The search for the equal error rate, from the strictest threshold down.
#[derive(Clone, Copy, Debug)]
pub(super) struct EqualError {
    totals: Totals,
    least: u128,
    accepted: u64,
    false_matches: u64,
}

impl EqualError {
    /// `None` when one of the rates has no meaning.
    pub(super) fn new(totals: Totals) -> Option<Self> {
        let search = Self { totals, least: u128::MAX, accepted: 0, false_matches: 0 };
        (0 < totals.genuine && 0 < totals.impostors).then_some(search)
    }

    /// Looks at the next threshold and says whether the search is over.
    pub(super) fn passed(&mut self, accepted: u64, false_matches: u64) -> bool {
        // FNMR and FMR over their common denominator: no rounding decides a tie.
        let fnmr = u128::from(self.totals.genuine - accepted) * u128::from(self.totals.impostors);
        let fmr = u128::from(false_matches) * u128::from(self.totals.genuine);
        if fnmr.abs_diff(fmr) < self.least {
            *self = Self { least: fnmr.abs_diff(fmr), accepted, false_matches, ..*self };
        }
        // FMR only grows from here and FNMR only falls.
        fnmr <= fmr
    }

    pub(super) fn rate(&self) -> f64 {
        let fmr = self.false_matches as f64 / self.totals.impostors as f64;
        f64::midpoint(fmr, self.totals.fnmr(self.accepted))
    }
}

/// The steps of comparisons that are sorted from the highest score to the lowest, beginning with "none accepted".
pub(super) fn steps<I>(descending: &[Comparison<I>]) -> Vec<Step> {
    let mut step = Step { threshold: f64::INFINITY, accepted: 0, false_matches: 0 };
    let mut steps = vec![step];
    for group in descending.chunk_by(|a, b| a.score == b.score) {
        step.threshold = group[0].score;
        let same = group.iter().filter(|pair| pair.same).count() as u64;
        step.accepted += same;
        step.false_matches += group.len() as u64 - same;
        steps.push(step);
    }
    steps
}

/// The points of a curve that a picture of it needs, `(FMR, FNMR)` from strict to lax: at most `limit` (at least 2) of
/// them, each a point of the curve, evenly spaced along it on its logarithmic axes.
pub(super) fn thinned(curve: &[DetPoint], limit: usize, totals: Totals) -> Vec<(f64, f64)> {
    // A rate of zero is drawn half a comparison high.
    let axis = |rate: f64, total: u64| rate.max(0.5 / total as f64).log10();
    let mut lengths = Vec::with_capacity(curve.len());
    let mut length = 0.0;
    for (i, point) in curve.iter().enumerate() {
        let before = curve[i.saturating_sub(1)];
        length += (axis(point.fmr, totals.impostors) - axis(before.fmr, totals.impostors)).abs();
        length += (axis(point.fnmr, totals.genuine) - axis(before.fnmr, totals.genuine)).abs();
        lengths.push(length);
    }
    let cells = limit as f64 - 1.0;
    let cell = |i: usize| (lengths[i] / length * cells).floor();
    (0..curve.len())
        // The last point is the only one of the last cell.
        .filter(|&i| curve.len() <= limit || i == 0 || cell(i - 1) != cell(i))
        .map(|i| (curve[i].fmr, curve[i].fnmr))
        .collect()
}

fn steps_of(genuine: &[f64], impostors: &[f64]) -> Vec<Step> {
    let of = |scores: &[f64], same| -> Vec<_> {
        scores.iter().map(|&score| Comparison { a: (), b: (), same, score }).collect()
    };
    let mut comparisons = [of(genuine, true), of(impostors, false)].concat();
    comparisons.sort_unstable_by(|a, b| b.score.total_cmp(&a.score));
    steps(&comparisons)
}
