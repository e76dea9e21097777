//! Why events were missed, why others were told that were not true, and what a tighter bound would do: for a terminal.

use std::fmt::Write as _;

use datasets::feedback::{Feedback, Verdict};
use datasets::report::{Document, Selection, Unit};
use datasets::score::events::{ClauseValue, MissReason, Relation, TighterBound};

/// Lines of one list at most; the document has them all.
const LINES: usize = 40;

/// The three lists; empty where there is nothing to say.
pub(crate) fn text(document: &Document) -> String {
    let mut text = String::new();
    list(&mut text, "missed events, and why", document.units.iter().flat_map(missed));
    list(&mut text, "false alarms, and what was decided", document.units.iter().flat_map(false_alarms));
    text.push_str(&bounds(&document.tighter_bounds(Selection::Headline)));
    text
}

/// What the verdicts on a box's alarms teach.
pub(crate) fn feedback_text(feedback: &[Feedback]) -> String {
    let count = |verdict| feedback.iter().filter(|one| one.verdict == verdict).count();
    let mut text = format!(
        "{} confirmed, {} dismissed, {} missed\n",
        count(Verdict::Confirmed),
        count(Verdict::Dismissed),
        count(Verdict::Missed)
    );
    let of = |verdict| feedback.iter().filter(move |one| one.verdict == verdict);
    list(&mut text, "missed, and what was considered", of(Verdict::Missed).map(missing));
    list(&mut text, "dismissed, and what was decided", of(Verdict::Dismissed).map(dismissed));
    text.push_str(&bounds(&datasets::feedback::bounds(feedback)));
    text
}

fn missing(one: &Feedback) -> String {
    let considered = one.considered.iter().filter(|considered| considered.rule == one.rule);
    let mut why: Vec<&str> = considered.map(|considered| considered.summary.as_str()).collect();
    why.extend(one.reasons.iter().map(String::as_str));
    format!("{}: {} at {:.1} s, rule `{}`: {}", one.clip, one.kind, one.start_s, one.rule, why.join("; "))
}

fn dismissed(one: &Feedback) -> String {
    let decision: Vec<String> = one.decision.iter().map(clause).collect();
    format!(
        "{}: {} at {:.1} s, rule `{}`: {}",
        one.clip,
        one.kind,
        one.start_s,
        one.rule,
        decision.join(", ")
    )
}

/// What tighter bounds would do; empty where there was nothing to prevent.
pub(crate) fn bounds(bounds: &[TighterBound]) -> String {
    let mut text = String::new();
    list(
        &mut text,
        "tighter bounds: false alarms that each would have prevented, and true events that it would have lost",
        bounds.iter().map(bound),
    );
    text
}

fn list(text: &mut String, title: &str, mut lines: impl Iterator<Item = String>) {
    let first: Vec<String> = lines.by_ref().take(LINES).collect();
    let more = lines.count();
    if first.is_empty() {
        return;
    }
    // Writing to a string cannot fail.
    writeln!(text, "\n{title}").ok();
    for line in first {
        writeln!(text, "  {line}").ok();
    }
    if 0 < more {
        writeln!(text, "  … and {more} more in the document").ok();
    }
}

fn missed(unit: &Unit) -> Vec<String> {
    let (Some(events), Some(trails)) = (&unit.events, &unit.trails) else { return Vec::new() };
    let line = |missed: &datasets::score::events::Missed| {
        let truth = events.truths.get(missed.truth)?;
        Some(format!("{} {} at {:.1} s: {}", place(unit), truth.kind, truth.moment_s(), why(&missed.why)))
    };
    trails.missed.iter().filter_map(line).collect()
}

fn false_alarms(unit: &Unit) -> Vec<String> {
    let (Some(events), Some(trails)) = (&unit.events, &unit.trails) else { return Vec::new() };
    let line = |&index: &usize| {
        let event = events.found.get(index)?;
        let rule = event.rule.as_deref().unwrap_or("-");
        let decision: Vec<String> = trails.decisions.get(index)?.iter().map(clause).collect();
        let place = place(unit);
        Some(format!("{place} {} at {:.1} s, rule `{rule}`: {}", event.kind, event.at_s, decision.join(", ")))
    };
    events.false_alarms.iter().filter_map(line).collect()
}

fn place(unit: &Unit) -> String {
    let degradation = unit.degradation.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
    let beside = if unit.counts { String::new() } else { format!(" [{}]", unit.model) };
    format!("{}{degradation}{beside}:", unit.item)
}

fn why(why: &MissReason) -> String {
    match why {
        MissReason::Clause { rule, best_s, lost } => {
            let lost: Vec<String> = lost.iter().map(clause).collect();
            format!("rule `{rule}` at {best_s:.1} s: {}", lost.join(", "))
        }
        MissReason::ToldOtherwise { rule, told_s } => {
            format!("rule `{rule}` told it otherwise, or something else, at {told_s:.1} s")
        }
        MissReason::NoRule => "no rule is about it".to_owned(),
        MissReason::UnsureTrack { frames } => {
            format!("no track sure enough: followed near the rule in {frames} frames")
        }
        MissReason::NoTrack { frames } => format!("no track: detected near the rule in {frames} frames"),
        MissReason::NoDetection { frames } => format!("no detection near the rule in {frames} frames"),
        MissReason::NotLooked => "no frame was looked at".to_owned(),
    }
}

/// As `travel 0.04 < 0.1` where it did not hold.
fn clause(clause: &ClauseValue) -> String {
    let ClauseValue { name, measured, relation, bound, held } = clause;
    let sign = match (relation, held) {
        (Relation::AtLeast, true) => ">=",
        // What must be passed may be reached and not hold.
        (Relation::AtLeast, false) if measured == bound => "not beyond",
        (Relation::AtLeast, false) if bound < measured => "not >=",
        (Relation::AtLeast, false) => "<",
        (Relation::AtMost, true) => "<=",
        (Relation::AtMost, false) => ">",
    };
    format!("{name} {} {sign} {}", number(*measured), number(*bound))
}

fn bound(row: &TighterBound) -> String {
    let TighterBound { rule, clause, relation, present, beyond, prevented, false_alarms, lost, right } = row;
    let (sign, beyond_sign) = match relation {
        Relation::AtLeast => (">=", ">"),
        Relation::AtMost => ("<=", "<"),
    };
    let (present, beyond) = (number(*present), number(*beyond));
    format!(
        "rule `{rule}`: {clause} {sign} {present}, if {beyond_sign} {beyond}: \
         prevents {prevented} of {false_alarms}, loses {lost} of {right}"
    )
}

/// Three digits behind the point at most.
fn number(value: f32) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(measured: f32, relation: Relation, bound: f32, held: bool) -> ClauseValue {
        ClauseValue { name: "travel".to_owned(), measured, relation, bound, held }
    }

    #[test]
    fn a_clause_reads_as_it_stands() {
        assert_eq!(clause(&value(0.04, Relation::AtLeast, 0.1, false)), "travel 0.04 < 0.1");
        assert_eq!(clause(&value(0.1, Relation::AtLeast, 0.1, true)), "travel 0.1 >= 0.1");
        assert_eq!(clause(&value(0.1, Relation::AtLeast, 0.1, false)), "travel 0.1 not beyond 0.1");
        assert_eq!(clause(&value(40.0, Relation::AtMost, 30.0, false)), "travel 40 > 30");
    }

    #[test]
    fn a_long_list_says_how_much_it_leaves_out() {
        let mut text = String::new();
        list(&mut text, "many", (0..LINES + 3).map(|number| number.to_string()));
        assert!(text.ends_with("  39\n  … and 3 more in the document\n"), "{text}");
        let mut none = String::new();
        list(&mut none, "none", std::iter::empty());
        assert_eq!(none, "");
    }
}
