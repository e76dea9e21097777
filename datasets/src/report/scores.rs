//! From units to scores with their intervals.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Unit;
use crate::score::detection::{self, DetectionScores, PictureMatches, Resampler};
use crate::score::events::{self, ClipEvents, EventScores};
use crate::score::faces::{self, FaceMatches, FaceScores};
use crate::score::interval::{Bootstrap, Interval, percentile_interval};
use crate::score::plates::{self, PlateOutcome, PlateScores};
use crate::score::tracking::{self, SequenceMatches, TrackingScores};

/// Draws of each bootstrap.
pub const REPLICATES: usize = 500;

/// Scores of each task that units have an outcome for.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TaskScores {
    /// Objects in pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detect: Option<DetectReport>,
    /// Objects over time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track: Option<TrackReport>,
    /// Plates on crops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plates: Option<PlateScores>,
    /// Pairs of faces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faces: Option<FaceScores>,
    /// Confirmed events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<EventScores>,
}

/// [`DetectionScores`] with intervals, by a bootstrap over pictures.
#[derive(Clone, Debug, Serialize)]
pub struct DetectReport {
    /// The scores.
    #[serde(flatten)]
    pub scores: DetectionScores,
    /// By the name of the score, 95 %.
    pub intervals: BTreeMap<String, Interval>,
}

/// [`TrackingScores`] with intervals, by a bootstrap over blocks of time, given the association that was found.
#[derive(Clone, Debug, Serialize)]
pub struct TrackReport {
    /// The scores.
    #[serde(flatten)]
    pub scores: TrackingScores,
    /// By the name of the score, 95 %.
    pub intervals: BTreeMap<String, Interval>,
}

/// How many scores get an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The main ones of each task.
    Main,
    /// All of COCO's numbers too, which take tens of times as long to draw.
    Full,
}

impl TaskScores {
    /// Scores of `units`, in their order; intervals are drawn with `seed`.
    pub fn of(units: &[&Unit], seed: u64, depth: Depth) -> Self {
        let pictures: Vec<&PictureMatches> = units.iter().flat_map(|unit| &unit.detect).collect();
        let sequences: Vec<&SequenceMatches> = units.iter().filter_map(|unit| unit.track.as_ref()).collect();
        let outcomes: Vec<&PlateOutcome> = units.iter().flat_map(|unit| &unit.plates).collect();
        let sets: Vec<&FaceMatches> = units.iter().filter_map(|unit| unit.faces.as_ref()).collect();
        let clips: Vec<&ClipEvents> = units.iter().filter_map(|unit| unit.events.as_ref()).collect();
        Self {
            detect: (!pictures.is_empty()).then(|| detect(&pictures, seed, depth)),
            track: (!sequences.is_empty()).then(|| track(&sequences, seed)),
            plates: (!outcomes.is_empty()).then(|| plates::score(&outcomes, None)),
            faces: faces::score(&sets),
            events: (!clips.is_empty()).then(|| events::score(&clips)),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.detect.is_none()
            && self.track.is_none()
            && self.plates.is_none()
            && self.faces.is_none()
            && self.events.is_none()
    }
}

fn detect(pictures: &[&PictureMatches], seed: u64, depth: Depth) -> DetectReport {
    let resampler = Resampler::new(pictures);
    let main = |weights: &[u32]| {
        let headline = resampler.headline(weights);
        [("ap", headline.ap), ("ap50", headline.ap50), ("ap75", headline.ap75)]
    };
    let full = |weights: &[u32]| {
        let scores = detection::score(pictures, Some(weights));
        [
            ("ap", scores.ap),
            ("ap50", scores.ap50),
            ("ap75", scores.ap75),
            ("ap_small", scores.ap_small),
            ("ap_medium", scores.ap_medium),
            ("ap_large", scores.ap_large),
            ("ar1", scores.ar1),
            ("ar10", scores.ar10),
            ("ar100", scores.ar100),
            ("ar_small", scores.ar_small),
            ("ar_medium", scores.ar_medium),
            ("ar_large", scores.ar_large),
        ]
    };
    let intervals = match depth {
        Depth::Main => bootstrap(seed, pictures.len(), main),
        Depth::Full => bootstrap(seed, pictures.len(), full),
    };
    DetectReport { scores: detection::score(pictures, None), intervals }
}

fn track(sequences: &[&SequenceMatches], seed: u64) -> TrackReport {
    let blocks = sequences.iter().map(|sequence| sequence.blocks.len()).sum();
    let intervals = bootstrap(seed, blocks, |weights| {
        let scores = tracking::score_blocks(sequences, weights);
        [
            ("mota", Some(scores.mota)),
            ("motp", Some(scores.motp)),
            ("idf1", Some(scores.idf1)),
            ("hota", Some(scores.hota)),
            ("deta", Some(scores.deta)),
            ("assa", Some(scores.assa)),
        ]
    });
    TrackReport { scores: tracking::score(sequences), intervals }
}

/// Percentile intervals of what `score` says to [`REPLICATES`] draws of `units`; a score that a draw has no value for
/// goes without that draw.
fn bootstrap<const N: usize>(
    seed: u64,
    units: usize,
    mut score: impl FnMut(&[u32]) -> [(&'static str, Option<f64>); N],
) -> BTreeMap<String, Interval> {
    let mut draws = Bootstrap::new(seed, REPLICATES);
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for _ in 0..REPLICATES {
        for (name, value) in score(&draws.weights(units)) {
            values.entry(name).or_default().extend(value.filter(|value| value.is_finite()));
        }
    }
    let named = values
        .into_iter()
        .filter_map(|(name, mut values)| Some((name.to_owned(), percentile_interval(&mut values)?)));
    named.collect()
}
