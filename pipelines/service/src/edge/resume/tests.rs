use delivery::Draft;
use scene::Scene;
use track::{Tracker, TrackerSettings};

use super::*;
use crate::edge::backlog::draft;
use crate::edge::checkpoint::{Open, encode};
use crate::edge::second_look::SecondLooksState;
use crate::edge::sight::SightState;

fn revision_of(id: &str, revision: u32, state: pb::PassageState) -> pb::Event {
    let passage = pb::Passage {
        passage_id: id.to_owned(),
        revision,
        state: state.into(),
        rule_id: "rule".to_owned(),
        ..pb::Passage::default()
    };
    pb::Event {
        camera_id: Some("camera".to_owned()),
        body: Some(pb::event::Body::Passage(passage)),
        ..pb::Event::default()
    }
}

fn file(settled: u64, pending: &[&pb::Event], open: &[&pb::Event]) -> Vec<u8> {
    let last = Moment {
        boot_id: "boot".to_owned(),
        monotonic_ns: 5,
        wall_unix_ns: 7,
        sensor_unix_ns: None,
        at: std::time::Duration::from_nanos(5),
        width_px: 640,
        height_px: 360,
    };
    let open = open.iter().enumerate().map(|(index, event)| Open {
        subject: index as u64 + 1,
        rule: "rule".to_owned(),
        ordinal: 1,
        resumed: false,
        suppressed: false,
        latest: checkpoint::hex(event),
    });
    let head = Head {
        settings: "of before".to_owned(),
        last,
        settled,
        open: open.collect(),
        limits: LimitsState::default(),
        pending: pending.iter().map(|event| checkpoint::hex(event)).collect(),
    };
    let sight = SightState {
        tracker: Tracker::new(TrackerSettings::default()).snapshot(),
        scene: Scene::new(Vec::new()).expect("no rules").snapshot(),
        second_looks: SecondLooksState::default(),
    };
    encode(&head, &sight).expect("JSON")
}

#[tokio::test]
async fn what_the_journal_took_before_the_crash_is_not_given_to_it_again() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let journal = Journal::open(dir.path(), "box").expect("opens");
    let taken = revision_of("a", 1, pb::PassageState::Opened);
    let not_taken = revision_of("a", 2, pb::PassageState::Closed);
    let later = revision_of("b", 1, pb::PassageState::Opened);
    for event in [&revision_of("old", 1, pb::PassageState::Opened), &taken] {
        journal.append(draft(event)).expect("appended");
    }
    // The same passage and revision of another camera is another one.
    let camera = Some("other".to_owned());
    journal.append(Draft { camera, ..draft(&not_taken) }).expect("appended");
    let path = dir.path().join("camera");
    fs::write(&path, file(1, &[&taken, &not_taken, &later], &[&later])).expect("written");
    let before = Before::read(&path, "camera", &journal).await.expect("read");
    assert_eq!(before.unsent, [not_taken, later.clone()]);
    let closed = before.open.closed("configuration changed");
    let [event] = &closed[..] else { panic!("one passage was open, got {closed:?}") };
    let Some(pb::event::Body::Passage(passage)) = &event.body else { panic!("a passage, got {event:?}") };
    assert_eq!((passage.passage_id.as_str(), passage.revision), ("b", 2));
    assert_eq!(
        (passage.state(), passage.close_reason.as_str()),
        (pb::PassageState::Closed, "configuration changed")
    );
    journal.close();
}

#[tokio::test]
async fn a_damaged_file_is_put_aside_and_a_missing_one_is_no_trouble() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let journal = Journal::open(dir.path(), "box").expect("opens");
    let path = dir.path().join("camera");
    assert!(Before::read(&path, "camera", &journal).await.is_none());
    let mut bytes = file(0, &[], &[]);
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    fs::write(&path, &bytes).expect("written");
    assert!(Before::read(&path, "camera", &journal).await.is_none());
    assert!(!path.exists());
    assert_eq!(fs::read(dir.path().join("camera.damaged")).expect("put aside"), bytes);
    journal.close();
}
