//! COCO's bundled example, 100 pictures with 839 truths and 734 detections: match, score, and one bootstrap replicate.

#![expect(clippy::expect_used, reason = "an example that is not as published has to stop the bench")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use datasets::BoxPx;
use datasets::score::detection::{FoundBox, PictureMatches, Resampler, TruthBox, match_picture, score};
use serde_json::Value;

type Pictures = Vec<(Vec<TruthBox>, Vec<FoundBox>)>;

fn score_coco(c: &mut Criterion) {
    let folder = datasets::testkit::mirror().join("coco_eval/val2014_100");
    if !folder.exists() {
        eprintln!("SKIPPED: score_coco: needs {}", folder.display());
        return;
    }
    let (classes, pictures) = example(&folder);
    let matched = || -> Vec<PictureMatches> {
        pictures.iter().map(|(truth, found)| match_picture(&classes, truth, found)).collect()
    };
    let matches = matched();
    let matches: Vec<_> = matches.iter().collect();
    let ap = score(&matches, None).ap;
    assert!(ap.is_some_and(|ap| (ap - 0.504_580_699).abs() < 1e-9), "{ap:?} is not the official AP");

    let mut group = c.benchmark_group("score_coco_100_pictures");
    group.throughput(Throughput::Elements(pictures.len() as u64));
    group.bench_function("match_and_score", |b| {
        b.iter(|| {
            let matches = matched();
            score(&matches.iter().collect::<Vec<_>>(), None)
        });
    });
    group.bench_function("match", |b| b.iter(matched));
    group.bench_function("score", |b| b.iter(|| score(black_box(&matches), None)));
    let resampler = Resampler::new(&matches);
    let weights: Vec<u32> = (0..pictures.len()).map(|index| [0, 1, 0, 1, 3][index % 5]).collect();
    group.bench_function("bootstrap_replicate", |b| b.iter(|| resampler.headline(black_box(&weights))));
    group.finish();
}

/// Judged classes, and the pictures in order of their numbers.
fn example(folder: &Path) -> (Vec<String>, Pictures) {
    let read = |name: &str| -> Value {
        let text = std::fs::read(folder.join(name)).expect("file of the example");
        serde_json::from_slice(&text).expect("JSON")
    };
    let (truth, found) = (read("instances_val2014_100.json"), read("fakebbox100_results.json"));
    let list = |value: &Value| value.as_array().expect("list").clone();
    let number = |value: &Value| value.as_f64().expect("number");
    let id = |value: &Value| value.as_u64().expect("id");
    let bbox = |value: &Value| {
        let side = |index: usize| number(&value[index]);
        BoxPx { left: side(0), top: side(1), width: side(2), height: side(3) }
    };
    let mut pictures: BTreeMap<u64, (Vec<_>, Vec<_>)> =
        list(&truth["images"]).iter().map(|image| (id(&image["id"]), Default::default())).collect();
    for truth in list(&truth["annotations"]) {
        pictures.entry(id(&truth["image_id"])).or_default().0.push(TruthBox {
            class: truth["category_id"].to_string(),
            bbox: bbox(&truth["bbox"]),
            area: number(&truth["area"]),
            crowd: truth["iscrowd"] == 1,
        });
    }
    for found in list(&found) {
        pictures.entry(id(&found["image_id"])).or_default().1.push(FoundBox {
            class: found["category_id"].to_string(),
            score: number(&found["score"]),
            bbox: bbox(&found["bbox"]),
        });
    }
    let classes = list(&truth["categories"]).iter().map(|category| category["id"].to_string()).collect();
    (classes, pictures.into_values().collect())
}

criterion_group!(benches, score_coco);
criterion_main!(benches);
