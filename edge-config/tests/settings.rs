//! What good text becomes: every value, every default, and paths in the folder of the file.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use edge_config::{
    Anchor, Camera, Checked, Conditions, Config, ConfigError, Confirm, Crowd, Direction, Distance, Edge,
    Endpoint, Ground, Landing, Lane, LightBounds, Limit, Line, ListKind, Loiter, MinHeight, ObjectLeft,
    Period, PlateReader, Plates, Point, Pose, PoseUncertainty, Position, Precision, Priority, PrivacyZone,
    Profile, Profiles, ProviderChoice, ProviderWish, Requests, Rule, SecondLook, SmallObjects, Source,
    Strictness, Surroundings, Tiles, TrackerChoice, TrackerKind, Transport, Trigger, Veto, Weekday, WrongWay,
    Zone, parse, read,
};

fn environment(name: &str) -> Option<String> {
    name.starts_with("CAIRN_").then(|| format!("value of {name}"))
}

fn surroundings() -> Surroundings<'static> {
    Surroundings { environment: &environment, ..Surroundings::default() }
}

fn good(text: &str) -> Config {
    let Checked { config, .. } =
        parse("edge.toml", text, Path::new("/etc/cairn"), Strictness::Strict, surroundings()).unwrap();
    config
}

const SMALLEST: &str = r#"
    [box]
    id = "box-7"
    site = "north-bank"
    data-dir = "data"
    [delivery]
    local-only = true
"#;

#[test]
fn every_key_reaches_its_setting() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good");
    let Checked { config, disabled, .. } =
        read(&folder.join("complete.toml"), Strictness::Strict, surroundings()).unwrap();
    assert_eq!(disabled, []);

    assert_eq!((config.identity.id.as_str(), config.identity.site.as_str()), ("box-7", "north-bank"));
    assert_eq!(config.identity.data_dir, folder.join("data"));
    let position = Position { latitude_deg: 21.0278, longitude_deg: 105.8342 };
    assert_eq!(config.identity.position, Some(position));
    assert_eq!(config.identity.utc_offset_min, -210);
    assert_eq!(
        (config.listen.grpc.to_string(), config.listen.http.to_string()),
        ("127.0.0.2:0".into(), "[::1]:0".into())
    );
    assert_eq!(config.inference.runtime, Some(folder.join("lib/libonnxruntime.so")));
    assert_eq!((config.inference.threads, config.inference.queue), (Some(2), 8));
    assert_eq!((config.inference.batch, config.inference.sessions), (Some(4), Some(2)));
    assert_eq!(config.inference.batch_hold, Duration::from_millis(20));
    assert_eq!(config.inference.deadline, Duration::from_millis(500));
    let options = |options: &[(&str, &str)]| -> Vec<(String, String)> {
        options.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    let preferred = ProviderChoice {
        wish: ProviderWish::Prefer(vec!["openvino".into(), "cpu".into()]),
        precision: Precision::Fp16,
        options: options(&[("device_type", "GPU"), ("num_streams", "2")]),
        cache: Some(folder.join("built")),
    };
    assert_eq!(config.inference.provider_of("yolox-nano-416"), &preferred);
    let required = ProviderChoice {
        wish: ProviderWish::Require("cuda".into()),
        precision: Precision::Int8,
        options: options(&[("device_id", "1")]),
        cache: Some("/var/lib/cairn/built".into()),
    };
    assert_eq!(config.inference.provider_of("plate-cct-xs-v1"), &required);
    let inherited = config.inference.provider_of("yolox-nano");
    assert_eq!((inherited.precision, &inherited.cache), (Precision::Fp32, &Some(folder.join("built"))));
    assert!(config.inference.open_protocol);
    let plate_reader = PlateReader {
        reader: "plate-omz-0001".into(),
        locator: "plate-hyperlpr-320".into(),
        min_width_px: 30,
        min_confidence: 0.5,
        margin: 0.08,
        known_countries_only: false,
        queue: 2,
        deadline: Duration::from_secs(2),
    };
    assert_eq!(config.plate_reader, Some(plate_reader));
    let lists: Vec<_> =
        config.lists.lists.iter().map(|list| (list.name.as_str(), list.kind, list.path.clone())).collect();
    assert_eq!(
        lists,
        [
            ("stolen", ListKind::Watch, folder.join("lists/stolen.list")),
            ("residents", ListKind::Permit, PathBuf::from("/var/lib/cairn/residents.list")),
        ]
    );
    assert_eq!((config.lists.keys[0][0], config.lists.keys[0][31], config.lists.keys.len()), (0xd7, 0x1a, 1));
    assert_eq!(config.models.dir, Some(folder.join("cards")));
    assert_eq!(config.models.store, Some(PathBuf::from("/var/lib/cairn/models")));
    assert_eq!(
        (config.evidence.jpeg_quality, config.evidence.snapshots, config.evidence.crops),
        (70, false, false)
    );

    let mqtt = config.delivery.mqtt.unwrap();
    assert_eq!(mqtt.broker, Endpoint { host: "10.0.0.5".to_owned(), port: 1884 });
    assert_eq!(
        (mqtt.client_id.as_str(), mqtt.keep_alive, mqtt.in_flight),
        ("box_7", Duration::from_secs(60), 8)
    );
    assert_eq!(mqtt.requests, Requests::TrustBroker);
    assert_eq!((config.decisions.retention, config.decisions.max_mib), (Duration::from_secs(86_400), 16));
    let login = mqtt.login.unwrap();
    assert_eq!((login.user.expose(), login.password.expose()), ("from-a-file", "from-a-file"));
    let ledger = config.delivery.ledger.unwrap();
    assert_eq!((ledger.url().as_str(), ledger.in_flight), ("http://ledger.local:7500", 128));
    assert_eq!(ledger.receipt_timeout, Duration::from_secs(30));

    let [live, clip] = config.cameras.try_into().unwrap();
    check_live_camera(live);
    let Source::File(recorded) = clip.source else { panic!("{:?}", clip.source) };
    assert_eq!(recorded.path, folder.join("clips/night.mp4"));
    assert_eq!(recorded.recorded_at, UNIX_EPOCH + Duration::from_secs(1_714_557_600));
}

fn check_live_camera(camera: Camera) {
    assert_eq!((camera.id.as_str(), camera.model.as_str()), ("live", "yolox-tiny-416"));
    let Source::Rtsp(stream) = camera.source.clone() else { panic!("{:?}", camera.source) };
    assert_eq!(
        (stream.url.as_str(), stream.transport),
        ("rtsp://10.0.0.11:8554/main?channel=1", Transport::Udp)
    );
    let login = stream.login.unwrap();
    assert_eq!(
        (login.user.expose(), login.password.expose()),
        ("value of CAIRN_USER", "value of CAIRN_PASSWORD")
    );
    assert_eq!(
        (camera.input_size, camera.max_rate_hz, camera.min_score),
        (Some((640, 384)), Some(12.5), Some(0.25))
    );
    assert_eq!(camera.small_objects, SmallObjects { horizon: (0.3, 0.55), tiles: Tiles::All });
    assert_eq!((camera.required, camera.frozen_after), (false, Duration::from_secs(10)));
    assert_eq!(
        (camera.merge_window, camera.stationary_after),
        (Duration::from_secs(5), Duration::from_secs(120))
    );
    assert_eq!(camera.position, Some(Position { latitude_deg: -21.0, longitude_deg: 105.5 }));
    assert_eq!(camera.heading_deg, Some(270.0));
    check_view(&camera);
    let point = |x, y| Point { x, y };
    let zone = |id: &str, corners: [Point; 3]| Zone { id: id.to_owned(), polygon: corners.to_vec() };
    let water = zone("water", [point(0.0, 0.0), point(1.0, 0.0), point(1.0, 1.0)]);
    let bank = zone("bank", [point(0.0, 1.0), point(0.0, 0.5), point(0.5, 1.0)]);
    assert_eq!(camera.zones, [water, bank]);
    assert_eq!(camera.lines, [Line { id: "path".to_owned(), from: point(0.0, 0.5), to: point(1.0, 0.5) }]);
    let [crossing, stay, others @ ..] = camera.rules.as_slice() else { panic!("{:?}", camera.rules) };
    check_flat_rules(crossing, stay);
    check_kinds(others);
    check_what_is_hidden_and_counted(&camera);
}

fn check_view(camera: &Camera) {
    let point = |x, y| Point { x, y };
    let uncertainty = PoseUncertainty {
        position_m: 2.0,
        height_m: 0.1,
        heading_deg: 1.5,
        tilt_deg: 0.5,
        field_of_view_deg: 1.0,
        point: 0.02,
    };
    let pose = Pose { height_m: 6.0, tilt_deg: 18.5, field_of_view_deg: 72.0, uncertainty };
    assert_eq!(camera.pose, Some(pose));
    let ground = Ground {
        image: [point(0.2, 0.9), point(0.8, 0.9), point(0.6, 0.4), point(0.4, 0.4)],
        metres: [[0.0, 0.0], [4.5, 0.0], [4.5, 12.0], [0.0, 12.0]],
    };
    assert_eq!(camera.ground, Some(ground));
    let light = LightBounds {
        night_below: 40.0,
        day_above: 60.0,
        infrared_below: 1.5,
        colour_above: 3.0,
        hold: Duration::from_secs(2),
        settle: Duration::from_secs(5),
    };
    assert_eq!(camera.light, light);
    let tracker = TrackerChoice {
        kind: TrackerKind::OcSort,
        max_lost: Some(Duration::from_secs(2)),
        min_hits: Some(2),
        min_iou: Some(0.25),
    };
    assert_eq!(camera.tracker, tracker);
    assert_eq!(camera.appearance.as_deref(), Some("person-reid-omz-0287"));
    let plates = Plates {
        locator: "plate-hyperlpr-640".to_owned(),
        reader: "plate-lprnet-sirius".to_owned(),
        min_width_px: 60,
        min_confidence: 0.8,
        max_rate_hz: 8.0,
        per_frame: 3,
        margin: 0.05,
        known_countries_only: false,
    };
    assert_eq!(camera.plates, Some(plates));
}

fn check_flat_rules(crossing: &Rule, stay: &Rule) {
    let profile = |hits, of, min_travel, min_score| Profile {
        enabled: false,
        confirm: Some(Confirm { hits, of }),
        min_travel: Some(min_travel),
        min_score: Some(min_score),
    };
    let wanted = Rule {
        id: "crossing".to_owned(),
        version: 3,
        priority: Priority::Urgent,
        trigger: Trigger::Line { line: "path".to_owned(), direction: Direction::Backward, hysteresis: 0.02 },
        classes: vec!["person".to_owned(), "bicycle".to_owned()],
        anchor: Anchor::Centre,
        confirm: Confirm { hits: 4, of: 9 },
        min_travel: 0.2,
        min_score: 0.5,
        smallest_px: Some(24),
        conditions: Conditions {
            min_height: Some(MinHeight::Pixels(32.0)),
            min_speed: Some(0.2),
            max_speed: Some(4.0),
            veto: Some(Veto {
                classes: vec!["dog".to_owned(), "cow".to_owned()],
                max_overlap: 0.4,
                max_share: 0.2,
            }),
            schedule: vec![
                Period { days: vec![Weekday::Friday, Weekday::Sunday], from_min: 1320, to_min: 330 },
                Period { days: Vec::new(), from_min: 720, to_min: 1440 },
            ],
            settled: true,
            min_class_share: 0.7,
        },
        profiles: Profiles {
            day: profile(5, 10, 0.3, 0.6),
            night: profile(2, 4, 0.1, 0.4),
            infrared: profile(6, 12, 0.15, 0.35),
        },
        limit: Some(Limit { passages: 10, per: Duration::from_secs(60) }),
        blur_bystanders: Some(false),
        second_look: Some(SecondLook { model: "nanodet-plus-m-1.5x".to_owned(), min_score: Some(0.4) }),
    };
    assert_eq!(*crossing, wanted);
    let wanted = Rule {
        id: "stay".to_owned(),
        version: 1,
        priority: Priority::Normal,
        trigger: Trigger::Zone {
            zone: "water".to_owned(),
            on: Edge::Exit,
            min_dwell: Duration::from_millis(1500),
        },
        classes: vec!["person".to_owned()],
        anchor: Anchor::Foot,
        confirm: Confirm { hits: 3, of: 5 },
        min_travel: 0.05,
        min_score: 0.3,
        smallest_px: None,
        conditions: Conditions {
            min_height: Some(MinHeight::Metres(1.2)),
            min_class_share: 0.5,
            ..Conditions::default()
        },
        profiles: Profiles::default(),
        limit: None,
        blur_bystanders: None,
        second_look: None,
    };
    assert_eq!(*stay, wanted);
}

fn check_kinds(rules: &[Rule]) {
    let (zone, seconds) = (|| "water".to_owned(), Duration::from_secs);
    let point = |x, y| Point { x, y };
    let wrong_way = |min_distance, max_angle_deg| {
        let (from, to) = (point(0.5, 0.9), point(0.5, 0.5));
        Trigger::WrongWay(WrongWay { zone: zone(), from, to, min_distance, max_angle_deg })
    };
    let object_left = |still_within, near, min_alone| {
        let people = vec!["person".to_owned()];
        let min_still = seconds(30);
        Trigger::ObjectLeft(ObjectLeft { zone: zone(), min_still, still_within, people, near, min_alone })
    };
    let landing = |water, beside| {
        let boats = vec!["boat".to_owned()];
        Trigger::Landing(Landing { land: "bank".to_owned(), water, boats, beside })
    };
    let wanted = [
        Trigger::Loiter(Loiter { zone: zone(), min_time: seconds(60), window: seconds(300) }),
        wrong_way(Distance::Heights(0.2), 45.0),
        wrong_way(Distance::Metres(3.0), 60.0),
        Trigger::Crowd(Crowd { zone: zone(), min_objects: 5, min_time: seconds(10) }),
        object_left(Distance::Heights(0.02), Distance::Heights(0.3), seconds(20)),
        object_left(Distance::Metres(0.5), Distance::Metres(3.0), seconds(0)),
        landing(Some(zone()), Distance::Heights(0.1)),
        landing(None, Distance::Metres(1.5)),
    ];
    let triggers: Vec<&Trigger> = rules.iter().map(|rule| &rule.trigger).collect();
    assert_eq!(triggers, wanted.iter().collect::<Vec<_>>());
}

fn check_what_is_hidden_and_counted(camera: &Camera) {
    let point = |x, y| Point { x, y };
    assert!(camera.blur_bystanders);
    let window = PrivacyZone {
        id: "window".to_owned(),
        polygon: vec![point(0.8, 0.1), point(0.9, 0.1), point(0.9, 0.2)],
        detect: false,
    };
    assert_eq!(camera.privacy, [window]);
    let inbound = Lane {
        id: "inbound".to_owned(),
        zone: "water".to_owned(),
        from: point(0.5, 0.1),
        to: point(0.6, 0.9),
        classes: vec!["car".to_owned(), "truck".to_owned()],
        min_score: 0.4,
        anchor: Anchor::Centre,
        standing_below: 0.05,
        standing_below_mps: 0.5,
        queue_gap: 0.2,
        queue_gap_m: 5.0,
        period: Duration::from_secs(30),
    };
    assert_eq!(camera.lanes, [inbound]);
}

#[test]
fn what_is_left_out_has_its_documented_default() {
    let config = good(SMALLEST);
    assert_eq!(config.identity.data_dir, Path::new("/etc/cairn/data"));
    assert_eq!(config.listen.grpc.to_string(), "127.0.0.1:7443");
    assert_eq!(config.listen.http.to_string(), "127.0.0.1:7480");
    assert_eq!((config.inference.threads, config.inference.queue), (None, 4));
    assert_eq!((config.inference.batch, config.inference.sessions), (None, None));
    assert_eq!(config.inference.batch_hold, Duration::ZERO);
    assert_eq!(config.inference.provider.wish, ProviderWish::Require("cpu".into()));
    assert_eq!((config.inference.runtime, config.inference.deadline), (None, Duration::from_secs(2)));
    assert!(!config.inference.open_protocol, "nothing is lent to outsiders unless asked for");
    assert_eq!((config.models.dir, config.models.store), (None, None));
    assert_eq!(
        (config.evidence.jpeg_quality, config.evidence.snapshots, config.evidence.crops),
        (85, true, true)
    );
    assert_eq!((config.delivery.mqtt, config.delivery.ledger, config.cameras.len()), (None, None, 0));
}

#[test]
fn a_camera_and_its_destinations_have_defaults() {
    let text = r#"
        [box]
        id = "box-7"
        site = "north-bank"
        data-dir = "/srv/cairn"
        [delivery.mqtt]
        broker = "mqtt://localhost"
        [delivery.ledger]
        url = "http://[::1]:7500/"
        [[camera]]
        id = "live"
        url = "rtsp://camera.local/"
        [[camera.line]]
        id = "path"
        from = [0, 0.5]
        to = [1, 0.5]
        [[camera.rule]]
        id = "crossing"
        version = 1
        line = "path"
        classes = ["person"]
        [[camera]]
        id = "clip"
        url = "file:///srv/a b.mp4"
    "#;
    let config = good(text);
    assert_eq!(config.identity.data_dir, Path::new("/srv/cairn"));
    let (mqtt, ledger) = (config.delivery.mqtt.unwrap(), config.delivery.ledger.unwrap());
    assert_eq!((mqtt.client_id.as_str(), mqtt.broker.port, mqtt.in_flight), ("cairn-box-7", 1883, 16));
    assert_eq!((mqtt.keep_alive, mqtt.login), (Duration::from_secs(30), None));
    assert_eq!(mqtt.requests, Requests::Off);
    assert_eq!((ledger.url().as_str(), ledger.in_flight), ("http://[::1]:7500", 64));
    assert_eq!(ledger.receipt_timeout, Duration::from_secs(10));
    let [live, clip] = config.cameras.try_into().unwrap();
    let Source::Rtsp(stream) = live.source else { panic!("{:?}", live.source) };
    assert_eq!((stream.transport, stream.login), (Transport::Tcp, None));
    assert_eq!(
        (live.model.as_str(), live.required, live.frozen_after),
        ("yolox-nano", true, Duration::from_secs(5))
    );
    assert_eq!((live.input_size, live.max_rate_hz, live.min_score), (None, None, None));
    assert_eq!((live.position, live.heading_deg, live.pose, live.ground), (None, None, None, None));
    assert_eq!((live.light.night_below, live.light.hold), (50.0, Duration::from_secs(1)));
    assert_eq!((live.tracker.kind, live.tracker.max_lost), (TrackerKind::Cairn, None));
    assert_eq!((live.appearance, live.plates), (None, None));
    let (line, direction) = ("path".to_owned(), Direction::Both);
    assert_eq!(live.rules[0].trigger, Trigger::Line { line, direction, hysteresis: 0.01 });
    assert_eq!(live.rules[0].conditions, Conditions { min_class_share: 0.5, ..Conditions::default() });
    assert_eq!(live.rules[0].profiles, Profiles::default());
    assert_eq!((live.position, live.heading_deg), (None, None));
    assert_eq!((clip.lanes.len(), clip.privacy.len(), clip.blur_bystanders), (0, 0, false));
    let Source::File(recorded) = clip.source else { panic!("{:?}", clip.source) };
    assert_eq!(
        (recorded.path.as_path(), recorded.recorded_at),
        (Path::new("/srv/a b.mp4"), SystemTime::UNIX_EPOCH)
    );
}

const SCHEDULED: &str = r#"
    [[camera]]
    id = "live"
    url = "rtsp://camera.local/"
    zone = [{ id = "yard", polygon = [[0, 0], [1, 0], [1, 1]] }]
    [[camera.rule]]
    id = "by-night"
    version = 1
    zone = "yard"
    classes = ["person"]
    schedule = [{ from = "22:00", to = "06:00" }]
"#;

#[test]
fn a_schedule_without_an_offset_is_warned_of() {
    let warnings = |text: &str| {
        let checked =
            parse("edge.toml", text, Path::new("/etc/cairn"), Strictness::Strict, surroundings()).unwrap();
        checked.warnings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let without = format!("{SMALLEST}{SCHEDULED}");
    let expected = "edge.toml:2:5: box.utc-offset: not given: the schedules of `live` are taken in UTC";
    assert_eq!(warnings(&without), [expected]);
    let offset = "data-dir = \"data\"\n    utc-offset = \"+00:00\"";
    assert_eq!(warnings(&without.replace("data-dir = \"data\"", offset)), [""; 0]);
    assert_eq!(warnings(SMALLEST), [""; 0]);
}

#[test]
fn settings_can_be_logged_without_a_secret() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good/complete.toml");
    let checked = read(&path, Strictness::Strict, surroundings()).unwrap();
    let logged = format!("{checked:?}");
    assert!(!logged.contains("value of") && !logged.contains("from-a-file"), "{logged}");
}

#[test]
fn a_secret_file_loses_one_line_break_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let password = |written: &[u8]| {
        std::fs::write(folder.path().join("secret"), written).unwrap();
        let camera = r#"
            [[camera]]
            id = "live"
            url = "rtsp://camera.local/"
            user = "viewer"
            password = { file = "secret" }
        "#;
        let text = format!("{SMALLEST}{camera}");
        let checked = parse("edge.toml", &text, folder.path(), Strictness::Strict, surroundings())?;
        let Source::Rtsp(stream) = &checked.config.cameras[0].source else { panic!("not live") };
        Ok::<_, edge_config::Problems>(stream.login.as_ref().unwrap().password.expose().to_owned())
    };
    assert_eq!(password(b"hunter2\n").unwrap(), "hunter2");
    assert_eq!(password(b"hunter2\r\n").unwrap(), "hunter2");
    assert_eq!(password(b" hunter2 \n\n").unwrap(), " hunter2 \n");
    let refused = |written: &[u8]| password(written).unwrap_err().to_string();
    assert!(refused(b"\n").ends_with("is empty"));
    assert!(refused(b"\xff\xfe").contains("could not read file"));
    assert!(refused(&[b'x'; 5000]).ends_with("longer than 4096 bytes"));
}

#[test]
fn an_unreadable_file_is_no_bad_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("edge.toml");
    let missing = read(&path, Strictness::Strict, surroundings()).unwrap_err();
    assert!(matches!(&missing, ConfigError::Unreadable { path: named, .. } if *named == path), "{missing}");
    std::fs::write(&path, "#".repeat(2 << 20)).unwrap();
    assert!(matches!(read(&path, Strictness::Strict, surroundings()), Err(ConfigError::Unreadable { .. })));
    std::fs::write(&path, b"[box]\nid = \"K\xf6ln\"\n").unwrap();
    let ConfigError::Refused(problems) = read(&path, Strictness::Strict, surroundings()).unwrap_err() else {
        panic!("readable")
    };
    assert_eq!(problems.to_string(), format!("{}:2:8: not UTF-8 text", path.display()));
}
