//! Precision, recall, false alarms per camera-hour and time to a confirmed event.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ClipEvents;
use crate::score::interval::{Bootstrap, Interval, percentile_interval, poisson_rate, quantile, wilson};

/// Draws of the bootstrap.
const REPLICATES: usize = 1000;
/// Any: the same footage gives the same intervals.
const SEED: u64 = 3;
const SECONDS_PER_HOUR: f64 = 3600.0;

/// Scores of the events of clips; `None` (`null`) where a score would divide by nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EventScores {
    /// Right of those told.
    pub precision: Option<f64>,
    /// Right of those that happened.
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall: twice the right ones over all that happened and all that were told.
    pub f1: Option<f64>,
    /// Events told that are not true, per hour of one camera.
    pub false_alarms_per_hour: Option<f64>,
    /// Length of the clips, in hours.
    pub camera_hours: f64,
    /// Events that happened.
    pub truths: u64,
    /// Events told.
    pub found: u64,
    /// Events told that are true.
    pub right: u64,
    /// Events told that are not.
    pub false_alarms: u64,
    /// From when an event happens until it is confirmed.
    pub time_to_event_s: TimeToEvent,
    /// At 95 %, by the name of the score: Wilson's for `precision`, `recall` and `f1`, Poisson's for
    /// `false_alarms_per_hour`, a bootstrap over events for `time_to_event_s.p50` and `time_to_event_s.p95`.
    pub intervals: BTreeMap<String, Interval>,
}

/// Seconds over right events, with linear interpolation between neighbours (numpy's default); `None` without any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimeToEvent {
    /// Median.
    pub p50: Option<f64>,
    /// Of 95 % of the events it is not longer.
    pub p95: Option<f64>,
}

/// Sums up clips.
pub fn score(clips: &[&ClipEvents]) -> EventScores {
    let count = |of: fn(&ClipEvents) -> usize| clips.iter().map(|clip| of(clip) as u64).sum::<u64>();
    let right = count(|clip| clip.matched.len());
    let missed = count(|clip| clip.missed.len());
    let false_alarms = count(|clip| clip.false_alarms.len());
    let (truths, found) = (right + missed, right + false_alarms);
    let camera_hours = clips.iter().map(|clip| clip.duration_s).sum::<f64>() / SECONDS_PER_HOUR;
    let mut delays: Vec<_> = clips.iter().flat_map(|clip| &clip.matched).map(|pair| pair.delay_s).collect();
    delays.sort_unstable_by(f64::total_cmp);

    let mut intervals = resampled(&delays, missed + false_alarms);
    intervals.extend([
        ("f1", f1_interval(right, missed + false_alarms)),
        ("precision", wilson(right, found)),
        ("recall", wilson(right, truths)),
        ("false_alarms_per_hour", poisson_rate(false_alarms, camera_hours)),
    ]);
    let known = intervals.into_iter().filter_map(|(name, interval)| Some((name.to_owned(), interval?)));
    EventScores {
        precision: share(right, found),
        recall: share(right, truths),
        f1: share(2 * right, truths + found),
        false_alarms_per_hour: (0.0 < camera_hours).then(|| false_alarms as f64 / camera_hours),
        camera_hours,
        truths,
        found,
        right,
        false_alarms,
        time_to_event_s: TimeToEvent { p50: quantile(&delays, 0.5), p95: quantile(&delays, 0.95) },
        intervals: known.collect(),
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (0 < whole).then(|| part as f64 / whole as f64)
}

/// With j the share of right events among right, missed and false ones, F1 = 2j / (1 + j) grows with j: Wilson's bounds
/// of j, so put, are bounds of F1, and have a width where nothing went wrong.
fn f1_interval(right: u64, wrong: u64) -> Option<Interval> {
    let f1 = |share: f64| 2.0 * share / (1.0 + share);
    wilson(right, right + wrong).map(|j| Interval { low: f1(j.low), high: f1(j.high) })
}

/// Intervals of the times, by draws among right events of these ascending `delays` and `wrong` ones, which have none.
fn resampled(delays: &[f64], wrong: u64) -> Vec<(&'static str, Option<Interval>)> {
    let mut bootstrap = Bootstrap::new(SEED, REPLICATES);
    let mut drawn = Vec::new();
    let [mut p50, mut p95] = [const { Vec::new() }; 2];
    for _ in 0..bootstrap.replicates() {
        let weights = bootstrap.weights(delays.len() + wrong as usize);
        drawn.clear();
        for (&delay, &weight) in delays.iter().zip(&weights) {
            drawn.extend((0..weight).map(|_| delay));
        }
        // NaN is a draw without a value, which the interval leaves out.
        p50.push(quantile(&drawn, 0.5).unwrap_or(f64::NAN));
        p95.push(quantile(&drawn, 0.95).unwrap_or(f64::NAN));
    }
    vec![
        ("time_to_event_s.p50", percentile_interval(&mut p50)),
        ("time_to_event_s.p95", percentile_interval(&mut p95)),
    ]
}
