//! The latest report of each lane, and what was counted since the start.

use proto::v1 as pb;

use super::{Metric, Sample, counter, gauge};
use crate::edge::{BoxState, LaneFigures};

/// One figure of a lane's latest report.
type OfLane = fn(&pb::Flow) -> Option<f64>;

type Labels = Vec<(&'static str, String)>;

pub(super) fn lane_metrics(state: &BoxState, metrics: &mut Vec<Metric>) {
    let lanes: Vec<(Labels, LaneFigures)> = state
        .cameras
        .iter()
        .flat_map(|camera| {
            let labels = |lane: &str| vec![("camera", camera.id.clone()), ("lane", lane.to_owned())];
            let figures = camera.lanes.figures();
            figures.into_iter().map(move |figures| (labels(&figures.latest.lane_id), figures))
        })
        .collect();
    let vehicles = lanes.iter().flat_map(|(labels, figures)| {
        figures.vehicles.iter().map(move |((class, direction), vehicles)| {
            let mut labels = labels.clone();
            labels.extend([("class", class.clone()), ("direction", (*direction).to_owned())]);
            Sample { labels, value: *vehicles as f64 }
        })
    });
    metrics.push(counter(
        "cairn_lane_vehicles",
        "Vehicles over the middle of each lane; forward is to the stop line",
        vehicles.collect(),
    ));
    let passed =
        lanes.iter().map(|(labels, figures)| Sample { labels: labels.clone(), value: figures.passed as f64 });
    metrics.push(counter("cairn_lane_passed", "Vehicles past the stop line of each lane", passed.collect()));
    let gauges: [(&str, &str, OfLane); 6] = [
        ("cairn_lane_occupancy", "Share of the latest period with a vehicle in the lane", |flow| {
            Some(f64::from(flow.occupancy))
        }),
        ("cairn_lane_covered", "Share of the lane under vehicles, mean over the latest period", |flow| {
            Some(f64::from(flow.covered))
        }),
        ("cairn_lane_queue_vehicles", "Vehicles in the queue, mean over the latest period", |flow| {
            Some(f64::from(flow.queue_mean))
        }),
        ("cairn_lane_queue_vehicles_max", "Most vehicles in the queue in the latest period", |flow| {
            Some(f64::from(flow.queue_max))
        }),
        ("cairn_lane_queue_metres", "Length of the queue, mean over the latest period", |flow| {
            flow.queue_m_mean.map(f64::from)
        }),
        ("cairn_lane_queue_metres_max", "Longest queue of the latest period", |flow| {
            flow.queue_m_max.map(f64::from)
        }),
    ];
    for (name, help, value) in gauges {
        let samples = lanes.iter().filter_map(|(labels, figures)| {
            Some(Sample { labels: labels.clone(), value: value(&figures.latest)? })
        });
        metrics.push(gauge(name, help, samples.collect()));
    }
    let waits = lanes.iter().flat_map(|(labels, figures)| {
        let quantiles = [("0.5", figures.latest.wait_p50_ms), ("0.95", figures.latest.wait_p95_ms)];
        quantiles.into_iter().filter_map(move |(quantile, ms)| {
            let mut labels = labels.clone();
            labels.push(("quantile", quantile.to_owned()));
            Some(Sample { labels, value: ms? as f64 / 1000.0 })
        })
    });
    metrics.push(gauge(
        "cairn_lane_wait_seconds",
        "From joining the queue to passing the stop line, over those that passed in the latest period",
        waits.collect(),
    ));
}
