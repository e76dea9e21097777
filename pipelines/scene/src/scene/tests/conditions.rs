use super::stage::*;
use super::*;
use crate::{GroundPlane, Light, LocalMinute, MinHeight, Period, Profile, Relation, Schedule, Veto, Weekday};

/// In the yard.
fn presence(conditions: Conditions) -> Rule {
    let test = RuleTest::Zone { zone: yard(), on: ZoneEdge::Enter, min_dwell: Duration::ZERO };
    Rule { classes: vec![PERSON], conditions, ..foot_rule(test) }
}

fn person() -> Actor {
    stands(PERSON, 0.5, 0.5, 0..=5000)
}

fn opens(conditions: Conditions, actors: &[Actor]) -> bool {
    let judged = play(&presence(conditions), actors, 5000);
    judged.passages.iter().any(|passage| passage.subject == Subject::Track(1))
}

#[test]
fn conditions_that_are_not_asked_are_no_clauses() {
    let judged = play(&presence(Conditions::default()), &[person()], 5000);
    let names: Vec<_> = opened(&judged).decision.iter().map(|clause| clause.name).collect();
    let expected = ["sightings_inside", "dwell_s", "track_confirmed", "class", "mean_score", "travel"];
    assert_eq!(names, expected);
}

#[test]
fn a_height_in_pixels_is_of_the_frame_at_hand() {
    // A fifth of the frame's height.
    let opens = |size: SizePx, least: f32| {
        let conditions = Conditions { min_height: Some(MinHeight::Pixels(least)), ..Conditions::default() };
        !play_at(size, &presence(conditions), &[person()], 1000, &|_, frame| frame).passages.is_empty()
    };
    assert!(opens(SizePx::new(1920, 1080), 215.9) && !opens(SizePx::new(1920, 1080), 216.1));
    assert!(opens(SizePx::new(640, 360), 71.9) && !opens(SizePx::new(640, 360), 72.1));
}

#[test]
fn a_height_in_metres_is_the_same_at_any_resolution() {
    // A fifth of 9 m.
    let asks = |least| Conditions { min_height: Some(MinHeight::Metres(least)), ..Conditions::default() };
    assert!(opens(asks(1.79), &[person()]) && !opens(asks(1.81), &[person()]));
    assert_eq!(rejected(&play(&presence(asks(1.81)), &[person()], 1000)), ["height_m"]);
}

#[test]
fn speed_has_a_least_and_a_most() {
    // 0.05 frame heights a second are 0.45 m/s.
    let walks = || [goes(PERSON, (0.5, 0.3), (0.5, 0.55), 0..5000)];
    let asks = |min_speed, max_speed| Conditions { min_speed, max_speed, ..Conditions::default() };
    assert!(opens(asks(Some(0.44), None), &walks()) && !opens(asks(Some(0.46), None), &walks()));
    assert!(opens(asks(None, Some(0.46)), &walks()) && !opens(asks(None, Some(0.44)), &walks()));
    let judged = play(&presence(asks(Some(0.4), Some(0.5))), &walks(), 5000);
    let speeds: Vec<_> =
        opened(&judged).decision.iter().filter(|clause| clause.name == "speed_mps").collect();
    assert_eq!(
        speeds.iter().map(|clause| clause.relation).collect::<Vec<_>>(),
        [Relation::AtLeast, Relation::AtMost]
    );
    // It is known after a second.
    assert_eq!(times(&judged)[0].0, 1000);
    let short = [stands(PERSON, 0.5, 0.5, 0..=900)];
    assert_eq!(rejected(&play(&presence(asks(None, Some(5.0))), &short, 3000)), ["speed_span_s"]);
}

#[test]
fn what_stands_above_the_horizon_has_no_metres() {
    let image = [point(0.2, 0.9), point(0.8, 0.9), point(0.6, 0.5), point(0.4, 0.5)];
    let corners = [(0.0, 0.0), (4.0, 0.0), (4.0, 20.0), (0.0, 20.0)];
    let plane = GroundPlane::new(image, corners.map(|(x, y)| crate::GroundPoint { x, y })).expect("a plane");
    let asks = Conditions {
        min_height: Some(MinHeight::Metres(0.0)),
        max_speed: Some(9.0),
        ..Conditions::default()
    };
    let mut scene = Scene::on_ground(vec![presence(asks)], plane).expect("valid");
    // The lines from 1 to 4 and from 2 to 3 meet at 0.3 of the height.
    let bird = first_sight(1, ms(0), PERSON, FrameBox::new(95.0, 10.0, 105.0, 25.0).expect("valid"));
    scene.judge(FrameInfo::new(ms(0), FRAME), &[bird], &[]);
    let judged = scene.finish(ms(100));
    assert_eq!(rejected(&judged), ["on_ground", "on_ground"]);
}

#[test]
fn metres_are_refused_where_no_ground_is_known() {
    let refused = |conditions| {
        let rule = presence(conditions);
        Scene::on_ground(vec![rule.clone()], ground()).expect("valid on the ground");
        Scene::new(vec![rule]).expect_err("must be refused").to_string()
    };
    let tall = Conditions { min_height: Some(MinHeight::Metres(1.0)), ..Conditions::default() };
    assert_eq!(
        refused(tall),
        "rule `rule`: `min_height` is in metres, expected a ground plane for this camera"
    );
    let fast = Conditions { min_speed: Some(1.0), ..Conditions::default() };
    assert_eq!(
        refused(fast),
        "rule `rule`: `min_speed` is in metres, expected a ground plane for this camera"
    );
    let slow = Conditions { max_speed: Some(1.0), ..Conditions::default() };
    assert_eq!(
        refused(slow),
        "rule `rule`: `max_speed` is in metres, expected a ground plane for this camera"
    );
}

#[test]
fn conditions_that_make_no_sense_are_refused() {
    let refused =
        |conditions| Scene::on_ground(vec![presence(conditions)], ground()).expect_err("refused").to_string();
    let never = Conditions { min_speed: Some(2.0), max_speed: Some(1.0), ..Conditions::default() };
    assert_eq!(refused(never), "rule `rule`: `max_speed` is 1, expected at least `min_speed`");
    let veto = |classes, max_overlap| {
        let veto = Some(Veto { classes, max_overlap, max_share: 0.5 });
        Conditions { veto, ..Conditions::default() }
    };
    assert_eq!(refused(veto(vec![], 0.5)), "rule `rule`: `veto` is empty, expected at least one class");
    assert_eq!(refused(veto(vec![DOG], 1.5)), "rule `rule`: `max_overlap` is 1.5, expected 0 to 1");
    let shapeless = Conditions { min_height: Some(MinHeight::Pixels(f32::NAN)), ..Conditions::default() };
    assert_eq!(refused(shapeless), "rule `rule`: `min_height` is NaN, expected a finite number from 0");
}

fn animals(max_overlap: f32, max_share: f32) -> Conditions {
    Conditions { veto: Some(Veto { classes: vec![DOG], max_overlap, max_share }), ..Conditions::default() }
}

#[test]
fn an_animal_that_covers_enough_of_the_object_vetoes_it() {
    // As high as the person and shifted by 0.6 of the person's width: it covers 0.4 of the person.
    let dog = || {
        let mut dog = stands(DOG, 0.5 + 0.6 * 0.05 * 9.0 / 16.0, 0.5, 0..=5000);
        dog.size = (0.05, 0.2);
        dog
    };
    assert!(opens(animals(0.41, 1.0), &[person(), dog()]) && !opens(animals(0.39, 1.0), &[person(), dog()]));
    let cat = Actor { class: 15, ..dog() };
    assert!(opens(animals(0.0, 1.0), &[person(), cat]), "another class");
    let judged = play(&presence(animals(0.39, 1.0)), &[person(), dog()], 5000);
    assert_eq!(rejected(&judged), ["veto_overlap"]);
    let clause = judged.rejections[0].decision.iter().find(|clause| clause.name == "veto_overlap");
    assert!(clause.is_some_and(|clause| clause.relation == Relation::AtMost && (clause.measured - 0.4).abs() < 1e-3));
    let hidden = actor(DOG, |at| if at == 0 { Step::At(0.5, 0.5) } else { Step::Hidden });
    assert!(opens(animals(0.0, 1.0), &[person(), hidden]), "both boxes of the same frame");
}

#[test]
fn an_object_that_looks_like_an_animal_too_often_is_vetoed() {
    // Every fifth look is a dog; the first frame is one.
    let mut doubtful = person();
    doubtful.looks_like = Some(|at| if at % 500 == 0 { DOG } else { PERSON });
    let doubtful = [doubtful];
    assert!(opens(animals(1.0, 0.2), &doubtful), "a fifth after five frames");
    let mut more = person();
    more.looks_like = Some(|at| if at % 400 == 0 { DOG } else { PERSON });
    assert!(!opens(animals(1.0, 0.2), &[more]), "a quarter");
}

#[test]
fn an_object_whose_class_wavers_is_none_of_the_rules() {
    let stable = |least| Conditions { min_class_share: Some(least), ..Conditions::default() };
    // Every fourth look is a dog; the first frame is one.
    let mut wavering = person();
    wavering.looks_like = Some(|at| if at % 400 == 0 { DOG } else { PERSON });
    let wavering = [wavering];
    assert!(opens(stable(0.75), &wavering));
    assert!(!opens(stable(0.76), &wavering));
    let refused = Scene::new(vec![presence(stable(1.1))]).expect_err("no share");
    assert_eq!(refused.to_string(), "rule `rule`: `min_class_share` is 1.1, expected 0 to 1");
}

#[test]
fn a_schedule_is_kept_by_the_local_minute() {
    let schedule =
        Some(Schedule { periods: vec![Period { days: vec![Weekday::Friday], from: 22 * 60, to: 6 * 60 }] });
    let rule = presence(Conditions { schedule, ..Conditions::default() });
    let at = |local| play_in(&rule, &[person()], 1000, &|_, frame| FrameInfo { local, ..frame });
    let friday = |minute| Some(LocalMinute { day: Weekday::Friday, minute });
    assert_eq!(opened(&at(friday(22 * 60))).at, ms(0));
    assert_eq!(rejected(&at(friday(22 * 60 - 1))), ["schedule"]);
    assert_eq!(opened(&at(Some(LocalMinute { day: Weekday::Saturday, minute: 359 }))).at, ms(0));
    assert_eq!(rejected(&at(None)), ["local_time_known"]);
    // One who is there when it comes into force.
    let begins = play_in(&rule, &[person()], 1000, &|at, frame| FrameInfo {
        local: friday(if at < 500 { 22 * 60 - 1 } else { 22 * 60 }),
        ..frame
    });
    assert_eq!(times(&begins)[0].0, 500);
}

#[test]
fn a_crossing_counts_by_when_it_happened_and_not_by_when_it_was_sure() {
    let line = Line { id: "fence".into(), from: point(0.0, 0.5), to: point(1.0, 0.5) };
    let test = RuleTest::Line { line, directions: LineDirections::Both, hysteresis: DEFAULT_HYSTERESIS };
    let schedule = Some(Schedule { periods: vec![Period { days: Vec::new(), from: 60, to: 120 }] });
    let conditions = Conditions { schedule, ..Conditions::default() };
    let rule = Rule { conditions, min_travel: 0.3, ..foot_rule(test) };
    // Over the line at 1 s, far enough at 3 s.
    let walks = || [goes(PERSON, (0.5, 0.395), (0.5, 0.795), 0..4000)];
    let with = |from: u64, to: u64| {
        play_in(&rule, &walks(), 5000, &|at, frame| FrameInfo {
            local: Some(LocalMinute {
                day: Weekday::Monday,
                minute: if (from..to).contains(&at) { 60 } else { 0 },
            }),
            ..frame
        })
    };
    assert_eq!((times(&with(0, 2000))[0].0, opened(&with(0, 2000)).occurred_at), (3000, ms(1100)));
    assert_eq!(rejected(&with(2000, 6000)), ["schedule"]);
}

#[test]
fn what_happens_in_an_unsettled_picture_waits() {
    let rule = presence(Conditions { settled: true, ..Conditions::default() });
    let settles_at = |settled: u64, actors: &[Actor]| {
        play_in(&rule, actors, 5000, &|at, frame| FrameInfo { is_settled: settled <= at, ..frame })
    };
    assert_eq!(times(&settles_at(3000, &[person()]))[0].0, 3000);
    let ghost = [stands(PERSON, 0.5, 0.5, 500..=2900)];
    assert_eq!(rejected(&settles_at(3000, &ghost)), ["settled"]);
}

#[test]
fn each_light_has_its_own_numbers() {
    let walks = || [goes(PERSON, (0.5, 0.4), (0.5, 0.5), 0..1000)];
    let in_light =
        |rule: &Rule, light| play_in(rule, &walks(), 2000, &|_, frame| FrameInfo { light, ..frame });
    let with = |night: Profile| {
        let profiles = Profiles { night, ..Profiles::default() };
        Rule { profiles, ..presence(Conditions::default()) }
    };
    for (night, lost) in [
        (Profile { enabled: false, ..Profile::default() }, "enabled"),
        (Profile { min_score: Some(0.81), ..Profile::default() }, "mean_score"),
        (Profile { min_travel: Some(0.11), ..Profile::default() }, "travel"),
        (Profile { confirm: Some(NOfM { n: 30, m: 40 }), ..Profile::default() }, "sightings_inside"),
    ] {
        let rule = with(night);
        for light in [None, Some(Light::Day), Some(Light::Infrared)] {
            assert_eq!(times(&in_light(&rule, light))[0].0, 0, "{lost} {light:?}");
        }
        assert_eq!(rejected(&in_light(&rule, Some(Light::Night))), [lost]);
    }
    let easier = with(Profile { min_score: Some(0.8), min_travel: Some(0.09), ..Profile::default() });
    assert_eq!(opened(&in_light(&easier, Some(Light::Night))).subject, Subject::Track(1));
}

#[test]
fn a_rule_that_is_off_by_night_says_nothing_until_it_is_day() {
    let profiles =
        Profiles { night: Profile { enabled: false, ..Profile::default() }, ..Profiles::default() };
    let rule = Rule { profiles, ..presence(Conditions::default()) };
    let judged = play_in(&rule, &[person()], 3000, &|at, frame| FrameInfo {
        light: Some(if at < 2000 { Light::Night } else { Light::Day }),
        ..frame
    });
    assert_eq!(times(&judged)[0].0, 2000);
}

#[test]
fn numbers_of_a_light_are_checked_like_the_rules_own() {
    let wrong = Profile { min_score: Some(2.0), ..Profile::default() };
    let profiles = Profiles { infrared: wrong, ..Profiles::default() };
    let rule = Rule { profiles, ..presence(Conditions::default()) };
    let error = Scene::new(vec![rule]).expect_err("refused").to_string();
    assert_eq!(error, "rule `rule`: `min_score` is 2, expected 0 to 1");
}
