//! A comparison on a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use datasets::report::compare::{Absence, Changes, Report, Run, ScoreChange, Side, Verdict};
use datasets::report::gates::Judgement;

/// Items listed, at most.
const MOVERS: usize = 10;

/// What moved, the surest first; then conditions, items, speed, and what was left out.
pub(super) fn text(report: &Report) -> String {
    let mut text = String::new();
    for (name, run) in [("A", &report.a), ("B", &report.b)] {
        line(&mut text, &format!("{name}  {}", run_line(run)));
    }
    line(&mut text, "");
    heading(&mut text, "score");
    for (name, change) in sorted(&report.tasks) {
        row(&mut text, &name, change);
    }
    conditions(&mut text, "tag", &report.by_tag);
    conditions(&mut text, "degradation", &report.by_degradation);
    movers(&mut text, report);
    speed(&mut text, report);
    left_out(&mut text, &report.left_out);
    text
}

/// Each rule, with what falls short marked.
pub(super) fn gates(file: &Path, judged: &[Judgement]) -> String {
    let mut text = String::new();
    let held = judged.iter().filter(|judged| judged.holds).count();
    line(&mut text, &format!("\n{}: {held} of {} rules hold", file.display(), judged.len()));
    for judged in judged {
        let mark = if judged.holds { "  holds" } else { "▼ SHORT" };
        line(&mut text, &format!("{mark}  {:<44} {}", judged.score, judged.said));
    }
    text
}

fn run_line(run: &Run) -> String {
    let models: Vec<&str> = run.models.iter().map(|model| model.id.as_str()).collect();
    format!(
        "dataset {}, models {}",
        run.dataset.id,
        if models.is_empty() { "none".to_owned() } else { models.join(", ") }
    )
}

/// Scores of all tasks, the surest first.
fn sorted(changes: &Changes) -> Vec<(String, &ScoreChange)> {
    let all = changes.iter().flat_map(|(task, change)| {
        change.by_significance().into_iter().map(move |(score, change)| (format!("{task}.{score}"), change))
    });
    let mut all: Vec<_> = all.collect();
    all.sort_by(|(_, a), (_, b)| b.strength().total_cmp(&a.strength()));
    all
}

/// Of each condition what is significant, and how much else there is.
fn conditions(text: &mut String, what: &str, conditions: &BTreeMap<String, Changes>) {
    if conditions.is_empty() {
        return;
    }
    line(text, "");
    heading(text, what);
    for (name, changes) in conditions {
        let scores = sorted(changes);
        let count = |verdict| scores.iter().filter(|(_, change)| change.verdict == verdict).count();
        let [better, worse] = [Verdict::Better, Verdict::Worse].map(count);
        let other = scores.len() - better - worse;
        line(text, &format!("{name}: {better} better, {worse} worse, {other} not told apart"));
        for (score, change) in scores.iter().filter(|(_, change)| change.significant) {
            row(text, &format!("{name} {score}"), change);
        }
    }
}

fn movers(text: &mut String, report: &Report) {
    let movers = report.movers();
    if movers.is_empty() {
        return;
    }
    line(text, "");
    heading(text, "items that moved most");
    for mover in movers.iter().take(MOVERS) {
        row(text, &format!("{} {}.{}", mover.item, mover.task, mover.score), mover.change);
    }
    if let Some(more) = movers.len().checked_sub(MOVERS).filter(|more| 0 < *more) {
        line(text, &format!("and {more} more scores of items"));
    }
}

fn speed(text: &mut String, report: &Report) {
    if !report.speed.is_empty() {
        line(text, "");
        heading(text, "speed, which is not judged");
    }
    for (name, change) in &report.speed {
        line(
            text,
            &format!(
                "{}{name:<44} {:>10} {:>10} {:>10}",
                " ".repeat(MARK),
                number(change.a),
                number(change.b),
                signed(change.difference)
            ),
        );
    }
}

fn left_out(text: &mut String, absences: &[Absence]) {
    for Absence { only_in, item, degradation, task } in absences {
        let side = match only_in {
            Side::A => "A",
            Side::B => "B",
        };
        let degradation = degradation.as_deref().map(|name| format!(" under {name}")).unwrap_or_default();
        line(text, &format!("left out: {task} of `{item}`{degradation}, which only {side} has"));
    }
}

/// Width of the verdict.
const MARK: usize = 9;

fn heading(text: &mut String, what: &str) {
    line(
        text,
        &format!(
            "{}{what:<44} {:>10} {:>10} {:>10}  95 % interval of B - A",
            " ".repeat(MARK),
            "A",
            "B",
            "B - A"
        ),
    );
}

fn row(text: &mut String, name: &str, change: &ScoreChange) {
    let mark = match change.verdict {
        Verdict::Better => "▲ better ",
        Verdict::Worse => "▼ worse  ",
        Verdict::Same => "  same   ",
        Verdict::Unknown => "  ?      ",
    };
    let interval = change.interval.map_or_else(String::new, |interval| {
        format!("{} to {}", signed(interval.low), signed(interval.high))
    });
    let value = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
    let difference = change.difference.map_or_else(|| "-".to_owned(), signed);
    let (a, b) = (value(change.a), value(change.b));
    line(text, &format!("{mark}{name:<44} {a:>10} {b:>10} {difference:>10}  {interval}"));
}

fn number(value: f64) -> String {
    if 100.0 <= value.abs() { format!("{value:.1}") } else { format!("{value:.4}") }
}

/// With its sign, except for what rounds to nothing.
fn signed(value: f64) -> String {
    let text = if 100.0 <= value.abs() { format!("{value:+.1}") } else { format!("{value:+.4}") };
    if text == "-0.0000" || text == "+0.0000" { "0.0000".to_owned() } else { text }
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    writeln!(text, "{}", line.trim_end()).ok();
}

#[cfg(test)]
mod tests {
    use datasets::score::interval::Interval;

    use super::*;

    #[test]
    fn a_row_says_how_it_moved() {
        let mut text = String::new();
        let change = ScoreChange {
            a: Some(0.3),
            b: Some(0.25),
            difference: Some(-0.05),
            interval: Some(Interval { low: -0.08, high: -0.02 }),
            significant: true,
            verdict: Verdict::Worse,
        };
        row(&mut text, "detect.ap", &change);
        let wanted =
            format!("▼ worse  {:<44}     0.3000     0.2500    -0.0500  -0.0800 to -0.0200\n", "detect.ap");
        assert_eq!(text, wanted);
        text.clear();
        let unknown = ScoreChange {
            a: None,
            difference: None,
            interval: None,
            significant: false,
            verdict: Verdict::Unknown,
            ..change
        };
        row(&mut text, "detect.ap", &unknown);
        assert_eq!(text, format!("  ?      {:<44}          -     0.2500          -\n", "detect.ap"));
    }

    #[test]
    fn nothing_has_no_sign() {
        assert_eq!((signed(-0.0), signed(1e-9), signed(-123.456), signed(0.5)), {
            let nothing = "0.0000".to_owned();
            (nothing.clone(), nothing, "-123.5".to_owned(), "+0.5000".to_owned())
        });
    }
}
