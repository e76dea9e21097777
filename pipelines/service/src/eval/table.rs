//! The outcome on a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use datasets::report::{Document, Selection, TaskScores};
use datasets::score::interval::Interval;

use super::explained;

/// Scores of the whole run, of each item, of each condition.
pub(crate) fn text(document: &Document) -> String {
    let mut text = String::new();
    let headline = document.scores(Selection::Headline);
    section(&mut text, "all", &headline);
    by_item(&mut text, document);
    by_condition(&mut text, document);
    text.push_str(&explained::text(document));
    if let Some(speed) = &document.speed {
        line(
            &mut text,
            &format!(
                "\n{} frames in {:.1} s: {:.1} frames/s, {:.1} frames per CPU-second",
                speed.frames, speed.wall_s, speed.frames_per_second, speed.frames_per_cpu_second
            ),
        );
    }
    text
}

/// Every score of one selection with its interval.
fn section(text: &mut String, name: &str, scores: &TaskScores) {
    line(text, &format!("{:<10} {:<26} {:>9}  95 % interval", "task", "score", name));
    for Row { task, score, value, interval } in rows(scores) {
        let interval = interval.map_or_else(String::new, |Interval { low, high }| {
            format!("{} to {}", number(Some(low)), number(Some(high)))
        });
        line(text, &format!("{task:<10} {score:<26} {:>9}  {interval}", number(value)));
    }
}

fn by_item(text: &mut String, document: &Document) {
    line(text, &format!("\n{:<22} {:<28} main scores", "item", "model"));
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for unit in &document.units {
        let key = (unit.item.as_str(), unit.model.as_str());
        if seen.contains(&key) {
            continue;
        }
        seen.push(key);
        let scores = document.scores(Selection::Item(key.0, key.1));
        let beside = if unit.counts { "" } else { " (beside)" };
        line(text, &format!("{:<22} {:<28} {}", key.0, format!("{}{beside}", key.1), main_scores(&scores)));
    }
}

fn by_condition(text: &mut String, document: &Document) {
    let tags: Vec<&str> = document.tags().collect();
    if !tags.is_empty() {
        line(text, &format!("\n{:<22} main scores", "tag"));
        for tag in tags {
            line(text, &format!("{tag:<22} {}", main_scores(&document.scores(Selection::Tag(tag)))));
        }
    }
    let degradations = document.degradations();
    if !degradations.is_empty() {
        line(text, &format!("\n{:<22} main scores", "degradation"));
        for name in degradations {
            line(
                text,
                &format!("{name:<22} {}", main_scores(&document.scores(Selection::Degradation(name)))),
            );
        }
    }
}

struct Row {
    task: &'static str,
    score: &'static str,
    value: Option<f64>,
    interval: Option<Interval>,
}

fn rows(scores: &TaskScores) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut add = |task, intervals: &BTreeMap<String, Interval>, values: &[(&'static str, Option<f64>)]| {
        rows.extend(values.iter().map(|&(score, value)| Row {
            task,
            score,
            value,
            interval: intervals.get(score).copied(),
        }));
    };
    if let Some(report) = &scores.detect {
        let s = &report.scores;
        let values = [
            ("ap", s.ap),
            ("ap50", s.ap50),
            ("ap75", s.ap75),
            ("ap_small", s.ap_small),
            ("ap_medium", s.ap_medium),
            ("ap_large", s.ap_large),
            ("ar100", s.ar100),
        ];
        add("detect", &report.intervals, &values);
    }
    if let Some(report) = &scores.track {
        let s = &report.scores;
        let values = [
            ("mota", s.mota),
            ("motp", s.motp),
            ("idf1", s.idf1),
            ("hota", s.hota),
            ("deta", s.deta),
            ("assa", s.assa),
            ("fp", s.fp as f64),
            ("fn", s.fn_ as f64),
            ("ids", s.ids as f64),
            ("fm", s.fm as f64),
            ("mt", s.mt as f64),
            ("ml", s.ml as f64),
        ];
        add("track", &report.intervals, &values.map(|(name, value)| (name, Some(value))));
    }
    if let Some(s) = &scores.plates {
        let values = [
            ("read", s.read),
            ("exact", s.exact),
            ("exact_one_line", s.exact_one_line),
            ("exact_two_line", s.exact_two_line),
            ("characters", s.characters),
            ("rejected", s.rejected),
        ];
        add("plates", &s.intervals, &values);
    }
    if let Some(s) = &scores.faces {
        let at = |fmr: &str| s.verification.fnmr_at.get(fmr).copied();
        let values = [
            ("accuracy_10fold", s.accuracy_10fold),
            ("eer", s.verification.eer),
            ("fnmr_at 1e-2", at("1e-2")),
            ("fnmr_at 1e-3", at("1e-3")),
            ("fnmr_at 1e-4", at("1e-4")),
        ];
        add("faces", &s.verification.intervals, &values);
    }
    if let Some(s) = &scores.events {
        let values = [
            ("precision", s.precision),
            ("recall", s.recall),
            ("f1", s.f1),
            ("false_alarms_per_hour", s.false_alarms_per_hour),
            ("time_to_event_s.p50", s.time_to_event_s.p50),
            ("time_to_event_s.p95", s.time_to_event_s.p95),
        ];
        add("events", &s.intervals, &values);
    }
    rows
}

/// One score or two of each task, in one line.
fn main_scores(scores: &TaskScores) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut add = |name: &str, value: Option<f64>| parts.push(format!("{name} {}", number(value)));
    if let Some(report) = &scores.detect {
        add("ap", report.scores.ap);
        add("ap50", report.scores.ap50);
    }
    if let Some(report) = &scores.track {
        add("mota", Some(report.scores.mota));
        add("idf1", Some(report.scores.idf1));
        add("hota", Some(report.scores.hota));
    }
    if let Some(plates) = &scores.plates {
        add("plates exact", plates.exact);
    }
    if let Some(faces) = &scores.faces {
        add("fnmr@1e-3", faces.verification.fnmr_at.get("1e-3").copied());
        add("10-fold", faces.accuracy_10fold);
    }
    if let Some(events) = &scores.events {
        add("events p", events.precision);
        add("r", events.recall);
        add("false/h", events.false_alarms_per_hour);
    }
    if parts.is_empty() { "-".to_owned() } else { parts.join("  ") }
}

/// Rates with three decimals, counts and large numbers without; `-` where there is none.
fn number(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value.fract() == 0.0 && 1.5 < value.abs() => format!("{value:.0}"),
        Some(value) if 100.0 <= value.abs() => format!("{value:.1}"),
        Some(value) => format!("{value:.3}"),
    }
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    writeln!(text, "{}", line.trim_end()).ok();
}
