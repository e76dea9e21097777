use proptest::prelude::*;

use super::matching::offset_s;
use super::*;

fn truth(kind: &str, direction: Option<&str>, start_s: f64, end_s: f64, tolerance_s: f64) -> TrueEvent {
    let direction = direction.map(str::to_owned);
    TrueEvent { kind: kind.to_owned(), rule: None, direction, start_s, end_s, tolerance_s }
}

fn found(kind: &str, direction: Option<&str>, at_s: f64, confirmed_s: f64) -> FoundEvent {
    let direction = direction.map(str::to_owned);
    FoundEvent { kind: kind.to_owned(), rule: Some("gate".to_owned()), direction, at_s, confirmed_s }
}

fn pairs(clip: &ClipEvents) -> Vec<(usize, usize)> {
    clip.matched.iter().map(|pair| (pair.truth, pair.found)).collect()
}

#[test]
fn the_tolerance_is_the_truths_own_and_one_second() {
    // In binary, 4.4 - 1.4 is above 3.
    for (at_s, right) in [(4.4, true), (-1.6, true), (4.4001, false), (-1.6001, false)] {
        let clip = match_clip(
            60.0,
            vec![truth("person", None, 1.4, 2.0, 2.0)],
            vec![found("person", None, at_s, at_s)],
        );
        assert_eq!(!clip.matched.is_empty(), right, "{at_s}");
        assert_eq!((clip.missed.is_empty(), clip.false_alarms.is_empty()), (right, right), "{at_s}");
    }
}

#[test]
fn an_exit_happens_at_the_end_and_all_else_at_the_start() {
    let truths = vec![
        truth("person", Some("exit"), 10.0, 20.0, 0.5),
        truth("person", Some("enter"), 10.0, 20.0, 0.5),
        truth("person", None, 30.0, 40.0, 0.5),
    ];
    let found = vec![
        found("person", Some("exit"), 20.5, 21.0),
        found("person", Some("enter"), 10.25, 11.5),
        found("person", Some("exit"), 40.0, 40.0),
    ];
    let clip = match_clip(60.0, truths, found);
    let outcome: Vec<_> =
        clip.matched.iter().map(|pair| (pair.truth, pair.found, pair.offset_s, pair.delay_s)).collect();
    assert_eq!(outcome, [(0, 0, 0.5, 1.0), (1, 1, 0.25, 1.5)]);
    assert_eq!((clip.missed, clip.false_alarms), (vec![2], vec![2]));
}

#[test]
fn kind_direction_and_rule_have_to_fit_where_the_truth_states_them() {
    let told = found("person", Some("forward"), 10.0, 10.0);
    let fits = |truth: TrueEvent| offset_s(&truth, &told).is_some();
    let any = truth("person", None, 10.0, 10.0, 0.0);
    assert!(fits(any.clone()));
    assert!(fits(truth("person", Some("forward"), 10.0, 10.0, 0.0)));
    assert!(fits(TrueEvent { rule: Some("gate".to_owned()), ..any.clone() }));
    assert!(!fits(truth("vehicle", None, 10.0, 10.0, 0.0)));
    assert!(!fits(truth("person", Some("backward"), 10.0, 10.0, 0.0)));
    assert!(!fits(TrueEvent { rule: Some("fence".to_owned()), ..any.clone() }));
    let unsure = FoundEvent { rule: None, direction: None, ..told };
    assert!(offset_s(&any, &unsure).is_some());
    // Another system knows nothing of our rules.
    assert!(offset_s(&TrueEvent { rule: Some("gate".to_owned()), ..any.clone() }, &unsure).is_some());
    assert!(offset_s(&TrueEvent { direction: Some("exit".to_owned()), ..any }, &unsure).is_none());
}

#[test]
fn one_match_more_is_worth_any_offset() {
    // The nearest pair, second truth and first event, would leave both others alone.
    let truths = vec![truth("person", None, 10.0, 10.0, 1.0), truth("person", None, 12.0, 12.0, 1.0)];
    let told = vec![found("person", None, 12.0, 12.0), found("person", None, 14.0, 14.0)];
    assert_eq!(pairs(&match_clip(60.0, truths, told)), [(0, 0), (1, 1)]);
}

#[test]
fn a_second_report_of_the_same_event_is_a_false_alarm() {
    let told = vec![found("person", None, 10.5, 11.0), found("person", None, 10.25, 12.0)];
    let clip = match_clip(60.0, vec![truth("person", None, 10.0, 10.0, 1.0)], told);
    assert_eq!((pairs(&clip), &clip.false_alarms), (vec![(0, 1)], &vec![0]));
}

#[test]
fn clips_sum_up() {
    let truths = |starts: &[f64]| starts.iter().map(|&at| truth("person", None, at, at, 1.0)).collect();
    let told =
        |events: &[(f64, f64)]| events.iter().map(|&(at, then)| found("person", None, at, then)).collect();
    let first =
        match_clip(1800.0, truths(&[10.0, 20.0, 30.0]), told(&[(10.0, 11.0), (20.0, 22.0), (500.0, 501.0)]));
    let second = match_clip(900.0, truths(&[10.0]), told(&[(10.5, 14.0)]));
    let scores = score(&[&first, &second]);
    assert_eq!((scores.truths, scores.found, scores.right, scores.false_alarms), (4, 4, 3, 1));
    assert_eq!((scores.precision, scores.recall, scores.f1), (Some(0.75), Some(0.75), Some(0.75)));
    assert_eq!((scores.camera_hours, scores.false_alarms_per_hour), (0.75, Some(1.0 / 0.75)));
    // numpy.percentile([1, 2, 4], [50, 95]).
    assert_eq!(scores.time_to_event_s.p50, Some(2.0));
    assert!(scores.time_to_event_s.p95.is_some_and(|p95| (p95 - 3.8).abs() < 1e-12));
    let names: Vec<_> = scores.intervals.keys().map(String::as_str).collect();
    let wanted =
        ["f1", "false_alarms_per_hour", "precision", "recall", "time_to_event_s.p50", "time_to_event_s.p95"];
    assert_eq!(names, wanted);
    for (name, value) in [("f1", 0.75), ("precision", 0.75), ("false_alarms_per_hour", 1.0 / 0.75)] {
        let interval = scores.intervals[name];
        assert!(interval.low < value && value < interval.high, "{name}: {interval:?}");
    }
    let p95 = scores.intervals["time_to_event_s.p95"];
    assert!(1.0 <= p95.low && p95.low < 3.8 && 3.8 <= p95.high && p95.high <= 4.0, "{p95:?}");
    assert_eq!(score(&[&second, &first]), scores);
}

#[test]
fn a_flawless_score_of_few_events_is_not_a_sure_one() {
    let moments = [10.0, 20.0, 30.0];
    let truths = moments.map(|at| truth("person", None, at, at, 1.0)).to_vec();
    let clip = match_clip(60.0, truths, moments.map(|at| found("person", None, at, at + 0.5)).to_vec());
    let scores = score(&[&clip]);
    assert_eq!(scores.f1, Some(1.0));
    // Wilson's lower bound of 3 in 3 is 0.4385, and F1 there is twice that by one more.
    let f1 = scores.intervals["f1"];
    assert!((f1.low - 2.0 * 0.4385 / 1.4385).abs() < 1e-3 && f1.high == 1.0, "{f1:?}");
}

#[test]
fn what_divides_by_nothing_is_no_score() {
    let quiet = score(&[&match_clip(3600.0, Vec::new(), Vec::new())]);
    assert_eq!((quiet.precision, quiet.recall, quiet.f1), (None, None, None));
    assert_eq!((quiet.false_alarms_per_hour, quiet.time_to_event_s), (Some(0.0), TimeToEvent::default()));
    // Even no false alarm in an hour leaves a rate of 3.7 possible.
    assert_eq!(quiet.intervals.keys().collect::<Vec<_>>(), ["false_alarms_per_hour"]);
    assert!((quiet.intervals["false_alarms_per_hour"].high - 3.689).abs() < 1e-3);
    let deaf = score(&[&match_clip(60.0, vec![truth("person", None, 1.0, 1.0, 1.0)], Vec::new())]);
    assert_eq!((deaf.precision, deaf.recall, deaf.f1), (None, Some(0.0), Some(0.0)));
    let excited = score(&[&match_clip(60.0, Vec::new(), vec![found("person", None, 1.0, 1.0)])]);
    assert_eq!((excited.precision, excited.recall, excited.f1), (Some(0.0), None, Some(0.0)));
    assert_eq!(score(&[]), EventScores::default());
    assert!(
        serde_json::to_string(&quiet).unwrap().starts_with(r#"{"precision":null,"recall":null,"f1":null,"#)
    );
}

/// Most matches and, among these, the least sum of offsets, by trying every pairing.
fn best_by_trying(truths: &[TrueEvent], found: &[FoundEvent], taken: u32) -> (usize, f64) {
    let Some((truth, others)) = truths.split_first() else {
        return (0, 0.0);
    };
    let mut best = best_by_trying(others, found, taken);
    for (index, event) in found.iter().enumerate().filter(|(index, _)| taken & (1 << index) == 0) {
        if let Some(offset) = offset_s(truth, event) {
            let (matches, total) = best_by_trying(others, found, taken | (1 << index));
            let here = (matches + 1, total + offset.abs());
            if best.0 < here.0 || (best.0 == here.0 && here.1 < best.1) {
                best = here;
            }
        }
    }
    best
}

/// A few seconds with more events than fit side by side, at times that tie often.
fn crowded_clip() -> impl Strategy<Value = (Vec<TrueEvent>, Vec<FoundEvent>)> {
    let time = prop_oneof![(0_u8..24).prop_map(|half| f64::from(half) / 2.0), 0.0..12.0];
    let kind = prop_oneof![4 => Just("person"), 1 => Just("vehicle")];
    let direction = prop_oneof![Just(None), Just(Some("enter")), Just(Some("exit"))];
    let truth = (
        kind.clone(),
        direction.clone(),
        time.clone(),
        0.0..3.0,
        prop_oneof![Just(0.0), Just(0.5), 0.0..4.0],
    )
        .prop_map(|(kind, direction, at, length, tolerance)| {
            truth(kind, direction, at, at + length, tolerance)
        });
    let told = (kind, direction, time).prop_map(|(kind, direction, at)| found(kind, direction, at, at + 1.0));
    (proptest::collection::vec(truth, 0..6), proptest::collection::vec(told, 0..6))
}

proptest! {
    #[test]
    fn the_pairing_is_the_best_of_all((truths, told) in crowded_clip()) {
        let (matches, total) = best_by_trying(&truths, &told, 0);
        let clip = match_clip(60.0, truths.clone(), told.clone());
        prop_assert_eq!(clip.matched.len(), matches);
        prop_assert!((clip.matched.iter().map(|pair| pair.offset_s.abs()).sum::<f64>() - total).abs() < 1e-9);
        for pair in &clip.matched {
            prop_assert_eq!(offset_s(&truths[pair.truth], &told[pair.found]), Some(pair.offset_s));
        }
        // Every event is in one place.
        let mut places: Vec<_> = pairs(&clip).iter().map(|pair| pair.0).chain(clip.missed.iter().copied()).collect();
        places.sort_unstable();
        prop_assert_eq!(places, (0..truths.len()).collect::<Vec<_>>());
        let mut places: Vec<_> = pairs(&clip).iter().map(|pair| pair.1).chain(clip.false_alarms.iter().copied()).collect();
        places.sort_unstable();
        prop_assert_eq!(places, (0..told.len()).collect::<Vec<_>>());
    }
}

#[test]
fn a_clip_is_stored_without_what_is_not_stated() {
    let clip = match_clip(60.0, vec![truth("person", None, 10.0, 10.0, 1.0)], Vec::new());
    let text = serde_json::to_string(&clip).unwrap();
    assert!(text.contains(r#"[{"kind":"person","start_s":10.0,"end_s":10.0,"tolerance_s":1.0}]"#), "{text}");
    assert_eq!(serde_json::from_str::<ClipEvents>(&text).unwrap(), clip);
}
