//! TUD-Campus, 321 public detections in 71 frames, through the tracker with each of its settings: prediction, association
//! and everything else that a frame takes once it is detected.

#![expect(clippy::expect_used, reason = "files that are not as published have to stop the bench")]

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use track::{Observation, Tracker, TrackerSettings};
use vision::FrameBox;

const FRAMES: usize = 71;

fn track(c: &mut Criterion) {
    let file = datasets::testkit::mirror().join("mot_metrics/TUD-Campus/det.txt");
    if !file.exists() {
        eprintln!("SKIPPED: track: needs {}", file.display());
        return;
    }
    let frames = detections(&file);
    let settings = [
        ("box", TrackerSettings::default()),
        ("sort", TrackerSettings::sort()),
        ("byte_track", TrackerSettings::byte_track()),
        ("oc_sort", TrackerSettings::oc_sort()),
    ];
    let mut group = c.benchmark_group("track_tud_campus");
    group.throughput(Throughput::Elements(FRAMES as u64));
    for (name, settings) in settings {
        group.bench_function(name, |b| {
            b.iter(|| {
                let mut tracker = Tracker::new(settings.clone());
                for (number, observations) in frames.iter().enumerate() {
                    // Recorded at 25 frames a second.
                    let at = Duration::from_millis(40) * number as u32;
                    black_box(tracker.update(at, black_box(observations)));
                }
            });
        });
    }
    group.finish();
}

/// Observations by frame.
fn detections(path: &Path) -> Vec<Vec<Observation>> {
    let text = std::fs::read_to_string(path).expect("file of the example");
    let mut frames = vec![Vec::new(); FRAMES];
    for line in text.lines() {
        let fields: Vec<f32> =
            line.split(',').take(7).map(|field| field.trim().parse().expect("number")).collect();
        let [frame, _, left, top, width, height, score] = fields[..] else {
            panic!("row `{line}` is too short")
        };
        let bbox = FrameBox::new(left, top, left + width, top + height).expect("a box");
        frames[frame as usize - 1].push(Observation { class: 0, score, bbox });
    }
    frames
}

criterion_group!(benches, track);
criterion_main!(benches);
