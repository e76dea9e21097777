//! The files an operator starts from must be good, and say what their comments say.

#[path = "support/known_models.rs"]
mod known_models;

use std::path::{Path, PathBuf};
use std::time::Duration;

use edge_config::{
    Config, Direction, Distance, Edge, Priority, Source, Strictness, Surroundings, Trigger, read,
};
use known_models::{KNOWN_PROVIDERS, known_models};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

fn environment(name: &str) -> Option<String> {
    name.starts_with("CAIRN_").then(|| format!("value of {name}"))
}

fn load(name: &str) -> Config {
    let surroundings = Surroundings {
        environment: &environment,
        catalogue: Some(&known_models),
        providers: Some(&KNOWN_PROVIDERS),
        ..Surroundings::default()
    };
    match read(&example(name), Strictness::Strict, surroundings) {
        Ok(checked) => {
            assert_eq!((checked.disabled, checked.warnings), (vec![], vec![]));
            checked.config
        }
        Err(err) => panic!("{err}"),
    }
}

#[test]
fn each_example_is_read_without_a_problem() {
    let mut names = Vec::new();
    for entry in example("").read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            load(&name);
            names.push(name);
        }
    }
    names.sort();
    assert_eq!(names, ["gate.toml", "lane.toml", "riverbank.toml", "trail.toml"]);
}

#[test]
fn the_trail_watches_walkers_both_ways() {
    let config = load("trail.toml");
    let camera = &config.cameras[0];
    assert_eq!((camera.max_rate_hz, camera.heading_deg), (Some(5.0), Some(340.0)));
    let rule = &camera.rules[0];
    assert_eq!(
        rule.trigger,
        Trigger::Line { line: "path".to_owned(), direction: Direction::Both, hysteresis: 0.01 }
    );
    assert_eq!(
        (rule.confirm.hits, rule.confirm.of, rule.classes.as_slice()),
        (4, 6, ["person".to_owned()].as_slice())
    );
    assert_eq!(rule.conditions.veto.as_ref().unwrap().classes, ["cow", "horse", "sheep", "dog"]);
    assert_eq!(rule.profiles.infrared.confirm.unwrap().hits, 6);
    assert_eq!((rule.profiles.night.min_score, rule.profiles.day.min_score), (Some(0.3), None));
    assert_eq!(camera.pose.unwrap().tilt_deg, 30.0);
    let by_night = &camera.rules[1].conditions.schedule[0];
    assert_eq!((by_night.from_min, by_night.to_min, config.identity.utc_offset_min), (1140, 330, 420));
    let ledger = config.delivery.ledger.unwrap();
    assert_eq!(ledger.url(), "http://10.20.0.5:7500");
    assert_eq!((ledger.in_flight, ledger.receipt_timeout), (64, Duration::from_secs(20)));
}

#[test]
fn the_riverbank_waits_at_the_waters_edge_with_a_secret_from_a_file() {
    let config = load("riverbank.toml");
    let camera = &config.cameras[0];
    let Source::Rtsp(stream) = &camera.source else { panic!("{:?}", camera.source) };
    let login = stream.login.as_ref().unwrap();
    assert_eq!((login.user.expose(), login.password.expose()), ("viewer", "example-only"));
    let (zone, min_dwell) = ("waters-edge".to_owned(), Duration::from_secs(10));
    assert_eq!(camera.rules[0].trigger, Trigger::Zone { zone, on: Edge::Enter, min_dwell });
    assert_eq!(camera.zones[0].polygon.len(), 8);
    let Trigger::Landing(landing) = &camera.rules[1].trigger else { panic!("{:?}", camera.rules[1]) };
    assert_eq!((landing.land.as_str(), landing.water.as_deref()), ("bank", Some("river")));
    assert_eq!(
        (landing.boats.as_slice(), landing.beside),
        (["boat".to_owned()].as_slice(), Distance::Heights(0.04))
    );
    let mqtt = config.delivery.mqtt.unwrap();
    assert_eq!((mqtt.client_id.as_str(), mqtt.keep_alive), ("cairn-riverbank-1", Duration::from_secs(20)));
}

#[test]
fn the_lane_counts_vehicles_at_a_bounded_rate() {
    let config = load("lane.toml");
    let camera = &config.cameras[0];
    assert_eq!(camera.rules[0].classes, ["car", "truck", "bus", "motorcycle"]);
    assert_eq!(camera.max_rate_hz, Some(10.0));
    let lane = &camera.lanes[0];
    assert_eq!((lane.zone.as_str(), lane.period), ("inbound", Duration::from_secs(60)));
    assert!(camera.privacy[0].detect);
    let Source::Rtsp(stream) = &camera.source else { panic!("{:?}", camera.source) };
    assert_eq!(stream.login.as_ref().unwrap().user.expose(), "value of CAIRN_LANE_USER");
    let Trigger::WrongWay(against) = &camera.rules[1].trigger else { panic!("{:?}", camera.rules[1]) };
    assert_eq!((against.min_distance, against.max_angle_deg), (Distance::Metres(4.0), 45.0));
    assert_eq!(camera.rules[1].conditions.min_speed, Some(1.0));
    assert_eq!(config.delivery.mqtt.unwrap().broker.to_string(), "127.0.0.1:1883");
    assert_eq!(config.evidence.jpeg_quality, 92);
}

#[test]
fn the_gate_is_urgent() {
    let config = load("gate.toml");
    let rule = &config.cameras[0].rules[0];
    assert_eq!(rule.priority, Priority::Urgent);
    let Trigger::Loiter(loiter) = &config.cameras[0].rules[1].trigger else { panic!("no loiterer") };
    assert_eq!((loiter.min_time, loiter.window), (Duration::from_secs(120), Duration::from_secs(300)));
    assert!(!config.evidence.snapshots && config.evidence.crops);
}
