use proptest::prelude::*;

use super::*;

fn clause(name: &str, measured: f32, bound: f32) -> ClauseValue {
    let held = bound <= measured;
    ClauseValue { name: name.to_owned(), measured, relation: Relation::AtLeast, bound, held }
}

fn truth(kind: &str, rule: Option<&str>, at_s: f64) -> TrueEvent {
    TrueEvent {
        kind: kind.to_owned(),
        rule: rule.map(str::to_owned),
        direction: None,
        start_s: at_s,
        end_s: at_s,
        tolerance_s: 0.5,
    }
}

fn trail(kind: &str, (first_s, best_s, last_s): (f64, f64, f64), clauses: Vec<ClauseValue>) -> Trail {
    let told = clauses.iter().all(|clause| clause.held);
    Trail { rule: "gate".to_owned(), kind: kind.to_owned(), first_s, best_s, last_s, clauses, told }
}

/// A camera that looked ten times a second for a minute, with one rule about people.
fn watching(trails: Vec<Trail>) -> Watching {
    let near = NearRule { rule: "gate".to_owned(), kinds: vec!["person".to_owned()], ..NearRule::default() };
    Watching { trails, near: vec![near], looked_s: (0..600).map(|frame| f64::from(frame) / 10.0).collect() }
}

fn why(truth: &TrueEvent, watching: &Watching) -> MissReason {
    reason(truth, &[], watching)
}

#[test]
fn the_clause_that_lost_it_is_named_the_worst_first() {
    let lost = vec![clause("sightings", 2.0, 3.0), clause("travel", 0.01, 0.1), clause("class", 1.0, 1.0)];
    let watching = watching(vec![trail("person", (8.0, 10.2, 12.0), lost)]);
    let MissReason::Clause { rule, best_s, lost } = why(&truth("person", Some("gate"), 10.0), &watching)
    else {
        panic!("a clause lost it")
    };
    assert_eq!((rule.as_str(), best_s), ("gate", 10.2));
    assert_eq!(lost.iter().map(|clause| clause.name.as_str()).collect::<Vec<_>>(), ["travel", "sightings"]);
}

#[test]
fn of_several_objects_the_one_that_came_nearest_counts() {
    let bystander = trail(
        "person",
        (0.0, 10.0, 60.0),
        vec![clause("beyond_line", -0.5, 0.01), clause("sightings", 0.0, 3.0)],
    );
    let far = trail("person", (9.0, 10.0, 11.0), vec![clause("beyond_line", -0.5, 0.01)]);
    let near = trail("person", (9.0, 10.0, 11.0), vec![clause("travel", 0.09, 0.1)]);
    let elsewhen = trail("person", (20.0, 21.0, 22.0), vec![clause("travel", 0.099, 0.1)]);
    let watching = watching(vec![bystander, far, near, elsewhen]);
    let MissReason::Clause { lost, .. } = why(&truth("person", None, 10.0), &watching) else {
        panic!("a clause lost it")
    };
    assert_eq!(lost, [clause("travel", 0.09, 0.1)]);
}

#[test]
fn what_was_told_otherwise_is_no_mystery() {
    let told = trail("person", (0.0, 5.0, 12.0), vec![clause("travel", 0.2, 0.1)]);
    let reason = why(&truth("person", None, 10.0), &watching(vec![told.clone()]));
    assert_eq!(reason, MissReason::ToldOtherwise { rule: "gate".to_owned(), told_s: 5.0 });
    // One that lost a clause at that very time is more particular.
    let lost = trail("person", (9.0, 10.0, 11.0), vec![clause("travel", 0.0, 0.1)]);
    assert!(matches!(
        why(&truth("person", None, 10.0), &watching(vec![told, lost])),
        MissReason::Clause { .. }
    ));
    // Told of the time, as another kind.
    let other = FoundEvent {
        kind: "dog".to_owned(),
        rule: Some("gate".to_owned()),
        direction: None,
        at_s: 10.5,
        confirmed_s: 11.0,
    };
    let reason = reason_of(&[other]);
    assert_eq!(reason, MissReason::ToldOtherwise { rule: "gate".to_owned(), told_s: 10.5 });
}

fn reason_of(found: &[FoundEvent]) -> MissReason {
    reason(&truth("person", None, 10.0), found, &watching(Vec::new()))
}

#[test]
fn without_a_track_the_first_stage_that_failed_is_named() {
    let person = truth("person", None, 10.0);
    let mut watching = watching(Vec::new());
    assert_eq!(why(&person, &watching), MissReason::NoDetection { frames: 31 });
    watching.near[0].detected_s = vec![1.0, 9.9, 10.0];
    assert_eq!(why(&person, &watching), MissReason::NoTrack { frames: 2 });
    watching.near[0].tracked_s = vec![10.0, 40.0];
    assert_eq!(why(&person, &watching), MissReason::UnsureTrack { frames: 1 });
    assert_eq!(why(&truth("person", None, 100.0), &watching), MissReason::NotLooked);
    assert_eq!(why(&truth("car", None, 10.0), &watching), MissReason::NoRule);
    assert_eq!(why(&truth("person", Some("other"), 10.0), &watching), MissReason::NoRule);
}

#[test]
fn one_taken_for_another_class_lost_the_clause_that_asks_for_it() {
    let as_dog = trail("dog", (9.0, 10.0, 11.0), vec![clause("class", 0.0, 1.0)]);
    assert!(matches!(why(&truth("person", None, 10.0), &watching(vec![as_dog])), MissReason::Clause { .. }));
    let dog = trail("dog", (9.0, 10.0, 11.0), vec![clause("travel", 0.0, 1.0)]);
    assert_eq!(
        why(&truth("person", None, 10.0), &watching(vec![dog])),
        MissReason::NoDetection { frames: 31 }
    );
}

#[test]
fn a_reason_reads_back_as_it_was_written() {
    let missed = Missed { truth: 3, why: MissReason::NoTrack { frames: 2 } };
    let text = serde_json::to_string(&missed).unwrap();
    assert_eq!(text, r#"{"truth":3,"reason":"no_track","frames":2}"#);
    assert_eq!(serde_json::from_str::<Missed>(&text).unwrap(), missed);
}

proptest! {
    #[test]
    fn every_missed_event_has_a_reason_whatever_the_order_of_the_trails(
        moments in prop::collection::vec(0.0_f64..70.0, 1..6),
        spans in prop::collection::vec((0.0_f64..60.0, 0.0_f64..5.0, 0.0_f64..5.0, 0.0_f32..0.2), 0..6),
    ) {
        let truths: Vec<TrueEvent> = moments.iter().map(|at_s| truth("person", None, *at_s)).collect();
        let missed: Vec<usize> = (0..truths.len()).collect();
        let mut trails: Vec<Trail> = spans
            .iter()
            .map(|&(first, to_best, to_last, travel)| {
                let span = (first, first + to_best, first + to_best + to_last);
                trail("person", span, vec![clause("travel", travel, 0.1)])
            })
            .collect();
        let forwards = explain(&truths, &missed, &[], &watching(trails.clone()));
        prop_assert_eq!(forwards.iter().map(|missed| missed.truth).collect::<Vec<_>>(), missed.clone());
        for missed in &forwards {
            if let MissReason::Clause { lost, .. } = &missed.why {
                prop_assert!(!lost.is_empty() && lost.iter().all(|clause| !clause.held));
            }
        }
        trails.reverse();
        prop_assert_eq!(explain(&truths, &missed, &[], &watching(trails)), forwards);
    }
}
