//! What people said of a box's alarms, as ground truth: one JSON document to a line.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::score::events::{ClauseValue, TighterBound, Told, tighter_bounds};

/// Name of the file of verdicts in an export.
pub const VERDICTS: &str = "verdicts.jsonl";
/// Name of the file of true events in an export: a list as [`truth::events`](crate::truth::events) reads it.
pub const EVENTS: &str = "events.csv";

/// What was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The alarm was right.
    Confirmed,
    /// The alarm was wrong.
    Dismissed,
    /// There should have been an alarm and was none.
    Missed,
}

/// What one author holds of one alarm, or of one that was missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feedback {
    /// Id of the passage, or a name of what was missed.
    pub subject: String,
    /// What holds.
    pub verdict: Verdict,
    /// Who said it.
    pub author: String,
    /// When, UTC nanoseconds since 1970.
    pub told_unix_ns: i64,
    /// In the author's own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
    /// What the same author said before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
    /// Id of the camera.
    pub camera: String,
    /// Id of the clip in the list of true events.
    pub clip: String,
    /// Id of the rule.
    pub rule: String,
    /// Class of the object.
    pub kind: String,
    /// `forward`, `backward`, `enter` or `exit`, where there is a way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    /// When it happened, in seconds of the clip.
    pub start_s: f64,
    /// When it was over, or the latest it can have happened.
    pub end_s: f64,
    /// When it happened, UTC nanoseconds since 1970.
    pub wall_unix_ns: i64,
    /// Of an alarm: what was asked and measured when it was told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decision: Vec<ClauseValue>,
    /// Of what was missed: what the camera considered about that time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub considered: Vec<Considered>,
    /// Of what was missed: what kept the camera from telling.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// Sequence of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<u64>,
    /// SHA-256 of the configuration that was in force.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub config_sha256: String,
    /// Pictures of the event that were still held, in the export.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<PathBuf>,
}

/// What somebody said before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// What it was.
    pub verdict: Verdict,
    /// When, UTC nanoseconds since 1970.
    pub told_unix_ns: i64,
    /// In the author's own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
}

/// A track that was considered about the time of what was missed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Considered {
    /// Id of the rule.
    pub rule: String,
    /// Class of the object.
    pub kind: String,
    /// In plain words.
    pub summary: String,
    /// Those that did not hold first.
    pub decision: Vec<ClauseValue>,
}

/// Why an export cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FeedbackError {
    /// The system's word.
    #[error("could not read `{}`", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A line that no export writes.
    #[error("`{}`, line {line}: not a verdict", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
}

/// The verdicts of the export in folder `dir`.
///
/// # Errors
/// [`FeedbackError`], naming file and line.
pub fn read(dir: &Path) -> Result<Vec<Feedback>, FeedbackError> {
    let file = dir.join(VERDICTS);
    let text = std::fs::read_to_string(&file)
        .map_err(|source| FeedbackError::Read { file: file.clone(), source })?;
    let parse = |(index, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|source| FeedbackError::Line {
            file: file.clone(),
            line: index + 1,
            source,
        })
    };
    text.lines().enumerate().map(parse).collect()
}

/// The verdicts as lines of JSON.
///
/// # Errors
/// Never for numbers that measures can be.
pub fn to_lines(feedback: &[Feedback]) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for one in feedback {
        text.push_str(&serde_json::to_string(one)?);
        text.push('\n');
    }
    Ok(text)
}

/// The true events among them as a list: of each subject the latest verdict of all authors counts.
pub fn true_events(feedback: &[Feedback]) -> String {
    let mut text = "clip,kind,start,end,rule,direction,tolerance\n".to_owned();
    for one in holding(feedback).filter(|one| one.verdict != Verdict::Dismissed) {
        let Feedback { clip, kind, start_s, end_s, rule, direction, .. } = one;
        let direction = direction.as_deref().unwrap_or("");
        // Writing to a string cannot fail.
        writeln!(text, "{clip},{kind},{start_s},{end_s},{rule},{direction},").ok();
    }
    text
}

/// What tighter bounds would have done to the alarms that were dismissed and confirmed.
pub fn bounds(feedback: &[Feedback]) -> Vec<TighterBound> {
    let told = holding(feedback).filter(|one| one.verdict != Verdict::Missed).map(|one| Told {
        rule: &one.rule,
        is_right: one.verdict == Verdict::Confirmed,
        clauses: &one.decision,
    });
    tighter_bounds(&told.collect::<Vec<_>>())
}

/// One verdict for each subject: the latest; of several at the same time the one that stands last.
fn holding(feedback: &[Feedback]) -> impl Iterator<Item = &Feedback> {
    feedback.iter().enumerate().filter_map(|(index, one)| {
        let is_over = feedback.iter().enumerate().any(|(other_index, other)| {
            other.subject == one.subject && (one.told_unix_ns, index) < (other.told_unix_ns, other_index)
        });
        (!is_over).then_some(one)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::events::Relation;
    use crate::truth::events;

    fn feedback(subject: &str, author: &str, verdict: Verdict, told: i64, travel: f32) -> Feedback {
        let clause = ClauseValue {
            name: "travel".to_owned(),
            measured: travel,
            relation: Relation::AtLeast,
            bound: 0.1,
            held: true,
        };
        Feedback {
            subject: subject.to_owned(),
            verdict,
            author: author.to_owned(),
            told_unix_ns: told,
            comment: "a goat, not a man".to_owned(),
            earlier: Vec::new(),
            camera: "north".to_owned(),
            clip: "north".to_owned(),
            rule: "gate".to_owned(),
            kind: "traffic light".to_owned(),
            direction: Some("enter".to_owned()),
            start_s: 12.25,
            end_s: 13.0,
            wall_unix_ns: 7,
            decision: vec![clause],
            considered: Vec::new(),
            reasons: Vec::new(),
            event: Some(3),
            config_sha256: String::new(),
            pictures: vec![PathBuf::from("pictures/a.jpg")],
        }
    }

    fn some() -> Vec<Feedback> {
        vec![
            feedback("p1", "lan", Verdict::Dismissed, 5, 0.15),
            feedback("p1", "minh", Verdict::Confirmed, 4, 0.15),
            feedback("p2", "lan", Verdict::Dismissed, 1, 0.4),
            feedback("p2", "minh", Verdict::Confirmed, 2, 0.4),
            feedback("missed-1", "lan", Verdict::Missed, 3, 0.0),
        ]
    }

    #[test]
    fn verdicts_read_back_as_they_were_written_and_a_bad_line_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(VERDICTS);
        std::fs::write(&file, to_lines(&some()).unwrap()).unwrap();
        assert_eq!(read(dir.path()).unwrap(), some());
        std::fs::write(&file, to_lines(&some()).unwrap() + "{}\n").unwrap();
        let error = read(dir.path()).unwrap_err().to_string();
        assert!(error.ends_with("line 6: not a verdict"), "{error}");
    }

    #[test]
    fn the_true_events_are_a_list_that_the_evaluator_reads() {
        let rows = events::read(Path::new(EVENTS), &true_events(&some())).unwrap();
        let read: Vec<events::TrueEvent> =
            rows.iter().map(|row| row.in_seconds(None, None).unwrap()).collect();
        // p1 was dismissed last, p2 confirmed last, and what was missed is true.
        assert_eq!(read.len(), 2);
        assert_eq!((read[0].kind.as_str(), read[0].start_s, read[0].end_s), ("traffic light", 12.25, 13.0));
        assert_eq!(
            (read[0].rule.as_deref(), read[0].direction),
            (Some("gate"), Some(events::Direction::Enter))
        );
    }

    #[test]
    fn bounds_weigh_the_dismissed_against_the_confirmed() {
        let rows = bounds(&some());
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].beyond, rows[0].prevented, rows[0].lost, rows[0].right), (0.15, 1, 0, 1));
    }
}
