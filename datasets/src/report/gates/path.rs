//! The path of a score in a document of `cairn eval`.

use std::fmt;

use serde_json::Value;

use crate::report::{DetectReport, Document, Selection, TaskScores, TrackReport};
use crate::score::faces::{FMR_LEVELS, FaceScores, Source, Verification};
use crate::score::{detection, events, plates, tracking};

/// Keys of `speed` that are one number.
const SPEED: [&str; 5] = ["frames", "wall_s", "cpu_s", "frames_per_second", "frames_per_cpu_second"];

/// Scores whose keys are data; `*` is any key.
const OPEN: [&str; 10] = [
    "detect.per_class.*.ap",
    "detect.per_class.*.ap50",
    "detect.per_class.*.ar100",
    "detect.per_class.*.truths",
    "plates.by_country.*.n",
    "plates.by_country.*.exact",
    "plates.rejected_by.*",
    "faces.fnmr_at.*",
    "faces.threshold_at.*",
    "faces.unproved.*",
];

/// Scores that have an interval of their own difference.
const RESAMPLED: [&str; 20] = [
    "detect.ap",
    "detect.ap50",
    "detect.ap75",
    "track.mota",
    "track.motp",
    "track.idf1",
    "track.hota",
    "track.deta",
    "track.assa",
    "plates.read",
    "plates.exact",
    "plates.exact_one_line",
    "plates.exact_two_line",
    "plates.characters",
    "events.precision",
    "events.recall",
    "events.f1",
    "events.false_alarms_per_hour",
    "events.time_to_event_s.p50",
    "events.time_to_event_s.p95",
];

/// Where a score stands in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScorePath {
    group: Group,
    /// Task and score, such as `detect.ap`; a key of `speed` there.
    score: String,
}

/// Which part of a document; names are of tags, degradations, models, and `item.model`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Tasks,
    Tag(String),
    Degradation(String),
    Model(String),
    Item(String),
    Speed,
}

impl ScorePath {
    /// Reads a path, such as `tasks.detect.ap` or `by_tag.night.track.hota`.
    ///
    /// # Errors
    /// The path spelt most alike, for one that no document can have. Whether a tag, a degradation, a model, an item or a
    /// class is known cannot be said without a document.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::split(text).ok_or_else(|| nearest(text))
    }

    fn split(text: &str) -> Option<Self> {
        let (key, rest) = text.split_once('.')?;
        if key == "speed" {
            return SPEED.contains(&rest).then(|| Self { group: Group::Speed, score: rest.to_owned() });
        }
        if key == "tasks" {
            return is_score(rest).then(|| Self { group: Group::Tasks, score: rest.to_owned() });
        }
        let group = named_group(key)?;
        // A name may hold dots itself, so that the score is looked for behind each.
        let dots = rest.match_indices('.').map(|(at, _)| at);
        let at = dots.filter(|&at| 0 < at).find(|&at| is_score(&rest[at + 1..]))?;
        Some(Self { group: group(rest[..at].to_owned()), score: rest[at + 1..].to_owned() })
    }

    /// Whether a comparison has an interval for it.
    pub fn is_resampled(&self) -> bool {
        let levels = |score: &str| score.strip_prefix("faces.fnmr_at.").is_some();
        self.group != Group::Speed
            && (RESAMPLED.contains(&self.score.as_str())
                || self.score == "faces.accuracy_10fold"
                || levels(&self.score))
    }

    pub(super) fn group(&self) -> &Group {
        &self.group
    }

    /// `detect.ap`; of `speed` the key alone.
    pub(super) fn score(&self) -> &str {
        &self.score
    }

    /// `detect` and `ap`.
    pub(super) fn task_and_score(&self) -> (&str, &str) {
        self.score.split_once('.').unwrap_or(("", &self.score))
    }
}

impl Group {
    /// The units of `document` that it is about; `None` for speed, and for an item that `document` does not have.
    pub(super) fn selection<'a>(&'a self, document: &'a Document) -> Option<Selection<'a>> {
        Some(match self {
            Self::Speed => return None,
            Self::Tasks => Selection::Headline,
            Self::Tag(name) => Selection::Tag(name),
            Self::Degradation(name) => Selection::Degradation(name),
            Self::Model(name) => Selection::Model(name),
            Self::Item(name) => {
                let mut units = document.units.iter();
                let unit = units.find(|unit| format!("{}.{}", unit.item, unit.model) == *name)?;
                Selection::Item(&unit.item, &unit.model)
            }
        })
    }

    /// The names that `document` has for it; none where there is nothing to name.
    pub(super) fn known(&self, document: &Document) -> Vec<String> {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        match self {
            Self::Speed | Self::Tasks => Vec::new(),
            Self::Tag(_) => owned(document.tags().collect()),
            Self::Degradation(_) => owned(document.degradations()),
            Self::Model(_) => owned(document.model_ids().collect()),
            Self::Item(_) => {
                let mut names: Vec<String> =
                    document.units.iter().map(|unit| format!("{}.{}", unit.item, unit.model)).collect();
                names.sort();
                names.dedup();
                names
            }
        }
    }

    /// Its name and what it is a name of.
    pub(super) fn name(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Speed | Self::Tasks => None,
            Self::Tag(name) => Some(("tag", name)),
            Self::Degradation(name) => Some(("degradation", name)),
            Self::Model(name) => Some(("model", name)),
            Self::Item(name) => Some(("item and model", name)),
        }
    }
}

/// As in a gates file.
impl fmt::Display for ScorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.group {
            Group::Tasks => f.write_str("tasks.")?,
            Group::Speed => f.write_str("speed.")?,
            Group::Tag(name) => write!(f, "by_tag.{name}.")?,
            Group::Degradation(name) => write!(f, "by_degradation.{name}.")?,
            Group::Model(name) => write!(f, "by_model.{name}.")?,
            Group::Item(name) => write!(f, "by_item.{name}.")?,
        }
        f.write_str(&self.score)
    }
}

/// Every number of `value` by its path; with `empty`, what is null counts as one.
pub(super) fn numbers(value: &Value, path: &str, empty: bool, found: &mut Vec<(String, f64)>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                numbers(value, &path, empty, found);
            }
        }
        Value::Number(number) => found.extend(number.as_f64().map(|number| (path.to_owned(), number))),
        Value::Null if empty => found.push((path.to_owned(), f64::NAN)),
        _ => {}
    }
}

fn named_group(key: &str) -> Option<fn(String) -> Group> {
    Some(match key {
        "by_tag" => Group::Tag,
        "by_degradation" => Group::Degradation,
        "by_model" => Group::Model,
        "by_item" => Group::Item,
        _ => return None,
    })
}

fn is_score(score: &str) -> bool {
    let between = |from: &str, to: &str| {
        score.strip_prefix(from).and_then(|rest| rest.strip_suffix(to)).is_some_and(|key| !key.is_empty())
    };
    let open = OPEN.iter().any(|pattern| pattern.split_once('*').is_some_and(|(from, to)| between(from, to)));
    let interval = |task: &str| {
        ["low", "high"].iter().any(|end| between(&format!("{task}.intervals."), &format!(".{end}")))
    };
    open || ["detect", "track", "plates", "faces", "events"].into_iter().any(interval)
        || fixed().iter().any(|known| known == score)
}

/// Scores whose keys are always the same: those of documents in which nothing was found.
fn fixed() -> Vec<String> {
    let faces = FaceScores {
        pairs: 0,
        unscored: 0,
        source: Source::Listed,
        verification: Verification::default(),
        accuracy_10fold: None,
        accuracy_10fold_standard_error: None,
    };
    let scores = TaskScores {
        detect: Some(DetectReport { scores: detection::score(&[], None), intervals: Default::default() }),
        track: Some(TrackReport { scores: tracking::score(&[]), intervals: Default::default() }),
        plates: Some(plates::score(&[], None)),
        faces: Some(faces),
        events: Some(events::score(&[])),
    };
    let mut found = Vec::new();
    // Scores are plain numbers, text and maps of them: they can always be written.
    let value = serde_json::to_value(&scores).unwrap_or_default();
    numbers(&value, "", true, &mut found);
    found.into_iter().map(|(path, _)| path).collect()
}

fn nearest(text: &str) -> String {
    let levels = FMR_LEVELS.iter().map(|(level, _)| format!("faces.fnmr_at.{level}"));
    let scores: Vec<String> = fixed().into_iter().chain(levels).collect();
    // The name in a path is as it should be; only what is around it can be wrong.
    let mut known: Vec<String> = scores.iter().map(|score| format!("tasks.{score}")).collect();
    known.extend(SPEED.iter().map(|key| format!("speed.{key}")));
    let mut parts = text.split('.');
    let named = parts.next().filter(|group| named_group(group).is_some()).zip(parts.next());
    if let Some((group, name)) = named {
        known.extend(scores.iter().map(|score| format!("{group}.{name}.{score}")));
    }
    models::nearest(known.iter().map(String::as_str), text).to_owned()
}
