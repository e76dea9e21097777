use std::path::PathBuf;

use super::*;
use crate::BoxPx;
use crate::score::detection::{FoundBox, TruthBox, match_picture};
use crate::score::events::{FoundEvent, TrueEvent, match_clip};
use crate::score::tracking::{Settings, TrackBox, match_sequence};

fn area(left: f64) -> BoxPx {
    BoxPx { left, top: 10.0, width: 40.0, height: 80.0 }
}

/// A unit with an outcome of every task that a clip has; `shift` is how far off the detections are.
fn unit(job: u32, item: &str, model: &str, counts: bool, shift: f64) -> Unit {
    let judged = ["person"];
    let pictures = (0..6).map(|picture| {
        let left = 10.0 * f64::from(picture);
        let truth =
            TruthBox { class: "person".to_owned(), bbox: area(left), area: area(left).area(), crowd: false };
        let score = 0.9 - 0.1 * f64::from(picture);
        let found = FoundBox { class: "person".to_owned(), score, bbox: area(left + shift) };
        match_picture(&judged, &[truth], &[found])
    });
    let walk = |shift: f64| {
        let boxes = (1..=60).map(|frame| TrackBox {
            frame,
            id: 1,
            bbox: area(f64::from(frame) + shift),
            ignored: false,
        });
        boxes.collect::<Vec<TrackBox>>()
    };
    let event = TrueEvent {
        kind: "person".to_owned(),
        rule: None,
        direction: None,
        start_s: 3.0,
        end_s: 3.0,
        tolerance_s: 0.5,
    };
    let alarm = FoundEvent {
        kind: "person".to_owned(),
        rule: None,
        direction: None,
        at_s: 3.0 + shift / 10.0,
        confirmed_s: 3.5 + shift / 10.0,
    };
    Unit {
        job,
        item: item.to_owned(),
        model: model.to_owned(),
        counts,
        degradation: None,
        degraded_too: false,
        tags: vec!["day".to_owned()],
        frames: 60,
        superseded: 0,
        detect: pictures.collect(),
        track: Some(match_sequence(60, &walk(0.0), &walk(shift), Settings::default()).expect("sequence")),
        events: Some(match_clip(6.0, vec![event], vec![alarm])),
        trails: None,
        plates: Vec::new(),
        faces: None,
    }
}

fn document(units: Vec<Unit>) -> Document {
    Document {
        schema: SCHEMA.to_owned(),
        cairn: serde_json::json!({ "version": "0.0.0", "commit": null }),
        machine: None,
        dataset: DatasetId { id: "test".to_owned(), sha256: "00".to_owned(), seed: 7 },
        config_sha256: None,
        models: vec![ModelUse { id: "m".to_owned(), sha256: "11".to_owned(), provider: "cpu".to_owned() }],
        options: Options {
            tasks: vec!["all".to_owned()],
            items: Vec::new(),
            model: None,
            input: None,
            limit: None,
            pace: Pace::Lockstep,
            degradations: vec!["night:0.5".to_owned()],
            shard: None,
        },
        jobs: u32::try_from(units.len()).expect("few"),
        speed: None,
        failed: Vec::new(),
        units,
    }
}

fn units() -> Vec<Unit> {
    let clean = Unit { degraded_too: true, ..unit(0, "a", "m", true, 0.0) };
    let night = Unit {
        degradation: Some("night:0.5".to_owned()),
        degraded_too: true,
        ..unit(1, "a", "m", true, 25.0)
    };
    let beside = unit(2, "a", "other", false, 25.0);
    let rain = Unit { tags: vec!["rain".to_owned()], ..unit(3, "b", "m", true, 5.0) };
    vec![clean, night, beside, rain]
}

/// The `index`-th of `of` shards, as a run of it would have left it.
fn shard(whole: &Document, index: u32, of: u32) -> (PathBuf, Document) {
    let shard = Shard { index, of };
    let mut part = whole.clone();
    part.options.shard = Some(shard);
    part.units.retain(|unit| shard.takes(unit.job));
    (PathBuf::from(format!("{index}.json")), part)
}

#[test]
fn a_document_is_read_back_as_it_was_written() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("run.json");
    let document = document(units());
    std::fs::write(&file, document.to_json().expect("json")).expect("written");
    let read = Document::read(&file).expect("read");
    assert_eq!(read, document);
    assert_eq!(read.to_json().expect("json"), document.to_json().expect("json"));
}

#[test]
fn what_is_no_such_document_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("run.json");
    std::fs::write(&file, r#"{"schema": "cairn.demo/1"}"#).expect("written");
    let error = Document::read(&file).expect_err("another schema").to_string();
    assert_eq!(error, format!("`{}`: schema: got `cairn.demo/1`, expected `cairn.eval/1`", file.display()));
    std::fs::write(&file, "[1, 2").expect("written");
    assert!(matches!(Document::read(&file), Err(DocumentError::Syntax { .. })));
}

#[test]
fn the_headline_is_of_the_models_that_count_on_footage_as_it_is() {
    let document = document(units());
    let ids = |selection| document.select(selection).iter().map(|unit| unit.job).collect::<Vec<u32>>();
    assert_eq!(ids(Selection::Headline), [0, 3]);
    assert_eq!(ids(Selection::Tag("day")), [0]);
    assert_eq!(ids(Selection::Degradation("night:0.5")), [1]);
    assert_eq!(ids(Selection::Degradation("none")), [0], "the robustness curve starts at the same items");
    assert_eq!(ids(Selection::Model("other")), [2]);
    assert_eq!(ids(Selection::Item("a", "m")), [0]);
}

#[test]
fn the_written_keys_are_those_of_the_contract() {
    let json: serde_json::Value =
        serde_json::from_str(&document(units()).to_json().expect("json")).expect("JSON");
    for key in [
        "/schema",
        "/cairn",
        "/dataset/sha256",
        "/models/0/id",
        "/tasks/detect/ap",
        "/tasks/detect/ap50",
        "/tasks/detect/per_class/person/ap",
        "/tasks/detect/intervals/ap/low",
        "/tasks/track/mota",
        "/tasks/track/fn",
        "/tasks/track/intervals/hota/high",
        "/tasks/events/false_alarms_per_hour",
        "/tasks/events/time_to_event_s/p95",
        "/by_tag/rain/detect/ap",
        "/by_degradation/night:0.5/track/idf1",
        "/by_degradation/none/track/idf1",
        "/by_model/other/detect/ap",
        "/by_item/b/m/detect/ap",
    ] {
        assert!(json.pointer(key).is_some_and(|value| !value.is_null()), "{key} is missing");
    }
}

#[test]
fn shards_merge_to_the_bytes_of_an_undivided_run() {
    let whole = document(units());
    for of in 1..=5 {
        // Whatever their order.
        let shards = (1..=of).rev().map(|index| shard(&whole, index, of)).collect();
        let merged = merge(shards).expect("merged");
        assert_eq!(merged.to_json().expect("json"), whole.to_json().expect("json"), "{of} shards");
    }
}

#[test]
fn what_is_not_one_whole_run_is_not_merged() {
    let whole = document(units());
    let refusal = |shards| merge(shards).expect_err("refused").to_string();
    assert_eq!(refusal(Vec::new()), "no shards, expected at least one document");
    assert_eq!(
        refusal(vec![(PathBuf::from("w.json"), whole.clone())]),
        "`w.json`: options.shard: none, expected a document of `cairn eval --shard`"
    );
    assert_eq!(refusal(vec![shard(&whole, 1, 3), shard(&whole, 3, 3)]), "shards are missing: 2 of 3");
    assert_eq!(
        refusal(vec![shard(&whole, 1, 2), shard(&whole, 1, 2)]),
        "`1.json` and `1.json` are the same shard, 1/2"
    );
    let mut other = whole.clone();
    other.dataset.seed = 8;
    assert_eq!(
        refusal(vec![shard(&whole, 1, 2), shard(&other, 2, 2)]),
        "`2.json`: dataset: differs from `1.json`: these are shards of different runs"
    );
    let mut cut = shard(&whole, 2, 2);
    cut.1.units.pop();
    assert_eq!(refusal(vec![shard(&whole, 1, 2), cut]), "job 3 is in no shard, expected jobs 0 to 3");
}

#[test]
fn what_failed_in_one_shard_is_left_out_of_the_whole_as_in_an_undivided_run() {
    let mut whole = document(units());
    let failure = Failure {
        job: Some(2),
        item: "a".to_owned(),
        model: Some("other".to_owned()),
        degradation: None,
        reason: "broken".to_owned(),
    };
    // Jobs 2 and 4 are parts of one set; job 2 failed in one shard, job 4 did not in the other.
    let part = Unit { job: 4, ..whole.units[2].clone() };
    let mut shards = vec![shard(&whole, 1, 2), shard(&whole, 2, 2)];
    for (_, document) in &mut shards {
        document.jobs = 5;
    }
    shards[0].1.units.retain(|unit| unit.job != 2);
    shards[0].1.failed = vec![failure.clone()];
    shards[1].1.units.push(part);
    whole.jobs = 5;
    whole.units.retain(|unit| unit.job != 2);
    whole.failed = vec![failure];
    let merged = merge(shards).expect("merged");
    assert_eq!(merged.to_json().expect("json"), whole.to_json().expect("json"));
    assert!(
        merged.units.iter().any(|unit| unit.item == "a"),
        "the model that counts is not left out with the other"
    );
}

#[test]
fn a_document_that_no_run_writes_is_refused_with_its_key() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("run.json");
    let refusal = |edit: &dyn Fn(&mut Document)| {
        let mut document = document(units());
        edit(&mut document);
        // Scores of what cannot be are not asked for: only the units count.
        let mut value = serde_json::to_value(&document).expect("value");
        value["units"] = serde_json::to_value(&document.units).expect("units");
        std::fs::write(&file, value.to_string()).expect("written");
        let error = Document::read(&file).expect_err("refused").to_string();
        error.replace(&file.display().to_string(), "run.json")
    };
    let events = |document: &mut Document, edit: &dyn Fn(&mut crate::score::events::ClipEvents)| {
        edit(document.units[0].events.as_mut().expect("events"));
    };
    assert_eq!(
        refusal(&|document| document.options.shard = Some(Shard { index: 1, of: u32::MAX })),
        "`run.json`: options.shard: got `1/4294967295`, expected an index from 1 to at most 65,536"
    );
    assert_eq!(
        refusal(&|document| events(document, &|events| events.matched[0].truth = 9)),
        "`run.json`: units[0].events.matched[].truth: got `9`, expected a place in its list"
    );
    assert_eq!(
        refusal(&|document| events(document, &|events| events.duration_s = 1e300)),
        format!(
            "`run.json`: units[0].events.duration_s: got `{}`, expected seconds, from 0 to 10,000,000",
            1e300
        )
    );
    let blocks = refusal(&|document| document.units[3].track.as_mut().expect("track").blocks.clear());
    assert!(blocks.starts_with("`run.json`: units[3].track.blocks: got `0`"), "{blocks}");
    let hits = refusal(&|document| document.units[1].track.as_mut().expect("track").blocks[0].tp = 1_000_000);
    assert!(hits.starts_with("`run.json`: units[1].track.blocks: got `a block`"), "{hits}");
    assert!(refusal(&|document| document.jobs = 1).contains("units[1].job"));
}

#[test]
fn intervals_hold_their_score_and_come_out_alike_twice() {
    let document = document(units());
    let scores = document.scores(Selection::Headline);
    let (detect, track) = (scores.detect.expect("detect"), scores.track.expect("track"));
    let ap = detect.intervals["ap"];
    let value = detect.scores.ap.expect("ap");
    assert!(ap.low <= value && value <= ap.high, "{ap:?} around {value}");
    let hota = track.intervals["hota"];
    assert!(hota.low <= track.scores.hota && track.scores.hota <= hota.high, "{hota:?}");
    let again = document.scores(Selection::Headline).detect.expect("detect");
    assert_eq!(again.intervals, detect.intervals);
}
