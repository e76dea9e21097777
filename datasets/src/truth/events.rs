//! Lists of events: `clip,kind,start,end` and, where they are known, `rule,direction,tolerance`.
//!
//! A time is a number of seconds after the first presented frame (`12.4`), or that frame itself (`f62`, from 1).

use std::fmt;
use std::path::Path;

use models::BadValue;
use serde::{Deserialize, Serialize};

use super::table::{Columns, Row, number, rows, some_text};
use super::{Findings, Problems};

/// Something that happens in a clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrueEvent {
    /// Id of the clip.
    pub clip: String,
    /// Class of the object.
    pub kind: String,
    /// The rule it is about; any that fits where it is not given.
    pub rule: Option<String>,
    /// Which way; any where it is not given.
    pub direction: Option<Direction>,
    /// Seconds after the first presented frame.
    pub start_s: f64,
    /// Seconds after the first presented frame, not before the start.
    pub end_s: f64,
    /// How far a right answer may be off, in seconds.
    pub tolerance_s: f64,
}

/// Which way an object goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the left to the right of a line.
    Forward,
    /// From the right to the left of a line.
    Backward,
    /// Into a zone.
    Enter,
    /// Out of a zone.
    Exit,
    /// In a zone without a way.
    Within,
}

/// One row of a list, before its frames have become seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// Line in the list, from 1.
    pub line: usize,
    /// Id of the clip.
    pub clip: String,
    /// Class of the object.
    pub kind: String,
    /// The rule it is about.
    pub rule: Option<String>,
    /// Which way.
    pub direction: Option<Direction>,
    /// When it begins.
    pub start: Moment,
    /// When it ends.
    pub end: Moment,
    /// How far a right answer may be off: seconds, or a number of frames.
    pub tolerance: Moment,
}

/// A time as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// Seconds, from 0.
    Seconds(f64),
    /// A frame, from 1; as a tolerance a number of frames.
    Frame(u32),
}

const COLUMNS: Columns =
    Columns { required: &["clip", "kind", "start", "end"], optional: &["rule", "direction", "tolerance"] };

/// The events in `text`, of all clips.
///
/// # Errors
/// Every row with a wrong cell.
pub fn read(file: &Path, text: &str) -> Result<Vec<EventRow>, Problems> {
    let mut findings = Findings::new(file);
    let events: Vec<Option<EventRow>> =
        rows(text, &COLUMNS, &mut findings).iter().map(|row| event(row, &mut findings)).collect();
    findings.finish(events.into_iter().flatten().collect())
}

fn event(row: &Row, findings: &mut Findings) -> Option<EventRow> {
    let clip = row.need("clip", "the id of a clip", findings, some_text);
    let kind = row.need("kind", "the class of an object", findings, some_text);
    let expected = "seconds such as 12.4, or a frame such as f62";
    let start = row.need("start", expected, findings, Moment::instant);
    let end = row.need("end", expected, findings, Moment::instant);
    let expected = "`forward`, `backward`, `enter`, `exit` or `within`";
    let direction = row.maybe("direction", expected, findings, Direction::from_text);
    let expected = "seconds such as 0.5, or frames such as f5";
    let tolerance = row.maybe("tolerance", expected, findings, Moment::span);
    Some(EventRow {
        line: row.line,
        clip: clip?,
        kind: kind?,
        rule: row.given("rule").map(str::to_owned),
        direction: direction?,
        start: start?,
        end: end?,
        tolerance: tolerance?.unwrap_or(Moment::Seconds(0.0)),
    })
}

impl EventRow {
    /// The event in seconds of a clip with `fps` frames per second and `frames` frames, where they are known.
    ///
    /// # Errors
    /// A time in frames where `fps` is not known, one after the clip's end, or an end before the start.
    pub fn in_seconds(&self, fps: Option<f64>, frames: Option<u32>) -> Result<TrueEvent, BadValue> {
        let start_s = self.start.seconds("start", fps, frames)?;
        let end_s = self.end.seconds("end", fps, frames)?;
        if end_s < start_s {
            return Err(self.end.wrong("end", format!("a time not before the start, {}", self.start)));
        }
        let tolerance_s = match self.tolerance {
            Moment::Seconds(seconds) => seconds,
            Moment::Frame(frames) => f64::from(frames) / self.tolerance.rate("tolerance", fps)?,
        };
        let Self { clip, kind, rule, direction, .. } = self.clone();
        Ok(TrueEvent { clip, kind, rule, direction, start_s, end_s, tolerance_s })
    }
}

impl Moment {
    fn instant(text: &str) -> Option<Self> {
        Self::span(text).filter(|moment| *moment != Self::Frame(0))
    }

    fn span(text: &str) -> Option<Self> {
        match text.strip_prefix('f') {
            Some(frame) => frame.parse().ok().map(Self::Frame),
            None => number(text).filter(|seconds| 0.0 <= *seconds).map(Self::Seconds),
        }
    }

    fn wrong(self, key: &str, expected: impl Into<String>) -> BadValue {
        BadValue { key: key.to_owned(), value: self.to_string(), expected: expected.into() }
    }

    fn rate(self, key: &str, fps: Option<f64>) -> Result<f64, BadValue> {
        fps.ok_or_else(|| self.wrong(key, "seconds, or the clip's `fps` in the dataset file"))
    }

    /// Seconds after the first presented frame.
    fn seconds(self, key: &str, fps: Option<f64>, frames: Option<u32>) -> Result<f64, BadValue> {
        let seconds = match self {
            Self::Seconds(seconds) => seconds,
            Self::Frame(frame) => {
                if let Some(last) = frames.filter(|last| *last < frame) {
                    return Err(self.wrong(key, format!("at most f{last}, the clip's last frame")));
                }
                f64::from(frame.saturating_sub(1)) / self.rate(key, fps)?
            }
        };
        if let (Some(fps), Some(frames)) = (fps, frames) {
            let length_s = f64::from(frames) / fps;
            if length_s < seconds {
                return Err(self.wrong(key, format!("at most {length_s:.3}, the clip's end")));
            }
        }
        Ok(seconds)
    }
}

/// As in the list: `12.4` or `f62`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seconds(seconds) => write!(f, "{seconds}"),
            Self::Frame(frame) => write!(f, "f{frame}"),
        }
    }
}

impl Direction {
    fn from_text(text: &str) -> Option<Self> {
        match text {
            "forward" => Some(Self::Forward),
            "backward" => Some(Self::Backward),
            "enter" => Some(Self::Enter),
            "exit" => Some(Self::Exit),
            "within" => Some(Self::Within),
            _ => None,
        }
    }
}

/// As in a list of events.
impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forward => "forward",
            Self::Backward => "backward",
            Self::Enter => "enter",
            Self::Exit => "exit",
            Self::Within => "within",
        })
    }
}
