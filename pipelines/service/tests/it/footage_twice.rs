//! The same clip as a file gives the same events, byte for byte; and they are the right ones.

use std::fs;
use std::path::Path;

use prost::Message as _;
use proto::v1 as pb;

use crate::harness::{any_box, ledger, local_box, model_store, people_camera, people_clip, run_in};

#[test]
fn the_same_clip_gives_the_same_events_twice_and_one_passage_per_visit() {
    let (Some(store), Some(clip)) = (model_store(), people_clip()) else { return };
    let camera = || people_camera("people", &format!("file:{}", clip.display()));
    let first = events_of(&store, camera);
    let second = events_of(&store, camera);
    assert!(!first.is_empty());
    assert!(first == second, "two runs differ: {} and {} bytes", first.len(), second.len());

    let passages = opened(&first, "people");
    // Arrival of each of the six visitors (ground truth, frames at 10 Hz, ±5), and when the last one has left. The rule
    // waits for a second in the zone, so it opens later than the arrival and before the departure.
    let visits = [(61, 197), (228, 450), (503, 700), (746, 868), (922, 1198), (1236, 1358)];
    assert_eq!(passages.len(), visits.len(), "{passages:#?}");
    for ((enter, leave), passage) in visits.iter().zip(&passages) {
        assert_eq!(passage.class, "person");
        let frame = passage.at_ns / 100_000_000;
        assert!((*enter..=*leave).contains(&frame), "passage at frame {frame}, visit {enter} to {leave}");
    }
}

#[test]
fn each_vehicle_that_turns_at_the_junction_is_one_passage() {
    let (Some(store), Some(clip)) = (model_store(), datasets::testkit::clip("vehicle-junction")) else {
        return;
    };
    let events = events_of(&store, || {
        format!(
            "\n[[camera]]\nid = \"junction\"\nurl = \"file:{}\"\n\
             [[camera.line]]\nid = \"turn\"\nfrom = [0.3125, 0.35]\nto = [0.3125, 1.0]\n\
             [[camera.rule]]\nid = \"turning-left\"\nversion = 1\nline = \"turn\"\ndirection = \"forward\"\n\
             classes = [\"car\", \"truck\", \"bus\"]\nanchor = \"centre\"\nconfirm = {{ hits = 3, of = 5 }}\n\
             min-travel = 0.05\nmin-score = 0.45\n",
            clip.display()
        )
    });
    // Frames at which a four-wheeler's centre crosses the line (ground truth at 29.97 Hz, ±10).
    let truth = [182, 228, 235, 286, 323, 327, 420, 471, 541, 607];
    let crossed: Vec<i64> = opened(&events, "junction")
        .into_iter()
        .map(|passage| {
            assert!(["car", "truck", "bus"].contains(&passage.class.as_str()), "{passage:?}");
            (passage.at_ns as f64 * 29.97 / 1e9).round() as i64
        })
        .collect();
    assert_eq!(crossed.len(), truth.len(), "{crossed:?}");
    for (frame, truth) in crossed.iter().zip(truth) {
        assert!((-10..=10).contains(&(frame - truth)), "crossing at {frame}, truth {truth}: {crossed:?}");
    }
}

#[test]
fn three_clips_share_a_model_with_a_queue_of_one_and_lose_no_frame() {
    let (Some(store), Some(clip)) = (model_store(), datasets::testkit::clip("vehicle-overhead-lane")) else {
        return;
    };
    let dir = tempfile::tempdir().expect("temporary folder");
    let url = format!("file:{}", clip.display());
    let config = local_box(&store)
        + "[inference]\nqueue = 1\n"
        + &people_camera("one", &url)
        + &people_camera("two", &url)
        + &people_camera("three", &url);
    // A frame that was not inferred would make this run fail.
    let mut run = run_in(dir.path(), &config, &["--once"]);
    assert_eq!(run.wait(), Some(0), "{}", run.log());
}

#[test]
fn a_clip_that_is_not_there_fails_the_run_by_name() {
    let Some(store) = model_store() else { return };
    let dir = tempfile::tempdir().expect("temporary folder");
    let config = local_box(&store) + &people_camera("gone", "file:gone.mp4");
    let mut run = run_in(dir.path(), &config, &["--once"]);
    assert_eq!(run.wait(), Some(1), "{}", run.log());
    assert!(run.log().contains("camera `gone` is no_route"), "{}", run.log());
}

/// The ledger's file after a run of a fresh box with one camera.
fn events_of(store: &Path, camera: impl Fn() -> String) -> Vec<u8> {
    let dir = tempfile::tempdir().expect("temporary folder");
    let file = dir.path().join("ledger.events");
    let mut ledger = ledger(&file);
    // The text of the configuration is part of every event, so it has to be the same in both runs: the ledger's port is
    // not, and stays out of the hash by being the only difference there is.
    let config = any_box(store)
        + &format!(
            "[delivery.ledger]\nurl = \"http://{}\"\n",
            ledger.first_line["listening"].as_str().expect("address")
        )
        + &camera();
    let mut run = run_in(dir.path(), &config, &["--once"]);
    assert_eq!(run.wait(), Some(0), "{}", run.log());
    assert_eq!(ledger.stop(), Some(0));
    let bytes = fs::read(&file).expect("events");
    without_config_hash(&bytes)
}

/// The events with their configuration's hash blanked.
fn without_config_hash(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for mut event in decoded(bytes) {
        event.config_sha256.clear();
        event.encode_length_delimited(&mut out).expect("a vector grows");
    }
    out
}

fn decoded(bytes: &[u8]) -> Vec<pb::Event> {
    let mut rest = bytes;
    let mut events = Vec::new();
    while !rest.is_empty() {
        events.push(pb::Event::decode_length_delimited(&mut rest).expect("whole events"));
    }
    events
}

/// A passage at its opening.
#[derive(Debug)]
struct Opened {
    /// Footage time.
    at_ns: u64,
    class: String,
}

fn opened(bytes: &[u8], camera: &str) -> Vec<Opened> {
    decoded(bytes)
        .into_iter()
        .filter_map(|event| match event.body {
            Some(pb::event::Body::Passage(passage)) if passage.state() == pb::PassageState::Opened => {
                assert_eq!(event.camera_id.as_deref(), Some(camera));
                let roles: Vec<_> = event.evidence.iter().map(pb::Evidence::role).take(2).collect();
                assert_eq!(roles, [pb::EvidenceRole::DecidingCrop, pb::EvidenceRole::Snapshot]);
                let at_ns = event.clocks.map_or(0, |clocks| clocks.received_monotonic_ns);
                Some(Opened { at_ns, class: passage.object_class })
            }
            _ => None,
        })
        .collect()
}
