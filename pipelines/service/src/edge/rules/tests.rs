use edge_config::{Strictness, Surroundings};

use super::*;

/// Files that `cairn check` finds good, held to the models that the box has.
const FILES: [(&str, &str); 5] = [
    ("complete.toml", include_str!("../../../../../edge-config/tests/good/complete.toml")),
    ("gate.toml", include_str!("../../../../../edge-config/examples/gate.toml")),
    ("lane.toml", include_str!("../../../../../edge-config/examples/lane.toml")),
    ("riverbank.toml", include_str!("../../../../../edge-config/examples/riverbank.toml")),
    ("trail.toml", include_str!("../../../../../edge-config/examples/trail.toml")),
];

fn card() -> Card {
    let cards = models::builtin_cards().expect("built in");
    models::find(&cards, models::DEFAULT_MODEL).expect("built in").clone()
}

fn cameras(name: &str, text: &str) -> Vec<Camera> {
    // Secrets, which nothing here needs, come from the environment and none from a file.
    let text = text
        .replace("{ file = ", "{ env = ")
        .replace("secret.txt", "A")
        .replace("secrets/riverbank.password", "A");
    let environment = |_: &str| Some("secret".to_owned());
    let surroundings = Surroundings { environment: &environment, ..Surroundings::default() };
    let folder = std::path::Path::new("/nowhere");
    // What another machine measured is in a file of its own.
    let text = text.replace("tuned = \"tuned.toml\"\n", "");
    match edge_config::parse(name, &text, folder, Strictness::Strict, surroundings) {
        Ok(checked) => checked.config.cameras,
        Err(problems) => panic!("{problems}"),
    }
}

#[test]
fn what_the_check_finds_good_the_scene_takes() {
    for (name, text) in FILES {
        for camera in cameras(name, text) {
            let scene = scene_of(&camera, &card()).unwrap_or_else(|error| panic!("{name}: {error:#}"));
            assert_eq!(scene.rules().len(), camera.rules.len(), "{name}");
            assert_eq!(scene.ground_plane().is_some(), camera.ground.is_some(), "{name}");
        }
    }
}

#[test]
fn every_setting_of_a_rule_reaches_the_scene() {
    let (name, text) = FILES[0];
    let camera = &cameras(name, text)[0];
    let scene = scene_of(camera, &card()).expect("usable");
    let [crossing, stay, waits, against, against_m, gathering, bag, bag_m, ashore, ashore_m] = scene.rules()
    else {
        panic!("{:?}", scene.rules())
    };
    let index = |name: &str| class_index(&card(), name).expect("known");
    let text = format!("{crossing:?}");
    for part in
        ["hysteresis: 0.02", "Pixels(32.0)", "min_speed: Some(0.2)", "max_speed: Some(4.0)", "settled: true"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    let veto = crossing.conditions.veto.as_ref().expect("asked");
    assert_eq!(
        (veto.classes.as_slice(), veto.max_overlap, veto.max_share),
        ([index("dog"), index("cow")].as_slice(), 0.4, 0.2)
    );
    let night = &crossing.conditions.schedule.as_ref().expect("asked").periods[0];
    assert_eq!(
        (night.days.as_slice(), night.from, night.to),
        ([scene::Weekday::Friday, scene::Weekday::Sunday].as_slice(), 1320, 330)
    );
    let profile = crossing.profiles.infrared;
    assert_eq!(
        (profile.enabled, profile.confirm, profile.min_travel, profile.min_score),
        (false, Some(NOfM { n: 6, m: 12 }), Some(0.15), Some(0.35))
    );
    assert_eq!(crossing.profiles.day.confirm, Some(NOfM { n: 5, m: 10 }));
    assert_eq!(crossing.profiles.night.confirm, Some(NOfM { n: 2, m: 4 }));
    assert_eq!(stay.conditions.min_height, Some(scene::MinHeight::Metres(1.2)));
    for (rule, parts) in [
        (waits, ["Loiter(", "min_time: 60s", "window: 300s"]),
        (against, ["WrongWay(", "min_distance: FrameHeights(0.2)", "max_angle_deg: 45.0"]),
        (against_m, ["WrongWay(", "min_distance: Metres(3.0)", "max_angle_deg: 60.0"]),
        (gathering, ["Crowd(", "min_objects: 5", "min_time: 10s"]),
        (
            bag,
            ["min_still: 30s, still_within: FrameHeights(0.02)", "near: FrameHeights(0.3)", "min_alone: 20s"],
        ),
        (bag_m, ["min_still: 30s, still_within: Metres(0.5)", "near: Metres(3.0)", "min_alone: 0ns"]),
        (
            ashore,
            ["land: Zone { id: \"bank\"", "water: Some(Zone { id: \"water\"", "beside: FrameHeights(0.1)"],
        ),
        (ashore_m, ["land: Zone { id: \"bank\"", "water: None", "beside: Metres(1.5)"]),
    ] {
        let test = format!("{:?}", rule.test);
        for part in parts {
            assert!(test.contains(part), "{part} in {test}");
        }
    }
    let scene::RuleTest::ObjectLeft(left) = &bag.test else { panic!("{:?}", bag.test) };
    assert_eq!(left.people, [index("person")]);
    let scene::RuleTest::Landing(landing) = &ashore.test else { panic!("{:?}", ashore.test) };
    assert_eq!(landing.boats, [index("boat")]);
}

#[test]
fn a_class_that_the_model_lacks_is_named_with_its_rule() {
    let text = FILES[4].1.replace("\"sheep\"", "\"yak\"");
    let camera = &cameras("trail.toml", &text)[0];
    let error = scene_of(camera, &card()).expect_err("no model knows it");
    assert!(format!("{error:#}").starts_with("rule `on-foot`: class `yak` is not one of"), "{error:#}");
}
