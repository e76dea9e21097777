use std::path::Path;

use super::*;
use crate::report::compare::Comparison;
use crate::report::compare::testing::{document, matches, unit};
use crate::report::{Document, Speed};

fn run(right: u32) -> Document {
    let mut pictures = unit("street.day", "yolo-1.5x");
    pictures.tags = vec!["night".to_owned()];
    pictures.detect = (0..20).map(|i| matches(right + i % 2)).collect();
    let mut run = document([pictures]);
    run.speed = Some(Speed::new(20, 2.0, 4.0, Default::default()));
    run
}

fn gates(text: &str) -> Gates {
    Gates::parse(Path::new("gates.toml"), text).unwrap()
}

fn refusal(text: &str) -> String {
    Gates::parse(Path::new("gates.toml"), text).unwrap_err().to_string()
}

fn gate(score: &str, rules: &str) -> String {
    format!("[[gate]]\nscore = \"{score}\"\n{rules}\n")
}

/// Whether each rule of a gate on `score` holds for a candidate against a base line.
fn held(score: &str, rules: &str, a: &Document, b: &Document) -> Vec<(bool, String)> {
    let judged = gates(&gate(score, rules)).judge_against(&Comparison::new(a, b, false).unwrap()).unwrap();
    judged.into_iter().map(|judgement| (judgement.holds, judgement.said)).collect()
}

fn holds(score: &str, rule: &str, a: &Document, b: &Document) -> bool {
    let judged = held(score, rule, a, b);
    assert_eq!(judged.len(), 1);
    judged[0].0
}

#[test]
fn bounds_hold_and_fall_short() {
    let run = run(4);
    let ap = run.scores(crate::report::Selection::Headline).detect.unwrap().scores.ap.unwrap();
    for (bound, least, most) in [(ap, true, true), (ap + 0.001, false, true), (ap - 0.001, true, false)] {
        assert_eq!(holds("tasks.detect.ap", &format!("at-least = {bound}"), &run, &run), least);
        assert_eq!(holds("tasks.detect.ap", &format!("at-most = {bound}"), &run, &run), most);
    }
    let alone =
        gates(&gate("tasks.detect.ap", "at-least = 0.99\nat-most = 1\nwhy = \"it matters\"")).judge(&run);
    assert_eq!(alone.iter().map(|judged| judged.holds).collect::<Vec<_>>(), [false, true]);
    assert_eq!(alone[0].said, format!("is {ap:.6}, at least 0.99 wanted"));
    assert_eq!(alone[0].why.as_deref(), Some("it matters"));
}

#[test]
fn a_drop_is_judged_in_the_direction_that_is_worse() {
    let (weak, strong) = (run(4), run(6));
    assert!(holds("tasks.detect.ap", "max-drop = 0", &weak, &strong));
    assert!(!holds("tasks.detect.ap", "max-drop = 0.01", &strong, &weak));
    assert!(holds("tasks.detect.ap", "max-drop = 0.9", &strong, &weak));
    let mut slow = weak.clone();
    slow.speed = Some(Speed::new(20, 3.0, 4.0, Default::default()));
    assert!(!holds("speed.frames_per_second", "max-drop = 1.0", &weak, &slow));
    // More seconds are worse, fewer are not.
    assert!(!holds("speed.wall_s", "max-drop = 0.5", &weak, &slow));
    assert!(holds("speed.wall_s", "max-drop = 0.5", &slow, &weak));
    // 0.31 - 0.30 is more than 0.01 to a machine.
    let mut fast = weak.clone();
    fast.speed = Some(Speed::new(31, 100.0, 1.0, Default::default()));
    slow.speed = Some(Speed::new(30, 100.0, 1.0, Default::default()));
    assert!(holds("speed.frames_per_second", "max-drop = 0.01", &fast, &slow));
}

#[test]
fn a_significant_drop_falls_short_and_a_lucky_one_does_not() {
    let (weak, strong) = (run(4), run(6));
    let rule = "max-drop-significant = 0.0";
    assert!(!holds("tasks.detect.ap", rule, &strong, &weak));
    assert!(holds("tasks.detect.ap", rule, &weak, &strong));
    assert!(holds("tasks.detect.ap", rule, &weak, &weak));
    for path in [
        "by_tag.night.detect.ap",
        "by_model.yolo-1.5x.detect.ap50",
        "by_item.street.day.yolo-1.5x.detect.ap75",
    ] {
        assert!(!holds(path, rule, &strong, &weak), "{path}");
    }
    let mut unlucky = strong.clone();
    unlucky.units[0].detect[3] = matches(0);
    assert!(holds("tasks.detect.ap", rule, &strong, &unlucky));
    assert!(!holds("tasks.detect.ap", "max-drop = 0.0", &strong, &unlucky));
    // Significant, but not by more than that.
    assert!(holds("tasks.detect.ap", "max-drop-significant = 0.9", &strong, &weak));
}

#[test]
fn what_is_absent_falls_short() {
    let run = run(4);
    for (score, rule, said) in [
        ("tasks.track.mota", "at-least = 0.1", "is absent, at-least 0.1 wanted"),
        ("tasks.track.mota", "max-drop-significant = 0", "is absent, max-drop-significant 0 wanted"),
        (
            "by_tag.nihgt.detect.ap",
            "at-most = 1",
            "is absent: no tag `nihgt`, nearest is `night`, at-most 1 wanted",
        ),
        (
            "by_item.street.yolo-1.5x.detect.ap",
            "at-least = 0",
            "is absent: no item and model `street.yolo-1.5x`, nearest is `street.day.yolo-1.5x`, at-least 0 wanted",
        ),
        (
            "by_degradation.fog:0.5.detect.ap",
            "at-least = 0",
            "is absent: no degradation `fog:0.5`, at-least 0 wanted",
        ),
        ("tasks.detect.per_class.cat.ap", "at-least = 0", "is absent, at-least 0 wanted"),
    ] {
        assert_eq!(held(score, rule, &run, &run), [(false, said.to_owned())], "{score}");
    }
    // Known to one model only: there is nothing to lose against.
    let mut other = run.clone();
    other.units[0].model = "other".to_owned();
    for rule in ["max-drop = 1", "max-drop-significant = 1"] {
        let judged = held("by_model.other.detect.ap", rule, &run, &other);
        assert!(!judged[0].0 && judged[0].1.ends_with("absent in the base line"), "{judged:?}");
    }
}

#[test]
fn every_number_of_a_document_can_be_gated() {
    let run = run(4);
    let written: serde_json::Value = serde_json::from_str(&run.to_json().unwrap()).unwrap();
    for (score, pointer) in [
        ("tasks.detect.ap_small", None),
        ("tasks.detect.intervals.ap.low", Some("/tasks/detect/intervals/ap/low")),
        ("tasks.detect.per_class.person.ap", Some("/tasks/detect/per_class/person/ap")),
        ("by_tag.night.detect.ar100", Some("/by_tag/night/detect/ar100")),
        ("by_model.yolo-1.5x.detect.ap50", Some("/by_model/yolo-1.5x/detect/ap50")),
        ("by_item.street.day.yolo-1.5x.detect.ap", Some("/by_item/street.day/yolo-1.5x/detect/ap")),
        ("speed.frames_per_cpu_second", Some("/speed/frames_per_cpu_second")),
    ] {
        let judged = gates(&gate(score, "at-least = -1")).judge(&run);
        let wanted = pointer.map(|pointer| written.pointer(pointer).unwrap().as_f64().unwrap());
        match wanted {
            Some(wanted) => assert!((judged[0].value.unwrap() - wanted).abs() < 1e-12, "{score}"),
            None => assert_eq!(judged[0].value, None, "{score}"),
        }
    }
    for score in [
        "tasks.events.time_to_event_s.p95",
        "tasks.faces.fnmr_at.1e-3",
        "tasks.faces.accuracy_10fold",
        "tasks.plates.by_country.VN.exact",
        "tasks.plates.exact_two_line",
        "tasks.track.ids",
        "by_degradation.rain:0.8.track.hota",
    ] {
        assert_eq!(ScorePath::parse(score).unwrap().to_string(), score);
    }
}

#[test]
fn an_unknown_path_names_the_nearest() {
    for (score, nearest) in [
        ("tasks.detect.app", "tasks.detect.ap"),
        ("task.detect.ap", "tasks.detect.ap"),
        ("tasks.track.hot", "tasks.track.hota"),
        ("tasks.faces.fnmr_at_1e-3", "tasks.faces.fnmr_at.1e-3"),
        ("by_tag.night.detect.ap_smal", "by_tag.night.detect.ap_small"),
        ("speed.frames_per_secnd", "speed.frames_per_second"),
    ] {
        assert_eq!(
            refusal(&gate(score, "at-least = 0.3")),
            format!(
                "gates.toml:2: `gate[0].score` is \"{score}\", expected the path of a score, nearest is `{nearest}`"
            )
        );
    }
}

#[test]
fn bad_keys_and_values_are_refused_together_with_their_lines() {
    let text = [
        gate("tasks.detect.ap", "max-drop = -0.1"),
        gate("tasks.detect.apx", "at-least = nan"),
        gate("tasks.detect.ap", "why = \"no rule\""),
        gate("speed.wall_s", "max-drop-significant = 0.0"),
        gate("tasks.detect.ap", "at-least = 0.5\nat-most = 0.4"),
    ]
    .concat();
    let refused = refusal(&text);
    let lines: Vec<&str> = refused.lines().collect();
    assert_eq!(lines.len(), 6, "{refused}");
    assert_eq!(lines[0], "gates.toml:3: `gate[0].max-drop` is -0.1, expected 0 or more");
    assert!(lines[1].starts_with("gates.toml:5: `gate[1].score` is \"tasks.detect.apx\""));
    assert_eq!(lines[2], "gates.toml:6: `gate[1].at-least` is NaN, expected a finite number");
    assert!(lines[3].starts_with("gates.toml:7: `gate[2]` has no rule, expected one or more of `at-least`"));
    assert!(
        lines[4].starts_with("gates.toml:12: `gate[3].max-drop-significant`: `speed.wall_s` has no interval")
    );
    assert_eq!(lines[5], "gates.toml:13: `gate[4].at-most` is 0.4, expected no less than `at-least`, 0.5");

    assert!(
        refusal(&gate("tasks.detect.ap", "at-lest = 0.5")).contains("gates.toml:3: unknown field `at-lest`")
    );
    assert!(
        refusal(&gate("tasks.detect.ap", "at-least = \"much\""))
            .contains("gates.toml:3: `at-least`: invalid type")
    );
    assert!(refusal("[[gates]]\n").contains("unknown field `gates`"));
    assert_eq!(refusal(""), "gates.toml:1: `gate`: none, expected at least one `[[gate]]`");
}

#[test]
fn without_a_base_line_a_drop_is_bad_usage() {
    let both = gates(&format!(
        "{}{}",
        gate("tasks.detect.ap", "at-least = 0.5"),
        gate("tasks.detect.ap", "max-drop = 0.5\nmax-drop-significant = 0.0")
    ));
    let refused = both.need_no_base_line().unwrap_err().to_string();
    assert_eq!(refused.lines().count(), 2, "{refused}");
    assert!(refused.starts_with("gates.toml:4: `gate[1].max-drop` is about two runs"), "{refused}");
    assert!(gates(&gate("tasks.detect.ap", "at-most = 0.5")).need_no_base_line().is_ok());
}

#[test]
fn the_gates_of_the_shared_footage_are_good() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("gates.toml");
    assert!(!Gates::read(&file).unwrap().gates.is_empty());
    let missing = Gates::read(Path::new("none/gates.toml")).unwrap_err();
    assert_eq!(missing.to_string(), "could not read gates `none/gates.toml`");
}
