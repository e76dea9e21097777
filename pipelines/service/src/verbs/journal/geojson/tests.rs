use delivery::{Draft, Journal};

use super::*;

const OPENED: pb::PassageState = pb::PassageState::Opened;
const CLOSED: pb::PassageState = pb::PassageState::Closed;

/// A revision of the passage `id` at `second` after 1970, of camera `mast` under rule `path`.
fn revision(id: &str, state: pb::PassageState, second: i64) -> pb::Event {
    let passage = pb::Passage {
        passage_id: id.to_owned(),
        state: state.into(),
        rule_id: "path".to_owned(),
        object_class: "person".to_owned(),
        direction: pb::Direction::Within.into(),
        confirmed_after_ms: 1_500,
        objects: 1,
        ..pb::Passage::default()
    };
    pb::Event {
        camera_id: Some("mast".to_owned()),
        clocks: Some(pb::Clocks { wall_unix_ns: second * 1_000_000_000, ..pb::Clocks::default() }),
        body: Some(pb::event::Body::Passage(passage)),
        ..pb::Event::default()
    }
}

fn passage_of(event: &mut pb::Event) -> &mut pb::Passage {
    match &mut event.body {
        Some(pb::event::Body::Passage(passage)) => passage,
        _ => panic!("no passage"),
    }
}

fn journal_of(events: Vec<pb::Event>) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("temporary folder");
    let journal = Journal::open(dir.path(), "box").expect("opens");
    for event in events {
        let encode = Box::new(move |_| event.encode_to_vec());
        journal
            .append(Draft { kind: "passage".to_owned(), priority: 2, camera: None, encode })
            .expect("stored");
    }
    journal.close();
    dir
}

fn everything() -> Asked {
    Asked { from_ns: i64::MIN, to_ns: i64::MAX, cameras: Vec::new(), rules: Vec::new() }
}

fn map_of(asked: &Asked, events: Vec<pb::Event>) -> Value {
    let dir = journal_of(events);
    let places = asked.places_in(dir.path()).expect("readable");
    let mut text = Vec::new();
    write_all(&mut text, &places).expect("a vector grows");
    serde_json::from_slice(&text).expect("JSON")
}

fn ids(map: &Value) -> Vec<&str> {
    let features = map["features"].as_array().expect("a list");
    features.iter().map(|feature| feature["id"].as_str().expect("an id")).collect()
}

#[test]
fn a_passage_is_one_feature_with_what_its_last_revision_knows() {
    let mut opened = revision("a", OPENED, 100);
    let location = pb::Location { latitude_deg: 21.000_000_04, longitude_deg: 105.5, uncertainty_m: 12.34 };
    passage_of(&mut opened).location = Some(location);
    let mut closed = revision("a", CLOSED, 109);
    passage_of(&mut closed).location = Some(location);
    passage_of(&mut closed).object_class = "bicycle".to_owned();
    let map = map_of(&everything(), vec![opened, closed]);
    let expected = json!({
        "type": "FeatureCollection",
        "features": [{
            "type": "Feature",
            "id": "a",
            "geometry": { "type": "Point", "coordinates": [105.5, 21.0] },
            "properties": {
                "passage": "a",
                "camera": "mast",
                "rule": "path",
                "class": "bicycle",
                "direction": "within",
                "time": "1970-01-01T00:01:38.500000000Z",
                "objects": 1,
                "location": "object",
                "uncertainty_m": 12.4,
            },
        }],
    });
    assert_eq!(map, expected);
}

#[test]
fn without_a_place_of_its_own_a_passage_is_where_the_camera_is_or_nowhere() {
    let mut placed = revision("a", OPENED, 100);
    placed.position = Some(pb::Position { latitude_deg: 21.0, longitude_deg: 105.0, heading_deg: None });
    let map = map_of(&everything(), vec![placed, revision("b", OPENED, 101)]);
    let [of_camera, nowhere] = map["features"].as_array().expect("a list").as_slice() else {
        panic!("{map}")
    };
    assert_eq!(of_camera["geometry"]["coordinates"], json!([105.0, 21.0]));
    assert_eq!(of_camera["properties"]["location"], "camera");
    assert_eq!(of_camera["properties"].get("uncertainty_m"), None);
    assert_eq!(
        (&nowhere["geometry"], nowhere["properties"]["location"].as_str()),
        (&Value::Null, Some("unknown"))
    );
}

#[test]
fn only_what_is_asked_for_is_on_the_map() {
    let events = || {
        let mut elsewhere = revision("c", OPENED, 300);
        elsewhere.camera_id = Some("gate".to_owned());
        passage_of(&mut elsewhere).rule_id = "square".to_owned();
        vec![revision("a", OPENED, 100), revision("b", OPENED, 200), elsewhere]
    };
    let of = |asked: Asked| ids(&map_of(&asked, events())).join(" ");
    assert_eq!(of(everything()), "a b c");
    // They happened 1.5 s before they were confirmed.
    assert_eq!(of(Asked { from_ns: 98_500_000_001, ..everything() }), "b c");
    assert_eq!(of(Asked { to_ns: 198_500_000_000, ..everything() }), "a");
    assert_eq!(of(Asked { cameras: vec!["mast".to_owned()], ..everything() }), "a b");
    assert_eq!(of(Asked { rules: vec!["square".to_owned()], ..everything() }), "c");
}

#[test]
fn a_retracted_passage_is_on_no_map() {
    let retracted = revision("a", pb::PassageState::Retracted, 120);
    let map = map_of(&everything(), vec![revision("a", OPENED, 100), revision("b", OPENED, 110), retracted]);
    assert_eq!(ids(&map), ["b"]);
}

#[test]
fn more_passages_than_a_page_are_all_there_in_order() {
    let count = PAGE + 20;
    let events = (0..count).map(|index| revision(&format!("{index:04}"), OPENED, index as i64)).collect();
    let map = map_of(&everything(), events);
    let expected: Vec<String> = (0..count).map(|index| format!("{index:04}")).collect();
    assert_eq!(ids(&map), expected);
}

#[test]
fn an_empty_journal_is_an_empty_map_and_none_is_an_error() {
    assert_eq!(map_of(&everything(), Vec::new()), json!({ "type": "FeatureCollection", "features": [] }));
    let dir = tempfile::tempdir().expect("temporary folder");
    assert!(everything().places_in(dir.path()).is_err());
}
