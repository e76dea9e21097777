//! Rules beyond lines and zones in the field: over real footage, through the journal, onto a map.

use std::collections::BTreeMap;
use std::path::Path;

use delivery::HeldEvents;
use prost::Message as _;
use proto::v1 as pb;

use crate::harness::{any_box, cairn, local_box, model_store, output, people_clip, run_in};

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

    check_every_passage(&passages);
    check_loiterers(&opened(&passages, "waits"));

    let ashore = opened(&passages, "ashore");
    assert!(!ashore.is_empty());
    for (_, passage) in &ashore {
        assert_eq!((passage.direction(), passage.objects), (pb::Direction::Enter, 1));
        assert_eq!(clause(passage, "from_water").measured, 1.0);
        // The table hides the feet, down to the lower edge of the picture.
        assert_eq!(passage.location, None);
    }
    let against = opened(&passages, "against");
    // Ten four-wheelers turn to the left (ground truth), others come down the same way.
    assert!(10 <= against.len(), "{}", against.len());
    for (_, passage) in &against {
        assert_eq!(passage.direction(), pb::Direction::Backward);
        let angle = clause(passage, "angle_deg");
        assert!(angle.relation() == pb::Relation::AtMost && angle.bound == 60.0, "{angle:?}");
        assert!(0.2 <= clause(passage, "against").measured);
        assert_eq!(passage.location, None, "nobody knows where this camera stands");
    }
    let [(_, jam)] = opened(&passages, "jam").as_slice() else { panic!("a jam is one passage") };
    assert_eq!(jam.direction(), pb::Direction::Within);
    assert!(4 <= jam.objects && clause(jam, "objects").measured == jam.objects as f32, "{jam:#?}");
    assert_eq!(jam.track.as_ref().map(|track| track.track_id), Some(0), "it is about no one vehicle");

    check_map(dir.path(), &passages);
}

/// What holds whatever the rule is.
fn check_every_passage(passages: &[(pb::Event, pb::Passage)]) {
    let mut open = BTreeMap::new();
    for (_, passage) in passages {
        match passage.state() {
            pb::PassageState::Opened => {
                assert!(open.insert(&passage.passage_id, passage).is_none(), "{passage:#?}");
            }
            pb::PassageState::Updated | pb::PassageState::Closed => {
                let opened = open.get(&passage.passage_id).expect("opened before");
                assert_eq!(passage.location, opened.location, "where it was decided");
                assert!(opened.objects <= passage.objects);
            }
            other => panic!("{other:?}"),
        }
        for clause in &passage.decision {
            let is_so = match clause.relation() {
                pb::Relation::AtLeast => clause.bound <= clause.measured,
                pb::Relation::AtMost => clause.measured <= clause.bound,
                pb::Relation::Unspecified => false,
            };
            assert!(is_so && clause.held, "{clause:?} of {}", passage.rule_id);
        }
    }
    let closed = passages.iter().filter(|(_, passage)| passage.state() == pb::PassageState::Closed).count();
    assert_eq!(closed, open.len());
}

fn check_loiterers(waits: &[&(pb::Event, pb::Passage)]) {
    let visits = [(61, 197), (228, 450), (503, 700), (746, 868), (922, 1198), (1236, 1358)];
    assert_eq!(waits.len(), visits.len());
    for ((enter, leave), (event, passage)) in visits.iter().zip(waits) {
        let frame = frame_of(event);
        assert!((*enter..=*leave).contains(&frame), "{frame}, visit {enter} to {leave}");
        assert_eq!((passage.direction(), passage.objects), (pb::Direction::Within, 1));
        assert!(4.0 <= clause(passage, "loiter_s").measured);
        for asked in ["speed_mps", "veto_share", "veto_overlap"] {
            assert_eq!(clause(passage, asked).relation(), pb::Relation::AtMost, "{asked}");
        }
        // The camera looks east from 3 m: the table is some metres ahead and to the right, which is south.
        let place = passage.location.expect("feet are in the picture");
        let east_m = (place.longitude_deg - 105.0) * 103_970.0;
        let north_m = (place.latitude_deg - 21.0) * 110_700.0;
        assert!((3.0..6.0).contains(&east_m) && (-1.5..0.0).contains(&north_m), "{east_m} m, {north_m} m");
        assert!((12.2..13.0).contains(&place.uncertainty_m), "{} m", place.uncertainty_m);
    }
}

/// `cairn journal geojson` on the journal of that run.
fn check_map(dir: &Path, passages: &[(pb::Event, pb::Passage)]) {
    let (config, out) = (dir.join("edge.toml"), dir.join("passages.geojson"));
    let written = cairn(&["journal", "geojson"]).arg(&config).arg("--out").arg(&out).output().expect("runs");
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    let text = std::fs::read_to_string(&out).expect("map");
    let map: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let features = map["features"].as_array().expect("a list");
    let opened: Vec<_> =
        passages.iter().filter(|(_, passage)| passage.state() == pb::PassageState::Opened).collect();
    assert_eq!(features.len(), opened.len());
    for ((event, passage), feature) in opened.iter().zip(features) {
        assert_eq!(feature["id"], passage.passage_id.as_str());
        let expected = match (&passage.location, &event.position) {
            (Some(_), _) => "object",
            (None, Some(_)) => "camera",
            (None, None) => "unknown",
        };
        assert_eq!(feature["properties"]["location"], expected, "{feature}");
        assert_eq!(feature["geometry"].is_null(), expected == "unknown", "{feature}");
    }
    let narrowed = output(&[
        "journal",
        "geojson",
        config.to_str().expect("UTF-8"),
        "--rule",
        "waits",
        "--from",
        "2024-05-01T23:00:00+07:00",
        "--camera",
        "people",
    ]);
    let map: serde_json::Value = serde_json::from_slice(&narrowed.stdout).expect("JSON");
    // The last three of the six waited after the first minute.
    assert_eq!(map["features"].as_array().map(Vec::len), Some(3), "{map}");
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
    // Who is there when the rule comes into force at 23:00 is told of then; after that it is as without a schedule.
    let after = all_day.iter().copied().filter(|frame| 600 < *frame);
    assert_eq!(late, std::iter::once(600).chain(after).collect::<Vec<_>>(), "{all_day:?}");
    assert_eq!(late.len(), 4, "two visits were over by then");
}
