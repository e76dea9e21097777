//! What may be installed.

use std::fmt;

use datasets::score::interval::Interval;

/// As fast is not faster: below this ratio of medians, what is left may be the noise of the machine.
pub(super) const LEAST_SPEED_UP: f64 = 1.05;

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

/// What was found out about a candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measured {
    /// How many times as fast it is as the model it was made from.
    pub(super) speed_up: f64,
    /// `None` where it was not scored.
    pub(super) ap: Option<ApChange>,
}

/// Why a candidate is not installed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shortfall {
    /// It loses too much.
    Loss { points: f64, allowed: f64 },
    /// It is not faster here.
    Speed { speed_up: f64 },
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

impl Measured {
    /// All that keeps it from being installed; nothing where it may be.
    pub(super) fn shortfalls(&self, bounds: Bounds) -> Vec<Shortfall> {
        let mut found = Vec::new();
        match self.ap.map(|ap| ap.loss_points()) {
            None => found.push(Shortfall::NotScored),
            Some(points) if points <= bounds.max_loss => {}
            Some(points) => found.push(Shortfall::Loss { points, allowed: bounds.max_loss }),
        }
        // What is no number is not faster either.
        if !self.is_faster() {
            found.push(Shortfall::Speed { speed_up: self.speed_up });
        }
        found
    }

    fn is_faster(&self) -> bool {
        LEAST_SPEED_UP <= self.speed_up
    }
}

/// Places of the candidates whose accuracy is worth knowing: those that are faster, else the fastest alone.
pub(super) fn worth_scoring(speed_ups: &[f64]) -> Vec<usize> {
    let faster: Vec<usize> =
        (0..speed_ups.len()).filter(|&place| LEAST_SPEED_UP <= speed_ups[place]).collect();
    if !faster.is_empty() {
        return faster;
    }
    (0..speed_ups.len()).max_by(|&a, &b| speed_ups[a].total_cmp(&speed_ups[b])).into_iter().collect()
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
                write!(f, "it runs {speed_up:.2} times as fast here, expected at least {LEAST_SPEED_UP}")
            }
            Self::NotScored => write!(f, "it was not scored, as it is not faster"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { max_loss: 0.5 };

    fn measured(loss_points: f64, speed_up: f64) -> Measured {
        let interval = Some(Interval { low: -0.02, high: 0.01 });
        let ap = ApChange { before: 0.5, after: 0.5 - loss_points / 100.0, interval, pictures: 100 };
        Measured { speed_up, ap: Some(ap) }
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
        for speed_up in [0.8, 1.0, 1.04, f64::NAN] {
            let found = measured(-3.0, speed_up).shortfalls(BOUNDS);
            assert!(matches!(found[..], [Shortfall::Speed { .. }]), "{speed_up}: {found:?}");
        }
        let said = measured(0.0, 0.8).shortfalls(BOUNDS)[0].to_string();
        assert_eq!(said, "it runs 0.80 times as fast here, expected at least 1.05");
    }

    #[test]
    fn all_that_is_wrong_is_said() {
        assert_eq!(measured(2.0, 0.8).shortfalls(BOUNDS).len(), 2);
        let unscored = Measured { ap: None, speed_up: 2.0 };
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
        assert_eq!(worth_scoring(&[1.2, 0.9, 1.1]), [0, 2]);
        assert_eq!(worth_scoring(&[0.8, 0.9, 0.7]), [1]);
        assert_eq!(worth_scoring(&[]), [0; 0]);
    }

    #[test]
    fn the_best_passes_and_loses_least() {
        let slow_but_exact = measured(0.0, 0.9);
        assert_eq!(best(&[slow_but_exact, measured(0.4, 1.3), measured(0.3, 1.2)], BOUNDS), 2);
        assert_eq!(best(&[measured(4.0, 1.3), measured(2.0, 1.2)], BOUNDS), 1, "the one that came nearest");
        let unscored = Measured { ap: None, speed_up: 0.7 };
        assert_eq!(best(&[unscored, measured(4.0, 0.9)], BOUNDS), 1);
    }
}
