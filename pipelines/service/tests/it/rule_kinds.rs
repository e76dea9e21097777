//! Rules beyond lines and zones in the field: over real footage, through the journal, onto a map.

use std::path::Path;

use delivery::HeldEvents;
use prost::Message as _;
use proto::v1 as pb;

use crate::harness::{any_box, local_box, model_store, output, people_clip, run_in};

/// People at a table, seen from a mast of which place, height and angles are known.
fn people(clip: &Path, rules: &str) -> String {
    format!(
        "\n[[camera]]\nid = \"people\"\nurl = \"file:{}\"\nrecorded-at = 2024-05-01T15:59:00Z\n\
         position = {{ latitude = 21.0, longitude = 105.0, heading-deg = 90 }}\n\
         pose = {{ height-m = 3, tilt-deg = 20, field-of-view-deg = 60 }}\n\
         [[camera.zone]]\nid = \"table\"\npolygon = [[0.45, 0.6], [0.75, 0.6], [0.75, 1.0], [0.45, 1.0]]\n\
         [[camera.zone]]\nid = \"left\"\npolygon = [[0.0, 0.0], [0.3, 0.0], [0.3, 1.0], [0.0, 1.0]]\n{rules}",
        clip.display()
    )
}

/// Vehicles that turn to the lower left.
fn junction(clip: &Path, rules: &str) -> String {
    format!(
        "\n[[camera]]\nid = \"junction\"\nurl = \"file:{}\"\n\
         [[camera.zone]]\nid = \"all\"\npolygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]\n{rules}",
        clip.display()
    )
}

/// Every revision of every passage that a run of `config` in `dir` left in the journal.
fn passages_of(dir: &Path, config: &str) -> Vec<(pb::Event, pb::Passage)> {
    let mut run = run_in(dir, config, &["--once"]);
    assert_eq!(run.wait(), Some(0), "{}", run.log());
    let held = HeldEvents::open(&dir.join("data")).expect("journal");
    let entries = held.read(0, 1000, &["passage".to_owned()]).expect("events");
    let passage = |payload: &[u8]| {
        let event = pb::Event::decode(payload).expect("an event");
        let Some(pb::event::Body::Passage(passage)) = event.body.clone() else { panic!("{event:?}") };
        (event, passage)
    };
    entries.iter().map(|entry| passage(&entry.payload)).collect()
}

fn opened<'a>(passages: &'a [(pb::Event, pb::Passage)], rule: &str) -> Vec<&'a (pb::Event, pb::Passage)> {
    let is_opening =
        |passage: &pb::Passage| passage.rule_id == rule && passage.state() == pb::PassageState::Opened;
    passages.iter().filter(|(_, passage)| is_opening(passage)).collect()
}

fn clause<'a>(passage: &'a pb::Passage, name: &str) -> &'a pb::Clause {
    let found = passage.decision.iter().find(|clause| clause.name == name);
    found.unwrap_or_else(|| panic!("no clause `{name}` in {:#?}", passage.decision))
}

/// Footage time in tenths of a second.
fn frame_of(event: &pb::Event) -> u64 {
    event.clocks.as_ref().map_or(0, |clocks| clocks.received_monotonic_ns) / 100_000_000
}

#[test]
fn each_kind_of_rule_tells_what_it_saw_and_where() {
    let (Some(store), Some(clip)) = (model_store(), people_clip()) else { return };
    let Some(vehicles) = datasets::testkit::clip("vehicle-junction") else { return };
    let dir = tempfile::tempdir().expect("temporary folder");
    let config = local_box(&store)
        + &people(
            &clip,
            "[[camera.rule]]\nid = \"waits\"\nversion = 1\nclasses = [\"person\"]\nmin-travel = 0\n\
             loiter = { zone = \"table\", min-time = \"4s\", window = \"20s\" }\n\
             max-speed-mps = 50\nveto = { classes = [\"dog\", \"cow\"] }\n\
             [[camera.rule]]\nid = \"ashore\"\nversion = 1\nclasses = [\"person\"]\n\
             landing = { land = \"table\", water = \"left\" }\n\
             [camera.ground]\nimage = [[0.1, 0.95], [0.9, 0.95], [0.8, 0.5], [0.2, 0.5]]\n\
             metres = [[0, 0], [3, 0], [3, 4], [0, 4]]\n",
        )
        + &junction(
            &vehicles,
            "[[camera.rule]]\nid = \"against\"\nversion = 1\nclasses = [\"car\", \"truck\", \"bus\"]\n\
             wrong-way = { zone = \"all\", from = [0.2, 0.9], to = [0.8, 0.4], min-distance = 0.2 }\n\
             [[camera.rule]]\nid = \"jam\"\nversion = 1\nclasses = [\"car\", \"truck\", \"bus\"]\n\
             crowd = { zone = \"all\", min-objects = 4, min-time = \"1s\" }\n",
        );
    let passages = passages_of(dir.path(), &config);

    for (event, passage) in opened(&passages, "waits") {
        eprintln!("waits {} {:?} {:#?}", frame_of(event), passage.location, passage.decision);
    }
    for rule in ["ashore", "against", "jam"] {
        for (event, passage) in opened(&passages, rule) {
            eprintln!(
                "{rule} {} {:?} {} {:?}",
                frame_of(event),
                passage.location,
                passage.objects,
                passage.decision
            );
        }
    }
    let map = output(&["journal", "geojson", dir.path().join("edge.toml").to_str().expect("UTF-8")]);
    eprintln!("{}", String::from_utf8_lossy(&map.stdout));
    panic!("look");
}

#[test]
fn a_rule_is_silent_outside_of_its_schedule_in_local_time() {
    let (Some(store), Some(clip)) = (model_store(), people_clip()) else { return };
    let rule = |id: &str, from: &str, to: &str| {
        format!(
            "[[camera.rule]]\nid = \"{id}\"\nversion = 1\nclasses = [\"person\"]\nzone = \"table\"\nmin-travel = 0\n\
             confirm = {{ hits = 4, of = 6 }}\nmin-dwell = \"1s\"\nschedule = [{{ from = \"{from}\", to = \"{to}\" }}]\n"
        )
    };
    // The clip begins at 15:59 in UTC, which is 22:59 where the camera stands, and is 139 s long.
    let rules = rule("by-utc", "15:00", "17:00")
        + &rule("late", "23:00", "06:00")
        + &rule("all-day", "00:00", "24:00");
    let config = any_box(&store).replace("data-dir", "utc-offset = \"+07:00\"\ndata-dir")
        + "\n[delivery]\nlocal-only = true\n"
        + &people(&clip, &rules);
    let dir = tempfile::tempdir().expect("temporary folder");
    let passages = passages_of(dir.path(), &config);
    let frames = |rule: &str| -> Vec<u64> {
        opened(&passages, rule).iter().map(|(event, _)| frame_of(event)).collect()
    };
    let (by_utc, late, all_day) = (frames("by-utc"), frames("late"), frames("all-day"));
    assert_eq!(by_utc, [0; 0], "by UTC it would be in force all the time");
    assert_eq!(all_day.len(), 6, "{all_day:?}");
    // From the first minute after 23:00 on, and then as if there were no schedule.
    let after: Vec<u64> = all_day.iter().copied().filter(|frame| 600 <= *frame).collect();
    assert_eq!(late, after);
    assert!(after.len() < all_day.len(), "{all_day:?}");
}
