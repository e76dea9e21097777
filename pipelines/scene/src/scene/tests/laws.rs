use super::stage::{ground, heights_of, yard, zone};
use super::*;
use crate::{
    Crowd, Distance, Judged, Landing, Light, LocalMinute, Loiter, Merge, MinHeight, ObjectLeft, Period,
    Profile, Relation, Schedule, Stationary, Veto, Weekday, WrongWay,
};

/// What one track does in one frame.
#[derive(Clone, Copy, Debug)]
enum Step {
    Absent,
    Unseen,
    Seen(f32, f32),
}

/// What is told of a frame besides its tracks.
#[derive(Clone, Copy, Debug)]
struct Told {
    at: u64,
    light: Option<Light>,
    is_settled: bool,
    minute: u16,
}

/// Frames, and a step of each of three tracks.
type Script = Vec<(Told, [Step; 3])>;

fn any_script() -> impl Strategy<Value = Script> {
    // Few places, so that objects stay, come back and meet.
    let place = prop_oneof![
        4 => (0.0f32..200.0, 0.0f32..100.0),
        6 => (80.0f32..120.0, 40.0f32..60.0),
    ];
    let step = || {
        prop_oneof![
            1 => Just(Step::Absent),
            2 => Just(Step::Unseen),
            12 => place.clone().prop_map(|(x, y)| Step::Seen(x, y)),
        ]
    };
    // Times are free: equal, backwards and far ahead; in half of the scripts they go on.
    let at = prop_oneof![10 => 0u64..20_000, 1 => Just(u64::MAX / 2)];
    let light =
        proptest::option::of(prop_oneof![Just(Light::Day), Just(Light::Night), Just(Light::Infrared),]);
    let told = (at, light, proptest::bool::weighted(0.9), 0u16..1440)
        .prop_map(|(at, light, is_settled, minute)| Told { at, light, is_settled, minute });
    let frames = proptest::collection::vec((told, [step(), step(), step()]), 0..60);
    (frames, any::<bool>()).prop_map(|(mut frames, go_on)| {
        if go_on {
            for (index, (told, _)) in frames.iter_mut().enumerate() {
                told.at = 100 * index as u64;
            }
        }
        frames
    })
}

/// A rule of every kind.
fn any_rules() -> impl Strategy<Value = Vec<Rule>> {
    let numbers = (1u32..4, 0u32..3, 0.0f32..0.3, any::<bool>(), any::<bool>());
    numbers.prop_map(|(n, more, min_travel, in_metres, with_conditions)| {
        let distance = |heights: f32| match in_metres {
            true => Distance::Metres(9.0 * heights),
            false => heights_of(heights),
        };
        let named = |id: &str, test: RuleTest| Rule {
            id: id.into(),
            confirm: NOfM { n, m: n + more },
            min_travel,
            conditions: if with_conditions { conditions() } else { Conditions::default() },
            profiles: Profiles {
                night: Profile { confirm: Some(NOfM { n: 1, m: 2 }), ..Profile::default() },
                infrared: Profile { enabled: false, ..Profile::default() },
                ..Profiles::default()
            },
            ..rule(test)
        };
        let (from, to) = (point(0.5, 0.8), point(0.5, 0.2));
        let land = zone("bank", (0.0, 0.5), (1.0, 1.0));
        vec![
            named("line", line_rule(LineDirections::Both).test),
            named("zone", zone_rule(ZoneEdge::Both).test),
            named("enter", zone_rule(ZoneEdge::Enter).test),
            named("exit", zone_rule(ZoneEdge::Exit).test),
            named("loiter", RuleTest::Loiter(Loiter { zone: yard(), min_time: ms(500), window: ms(2000) })),
            named(
                "wrong way",
                RuleTest::WrongWay(WrongWay {
                    zone: yard(),
                    from,
                    to,
                    min_distance: distance(0.05),
                    max_angle_deg: 60.0,
                }),
            ),
            named("crowd", RuleTest::Crowd(Crowd { zone: yard(), min_objects: 2, min_time: ms(300) })),
            named(
                "left",
                RuleTest::ObjectLeft(ObjectLeft {
                    zone: yard(),
                    min_still: ms(200),
                    still_within: distance(0.2),
                    people: vec![DOG],
                    near: distance(0.1),
                    min_alone: ms(100),
                }),
            ),
            named(
                "landing",
                RuleTest::Landing(Landing {
                    land,
                    water: Some(zone("river", (0.0, 0.0), (1.0, 0.4))),
                    boats: vec![DOG],
                    beside: distance(0.1),
                }),
            ),
        ]
    })
}

/// All of them, easy enough to be held often.
fn conditions() -> Conditions {
    Conditions {
        min_class_share: Some(0.5),
        min_height: Some(MinHeight::Metres(0.1)),
        min_speed: Some(0.0),
        max_speed: Some(1e6),
        veto: Some(Veto { classes: vec![DOG], max_overlap: 0.5, max_share: 0.5 }),
        schedule: Some(Schedule { periods: vec![Period { days: Vec::new(), from: 300, to: 100 }] }),
        settled: true,
    }
}

/// Runs the script; an object that was absent comes back under a fresh id. The tracker never confirms those whose id is
/// a multiple of three, and those whose id is a multiple of four are dogs.
fn run(rules: &[Rule], script: &Script, reverse: bool) -> Vec<Judged> {
    play(rules, script, Play { reverse, ..Play::default() })
}

/// How a script is run.
#[derive(Clone, Copy, Debug, Default)]
struct Play {
    reverse: bool,
    /// In milliseconds.
    merge_window: u64,
    /// Frame after which the scene is written down and read back.
    restart_after: Option<usize>,
}

fn fresh_scene(rules: &[Rule], merge_window: u64) -> Scene {
    let memory = Stationary { after: ms(1000), forget_after: ms(5000) };
    let scene = Scene::on_ground(rules.to_vec(), ground()).expect("valid");
    let scene = if 0 < merge_window { scene.with_memory(memory) } else { scene };
    scene.with_update_every(ms(500)).with_merge(Merge { window: ms(merge_window), class_groups: Vec::new() })
}

fn play(rules: &[Rule], script: &Script, play: Play) -> Vec<Judged> {
    let Play { reverse, merge_window, restart_after } = play;
    let mut scene = fresh_scene(rules, merge_window);
    let mut living: [Option<Track>; 3] = [None; 3];
    let mut last_id = 0;
    let mut answers = Vec::new();
    for (number, (told, steps)) in script.iter().enumerate() {
        if restart_after == Some(number) {
            let text = serde_json::to_string(&scene.snapshot()).expect("JSON");
            let state = serde_json::from_str(&text).expect("the same JSON");
            scene = fresh_scene(rules, merge_window);
            scene.restore(state).expect("the same rules");
        }
        let at = ms(told.at);
        let mut ended = Vec::new();
        for (track, step) in living.iter_mut().zip(steps) {
            *track = match (*track, step) {
                (track, Step::Absent) => {
                    ended.extend(track);
                    None
                }
                (track, Step::Unseen) => track.map(|track| Track { seen_now: false, ..track }),
                (Some(track), Step::Seen(x, y)) => Some(next_sight(&track, at, box_at(*x, *y))),
                (None, Step::Seen(x, y)) => {
                    last_id += 1;
                    let class = if last_id % 4 == 0 { DOG } else { PERSON };
                    let track = first_sight(last_id, at, class, box_at(*x, *y));
                    Some(Track { confirmed: last_id % 3 != 0, ..track })
                }
            };
        }
        let mut active: Vec<Track> = living.iter().flatten().copied().collect();
        if reverse {
            active.reverse();
            ended.reverse();
        }
        let local = Some(LocalMinute { day: Weekday::Monday, minute: told.minute });
        let frame =
            FrameInfo { local, light: told.light, is_settled: told.is_settled, ..FrameInfo::new(at, FRAME) };
        answers.push(scene.judge(frame, &active, &ended));
    }
    answers.push(scene.finish(ms(0)));
    answers
}

/// Never, and long enough for objects to come back.
fn any_window() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(500), Just(3000)]
}

fn holds(clause: &crate::Clause) -> bool {
    match clause.relation {
        Relation::AtLeast => clause.bound <= clause.measured,
        Relation::AtMost => clause.measured <= clause.bound,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_passage_opens_once_counts_its_revisions_and_closes_once(
        rules in any_rules(),
        script in any_script(),
        merge_window in any_window(),
    ) {
        let answers = play(&rules, &script, Play { merge_window, ..Play::default() });
        let mut revisions = BTreeMap::<_, Vec<Passage>>::new();
        for passage in answers.into_iter().flat_map(|judged| judged.passages) {
            let key = (passage.subject, passage.rule_id.clone(), passage.ordinal);
            revisions.entry(key).or_default().push(passage);
        }
        for passages in revisions.values() {
            let last = passages.len() - 1;
            prop_assert!(0 < last, "never closed");
            for (i, passage) in passages.iter().enumerate() {
                let state = match i {
                    0 => PassageState::Opened,
                    i if i == last => PassageState::Closed,
                    _ => PassageState::Updated,
                };
                prop_assert_eq!(passage.state, state);
                prop_assert_eq!(passage.revision as usize, i + 1);
                prop_assert_eq!(passage.close_reason.is_some(), i == last);
                prop_assert_eq!(passage.opened_at, passages[0].at);
                prop_assert_eq!(passage.direction, passages[0].direction);
            }
        }
    }

    #[test]
    fn one_subject_has_one_passage_open_under_a_rule(
        rules in any_rules(),
        script in any_script(),
        merge_window in any_window(),
    ) {
        let answers = play(&rules, &script, Play { merge_window, ..Play::default() });
        let mut open = BTreeMap::new();
        for passage in answers.into_iter().flat_map(|judged| judged.passages) {
            let key = (passage.subject, passage.rule_id.clone());
            match passage.state {
                PassageState::Opened => prop_assert_eq!(open.insert(key, passage.ordinal), None),
                PassageState::Updated => prop_assert_eq!(open.get(&key), Some(&passage.ordinal)),
                PassageState::Closed | PassageState::Retracted => {
                    prop_assert_eq!(open.remove(&key), Some(passage.ordinal));
                }
            }
        }
        prop_assert!(open.is_empty());
    }

    #[test]
    fn a_scene_that_was_written_down_goes_on_as_if_nothing_had_happened(
        rules in any_rules(),
        script in any_script(),
        merge_window in any_window(),
        after in 0usize..60,
    ) {
        let never = Play { merge_window, ..Play::default() };
        let once = Play { restart_after: Some(after), ..never };
        prop_assert_eq!(play(&rules, &script, once), play(&rules, &script, never));
    }

    #[test]
    fn joined_tracks_do_not_depend_on_their_order_in_a_frame(
        rules in any_rules(),
        script in any_script(),
        merge_window in any_window(),
    ) {
        let forth = Play { merge_window, ..Play::default() };
        let back = Play { reverse: true, ..forth };
        prop_assert_eq!(play(&rules, &script, back), play(&rules, &script, forth));
    }

    #[test]
    fn what_is_not_confirmed_is_no_passage(rules in any_rules(), script in any_script()) {
        for passage in run(&rules, &script, false).into_iter().flat_map(|judged| judged.passages) {
            let rule = rules.iter().find(|rule| rule.id == passage.rule_id).expect("a rule");
            prop_assert!(passage.decision.iter().all(|clause| clause.held && holds(clause)));
            if let Subject::Track(id) = passage.subject {
                let least = rule.confirm.n.min(rule.profiles.night.confirm.map_or(u32::MAX, |confirm| confirm.n));
                prop_assert!(least <= passage.observations);
                prop_assert!(id % 3 != 0, "the tracker has not confirmed it");
                prop_assert!(rule.min_travel <= passage.travel);
            } else {
                prop_assert!(2 <= passage.objects);
            }
        }
    }

    #[test]
    fn a_track_is_rejected_once_and_only_without_a_passage(rules in any_rules(), script in any_script()) {
        let answers = run(&rules, &script, false);
        let passages: Vec<_> = answers.iter().flat_map(|judged| &judged.passages).collect();
        let mut seen = std::collections::BTreeSet::new();
        for rejection in answers.iter().flat_map(|judged| &judged.rejections) {
            prop_assert!(rejection.decision.iter().any(|clause| !clause.held), "{:?}", rejection);
            prop_assert!(rejection.decision.iter().all(|clause| clause.measured.is_finite()), "{:?}", rejection);
            if rejection.subject == Subject::Place {
                continue;
            }
            let of = |passage: &&&Passage| {
                passage.subject == rejection.subject && passage.rule_id == rejection.rule_id
            };
            prop_assert!(passages.iter().find(of).is_none());
            prop_assert!(seen.insert((rejection.subject, rejection.rule_id.clone())));
        }
    }

    #[test]
    fn the_order_of_the_tracks_does_not_matter(rules in any_rules(), script in any_script()) {
        prop_assert_eq!(run(&rules, &script, false), run(&rules, &script, true));
    }
}

/// The scripts reach every kind of rule, so that the laws above say something about each.
#[test]
fn random_scripts_open_passages_under_every_rule() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut opened = BTreeMap::<String, u32>::new();
    let mut rejected = BTreeMap::<String, u32>::new();
    for _ in 0..256 {
        let rules = any_rules().new_tree(&mut runner).expect("drawn").current();
        let script = any_script().new_tree(&mut runner).expect("drawn").current();
        for judged in run(&rules, &script, false) {
            for passage in judged.passages.into_iter().filter(|p| p.state == PassageState::Opened) {
                *opened.entry(passage.rule_id).or_default() += 1;
            }
            for rejection in judged.rejections {
                *rejected.entry(rejection.rule_id).or_default() += 1;
            }
        }
    }
    assert_eq!((opened.len(), rejected.len()), (9, 9), "{opened:?} {rejected:?}");
    assert!(opened.values().chain(rejected.values()).all(|&count| 10 <= count), "{opened:?} {rejected:?}");
}
