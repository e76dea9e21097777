//! A decision in plain words.

use proto::v1 as pb;

/// One line that says what became of a consideration and why.
pub(crate) fn summary(consideration: &pb::Consideration) -> String {
    let who = match consideration.track_id {
        0 => format!("many objects (most of them `{}`)", consideration.object_class),
        track => {
            format!("{} (track {track}, best score {:.2})", consideration.object_class, consideration.score)
        }
    };
    let rule = &consideration.rule_id;
    let best = instant(consideration.best_unix_ns);
    match consideration.outcome() {
        pb::Outcome::Passage if consideration.passage_id.is_empty() => {
            format!("{who} is still followed and has opened a passage of rule `{rule}`")
        }
        pb::Outcome::Passage => {
            format!("{who} opened passage {} of rule `{rule}` at {best}", consideration.passage_id)
        }
        pb::Outcome::Retracted => format!(
            "{who} opened passage {} of rule `{rule}`, which was taken back: {}",
            consideration.passage_id,
            lost_clauses(consideration).map(reason).collect::<Vec<_>>().join("; ")
        ),
        pb::Outcome::Alive => format!(
            "{who} is still followed and has opened no passage of rule `{rule}` so far: {}",
            reasons(consideration, &best)
        ),
        pb::Outcome::Rejected | pb::Outcome::Unspecified => {
            format!("{who} was no passage of rule `{rule}`: {}", reasons(consideration, &best))
        }
    }
}

/// Those that did not hold.
pub(crate) fn lost_clauses(consideration: &pb::Consideration) -> impl Iterator<Item = &pb::Clause> {
    consideration.clauses.iter().filter(|clause| !clause.held)
}

/// UTC with milliseconds: `2026-03-01T12:00:00.000Z`.
pub(crate) fn instant(unix_ns: i64) -> String {
    let mut text = delivery::rfc3339(unix_ns);
    // The last six digits of the nanoseconds and the `Z`.
    text.truncate(text.len().saturating_sub(7));
    text + "Z"
}

fn reasons(consideration: &pb::Consideration, best: &str) -> String {
    let lost: Vec<String> = lost_clauses(consideration).map(reason).collect();
    if lost.is_empty() {
        return format!("every clause held at {best}, and it ended before it was told");
    }
    format!("at {best}, when it came nearest, {}", lost.join("; "))
}

/// What a clause that did not hold means.
fn reason(clause: &pb::Clause) -> String {
    let pb::Clause { name, measured, bound, .. } = clause;
    let (measured, bound) = (number(*measured), number(*bound));
    let text = match name.as_str() {
        "beyond_line" => format!(
            "it was {measured} frame heights beyond the line (negative: before it), and more than {bound} are asked"
        ),
        "between_ends" => "it went around an end of the line".to_owned(),
        "side_known" => "it was never seen clear of the line".to_owned(),
        "direction" => "it crossed the other way".to_owned(),
        "sightings" => format!("it was seen in {measured} of the last frames, and {bound} are asked"),
        "sightings_inside" => {
            format!("it was seen inside in {measured} of the last frames, and {bound} are asked")
        }
        "sightings_outside" => {
            format!("it was seen outside in {measured} of the last frames, and {bound} are asked")
        }
        "dwell_s" => format!("it stayed {measured} s, and {bound} s are asked"),
        "loiter_s" => format!("it spent {measured} s there, and {bound} s are asked"),
        "still_s" => format!("it stood still for {measured} s, and {bound} s are asked"),
        "alone_s" => format!("nobody was near for {measured} s, and {bound} s are asked"),
        "together_s" => format!("they were together for {measured} s, and {bound} s are asked"),
        "objects" => format!("there were {measured}, and {bound} are asked"),
        "travel" => format!("it had moved {measured} frame heights, and {bound} are asked"),
        "mean_score" => format!("its mean score was {measured}, and {bound} is asked"),
        "second_look" => {
            format!("a stronger model saw it with a score of {measured}, and {bound} is asked")
        }
        "class" => "its class is none of the rule's".to_owned(),
        "track_confirmed" => "it was seen too few times to be sure of".to_owned(),
        "schedule" => "the rule's schedule did not hold".to_owned(),
        "enabled" => "the rule is off in this light".to_owned(),
        "local_time_known" => "the local time was not known, and the rule has a schedule".to_owned(),
        "settled" => "the light was just changing".to_owned(),
        _ => match clause.relation() {
            pb::Relation::AtMost => format!("`{name}` was {measured}, and at most {bound} is allowed"),
            _ => format!("`{name}` was {measured}, and at least {bound} is asked"),
        },
    };
    format!("{text} (clause `{name}`)")
}

/// Three digits behind the point at most.
fn number(value: f32) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_names_what_lost_it() {
        let clause = |name: &str, measured, bound, held| pb::Clause {
            name: name.to_owned(),
            measured,
            bound,
            held,
            relation: pb::Relation::AtLeast.into(),
        };
        let rejected = pb::Consideration {
            outcome: pb::Outcome::Rejected.into(),
            rule_id: "gate".to_owned(),
            track_id: 12,
            object_class: "person".to_owned(),
            score: 0.834,
            best_unix_ns: 1_500_000_000,
            clauses: vec![clause("travel", 0.0412, 5.0, false), clause("dwell_s", 2.0, 1.0, true)],
            ..pb::Consideration::default()
        };
        assert_eq!(
            summary(&rejected),
            "person (track 12, best score 0.83) was no passage of rule `gate`: at 1970-01-01T00:00:01.500Z, when it \
             came nearest, it had moved 0.041 frame heights, and 5 are asked (clause `travel`)"
        );
        let retracted = pb::Consideration {
            outcome: pb::Outcome::Retracted.into(),
            passage_id: "7f".to_owned(),
            clauses: vec![clause("class", 0.0, 1.0, false)],
            ..rejected
        };
        assert_eq!(
            summary(&retracted),
            "person (track 12, best score 0.83) opened passage 7f of rule `gate`, which was taken back: its class is \
             none of the rule's (clause `class`)"
        );
        let unknown =
            pb::Clause { relation: pb::Relation::AtMost.into(), ..clause("angle_deg", 50.0, 30.0, false) };
        assert_eq!(reason(&unknown), "`angle_deg` was 50, and at most 30 is allowed (clause `angle_deg`)");
    }
}
