//! What may be installed.

use std::fmt;

use datasets::score::interval::Interval;

/// What the lower end of the interval of the speed-up has to be above: what lies around it may be the noise of the machine.
pub(super) const LEAST_SPEED_UP: f64 = 1.0;

/// What a candidate has to keep to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    /// Points of AP that may be lost, a hundredth of the scale from 0 to 1 each.
    pub(super) max_loss: f64,
}

/// Average precision of a model and of its candidate on the same pictures, in `[0, 1]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ApChange {
    pub(super) before: f64,
    pub(super) after: f64,
    /// Of `after - before`, 95 %, by the paired bootstrap; `None` for too few pictures.
    pub(super) interval: Option<Interval>,
    /// Pictures that were judged.
    pub(super) pictures: usize,
}

/// How many times as fast a candidate is as the model it was made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SpeedUp {
    /// Median of the model's runs by that of the candidate's.
    pub(super) ratio: f64,
    /// Of the ratio, 95 %, by the bootstrap; `None` where the ratio is no number.
    pub(super) interval: Option<Interval>,
}

/// What was found out about a candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) speed_up: SpeedUp,
    /// `None` where it was not scored.
    pub(super) ap: Option<ApChange>,
}

/// Why a candidate is not installed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shortfall {
    /// It loses too much.
    Loss { points: f64, allowed: f64 },
    /// It is not faster here.
    Speed { speed_up: SpeedUp },
    /// Nobody looked at its accuracy, because it is not faster than another that falls short.
    NotScored,
}

impl ApChange {
    /// Points of AP that are lost; negative where the candidate is better.
    pub(super) fn loss_points(&self) -> f64 {
        100.0 * (self.before - self.after)
    }

    /// What the loss may be, in points.
    pub(super) fn loss_interval(&self) -> Option<Interval> {
        self.interval.map(|Interval { low, high }| Interval { low: -100.0 * high, high: -100.0 * low })
    }
}

impl SpeedUp {
    /// Whether it is faster, and not only by chance.
    pub(super) fn is_faster(&self) -> bool {
        // What is no number is not faster either.
        self.interval.is_some_and(|interval| LEAST_SPEED_UP < interval.low)
    }
}

/// In numbers: the ratio and its interval.
impl fmt::Display for SpeedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} times as fast", self.ratio)?;
        match self.interval {
            Some(Interval { low, high }) => write!(f, " ({low:.3} to {high:.3} at 95 %)"),
            None => Ok(()),
        }
    }
}

impl Measured {
    /// All that keeps it from being installed; nothing where it may be.
    pub(super) fn shortfalls(&self, bounds: Bounds) -> Vec<Shortfall> {
        let mut found = Vec::new();
        match self.ap.map(|ap| ap.loss_points()) {
            None => found.push(Shortfall::NotScored),
            Some(points) if points <= bounds.max_loss => {}
            Some(points) => found.push(Shortfall::Loss { points, allowed: bounds.max_loss }),
        }
        if !self.speed_up.is_faster() {
            found.push(Shortfall::Speed { speed_up: self.speed_up });
        }
        found
    }
}

/// Places of the candidates whose accuracy is worth knowing: those that are faster, else the fastest alone.
pub(super) fn worth_scoring(speed_ups: &[SpeedUp]) -> Vec<usize> {
    let faster: Vec<usize> = (0..speed_ups.len()).filter(|&place| speed_ups[place].is_faster()).collect();
    if !faster.is_empty() {
        return faster;
    }
    let ratio = |place: usize| speed_ups[place].ratio;
    (0..speed_ups.len()).max_by(|&a, &b| ratio(a).total_cmp(&ratio(b))).into_iter().collect()
}

/// Place of the candidate to install, or of the one that came nearest: of those that pass the one that loses least, else of
/// those that were scored the one that loses least. There must be one.
pub(super) fn best(measured: &[Measured], bounds: Bounds) -> usize {
    let rank = |place: &usize| {
        let candidate = &measured[*place];
        let fails = !candidate.shortfalls(bounds).is_empty();
        (fails, candidate.ap.map_or(f64::INFINITY, |ap| ap.loss_points()))
    };
    let order = |a: &usize, b: &usize| {
        let ((a_fails, a_loss), (b_fails, b_loss)) = (rank(a), rank(b));
        a_fails.cmp(&b_fails).then(a_loss.total_cmp(&b_loss))
    };
    (0..measured.len()).min_by(order).unwrap_or(0)
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loss { points, allowed } => {
                write!(
                    f,
                    "it loses {points:.2} points of AP, {:.2} more than the {allowed} allowed",
                    points - allowed
                )
            }
            Self::Speed { speed_up } => {
                write!(f, "it runs {speed_up} here, expected a lower end above {LEAST_SPEED_UP}")
            }
            Self::NotScored => write!(f, "it was not scored, as it is not faster"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { max_loss: 0.5 };

    /// A ratio that is known to 0.05 either way.
    fn about(ratio: f64) -> SpeedUp {
        SpeedUp { ratio, interval: Some(Interval { low: ratio - 0.05, high: ratio + 0.05 }) }
    }

    fn measured(loss_points: f64, ratio: f64) -> Measured {
        let interval = Some(Interval { low: -0.02, high: 0.01 });
        let ap = ApChange { before: 0.5, after: 0.5 - loss_points / 100.0, interval, pictures: 100 };
        Measured { speed_up: about(ratio), ap: Some(ap) }
    }

    #[test]
    fn what_loses_little_and_is_faster_passes() {
        for loss in [-1.0, 0.0, 0.49] {
            assert_eq!(measured(loss, 1.3).shortfalls(BOUNDS), [], "{loss}");
        }
    }

    #[test]
    fn what_loses_too_much_does_not_however_fast_it_is() {
        let found = measured(0.6, 9.0).shortfalls(BOUNDS);
        let [Shortfall::Loss { points, allowed }] = found[..] else { panic!("{found:?}") };
        assert!((points - 0.6).abs() < 1e-9 && allowed == 0.5);
        assert_eq!(found[0].to_string(), "it loses 0.60 points of AP, 0.10 more than the 0.5 allowed");
    }

    #[test]
    fn what_is_not_faster_does_not_however_good_it_is() {
        for ratio in [0.8, 1.0, 1.04, f64::NAN] {
            let found = measured(-3.0, ratio).shortfalls(BOUNDS);
            assert!(matches!(found[..], [Shortfall::Speed { .. }]), "{ratio}: {found:?}");
        }
        let said = measured(0.0, 0.8).shortfalls(BOUNDS)[0].to_string();
        let expected =
            "it runs 0.80 times as fast (0.750 to 0.850 at 95 %) here, expected a lower end above 1";
        assert_eq!(said, expected);
    }

    #[test]
    fn what_may_be_faster_by_chance_is_not_faster() {
        let measured = |ratio, low, high| {
            let interval = Some(Interval { low, high });
            Measured { speed_up: SpeedUp { ratio, interval }, ..measured(0.0, 1.0) }
        };
        for chance in [measured(1.3, 0.99, 1.6), measured(1.3, 1.0, 1.6), measured(1.3, f64::NAN, 1.6)] {
            let found = chance.shortfalls(BOUNDS);
            assert!(matches!(found[..], [Shortfall::Speed { .. }]), "{chance:?}: {found:?}");
        }
        assert_eq!(measured(1.01, 1.001, 1.02).shortfalls(BOUNDS), [], "little, but not by chance");
        let unknown =
            Measured { speed_up: SpeedUp { ratio: 2.0, interval: None }, ..measured(2.0, 1.9, 2.1) };
        assert_eq!(unknown.shortfalls(BOUNDS).len(), 1);
    }

    #[test]
    fn all_that_is_wrong_is_said() {
        assert_eq!(measured(2.0, 0.8).shortfalls(BOUNDS).len(), 2);
        let unscored = Measured { ap: None, speed_up: about(2.0) };
        assert_eq!(unscored.shortfalls(BOUNDS), [Shortfall::NotScored]);
    }

    #[test]
    fn a_loss_that_is_no_number_does_not_pass() {
        assert_eq!(measured(f64::NAN, 2.0).shortfalls(BOUNDS).len(), 1);
    }

    #[test]
    fn the_interval_of_the_loss_is_that_of_the_difference_turned_round() {
        let interval = measured(0.0, 1.0).ap.and_then(|ap| ap.loss_interval()).expect("there is one");
        assert_eq!((interval.low, interval.high), (-1.0, 2.0));
    }

    #[test]
    fn only_what_is_faster_is_scored_and_at_least_one_is() {
        let worth_scoring =
            |ratios: &[f64]| worth_scoring(&ratios.iter().copied().map(about).collect::<Vec<_>>());
        assert_eq!(worth_scoring(&[1.2, 0.9, 1.1]), [0, 2]);
        assert_eq!(worth_scoring(&[0.8, 1.04, 0.7]), [1]);
        assert_eq!(worth_scoring(&[]), [0; 0]);
    }

    #[test]
    fn the_best_passes_and_loses_least() {
        let slow_but_exact = measured(0.0, 0.9);
        assert_eq!(best(&[slow_but_exact, measured(0.4, 1.3), measured(0.3, 1.2)], BOUNDS), 2);
        assert_eq!(best(&[measured(4.0, 1.3), measured(2.0, 1.2)], BOUNDS), 1, "the one that came nearest");
        let unscored = Measured { ap: None, speed_up: about(0.7) };
        assert_eq!(best(&[unscored, measured(4.0, 0.9)], BOUNDS), 1);
    }
}
