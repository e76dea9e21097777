//! The end of a demo: a table for people, `cairn.demo/1` for programs.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::Duration;

use proto::v1 as pb;
use serde::Serialize;

use crate::machine::{Build, Machine, Usage};

/// One confirmed passage.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PassageRow {
    /// `box/sequence` of the event that opened it.
    pub(crate) key: String,
    pub(crate) sequence: u64,
    pub(crate) passage_id: String,
    pub(crate) camera: String,
    pub(crate) class: String,
    pub(crate) rule: String,
    pub(crate) direction: String,
    /// Path of the annotated picture.
    pub(crate) snapshot: Option<String>,
    pub(crate) published: bool,
    pub(crate) receipted: bool,
}

/// What the box says of itself, added up over its lives.
#[derive(Default)]
pub(crate) struct Figures {
    /// Of lives that have ended.
    before: Frames,
    cameras: Vec<pb::CameraReport>,
    age: FrameAge,
    lag: FrameAge,
    models: BTreeMap<String, String>,
    config_sha256: String,
    resent: BTreeMap<String, u64>,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Frames {
    r#in: u64,
    inferred: u64,
    superseded: u64,
    over_rate: u64,
}

/// Of the camera that is worst in each figure.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct FrameAge {
    p50: f64,
    p95: f64,
    p99: f64,
}

impl FrameAge {
    fn worst_of<'a>(self, cameras: impl Iterator<Item = &'a pb::Quantiles>) -> Self {
        cameras.fold(self, |worst, camera| Self {
            p50: worst.p50.max(camera.p50),
            p95: worst.p95.max(camera.p95),
            p99: worst.p99.max(camera.p99),
        })
    }
}

impl Figures {
    pub(crate) fn update(&mut self, status: &pb::StatusResponse, cameras: Vec<pb::CameraReport>) {
        self.config_sha256.clone_from(&status.config_sha256);
        for model in &status.models {
            self.models.insert(model.card_id.clone(), model.sha256.clone());
        }
        for destination in &status.destinations {
            self.resent.insert(destination.name.clone(), destination.resent);
        }
        self.cameras = cameras;
    }

    pub(crate) fn box_has_gone(&mut self) {
        self.before = self.frames();
        self.age = self.age();
        self.lag = self.lag();
        self.cameras.clear();
    }

    fn frames(&self) -> Frames {
        self.cameras.iter().fold(self.before, |sum, camera| Frames {
            r#in: sum.r#in + camera.frames_in,
            inferred: sum.inferred + camera.frames_inferred,
            superseded: sum.superseded + camera.frames_superseded,
            over_rate: sum.over_rate + camera.frames_over_rate,
        })
    }

    fn age(&self) -> FrameAge {
        self.age.worst_of(self.cameras.iter().filter_map(|camera| camera.frame_age_ms.as_ref()))
    }

    fn lag(&self) -> FrameAge {
        self.lag.worst_of(self.cameras.iter().filter_map(|camera| camera.sensor_lag_ms.as_ref()))
    }
}

/// `cairn.demo/1`. Keys are stable; more may be added.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    schema: &'static str,
    cairn: Build,
    machine: Machine,
    config_sha256: String,
    models: Vec<Model>,
    seconds: f64,
    frames: Frames,
    /// From arrival of a decoded frame to the end of its judgement.
    frame_age_ms: FrameAge,
    /// From the sender's clock, which is this machine's here, to the end of the judgement: network and decoder included.
    sensor_lag_ms: FrameAge,
    cameras: Vec<CameraRow>,
    passages: Vec<PassageRow>,
    /// Passages that the broker's subscriber holds.
    published: u64,
    /// Passages that the ledger holds.
    receipted: u64,
    /// Deliveries of a key that was delivered before; receivers drop them by their key.
    duplicates: u64,
    /// Events that a receiver first saw behind a later one.
    out_of_order: u64,
    events: Events,
    cpu_seconds: f64,
    peak_rss_mb: f64,
    memory_mb: Memory,
    snapshots: String,
    /// Cameras that have to show a passage each.
    #[serde(skip)]
    served: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Model {
    id: String,
    sha256: String,
}

#[derive(Debug, Serialize)]
struct CameraRow {
    id: String,
    state: String,
    decoder: String,
    frames_in: u64,
    frames_inferred: u64,
    frames_superseded: u64,
    frame_age_ms: FrameAge,
}

/// Resident memory of the box at one second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemorySample {
    pub(crate) at_s: u64,
    pub(crate) rss_mb: f64,
}

/// Whether memory stays where it is: medians of the second minute and of the last one, in a run that is long
/// enough to have them.
#[derive(Clone, Copy, Debug, Serialize)]
struct Memory {
    second_minute: Option<f64>,
    last_minute: Option<f64>,
}

impl Memory {
    fn of(samples: &[MemorySample]) -> Self {
        let end = samples.last().map_or(0, |sample| sample.at_s);
        let median = |from: u64, to: u64| {
            let within = samples.iter().filter(|sample| (from..to).contains(&sample.at_s));
            let mut values: Vec<f64> = within.map(|sample| sample.rss_mb).collect();
            values.sort_unstable_by(f64::total_cmp);
            values.get(values.len() / 2).copied()
        };
        Self { second_minute: median(60, 120), last_minute: median(end.saturating_sub(60).max(60), end) }
    }
}

/// Events of every kind and revision.
#[derive(Debug, Serialize)]
struct Events {
    journalled: u64,
    published: u64,
    receipted: u64,
}

impl Report {
    #[expect(clippy::too_many_arguments, reason = "one call, from the tally that holds exactly these")]
    pub(crate) fn new(
        served: Vec<String>,
        passages: Vec<PassageRow>,
        figures: Figures,
        journalled: u64,
        [published, receipted]: [u64; 2],
        duplicates: u64,
        out_of_order: u64,
        usage: Usage,
        memory: &[MemorySample],
        ran: Duration,
        out: &Path,
    ) -> Self {
        let frames = figures.frames();
        let frame_age_ms = figures.age();
        let sensor_lag_ms = figures.lag();
        let count = |which: fn(&PassageRow) -> bool| passages.iter().filter(|row| which(row)).count() as u64;
        Self {
            schema: "cairn.demo/1",
            cairn: Build::current(),
            machine: Machine::current(),
            config_sha256: figures.config_sha256,
            models: figures.models.into_iter().map(|(id, sha256)| Model { id, sha256 }).collect(),
            seconds: ran.as_secs_f64(),
            frames,
            frame_age_ms,
            sensor_lag_ms,
            cameras: figures.cameras.iter().map(CameraRow::of).collect(),
            published: count(|row| row.published),
            receipted: count(|row| row.receipted),
            duplicates,
            out_of_order,
            events: Events { journalled, published, receipted },
            cpu_seconds: usage.cpu_seconds,
            peak_rss_mb: usage.peak_rss_mb,
            memory_mb: Memory::of(memory),
            snapshots: out.join("snapshots").display().to_string(),
            served,
            passages,
        }
    }

    /// Whether the demo showed what it is for: passages from every camera, each with both receivers, none twice, all in order.
    pub(crate) fn held(&self) -> bool {
        let total = self.passages.len() as u64;
        let ids: HashSet<&str> = self.passages.iter().map(|row| row.passage_id.as_str()).collect();
        let shown = |camera: &String| self.passages.iter().any(|row| row.camera == *camera);
        0 < total
            && self.served.iter().all(shown)
            && self.published == total
            && self.receipted == total
            && ids.len() as u64 == total
            && self.out_of_order == 0
    }

    pub(crate) fn print(&self) {
        let FrameAge { p50, p95, p99 } = self.frame_age_ms;
        println!();
        for camera in &self.cameras {
            println!(
                "{:<10} {}, {} in, {} inferred, {} superseded, frame age p95 {:.0} ms, {}",
                camera.id,
                camera.state,
                camera.frames_in,
                camera.frames_inferred,
                camera.frames_superseded,
                camera.frame_age_ms.p95,
                camera.decoder
            );
        }
        println!();
        let rows = [
            (
                "frames in",
                format!("{} ({} above the cameras' rate limits)", self.frames.r#in, self.frames.over_rate),
            ),
            ("inferred", self.frames.inferred.to_string()),
            ("superseded", self.frames.superseded.to_string()),
            ("frame age", format!("p50 {p50:.0} ms, p95 {p95:.0} ms, p99 {p99:.0} ms")),
            (
                "sensor lag",
                format!(
                    "p50 {:.0} ms, p95 {:.0} ms, p99 {:.0} ms (from the sender's clock: network and decoder included)",
                    self.sensor_lag_ms.p50, self.sensor_lag_ms.p95, self.sensor_lag_ms.p99
                ),
            ),
            ("passages", self.passages.len().to_string()),
            ("published", self.published.to_string()),
            ("receipted", self.receipted.to_string()),
            (
                "events",
                format!(
                    "{} journalled, {} published, {} receipted, {} repeats dropped by key",
                    self.events.journalled, self.events.published, self.events.receipted, self.duplicates
                ),
            ),
            ("CPU", format!("{:.1} s in {:.0} s", self.cpu_seconds, self.seconds)),
            (
                "memory",
                match (self.memory_mb.second_minute, self.memory_mb.last_minute) {
                    (Some(second), Some(last)) => format!(
                        "peak {:.0} MB; median {second:.0} MB in the second minute, {last:.0} MB in the last",
                        self.peak_rss_mb
                    ),
                    _ => format!("peak {:.0} MB", self.peak_rss_mb),
                },
            ),
            ("snapshots", self.snapshots.clone()),
        ];
        for (name, value) in rows {
            println!("{name:<12} {value}");
        }
        if !self.held() {
            println!(
                "\nNOT HELD: expected at least one passage from each camera, each published and receipted, none twice, all in order"
            );
        }
    }
}

impl CameraRow {
    fn of(report: &pb::CameraReport) -> Self {
        let age = report.frame_age_ms.unwrap_or_default();
        Self {
            id: report.id.clone(),
            state: crate::edge::camera_state_name(report.state()),
            decoder: report.decoder.clone(),
            frames_in: report.frames_in,
            frames_inferred: report.frames_inferred,
            frames_superseded: report.frames_superseded,
            frame_age_ms: FrameAge { p50: age.p50, p95: age.p95, p99: age.p99 },
        }
    }
}
