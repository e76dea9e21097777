use std::collections::BTreeMap;
use std::time::Duration;

use super::Lane;
use crate::Direction;

/// A lane over one period.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowReport {
    /// Name of the lane.
    pub lane_id: String,
    /// When the period ended.
    pub at: Duration,
    /// How long it was.
    pub period: Duration,
    /// Why it is shorter than the lane's own; `None` for a whole one.
    pub partial: Option<&'static str>,
    /// How much of it the lane was seen.
    pub observed: Duration,
    /// Vehicles over the middle of the lane, in order of class and direction.
    pub counts: Vec<LaneCount>,
    /// Vehicles that were first seen in the lane.
    pub entered: u32,
    /// Share of the seen time with a vehicle in the lane, in `[0, 1]`.
    pub occupancy: f32,
    /// Share of the lane's length under vehicles, mean over the seen time, in `[0, 1]`.
    pub covered: f32,
    /// Vehicles in the queue, mean over the seen time.
    pub queue_mean: f32,
    /// Most vehicles in the queue.
    pub queue_max: u32,
    /// From the stop line to the queue's tail, mean over the seen time and longest; with a ground plane only.
    pub queue_m: Option<(f32, f32)>,
    /// Waits of the vehicles that passed the stop line.
    pub waits: Waits,
}

/// Vehicles of one class in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneCount {
    /// Their class.
    pub class: u16,
    /// [`Direction::Forward`] or [`Direction::Backward`].
    pub direction: Direction,
    /// How many.
    pub vehicles: u32,
}

/// How long vehicles waited before they passed the stop line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// Vehicles that passed.
    pub passed: u32,
    /// Those of them that had joined the queue.
    pub waited: u32,
    /// In order of passing.
    sample: Vec<Duration>,
}

/// What is true of a lane from one frame to the next.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Instant {
    pub(super) vehicles: u32,
    pub(super) covered: f32,
    pub(super) queued: u32,
    pub(super) queue_m: Option<f32>,
}

/// A period so far.
#[derive(Clone, Debug, Default)]
pub(super) struct PeriodSums {
    observed: Duration,
    occupied: Duration,
    /// Sums over seconds.
    covered_s: f64,
    queued_s: f64,
    queue_m_s: Option<f64>,
    queue_max: u32,
    queue_m_max: f32,
    pub(super) entered: u32,
    /// By class and whether forward.
    counts: BTreeMap<(u16, bool), u32>,
    pub(super) waits: Waits,
}

impl Waits {
    /// Waits that quantiles are taken of; vehicles beyond are counted only.
    pub const MAX_SAMPLE: usize = 4096;

    pub(super) fn push(&mut self, wait: Duration) {
        self.passed = self.passed.saturating_add(1);
        self.waited += u32::from(!wait.is_zero());
        if self.sample.len() < Self::MAX_SAMPLE {
            self.sample.push(wait);
        }
    }

    /// Waits that are known singly.
    pub fn sample(&self) -> usize {
        self.sample.len()
    }

    /// The least wait that a `share` in `(0, 1]` of the vehicles did not exceed (nearest rank); 0 for one that never
    /// stood. `None` when none passed.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let mut sorted = self.sample.clone();
        sorted.sort();
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.max(1) - 1).copied()
    }
}

impl PeriodSums {
    /// `state` held for `time`.
    pub(super) fn add(&mut self, state: &Instant, time: Duration) {
        let seconds = time.as_secs_f64();
        self.observed += time;
        if 0 < state.vehicles {
            self.occupied += time;
        }
        self.covered_s += f64::from(state.covered) * seconds;
        self.queued_s += f64::from(state.queued) * seconds;
        if let Some(metres) = state.queue_m {
            *self.queue_m_s.get_or_insert(0.0) += f64::from(metres) * seconds;
        }
    }

    /// `state` was there.
    pub(super) fn peak(&mut self, state: &Instant) {
        self.queue_max = self.queue_max.max(state.queued);
        self.queue_m_max = self.queue_m_max.max(state.queue_m.unwrap_or(0.0));
    }

    pub(super) fn count(&mut self, class: u16, direction: Direction) {
        *self.counts.entry((class, direction == Direction::Forward)).or_insert(0) += 1;
    }

    pub(super) fn report(
        self,
        lane: &Lane,
        at: Duration,
        period: Duration,
        partial: Option<&'static str>,
    ) -> FlowReport {
        let seconds = self.observed.as_secs_f64();
        let mean = |sum: f64| if 0.0 < seconds { (sum / seconds) as f32 } else { 0.0 };
        let count = |(&(class, forward), &vehicles): (&(u16, bool), &u32)| LaneCount {
            class,
            direction: super::direction_of(forward),
            vehicles,
        };
        FlowReport {
            lane_id: lane.id.clone(),
            at,
            period,
            partial,
            observed: self.observed,
            counts: self.counts.iter().map(count).collect(),
            entered: self.entered,
            occupancy: mean(self.occupied.as_secs_f64()).clamp(0.0, 1.0),
            covered: mean(self.covered_s).clamp(0.0, 1.0),
            queue_mean: mean(self.queued_s),
            queue_max: self.queue_max,
            queue_m: self.queue_m_s.map(|sum| (mean(sum), self.queue_m_max)),
            waits: self.waits,
        }
    }
}
