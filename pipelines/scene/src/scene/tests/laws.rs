use super::*;

/// What one track does in one frame.
#[derive(Clone, Copy, Debug)]
enum Step {
    Absent,
    Unseen,
    Seen(f32, f32),
}

/// Frames of a time in milliseconds and a step of each of three tracks.
type Script = Vec<(u64, [Step; 3])>;

fn any_script() -> impl Strategy<Value = Script> {
    let step = || {
        prop_oneof![
            1 => Just(Step::Absent),
            2 => Just(Step::Unseen),
            8 => (0.0f32..200.0, 0.0f32..100.0).prop_map(|(x, y)| Step::Seen(x, y)),
        ]
    };
    // Times are free: equal, backwards and far ahead.
    let at = prop_oneof![0u64..20_000, Just(u64::MAX / 2)];
    proptest::collection::vec((at, [step(), step(), step()]), 0..60)
}

fn any_rules() -> impl Strategy<Value = Vec<Rule>> {
    (1u32..4, 0u32..3, 0.0f32..0.3).prop_map(|(n, more, min_travel)| {
        let named = |id: &str, rule: Rule| Rule {
            id: id.into(),
            confirm: NOfM { n, m: n + more },
            min_travel,
            ..rule
        };
        vec![
            named("line", line_rule(LineDirections::Both)),
            named("zone", zone_rule(ZoneEdge::Both)),
            named("enter", zone_rule(ZoneEdge::Enter)),
        ]
    })
}

/// Runs the script; an object that was absent comes back under a fresh id, and the tracker never confirms those whose
/// id is a multiple of three.
fn run(rules: &[Rule], script: &Script, reverse: bool) -> Vec<Vec<Passage>> {
    let mut scene = Scene::new(rules.to_vec()).expect("valid").with_update_every(ms(500));
    let mut living: [Option<Track>; 3] = [None; 3];
    let mut last_id = 0;
    let mut answers = Vec::new();
    for (at, steps) in script {
        let mut ended = Vec::new();
        for (track, step) in living.iter_mut().zip(steps) {
            *track = match (*track, step) {
                (track, Step::Absent) => {
                    ended.extend(track);
                    None
                }
                (track, Step::Unseen) => track.map(|track| Track { seen_now: false, ..track }),
                (Some(track), Step::Seen(x, y)) => Some(next_sight(&track, ms(*at), box_at(*x, *y))),
                (None, Step::Seen(x, y)) => {
                    last_id += 1;
                    let track = first_sight(last_id, ms(*at), PERSON, box_at(*x, *y));
                    Some(Track { confirmed: last_id % 3 != 0, ..track })
                }
            };
        }
        let mut active: Vec<Track> = living.iter().flatten().copied().collect();
        if reverse {
            active.reverse();
            ended.reverse();
        }
        answers.push(scene.judge(FrameInfo::new(ms(*at), FRAME), &active, &ended).passages);
    }
    answers.push(scene.finish(ms(0)).passages);
    answers
}

proptest! {
    #[test]
    fn every_passage_opens_once_counts_its_revisions_and_closes_once(
        rules in any_rules(),
        script in any_script(),
    ) {
        let mut revisions = BTreeMap::<_, Vec<Passage>>::new();
        for passage in run(&rules, &script, false).into_iter().flatten() {
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
    fn what_is_not_confirmed_is_no_passage(rules in any_rules(), script in any_script()) {
        for passage in run(&rules, &script, false).into_iter().flatten() {
            let rule = rules.iter().find(|rule| rule.id == passage.rule_id).expect("a rule");
            prop_assert!(rule.confirm.n <= passage.observations);
            prop_assert!(passage.subject.track_id().is_some_and(|id| id % 3 != 0), "the tracker has not confirmed it");
            prop_assert!(passage.decision.iter().all(|clause| clause.held && clause.bound <= clause.measured));
            prop_assert!(rule.min_travel <= passage.travel);
        }
    }

    #[test]
    fn the_order_of_the_tracks_does_not_matter(rules in any_rules(), script in any_script()) {
        prop_assert_eq!(run(&rules, &script, false), run(&rules, &script, true));
    }
}
