use super::*;
use crate::{Judged, Rejection, Standing};

/// As [`walk`], with what was rejected.
fn walk_all(rule: &Rule, centres: &[Option<(f32, f32)>]) -> Judged {
    let mut scene = scene(rule.clone());
    let mut all = Judged::default();
    let mut track: Option<Track> = None;
    for (frame, centre) in centres.iter().enumerate() {
        let at = ms(100 * (frame as u64 + 1));
        track = match (track, centre) {
            (None, Some((x, y))) => Some(first_sight(1, at, PERSON, box_at(*x, *y))),
            (Some(track), Some((x, y))) => Some(next_sight(&track, at, box_at(*x, *y))),
            (track, None) => track.map(|track| Track { seen_now: false, ..track }),
        };
        let judged = scene.judge(FrameInfo::new(at, FRAME), track.as_slice(), &[]);
        assert!(judged.rejections.is_empty(), "it still lives");
        all.passages.extend(judged.passages);
    }
    let judged =
        scene.judge(FrameInfo::new(ms(100 * (centres.len() as u64 + 1)), FRAME), &[], track.as_slice());
    all.passages.extend(judged.passages);
    all.rejections.extend(judged.rejections);
    all
}

/// The one rejection, and the clauses that lost it with what they measured.
fn lost(judged: &Judged) -> (&Rejection, Vec<(&'static str, f32)>) {
    assert!(judged.passages.is_empty(), "{:#?}", judged.passages);
    let [rejection] = &judged.rejections[..] else { panic!("one rejection, got {judged:#?}") };
    let lost = rejection.decision.iter().filter(|clause| !clause.held);
    (rejection, lost.map(|clause| (clause.name, clause.measured)).collect())
}

fn is_near(found: &[(&'static str, f32)], expected: &[(&'static str, f32)]) -> bool {
    found.len() == expected.len()
        && found.iter().zip(expected).all(|(f, e)| f.0 == e.0 && (f.1 - e.1).abs() < 1e-4)
}

#[test]
fn a_passage_is_no_rejection() {
    let judged = walk_all(&line_rule(LineDirections::Both), &heights(&[40.0, 60.0]));
    assert_eq!((judged.passages.len(), judged.rejections.len()), (2, 0));
    // Also when a later crossing of the same track is lost.
    let mut rule = line_rule(LineDirections::Forward);
    rule.min_travel = 0.1;
    assert_eq!(walk_all(&rule, &heights(&[40.0, 60.0, 40.0])).rejections, []);
}

#[test]
fn one_that_never_came_to_the_line_is_told_how_near_it_was() {
    let judged = walk_all(&line_rule(LineDirections::Both), &heights(&[10.0, 30.0, 42.0, 20.0]));
    let (rejection, lost) = lost(&judged);
    assert!(is_near(&lost, &[("beyond_line", -0.08)]), "{lost:?}");
    assert_eq!((rejection.subject, rejection.rule_id.as_str()), (Subject::Track(1), "rule"));
    assert_eq!((rejection.rule_version, rejection.class), (7, PERSON));
    assert_eq!((rejection.at, rejection.bbox), (ms(300), box_at(100.0, 42.0)), "the moment it was nearest");
    assert_eq!((rejection.first_at, rejection.last_at), (ms(100), ms(400)), "as long as it was seen");
    assert_eq!(rejection.best_score, 0.8);
    let within_hysteresis = walk_all(&line_rule(LineDirections::Both), &heights(&[40.0, 50.5, 40.0]));
    assert!(is_near(&self::lost(&within_hysteresis).1, &[("beyond_line", 0.005)]));
}

#[test]
fn one_that_crossed_the_other_way_or_around_the_end_is_told_so() {
    let judged = walk_all(&line_rule(LineDirections::Backward), &heights(&[40.0, 60.0]));
    assert!(is_near(&lost(&judged).1, &[("direction", 0.0)]));
    let line = Line { id: "gate".into(), from: point(0.25, 0.5), to: point(0.75, 0.5) };
    let test = RuleTest::Line { line, directions: LineDirections::Both, hysteresis: DEFAULT_HYSTERESIS };
    let judged = walk_all(&rule(test), &[Some((20.0, 45.0)), Some((20.0, 70.0))]);
    assert!(is_near(&lost(&judged).1, &[("between_ends", 0.0)]));
}

#[test]
fn a_crossing_that_lost_a_clause_is_told_of_by_that_clause() {
    let lost_by = |change: &dyn Fn(&mut Rule)| {
        let mut rule = line_rule(LineDirections::Both);
        change(&mut rule);
        let judged = walk_all(&rule, &heights(&[20.0, 40.0, 60.0, 70.0]));
        let (_, lost) = lost(&judged);
        lost
    };
    assert!(is_near(&lost_by(&|rule| rule.min_score = 0.9), &[("mean_score", 0.8)]));
    // As far as it came, not as far as it was when it crossed.
    assert!(is_near(&lost_by(&|rule| rule.min_travel = 0.6), &[("travel", 0.5)]));
    assert!(is_near(&lost_by(&|rule| rule.confirm = NOfM { n: 6, m: 6 }), &[("sightings", 4.0)]));
    let two = lost_by(&|rule| (rule.min_score, rule.min_travel) = (0.9, 0.6));
    assert!(is_near(&two, &[("mean_score", 0.8), ("travel", 0.5)]));
}

#[test]
fn the_best_moment_is_one_at_which_it_happened() {
    let mut rule = zone_rule(ZoneEdge::Enter);
    rule.min_travel = 0.5;
    // Inside at 200 and 300 ms with little travel; later outside, with more.
    let way = [(20.0, 50.0), (60.0, 50.0), (62.0, 50.0), (20.0, 50.0), (20.0, 90.0)];
    let judged = walk_all(&rule, &way.map(Some));
    let (rejection, lost) = lost(&judged);
    assert_eq!(rejection.at, ms(300));
    assert!(is_near(&lost, &[("travel", 0.42)]), "{lost:?}");
}

#[test]
fn below_the_floor_nothing_is_told() {
    let ends = |change: &dyn Fn(&mut Rule, &mut Track), y: f32| {
        let mut rule = line_rule(LineDirections::Both);
        let mut track = first_sight(1, ms(0), PERSON, box_at(100.0, 40.0));
        change(&mut rule, &mut track);
        let mut scene = scene(rule);
        scene.judge(FrameInfo::new(ms(0), FRAME), &[track], &[]);
        let track = next_sight(&track, ms(100), box_at(100.0, y));
        scene.judge(FrameInfo::new(ms(100), FRAME), &[track], &[]);
        scene.finish(ms(200)).rejections.len()
    };
    assert_eq!(ends(&|_, _| (), 45.0), 1);
    assert_eq!(ends(&|_, track| track.confirmed = false, 45.0), 0, "noise that did nothing");
    assert_eq!(ends(&|rule, _| rule.classes = vec![DOG], 45.0), 0, "of no concern to the rule");
    assert_eq!(ends(&|_, track| track.confirmed = false, 60.0), 1, "it crossed");
    assert_eq!(ends(&|rule, _| rule.classes = vec![DOG], 60.0), 1, "it crossed");
}

#[test]
fn one_that_was_never_seen_clear_of_the_line_is_told_so() {
    let judged = walk_all(&line_rule(LineDirections::Both), &heights(&[50.2, 49.8, 50.4]));
    assert!(is_near(&lost(&judged).1, &[("side_known", 0.0)]));
}

#[test]
fn a_living_track_tells_how_far_it_has_come_until_it_is_over() {
    let mut scene = scene(line_rule(LineDirections::Both));
    let mut track = first_sight(1, ms(100), PERSON, box_at(100.0, 10.0));
    scene.judge(FrameInfo::new(ms(100), FRAME), &[Track { confirmed: false, ..track }], &[]);
    assert!(!scene.standing()[0].came_near, "it is not confirmed");
    for (at, y) in [(200, 20.0), (300, 42.0), (400, 30.0)] {
        track = next_sight(&track, ms(at), box_at(100.0, y));
        scene.judge(FrameInfo::new(ms(at), FRAME), &[track], &[]);
    }
    let standing = scene.standing();
    let [Standing { track_id: 1, opened: 0, at, decision, first_at, last_at, .. }] = &standing[..] else {
        panic!("one track under one rule: {standing:#?}")
    };
    assert_eq!((*at, *first_at, *last_at), (ms(300), ms(100), ms(400)));
    let lost: Vec<_> = decision.iter().filter(|clause| !clause.held).map(|c| (c.name, c.measured)).collect();
    assert!(is_near(&lost, &[("beyond_line", -0.08)]), "{lost:?}");

    track = next_sight(&track, ms(500), box_at(100.0, 60.0));
    scene.judge(FrameInfo::new(ms(500), FRAME), &[track], &[]);
    assert_eq!(scene.standing()[0].opened, 1);
    scene.judge(FrameInfo::new(ms(600), FRAME), &[], &[track]);
    assert_eq!(scene.standing(), []);
}
