//! Traffic on a camera's lanes: from the settings to the scene, from its reports to events and figures.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use capture::FrameClocks;
use edge_config::Camera;
use models::Card;
use proto::v1 as pb;
use scene::{Direction, Flow, FlowReport, GroundPlane, Lane};

use super::event::CameraOrigin;
use super::rules;
use super::state::millis;

/// The lanes of a camera whose model is `card`, in metres where its ground is known.
///
/// # Errors
/// When a lane names a class that the model does not know, or cannot be measured on that ground.
pub(crate) fn flows_of(
    camera: &Camera,
    card: &Card,
    plane: Option<&GroundPlane>,
) -> anyhow::Result<Vec<Flow>> {
    let flow = |lane: &edge_config::Lane| -> anyhow::Result<Flow> {
        let classes = lane.classes.iter().map(|class| rules::class_index(card, class));
        let lane = Lane {
            id: lane.id.clone(),
            zone: rules::zone_of(camera, &lane.zone)?,
            from: rules::point(lane.from),
            to: rules::point(lane.to),
            classes: classes.collect::<anyhow::Result<_>>()?,
            min_score: lane.min_score,
            anchor: rules::anchor_of(lane.anchor),
            standing_below: lane.standing_below,
            standing_below_mps: lane.standing_below_mps,
            queue_gap: lane.queue_gap,
            queue_gap_m: lane.queue_gap_m,
            period: lane.period,
        };
        Ok(Flow::new(lane, plane.cloned())?)
    };
    let named = |lane| flow(lane).with_context(|| format!("lane `{}`", lane.id));
    camera.lanes.iter().map(named).collect()
}

/// What a report says, told in a frame taken at `told_at` on the clock of its periods.
pub(crate) fn told(report: &FlowReport, origin: &CameraOrigin, told_at: Duration) -> pb::Flow {
    let counts = report.counts.iter().map(|count| pb::LaneCount {
        object_class: origin.class_name(count.class).to_owned(),
        direction: match count.direction {
            Direction::Forward => pb::Direction::Forward,
            Direction::Backward => pb::Direction::Backward,
            Direction::Enter | Direction::Exit | Direction::Within => pb::Direction::Unspecified,
        }
        .into(),
        vehicles: count.vehicles,
    });
    let waits = &report.waits;
    pb::Flow {
        lane_id: report.lane_id.clone(),
        period_ms: millis(report.period),
        partial: report.partial.unwrap_or_default().to_owned(),
        observed_ms: millis(report.observed),
        counts: counts.collect(),
        entered: report.entered,
        occupancy: report.occupancy,
        covered: report.covered,
        queue_mean: report.queue_mean,
        queue_max: report.queue_max,
        queue_m_mean: report.queue_m.map(|(mean, _)| mean),
        queue_m_max: report.queue_m.map(|(_, longest)| longest),
        passed: waits.passed,
        waited: waits.waited,
        wait_p50_ms: waits.quantile(0.5).map(millis),
        wait_p95_ms: waits.quantile(0.95).map(millis),
        wait_sample: u32::try_from(waits.sample()).unwrap_or(u32::MAX),
        ended_before_ms: millis(told_at.saturating_sub(report.at)),
    }
}

impl CameraOrigin {
    /// A lane over one period, told in a frame with clocks `at`.
    pub(crate) fn flow(&self, flow: pb::Flow, at: &FrameClocks) -> pb::Event {
        let event = self.telemetry(at, pb::event::Body::Flow(flow));
        pb::Event { models: vec![self.model.clone()], ..event }
    }
}

/// The figures of a camera's lanes, for the metrics: bounded by lanes and classes.
#[derive(Default)]
pub(crate) struct LaneBoard(Mutex<BTreeMap<String, LaneFigures>>);

/// One lane.
#[derive(Clone, Debug, Default)]
pub(crate) struct LaneFigures {
    /// Its latest report.
    pub(crate) latest: pb::Flow,
    /// Vehicles since the start, by class and direction.
    pub(crate) vehicles: BTreeMap<(String, &'static str), u64>,
    /// Vehicles past the stop line since the start.
    pub(crate) passed: u64,
}

impl LaneBoard {
    /// Takes a report in.
    pub(crate) fn note(&self, flow: &pb::Flow) {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let figures = lanes.entry(flow.lane_id.clone()).or_default();
        for count in &flow.counts {
            let direction = if count.direction() == pb::Direction::Forward { "forward" } else { "backward" };
            let total = figures.vehicles.entry((count.object_class.clone(), direction)).or_insert(0);
            *total += u64::from(count.vehicles);
        }
        figures.passed += u64::from(flow.passed);
        figures.latest = flow.clone();
    }

    /// Each lane that has been reported, in order of name.
    pub(crate) fn figures(&self) -> Vec<LaneFigures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_grow_by_report_and_the_latest_one_stands() {
        let board = LaneBoard::default();
        let count = |vehicles, direction: pb::Direction| pb::LaneCount {
            object_class: "car".to_owned(),
            direction: direction.into(),
            vehicles,
        };
        for (vehicles, passed) in [(3, 2), (4, 5)] {
            let counts = vec![count(vehicles, pb::Direction::Forward), count(1, pb::Direction::Backward)];
            board.note(&pb::Flow { lane_id: "inbound".to_owned(), counts, passed, ..pb::Flow::default() });
        }
        let figures = board.figures();
        assert_eq!((figures.len(), figures[0].passed, figures[0].latest.passed), (1, 7, 5));
        let totals: Vec<_> = figures[0].vehicles.iter().collect();
        let car = |direction| ("car".to_owned(), direction);
        assert_eq!(totals, [(&car("backward"), &2), (&car("forward"), &7)]);
    }
}
