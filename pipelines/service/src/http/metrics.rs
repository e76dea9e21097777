//! The state of a box as Prometheus text. Labels name cameras, models and destinations, never what was seen.

mod lanes;
mod lists;

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use proto::v1 as pb;
use vision::SizePx;

use crate::edge::{BoxState, Detector, camera_state_name, not_ready};

/// Everything measured, read at this moment.
pub(super) fn encode(state: &BoxState) -> Result<String, std::fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Snapshot::of(state)));
    let mut text = String::new();
    text::encode(&mut text, &registry)?;
    Ok(text)
}

/// One metric with its samples.
#[derive(Debug)]
struct Metric {
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    samples: Vec<Sample>,
}

#[derive(Debug)]
struct Sample {
    labels: Vec<(&'static str, String)>,
    value: f64,
}

#[derive(Debug)]
struct Snapshot(Vec<Metric>);

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        for metric in &self.0 {
            let family = encoder.encode_descriptor(metric.name, metric.help, None, metric.kind)?;
            metric.encode(family)?;
        }
        Ok(())
    }
}

impl EncodeMetric for Metric {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        for sample in &self.samples {
            let mut family = encoder.encode_family(&sample.labels)?;
            match self.kind {
                MetricType::Counter => {
                    family.encode_counter::<Vec<(&str, String)>, f64, f64>(&sample.value, None)?;
                }
                _ => family.encode_gauge(&sample.value)?,
            }
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        self.kind
    }
}

impl Snapshot {
    fn of(state: &BoxState) -> Self {
        let mut metrics = Vec::new();
        metrics.push(gauge(
            "cairn_ready",
            "1 while the box is ready",
            vec![plain(if not_ready(state).is_empty() { 1.0 } else { 0.0 })],
        ));
        camera_metrics(state, &mut metrics);
        model_metrics(state, &mut metrics);
        lanes::lane_metrics(state, &mut metrics);
        lists::list_metrics(state, &mut metrics);
        delivery_metrics(state, &mut metrics);
        Self(metrics)
    }
}

/// One figure of a camera.
type OfCamera = fn(&pb::CameraReport) -> f64;

fn camera_metrics(state: &BoxState, metrics: &mut Vec<Metric>) {
    let reports: Vec<pb::CameraReport> = state.cameras.iter().map(|camera| camera.report()).collect();
    let per_camera = |value: OfCamera| -> Vec<Sample> {
        reports.iter().map(|report| labelled("camera", &report.id, value(report))).collect()
    };
    let states = reports
        .iter()
        .map(|report| Sample {
            labels: vec![("camera", report.id.clone()), ("state", camera_state_name(report.state()))],
            value: 1.0,
        })
        .collect();
    metrics.push(gauge("cairn_camera_state", "1 for the state each camera is in", states));
    let counters: [(&str, &str, OfCamera); 6] = [
        ("cairn_frames", "Decoded frames that arrived", |r| r.frames_in as f64),
        ("cairn_frames_inferred", "Frames that a model answered", |r| r.frames_inferred as f64),
        ("cairn_frames_superseded", "Frames replaced by a newer one before they were taken", |r| {
            r.frames_superseded as f64
        }),
        ("cairn_frames_over_rate", "Frames left out by the camera's rate limit", |r| {
            r.frames_over_rate as f64
        }),
        ("cairn_camera_reconnects", "Connections that were lost or refused", |r| r.reconnects as f64),
        ("cairn_passages_opened", "Passages confirmed", |r| r.passages_opened as f64),
    ];
    for (name, help, value) in counters {
        metrics.push(counter(name, help, per_camera(value)));
    }
    metrics.push(gauge("cairn_open_tracks", "Objects followed now", per_camera(|r| r.open_tracks as f64)));
    let per_record = |value: fn(&crate::edge::CameraCounts) -> &AtomicU64| -> Vec<Sample> {
        let samples = state.cameras.iter().map(|camera| {
            labelled("camera", &camera.id, value(&camera.counts).load(Ordering::Relaxed) as f64)
        });
        samples.collect()
    };
    metrics.push(counter(
        "cairn_frames_unanswered",
        "Frames that no session took or answered in time",
        per_record(|counts| &counts.unanswered),
    ));
    metrics.push(counter(
        "cairn_frames_tiles_missed",
        "Frames of which a tile that was due was not looked at",
        per_record(|counts| &counts.tiles_missed),
    ));
    metrics.push(counter(
        "cairn_frames_appearances_missed",
        "Frames in which a look at a person failed",
        per_record(|counts| &counts.appearances_missed),
    ));
    plate_metrics(state, metrics);
    metrics.push(gauge(
        "cairn_journal_backlog",
        "Events in memory that the journal has not taken",
        per_record(|counts| &counts.waiting_for_journal),
    ));
    let camera = |report: &pb::CameraReport| vec![("camera", report.id.clone())];
    let ages = reports.iter().filter_map(|r| Some((camera(r), r.frame_age_ms.as_ref()?)));
    metrics.push(quantile_gauge(
        "cairn_frame_age_seconds",
        "From arrival of a decoded frame to the end of its judgement",
        ages,
    ));
    let waits = reports.iter().filter_map(|r| Some((camera(r), r.inference_wait_ms.as_ref()?)));
    metrics.push(quantile_gauge(
        "cairn_camera_inference_wait_seconds",
        "Time that a camera's frames waited for their session",
        waits,
    ));
    metrics.push(gauge(
        "cairn_camera_inference_wait_mean_seconds",
        "Mean of the time that a camera's frames waited for their session",
        per_camera(|r| r.inference_wait_ms.as_ref().map_or(0.0, |wait| wait.mean / 1000.0)),
    ));
    let lags = reports.iter().filter_map(|r| Some((camera(r), r.sensor_lag_ms.as_ref()?)));
    metrics.push(quantile_gauge(
        "cairn_sensor_lag_seconds",
        "From the camera's own clock to the end of the judgement",
        lags,
    ));
    metrics.push(gauge(
        "cairn_frames_per_second",
        "Judged frames per second",
        per_camera(|r| f64::from(r.fps)),
    ));
}

/// Of cameras that read plates; no plate is in a label.
fn plate_metrics(state: &BoxState, metrics: &mut Vec<Metric>) {
    let counted = || state.cameras.iter().filter_map(|camera| Some((&camera.id, camera.plates.as_ref()?)));
    let vehicles = counted().flat_map(|(id, counts)| {
        counts.vehicles().map(move |(status, reason, vehicles)| {
            let mut labels = vec![("camera", id.clone()), ("status", status.to_owned())];
            labels.push(("reason", reason.to_owned()));
            Sample { labels, value: vehicles as f64 }
        })
    });
    metrics.push(counter(
        "cairn_plates",
        "Vehicles that have gone, by what their plates came to and why they were not read",
        vehicles.collect(),
    ));
    let missed = counted().map(|(id, counts)| labelled("camera", id, counts.searches_missed() as f64));
    metrics.push(counter(
        "cairn_plate_searches_missed",
        "Searches for a plate that no model answered in time",
        missed.collect(),
    ));
}

fn model_metrics(state: &BoxState, metrics: &mut Vec<Metric>) {
    // One model may run at several input sizes, each in a session of its own.
    let sessions: Vec<(Vec<(&'static str, String)>, pb::ModelStatus)> = state
        .detectors
        .iter()
        .flat_map(Detector::statuses)
        .map(|status| {
            let input = SizePx::new(status.input_width_px, status.input_height_px);
            (vec![("model", status.card_id.clone()), ("input", input.to_string())], status)
        })
        .collect();
    let runs = sessions.iter().map(|(labels, m)| Sample { labels: labels.clone(), value: m.runs as f64 });
    metrics.push(counter("cairn_inference_runs", "Pictures that each model answered", runs.collect()));
    let batches =
        sessions.iter().map(|(labels, m)| Sample { labels: labels.clone(), value: m.batches as f64 });
    metrics.push(counter(
        "cairn_inference_batches",
        "Runs of each model, each for one picture or more",
        batches.collect(),
    ));
    let providers = sessions.iter().map(|(labels, m)| {
        let mut labels = labels.clone();
        labels.push(("requested", m.requested_provider.clone()));
        labels.push(("actual", m.actual_provider.clone()));
        Sample { labels, value: 1.0 }
    });
    metrics.push(gauge(
        "cairn_inference_provider",
        "1 for the provider each model runs on",
        providers.collect(),
    ));
    let each = |value: fn(&engine::ProviderReport) -> bool| -> Vec<Sample> {
        let sample = |report: &engine::ProviderReport| {
            labelled("provider", report.provider.name(), f64::from(u8::from(value(report))))
        };
        state.providers.iter().map(sample).collect()
    };
    metrics.push(gauge(
        "cairn_provider_compiled",
        "1 for a provider that this program was built with",
        each(|report| report.compiled_in),
    ));
    metrics.push(gauge(
        "cairn_provider_present",
        "1 for a provider that can be used on this machine",
        each(engine::ProviderReport::is_present),
    ));
    let waits = sessions.iter().filter_map(|(labels, m)| Some((labels.clone(), m.wait_ms.as_ref()?)));
    metrics.push(quantile_gauge("cairn_inference_wait_seconds", "Time waited for a session", waits));
    let runs = sessions.iter().filter_map(|(labels, m)| Some((labels.clone(), m.run_ms.as_ref()?)));
    metrics.push(quantile_gauge("cairn_inference_run_seconds", "Time in a session", runs));
}

fn delivery_metrics(state: &BoxState, metrics: &mut Vec<Metric>) {
    let (first, last) = state.journal.bounds();
    metrics.push(gauge("cairn_journal_first_sequence", "Oldest event held", vec![plain(first as f64)]));
    metrics.push(gauge("cairn_journal_last_sequence", "Newest event held", vec![plain(last as f64)]));
    let decisions = state.decisions.figures();
    let figures: [(&str, &str, u64); 4] = [
        ("cairn_decisions_kept", "Decisions written to disk", decisions.kept),
        (
            "cairn_decisions_shed",
            "Decisions lost because the store had no room or the disk refused",
            decisions.shed,
        ),
        (
            "cairn_decisions_displaced",
            "Decisions let go before their time for want of room",
            decisions.displaced,
        ),
        ("cairn_decisions_expired", "Decisions let go at the end of their retention", decisions.expired),
    ];
    for (name, help, value) in figures {
        metrics.push(counter(name, help, vec![plain(value as f64)]));
    }
    metrics.push(gauge(
        "cairn_decisions_bytes",
        "Bytes of decisions held",
        vec![plain(decisions.held_bytes as f64)],
    ));
    let destinations = state.destinations();
    let each = |value: fn(&delivery::DestinationStatus) -> f64| -> Vec<Sample> {
        destinations.iter().map(|d| labelled("destination", &d.name, value(d))).collect()
    };
    metrics.push(gauge(
        "cairn_delivery_settled_sequence",
        "Events up to this one are settled",
        each(|d| d.settled as f64),
    ));
    metrics.push(gauge(
        "cairn_delivery_in_flight",
        "Events sent and not acknowledged",
        each(|d| d.in_flight as f64),
    ));
    metrics.push(counter("cairn_delivery_resent", "Events sent again", each(|d| d.resent as f64)));
    metrics.push(gauge(
        "cairn_delivery_dead_letters",
        "Events refused for good",
        each(|d| d.dead_letters as f64),
    ));
    let connected = destinations
        .iter()
        .map(|d| Sample {
            labels: vec![("destination", d.name.clone()), ("state", d.state.to_string())],
            value: 1.0,
        })
        .collect();
    metrics.push(gauge("cairn_delivery_state", "1 for the state each destination is in", connected));
    let lagged = state.subscribers_lagged.load(Ordering::Relaxed) as f64;
    metrics.push(counter(
        "cairn_subscribers_lagged",
        "Streams ended because their reader was too slow",
        vec![plain(lagged)],
    ));
    let refused = state.requests_refused.load(Ordering::Relaxed) as f64;
    metrics.push(counter(
        "cairn_requests_refused",
        "Requests refused because a queue was full",
        vec![plain(refused)],
    ));
}

fn quantile_gauge<'a>(
    name: &'static str,
    help: &'static str,
    quantiles: impl Iterator<Item = (Vec<(&'static str, String)>, &'a pb::Quantiles)>,
) -> Metric {
    let samples = quantiles.flat_map(|(labels, q)| {
        [("0.5", q.p50), ("0.95", q.p95), ("0.99", q.p99), ("1", q.max)].map(|(quantile, ms)| {
            let mut labels = labels.clone();
            labels.push(("quantile", quantile.to_owned()));
            Sample { labels, value: ms / 1000.0 }
        })
    });
    gauge(name, help, samples.collect())
}

fn gauge(name: &'static str, help: &'static str, samples: Vec<Sample>) -> Metric {
    Metric { name, help, kind: MetricType::Gauge, samples }
}

/// The encoder adds `_total` to the name.
fn counter(name: &'static str, help: &'static str, samples: Vec<Sample>) -> Metric {
    Metric { name, help, kind: MetricType::Counter, samples }
}

fn plain(value: f64) -> Sample {
    Sample { labels: Vec::new(), value }
}

fn labelled(label: &'static str, value_of: &str, value: f64) -> Sample {
    Sample { labels: vec![(label, value_of.to_owned())], value }
}
