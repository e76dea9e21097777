//! Hand-made documents.

use crate::BoxPx;
use crate::report::{DatasetId, Document, Options, Pace, SCHEMA, Unit};
use crate::score::detection::{ClassMatches, FoundMatch, PictureMatches};
use crate::score::events::{FoundEvent, TrueEvent, match_clip};
use crate::score::faces::{Pair, Resampling, match_faces};
use crate::score::plates::{PlateTruth, Reading, match_plate};
use crate::score::tracking::{Settings, TrackBox, match_sequence};

/// A run of `units`, in their order.
pub(in crate::report) fn document(units: impl IntoIterator<Item = Unit>) -> Document {
    let mut units: Vec<Unit> = units.into_iter().collect();
    for (job, unit) in (0..).zip(&mut units) {
        unit.job = job;
    }
    Document {
        schema: SCHEMA.to_owned(),
        cairn: serde_json::json!({ "version": "0" }),
        machine: None,
        dataset: DatasetId { id: "made".to_owned(), sha256: "0000".to_owned(), seed: 7 },
        config_sha256: None,
        models: Vec::new(),
        options: Options {
            tasks: vec!["all".to_owned()],
            items: Vec::new(),
            model: None,
            input: None,
            limit: None,
            pace: Pace::Lockstep,
            degradations: Vec::new(),
            shard: None,
        },
        jobs: units.len() as u32,
        speed: None,
        failed: Default::default(),
        units,
    }
}

/// A counting unit without any outcome.
pub(in crate::report) fn unit(item: &str, model: &str) -> Unit {
    Unit {
        job: 0,
        item: item.to_owned(),
        model: model.to_owned(),
        counts: true,
        degradation: None,
        degraded_too: false,
        tags: Vec::new(),
        frames: 1,
        superseded: 0,
        detect: Vec::new(),
        track: None,
        events: None,
        trails: None,
        plates: Vec::new(),
        faces: None,
    }
}

/// A picture with ten people, of whom the first `right` are found at every IoU, and as many that are not there.
pub(in crate::report) fn matches(right: u32) -> PictureMatches {
    let found = |i: u32, right: u64| FoundMatch { score: 0.9 - 0.05 * f64::from(i), right, ignored: 0 };
    let everywhere = (1 << 10) - 1;
    let found = (0..10).map(|i| found(i, if i < right { everywhere } else { 0 })).collect();
    let class = ClassMatches { class: "person".to_owned(), truths: [10, 0, 0, 0], found, sizes: Vec::new() };
    PictureMatches { classes: vec![class] }
}

/// A run with every task in it; `skill` from 0 to 1 makes plates, tracks, events and faces better.
pub(in crate::report) fn whole(skill: f64) -> Document {
    let good = |i: u32, of: u32| f64::from(i) < skill * f64::from(of);
    let mut pictures = unit("pictures", "model");
    pictures.detect = (0..30).map(|i| matches(if good(i, 30) { 8 } else { 4 })).collect();
    let mut clip = unit("clip", "model");
    let boxes: Vec<TrackBox> = (1..=200)
        .map(|frame| TrackBox {
            frame,
            id: 1,
            bbox: BoxPx { left: 0.0, top: 0.0, width: 10.0, height: 20.0 },
            ignored: false,
        })
        .collect();
    let told: Vec<TrackBox> = boxes.iter().filter(|found| good(found.frame % 20, 20)).copied().collect();
    let settings = Settings { block_frames: 20.try_into().unwrap(), ..Settings::default() };
    clip.track = Some(match_sequence(200, &boxes, &told, settings).unwrap());
    let truths: Vec<TrueEvent> = (0..20)
        .map(|i| TrueEvent {
            kind: "person".to_owned(),
            rule: None,
            direction: None,
            start_s: 5.0 + f64::from(i) * 20.0,
            end_s: 5.0 + f64::from(i) * 20.0,
            tolerance_s: 1.0,
        })
        .collect();
    let found = (0..20).map(|i| {
        let at_s = 5.0 + f64::from(i) * 20.0 + if good(i, 20) { 0.5 } else { 9.0 };
        FoundEvent { kind: "person".to_owned(), rule: None, direction: None, at_s, confirmed_s: at_s + 0.25 }
    });
    clip.events = Some(match_clip(400.0, truths, found.collect()));
    let mut plates = unit("plates", "reader");
    plates.plates = (0..40)
        .map(|i| {
            let truth = PlateTruth {
                text: "51F97022".to_owned(),
                country: "VN".to_owned(),
                lines: 1 + (i % 2) as u8,
                bbox: None,
            };
            let text = if good(i, 40) { "51F97022" } else { "51F97O22" };
            match_plate(&truth, &Reading::Read { text: text.to_owned(), confidence: 0.9 }, None)
        })
        .collect();
    let mut faces = unit("faces", "embedder");
    let pairs: Vec<Pair> = (0..60)
        .flat_map(|i| {
            let score = if good(i, 60) { 0.9 } else { 0.1 };
            [
                Pair { a: i, b: i, same: true, score, fold: None },
                Pair { a: i, b: (i + 1) % 60, same: false, score: 0.2 + f64::from(i) * 1e-3, fold: None },
            ]
        })
        .collect();
    faces.faces = Some(match_faces(&pairs, None, Resampling { seed: 1, replicates: 10 }));
    document([pictures, clip, plates, faces])
}
