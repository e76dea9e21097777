//! One round of association: chosen tracks, chosen observations, and the pairing with the largest total weight.

use std::cmp::Ordering;

use super::{Frame, Living, Tracker};
use crate::assignment::Assignment;
use crate::settings::ClassGroup;
use crate::{Observation, Track, TrackerSettings};

/// How much the direction of travel counts beside the overlap (OC-SORT's λ).
const TRAVEL_WEIGHT: f64 = 0.2;

/// An observation of the frame at hand.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) observation: Observation,
    /// Its place among the frame's observations.
    pub(super) index: usize,
    pub(super) group: ClassGroup,
    pub(super) taken: bool,
}

/// What a pair is weighed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    /// Overlap with the expected box, or likeness.
    Expected,
    /// The same, and the direction of travel.
    ExpectedAndTravel,
    /// Overlap with where the object was observed last.
    LastObserved,
}

/// When a pair that overlaps too little is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// Before the pairing is chosen: it takes no other pair's place.
    Before,
    /// Out of the pairing with the largest total weight, as SORT and its heirs do it.
    After,
}

/// What one round is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) measure: Measure,
    pub(super) gate: Gate,
    /// Least overlap of a pair.
    pub(super) min_iou: f32,
}

/// Memory of one round of association.
#[derive(Clone, Debug, Default)]
pub(super) struct Round {
    tracks: Vec<usize>,
    candidates: Vec<usize>,
    weights: Vec<f64>,
    assignment: Assignment,
}

impl Candidate {
    pub(super) fn embedding<'a>(&self, appearances: &[Option<&'a [f32]>]) -> Option<&'a [f32]> {
        appearances.get(self.index).copied().flatten()
    }

    /// A total order that depends on the content alone, best score first.
    pub(super) fn rank(&self, other: &Self, appearances: &[Option<&[f32]>]) -> Ordering {
        self.observation.rank(&other.observation).then_with(|| {
            let numbers = |candidate: &Self| candidate.embedding(appearances).into_iter().flatten();
            numbers(self)
                .zip(numbers(other))
                .map(|(a, b)| a.total_cmp(b))
                .find(|order| order.is_ne())
                .unwrap_or_else(|| numbers(self).count().cmp(&numbers(other).count()))
        })
    }
}

impl Tracker {
    /// Pairs the chosen tracks that are not yet seen with the chosen observations that are not yet taken.
    pub(super) fn run_round(
        &mut self,
        frame: &Frame<'_>,
        rule: Rule,
        of_tracks: impl Fn(&Track) -> bool,
        of_observations: impl Fn(&Observation) -> bool,
    ) {
        let Rule { measure, gate, min_iou } = rule;
        let Round { tracks, candidates, weights, assignment } = &mut self.round;
        let (living, offered) = (&mut self.living, &mut self.candidates);
        tracks.clear();
        tracks.extend((0..living.len()).filter(|&i| {
            let track = &living[i].tracked.track;
            !track.seen_now && of_tracks(track)
        }));
        candidates.clear();
        candidates.extend(
            (0..offered.len()).filter(|&i| !offered[i].taken && of_observations(&offered[i].observation)),
        );
        weights.clear();
        for row in tracks.iter().map(|&i| &living[i]) {
            weights.extend(candidates.iter().map(|&i| &offered[i]).map(|column| {
                let iou = row.overlap(column, measure);
                if 0.0 < iou && (min_iou <= iou || gate == Gate::After) {
                    row.weight(column, iou, measure, frame, &self.settings)
                } else {
                    0.0
                }
            }));
        }
        for &(row, column) in assignment.solve(tracks.len(), candidates.len(), weights) {
            let candidate = &mut offered[candidates[column]];
            let living = &mut living[tracks[row]];
            if living.overlap(candidate, measure) < min_iou {
                continue;
            }
            candidate.taken = true;
            living.tracked.observe(frame.at, candidate.observation, frame.probation);
            living.look_at(candidate.embedding(frame.appearances));
        }
    }
}

impl Living {
    /// Intersection over union with the observation, 0 for one that can only be another object's.
    fn overlap(&self, candidate: &Candidate, measure: Measure) -> f32 {
        let place = match measure {
            Measure::Expected | Measure::ExpectedAndTravel => &self.tracked.track.bbox,
            Measure::LastObserved => self.tracked.latest(),
        };
        if self.tracked.group == candidate.group { place.iou(&candidate.observation.bbox) } else { 0.0 }
    }

    /// What speaks for a pair that overlaps by `iou`.
    fn weight(
        &self,
        candidate: &Candidate,
        iou: f32,
        measure: Measure,
        frame: &Frame<'_>,
        settings: &TrackerSettings,
    ) -> f64 {
        if measure == Measure::LastObserved {
            return f64::from(iou);
        }
        let likeness = candidate
            .embedding(frame.appearances)
            .filter(|_| settings.appearance_min_iou < iou)
            .and_then(|embedding| self.appearance.distance(embedding))
            .filter(|distance| *distance < settings.max_cosine_distance)
            .map_or(0.0, |distance| 1.0 - distance / 2.0);
        let weight = f64::from(iou.max(likeness));
        match measure {
            Measure::ExpectedAndTravel => {
                weight + TRAVEL_WEIGHT * self.tracked.consistency(&candidate.observation.bbox)
            }
            Measure::Expected | Measure::LastObserved => weight,
        }
    }
}
