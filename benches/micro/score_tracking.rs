//! TUD-Campus, 359 true boxes and the 222 of a published tracker in 71 frames: match, score, and one bootstrap replicate.

#![expect(clippy::expect_used, reason = "files that are not as published have to stop the bench")]

use std::hint::black_box;
use std::num::NonZeroU32;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use datasets::BoxPx;
use datasets::score::tracking::{Settings, TrackBox, match_sequence, score, score_blocks};

const FRAMES: u32 = 71;

fn score_tracking(c: &mut Criterion) {
    let folder = datasets::testkit::mirror().join("mot_metrics/TUD-Campus");
    if !folder.exists() {
        eprintln!("SKIPPED: score_tracking: needs {}", folder.display());
        return;
    }
    let (truth, found) = (boxes(&folder.join("gt.txt")), boxes(&folder.join("cem_result.txt")));
    let settings = Settings { block_frames: NonZeroU32::MIN.saturating_add(9), ..Settings::default() };
    let matched = || match_sequence(FRAMES, &truth, &found, settings).expect("boxes that can be scored");
    let matches = matched();
    let hota = score(&[&matches]).hota;
    assert!((hota - 0.391_397_438).abs() < 1e-9, "{hota} is not the reference's HOTA");

    let mut group = c.benchmark_group("score_tracking_tud_campus");
    group.throughput(Throughput::Elements((truth.len() + found.len()) as u64));
    group.bench_function("match_and_score", |b| b.iter(|| score(&[&matched()])));
    group.bench_function("score", |b| b.iter(|| score(black_box(&[&matches]))));
    let weights: Vec<u32> = (0..matches.blocks.len()).map(|index| [0, 1, 0, 1, 3][index % 5]).collect();
    group.bench_function("bootstrap_replicate", |b| {
        b.iter(|| score_blocks(black_box(&[&matches]), black_box(&weights)));
    });
    group.finish();
}

/// Rows `frame,id,left,top,width,height,…`.
fn boxes(path: &Path) -> Vec<TrackBox> {
    let text = std::fs::read_to_string(path).expect("file of the example");
    let row = |line: &str| {
        let fields: Vec<f64> =
            line.split(',').take(6).map(|field| field.trim().parse().expect("number")).collect();
        let [frame, id, left, top, width, height] = fields[..] else { panic!("row `{line}` is too short") };
        TrackBox {
            frame: frame as u32,
            id: id as u64,
            bbox: BoxPx { left, top, width, height },
            ignored: false,
        }
    };
    text.lines().map(row).collect()
}

criterion_group!(benches, score_tracking);
criterion_main!(benches);
