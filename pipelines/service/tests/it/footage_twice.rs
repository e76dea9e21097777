//! The same clip as a file gives the same events, byte for byte; and they are the right ones.

use std::fs;

use prost::Message as _;
use proto::v1 as pb;

use crate::harness::{any_box, ledger, local_box, model_store, people_camera, people_clip, run_in};

#[test]
fn the_same_clip_gives_the_same_events_twice_and_one_passage_per_visit() {
    let (Some(store), Some(clip)) = (model_store(), people_clip()) else { return };
    let first = events_of_a_run(&store, &clip);
    let second = events_of_a_run(&store, &clip);
    assert!(!first.is_empty());
    assert!(first == second, "two runs differ: {} and {} bytes", first.len(), second.len());

    let passages = opened(&first);
    // Arrival of each of the six visitors (ground truth, frames at 10 Hz, ±5), and when the last one has left. The rule
    // waits for a second in the zone, so it opens later than the arrival and before the departure.
    let visits = [(61, 197), (228, 450), (503, 700), (746, 868), (922, 1198), (1236, 1358)];
    assert_eq!(passages.len(), visits.len(), "{passages:#?}");
    for ((enter, leave), at_ns) in visits.iter().zip(&passages) {
        let frame = at_ns / 100_000_000;
        assert!((*enter..=*leave).contains(&frame), "passage at frame {frame}, visit {enter} to {leave}");
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

/// The ledger's file after a run of a fresh box.
fn events_of_a_run(store: &std::path::Path, clip: &std::path::Path) -> Vec<u8> {
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
        + &people_camera("people", &format!("file:{}", clip.display()));
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

/// Footage time of each opened passage.
fn opened(bytes: &[u8]) -> Vec<u64> {
    decoded(bytes)
        .into_iter()
        .filter_map(|event| match &event.body {
            Some(pb::event::Body::Passage(passage)) if passage.state() == pb::PassageState::Opened => {
                assert_eq!(passage.object_class, "person");
                assert_eq!(event.evidence.len(), 2, "crop and snapshot");
                event.clocks.map(|clocks| clocks.received_monotonic_ns)
            }
            _ => None,
        })
        .collect()
}
