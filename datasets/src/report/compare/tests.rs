use std::time::Instant;

use proptest::prelude::*;

use super::testing::{document, matches, unit, whole};
use super::*;
use crate::report::{Speed, Unit};
use crate::score::detection::PictureMatches;
use crate::score::events::match_clip;

fn compared(a: &Document, b: &Document) -> Report {
    Comparison::new(a, b, false).unwrap().report().unwrap()
}

fn scores(report: &Report) -> impl Iterator<Item = (String, &ScoreChange)> {
    report.tasks.iter().flat_map(|(task, changes)| {
        changes.scores.iter().map(move |(name, change)| (format!("{task}.{name}"), change))
    })
}

#[test]
fn a_run_does_not_differ_from_itself() {
    let run = whole(0.6);
    let report = compared(&run, &run);
    assert_eq!(
        report.tasks.keys().copied().collect::<Vec<_>>(),
        ["detect", "events", "faces", "plates", "track"]
    );
    for (name, change) in scores(&report) {
        assert!(change.a.is_some(), "{name}");
        assert_eq!((change.difference, change.significant), (Some(0.0), false), "{name}");
        if name != "faces.eer" {
            assert_eq!(
                (change.interval, change.verdict),
                (Some(Interval { low: 0.0, high: 0.0 }), Verdict::Same)
            );
        }
    }
    assert!(report.left_out.is_empty());
    assert!(report.movers().is_empty());
}

#[test]
fn values_are_those_of_the_documents() {
    let (a, b) = (whole(0.5), whole(0.9));
    let report = compared(&a, &b);
    let written = |run: &Document| serde_json::to_value(run.scores(Selection::Headline)).unwrap();
    let (in_a, in_b) = (written(&a), written(&b));
    for (name, change) in scores(&report) {
        let pointer = format!("/{}", name.replace('.', "/"));
        for (value, document) in [(change.a, &in_a), (change.b, &in_b)] {
            let wanted = document.pointer(&pointer).and_then(serde_json::Value::as_f64);
            assert!((value.unwrap() - wanted.unwrap()).abs() < 1e-12, "{name}");
        }
    }
}

#[test]
fn a_better_candidate_is_better_in_every_task() {
    let report = compared(&whole(0.5), &whole(0.9));
    let unmoved = [
        "plates.read",
        "track.motp",
        "events.time_to_event_s.p50",
        "events.time_to_event_s.p95",
        "faces.eer",
    ];
    for (name, change) in scores(&report) {
        if unmoved.contains(&name.as_str()) {
            assert!(!change.significant, "{name}: {change:?}");
        } else {
            assert_eq!(change.verdict, Verdict::Better, "{name}: {change:?}");
        }
    }
    let far = report.tasks["events"].scores["false_alarms_per_hour"];
    assert!(far.difference.unwrap() < 0.0 && far.interval.unwrap().high < 0.0);
    // Turned round, the same scores are worse.
    let back = compared(&whole(0.9), &whole(0.5));
    assert_eq!(back.tasks["faces"].scores["fnmr_at.1e-1"].verdict, Verdict::Worse);
    assert!(report.movers()[0].change.significant);
    let by_item = &report.by_item["clip"];
    assert_eq!(by_item.tasks.keys().copied().collect::<Vec<_>>(), ["events", "track"]);
}

#[test]
fn one_lucky_picture_proves_nothing() {
    let mut a = unit("pictures", "model");
    a.detect = vec![matches(4); 30];
    let mut b = a.clone();
    b.detect[7] = matches(9);
    let report = compared(&document([a]), &document([b]));
    let ap = report.tasks["detect"].scores["ap"];
    assert!(0.0 < ap.difference.unwrap());
    assert_eq!((ap.interval.unwrap().low, ap.verdict), (0.0, Verdict::Same));
}

#[test]
fn better_boxes_on_every_picture_are_significant_though_pictures_differ_more() {
    // Hard and easy pictures: the two intervals that do not know of pairs overlap.
    let run = |more: u32| {
        let mut pictures = unit("pictures", "model");
        pictures.detect = (0..40).map(|i| matches(1 + i % 8 + more)).collect();
        document([pictures])
    };
    let (a, b) = (run(0), run(1));
    let report = compared(&a, &b);
    let ap = report.tasks["detect"].scores["ap"];
    assert_eq!(ap.verdict, Verdict::Better);
    let [a, b] = [&a, &b].map(|run| run.scores(Selection::Headline).detect.unwrap().intervals["ap"]);
    assert!(b.low < a.high, "{a:?} {b:?}");
}

#[test]
fn too_few_units_are_not_judged() {
    let run = |right: u32| {
        let mut pictures = unit("pictures", "model");
        pictures.detect = vec![matches(right); LEAST_UNITS - 1];
        document([pictures])
    };
    let report = compared(&run(2), &run(9));
    let ap = report.tasks["detect"].scores["ap"];
    assert_eq!((ap.interval, ap.significant, ap.verdict), (None, false, Verdict::Unknown));
    assert!(0.0 < ap.difference.unwrap());
}

#[test]
fn other_datasets_options_and_sizes_are_refused() {
    let a = whole(0.5);
    let refusal = |change: &dyn Fn(&mut Document), any: bool| {
        let mut b = a.clone();
        change(&mut b);
        Comparison::new(&a, &b, any)
            .and_then(|comparison| comparison.report().map(drop))
            .unwrap_err()
            .to_string()
    };
    let other = |b: &mut Document| b.dataset.sha256 = "ffff".to_owned();
    let text = refusal(&other, false);
    assert!(text.contains("has 0000") && text.contains("ffff"), "{text}");
    assert!(refusal(&|b| b.dataset.seed = 9, true).starts_with("dataset.seed: "));
    assert!(
        refusal(&|b| b.options.limit = Some(3), true).starts_with("options.limit: the base line has None")
    );
    let fewer = |b: &mut Document| drop(b.units[0].detect.pop());
    assert_eq!(
        refusal(&fewer, true),
        "item `pictures`: the base line has 30 pictures, the candidate 29, expected the same number"
    );
    assert_eq!(refusal(&|b| b.units.clear(), true), CompareError::Nothing.to_string());
    let mut b = a.clone();
    other(&mut b);
    assert!(Comparison::new(&a, &b, true).unwrap().report().is_ok());
}

#[test]
fn what_only_one_has_is_listed_and_left_out() {
    let (a, mut b) = (whole(0.5), whole(0.5));
    b.units.remove(0);
    b.units[0].events = None;
    let mut more = unit("more", "model");
    more.detect = vec![matches(3); 10];
    b.units.push(more);
    let report = compared(&a, &b);
    let left_out: Vec<_> =
        report.left_out.iter().map(|one| (one.only_in, one.item.as_str(), one.task)).collect();
    assert_eq!(
        left_out,
        [(Side::A, "clip", "events"), (Side::A, "pictures", "detect"), (Side::B, "more", "detect")]
    );
    assert_eq!(report.tasks.keys().copied().collect::<Vec<_>>(), ["faces", "plates", "track"]);
}

#[test]
fn parts_and_models_are_of_no_account() {
    let pictures = |model: &str, from: u32, to: u32| {
        let mut part = unit("pictures", model);
        part.detect = (from..to).map(matches).collect();
        part
    };
    let a = document([pictures("one", 0, 10)]);
    let b = document([pictures("two", 0, 4), pictures("two", 4, 10)]);
    let report = compared(&a, &b);
    assert_eq!(report.tasks["detect"].scores["ap"].difference, Some(0.0));
    let item = &report.by_item["pictures"];
    assert_eq!((item.model_a.as_deref(), item.model_b.as_deref()), (Some("one"), Some("two")));
}

#[test]
fn conditions_are_compared_where_both_have_them() {
    let run = |right: u32, degradations: &[&str]| {
        let mut plain = unit("pictures", "model");
        plain.tags = vec!["night".to_owned()];
        plain.detect = vec![matches(right); 10];
        plain.degraded_too = true;
        let degraded = degradations.iter().map(|name| Unit {
            degradation: Some((*name).to_owned()),
            detect: vec![matches(right / 2); 10],
            ..plain.clone()
        });
        let mut run = document(std::iter::once(plain.clone()).chain(degraded.collect::<Vec<_>>()));
        run.options.degradations = degradations.iter().map(|name| (*name).to_owned()).collect();
        run
    };
    let report = compared(&run(4, &["fog:0.5", "rain:0.5"]), &run(8, &["rain:0.5"]));
    assert_eq!(report.by_tag["night"]["detect"].scores["ap"].verdict, Verdict::Better);
    assert_eq!(report.by_degradation.keys().collect::<Vec<_>>(), ["none", "rain:0.5"]);
    assert!(
        report.by_degradation["rain:0.5"]["detect"].scores["ap"].difference
            < report.tasks["detect"].scores["ap"].difference
    );
}

#[test]
fn few_clips_are_cut_into_blocks_and_many_are_drawn_whole() {
    let run = |clips: u32| {
        let clips = (0..clips).map(|i| {
            let mut clip = unit(&format!("clip-{i}"), "model");
            clip.events = Some(match_clip(35.0, Vec::new(), Vec::new()));
            clip
        });
        document(clips.collect::<Vec<_>>())
    };
    for (clips, drawn, units) in [(2, "blocks", 8), (9, "blocks", 36), (10, "clips", 10)] {
        let report = compared(&run(clips), &run(clips));
        let events = &report.tasks["events"];
        assert_eq!((events.drawn, events.units), (drawn, units));
        let far = events.scores["false_alarms_per_hour"];
        assert_eq!((far.a, far.verdict), (Some(0.0), Verdict::Same));
        // Of nothing, nothing can be said.
        assert_eq!(events.scores["recall"].verdict, Verdict::Unknown);
    }
}

#[test]
fn the_same_runs_give_the_same_document() {
    let (a, b) = (whole(0.5), whole(0.7));
    let text = || serde_json::to_string(&compared(&a, &b)).unwrap();
    assert_eq!(text(), text());
    assert!(text().starts_with(r#"{"schema":"cairn.compare/1","replicates":1000,"a":{"cairn":"#));
    let interval = |seed: u64| {
        let [a, b] = [0, 1].map(|more| {
            let mut pictures = unit("pictures", "model");
            pictures.detect = (0..40).map(|i| matches(1 + (i * i) % 7 + more * (i % 3))).collect();
            let mut run = document([pictures]);
            run.dataset.seed = seed;
            run
        });
        compared(&a, &b).tasks["detect"].scores["ap"].interval
    };
    assert_eq!(interval(1), interval(1));
    assert_ne!(interval(1), interval(2));
}

#[test]
fn speed_is_told_where_both_have_it() {
    let (mut a, mut b) = (whole(0.5), whole(0.5));
    a.speed = Some(Speed::new(100, 10.0, 20.0, BTreeMap::new()));
    assert!(compared(&a, &b).speed.is_empty());
    b.speed = Some(Speed::new(100, 5.0, 20.0, BTreeMap::new()));
    let speed = compared(&a, &b).speed["frames_per_second"];
    assert_eq!((speed.a, speed.b, speed.difference), (10.0, 20.0, 10.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn turned_round_every_difference_is_negated(first in 0.0..1.0_f64, second in 0.0..1.0_f64) {
        let (a, b) = (whole(first), whole(second));
        let (there, back) = (compared(&a, &b), compared(&b, &a));
        let near = |x: f64, y: f64| (x + y).abs() < 1e-9;
        for ((name, there), (_, back)) in scores(&there).zip(scores(&back)) {
            prop_assert_eq!((there.a, there.b), (back.b, back.a));
            prop_assert!(there.difference.zip(back.difference).is_none_or(|(x, y)| near(x, y)), "{}", name);
            prop_assert_eq!(there.interval.is_some(), back.interval.is_some());
            if let Some((x, y)) = there.interval.zip(back.interval) {
                prop_assert!(near(x.low, y.high) && near(x.high, y.low), "{} {:?} {:?}", name, x, y);
            }
        }
    }
}

/// A thousand draws of three thousand pictures on both sides, with 30 detections each.
#[test]
fn three_thousand_pictures_are_compared_in_seconds() {
    let run = |more: u32| {
        let mut pictures = unit("pictures", "model");
        pictures.detect = (0..3000).map(|i| crowded(i, more)).collect();
        document([pictures])
    };
    let (a, b) = (run(0), run(1));
    let begun = Instant::now();
    let changes = Comparison::new(&a, &b, false).unwrap().changes(Selection::Headline).unwrap();
    let took = begun.elapsed();
    eprintln!("compared 2 x 3000 pictures in {took:?}");
    assert_eq!(changes["detect"].scores["ap"].verdict, Verdict::Better);
    // Ten times what it takes on one core of a small machine.
    assert!(took.as_secs() < 30, "{took:?}");
}

fn crowded(picture: u32, more: u32) -> PictureMatches {
    let mut crowded = matches(6);
    let random = |i: u32| f64::from((picture * 31 + i).wrapping_mul(2_654_435_761) >> 16) / 65536.0;
    let class = &mut crowded.classes[0];
    let hit = class.found[0];
    class.found = (0..30)
        .map(|i| {
            let mut found = hit;
            let levels = (random(i + 100) * 9.0) as u32 + more;
            (found.score, found.right) =
                if i < 6 { (0.3 + 0.7 * random(i), (1 << levels) - 1) } else { (0.6 * random(i), 0) };
            found
        })
        .collect();
    class.found.sort_by(|a, b| b.score.total_cmp(&a.score));
    crowded
}
