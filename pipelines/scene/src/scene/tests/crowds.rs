use super::stage::*;
use super::*;
use crate::Crowd;

/// Three in the yard for two seconds.
fn gathering() -> Rule {
    let test = RuleTest::Crowd(Crowd { zone: yard(), min_objects: 3, min_time: ms(2000) });
    Rule { classes: vec![PERSON], confirm: NOfM { n: 3, m: 5 }, ..foot_rule(test) }
}

fn among(times: std::ops::RangeInclusive<u64>) -> Vec<Actor> {
    [0.3, 0.5, 0.7].map(|x| stands(PERSON, x, 0.5, times.clone())).into()
}

#[test]
fn enough_for_long_enough_are_one_crowd() {
    let judged = play(&gathering(), &among(1000..=5000), 8000);
    // The first frame without them is at 5.1 s; it takes three.
    assert_eq!(times(&judged), [(3000, None), (5300, Some("dispersed"))]);
    let passage = opened(&judged);
    assert_eq!((passage.subject, passage.direction), (Subject::Place, Direction::Within));
    assert_eq!((passage.place_id.as_str(), passage.objects, passage.class), ("yard", 3, PERSON));
    assert_eq!((passage.occurred_at, passage.dwell, passage.ordinal), (ms(1000), ms(2000), 1));
    // Around all of them at 1920 by 1080.
    let bbox = passage.bbox;
    assert!((bbox.x0() - 549.0).abs() < 1.0 && (bbox.x1() - 1371.0).abs() < 1.0, "{bbox:?}");
    assert!(judged.rejections.is_empty(), "{:#?}", judged.rejections);
}

#[test]
fn too_few_are_none_and_too_short_is_told_of_as_rejected() {
    let two = &among(1000..=5000)[..2];
    assert_eq!(play(&gathering(), two, 8000), crate::Judged::default());
    let judged = play(&gathering(), &among(1000..=2900), 8000);
    assert_eq!(rejected(&judged), ["together_s"]);
    assert_eq!(judged.rejections[0].subject, Subject::Place);
    let together = judged.rejections[0].decision.iter().find(|clause| clause.name == "together_s");
    assert_eq!(together.map(|clause| clause.measured), Some(1.9));
}

#[test]
fn each_episode_is_a_passage_of_its_own() {
    let mut actors = among(1000..=5000);
    actors.extend(among(10_000..=14_000));
    let judged = play(&gathering(), &actors, 20_000);
    let expected = [(3000, None), (5300, Some("dispersed")), (12_000, None), (14_300, Some("dispersed"))];
    assert_eq!(times(&judged), expected);
    assert_eq!(judged.passages.iter().map(|p| p.ordinal).collect::<Vec<_>>(), [1, 1, 2, 2]);
}

#[test]
fn one_who_is_hidden_or_steps_out_for_a_moment_does_not_end_it() {
    let mut actors = among(1000..=9000);
    actors[0].way = Box::new(|at| match at {
        ..1000 => Step::Absent,
        2000..=4000 => Step::Hidden,
        6000..=6100 => Step::At(0.1, 0.5),
        _ => Step::At(0.3, 0.5),
    });
    let judged = play(&gathering(), &actors, 9000);
    assert_eq!(times(&judged), [(3000, None), (9100, Some("stream ended"))]);
}

#[test]
fn only_those_who_satisfy_the_rule_count() {
    let crowd_with = |change: &dyn Fn(&mut Rule, &mut Actor)| {
        let (mut rule, mut actors) = (gathering(), among(1000..=5000));
        change(&mut rule, &mut actors[2]);
        !play(&rule, &actors, 8000).passages.is_empty()
    };
    assert!(crowd_with(&|_, _| ()));
    assert!(!crowd_with(&|_, one| one.class = DOG));
    assert!(!crowd_with(&|_, one| one.way = Box::new(|_| Step::At(0.8, 0.5))));
    assert!(crowd_with(&|rule, _| rule.min_score = 0.8));
    assert!(!crowd_with(&|rule, one| (rule.min_score, one.score) = (0.8, 0.7)));
    assert!(!crowd_with(&|rule, _| rule.min_travel = 0.1), "none of them moves");
}

#[test]
fn most_at_once_is_what_is_told_in_the_end() {
    let mut actors = among(1000..=9000);
    actors.push(stands(PERSON, 0.6, 0.5, 4000..=4500));
    actors.extend(among(12_000..=15_000));
    let judged = play(&gathering(), &actors, 18_000);
    let objects: Vec<_> = judged.passages.iter().map(|passage| passage.objects).collect();
    assert_eq!(objects, [3, 4, 4, 3, 3], "{:?}", times(&judged));
}
