use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check;
use super::scores::Depth;
use super::unit::NO_DEGRADATION;
use super::{Selection, TaskScores, Unit};
use crate::score::events::{TighterBound, Told, tighter_bounds};

/// Schema of the document; additive changes keep it.
pub const SCHEMA: &str = "cairn.eval/1";

/// One run, or one shard of a run.
///
/// Written with its scores, which are computed on the way out; read back without them, because they follow from the
/// units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version and commit of the binary.
    pub cairn: Value,
    /// The machine; left out of a reproducible document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Value>,
    /// The dataset.
    pub dataset: DatasetId,
    /// SHA-256 of the box configuration that gave rules and thresholds.
    pub config_sha256: Option<String>,
    /// Every model that took part, in order of id.
    pub models: Vec<ModelUse>,
    /// What was asked for.
    pub options: Options,
    /// Jobs of the whole run.
    pub jobs: u32,
    /// Speed, and nothing else in the document, depends on machine and moment; left out of a reproducible document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<Speed>,
    /// What was left out because it went wrong, in order of jobs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<Failure>,
    /// In order of their jobs.
    #[serde(skip_serializing)]
    pub units: Vec<Unit>,
}

/// Which dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetId {
    /// Its id.
    pub id: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Seed of degradations and bootstraps.
    pub seed: u64,
}

/// Which model file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ModelUse {
    /// Id of its card.
    pub id: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// What ran it.
    pub provider: String,
}

/// An item, or one condition of it, that has no units because something went wrong in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The first job in which it did; none where the item's ground truth cannot be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<u32>,
    /// Id of the item.
    pub item: String,
    /// The model; none where all of them are concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The degradation, as in a unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degradation: Option<String>,
    /// Why. Without names of pictures: those may be names of people or plates.
    pub reason: String,
}

impl Failure {
    /// Whether `unit` is left out with it: a part of a set is not scored as if it were the whole.
    pub fn takes_out(&self, unit: &Unit) -> bool {
        let of_all = self.model.is_none();
        self.item == unit.item
            && (of_all
                || (self.model.as_deref(), &self.degradation) == (Some(&unit.model), &unit.degradation))
    }

    /// Whether `other` is about the same.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        (&self.item, &self.model, &self.degradation) == (&other.item, &other.model, &other.degradation)
    }
}

/// As a line for people.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "item `{}`", self.item)?;
        if let Some(model) = &self.model {
            write!(f, " with {model}")?;
        }
        if let Some(degradation) = &self.degradation {
            write!(f, " under {degradation}")?;
        }
        write!(f, " was left out: {}", self.reason)
    }
}

/// What was asked for on the command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// `all`, or names of tasks.
    pub tasks: Vec<String>,
    /// Ids of the items; empty for all of the dataset.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    /// The one model that every item that can was run with.
    pub model: Option<String>,
    /// Input size, width and height in pixels, at which every detector ran instead of the one it would have had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<[u32; 2]>,
    /// At most so many frames, pictures or pairs of each item.
    pub limit: Option<u64>,
    /// How footage was played.
    pub pace: Pace,
    /// As `kind:strength`.
    pub degradations: Vec<String>,
    /// Which part of the run this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}

/// How footage is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// Every frame is looked at, however long it takes: the result does not depend on the load of the machine.
    Lockstep,
    /// As a live camera: a frame that comes before the one before it is done replaces the one that waits.
    Real,
}

/// Shard `index` of `of`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// From 1 to `of`.
    pub index: u32,
    /// At least 1.
    pub of: u32,
}

impl Shard {
    /// Whether this shard works on `job`.
    pub fn takes(self, job: u32) -> bool {
        job % self.of == self.index - 1
    }
}

/// How fast it went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Frames and pictures through a model.
    pub frames: u64,
    /// From the first job to the last; of shards, added up.
    pub wall_s: f64,
    /// Of the whole process.
    pub cpu_s: f64,
    /// `frames / wall_s`.
    pub frames_per_second: f64,
    /// `frames / cpu_s`.
    pub frames_per_cpu_second: f64,
    /// From a frame in hand to its tracks and passages, by model: counts of frames by the upper edge of their bin in
    /// milliseconds.
    pub latency_ms: BTreeMap<String, BTreeMap<u32, u64>>,
}

/// Why a document was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The file cannot be read.
    #[error("could not read `{}`", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Not such a document; the cause names line and column.
    #[error("`{}` is not a document of `cairn eval`", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// A value that no run writes.
    #[error("`{}`: {key}: got `{value}`, expected {expected}", file.display())]
    Value {
        /// The file.
        file: PathBuf,
        /// Where in the document.
        key: String,
        /// What stands there.
        value: String,
        /// What may stand there.
        expected: &'static str,
    },
    /// Written by another version.
    #[error("`{}`: schema: got `{found}`, expected `{SCHEMA}`", file.display())]
    Schema {
        /// The file.
        file: PathBuf,
        /// Its schema.
        found: String,
    },
}

/// A document as it is written.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    document: &'a Document,
    tasks: TaskScores,
    by_tag: BTreeMap<&'a str, TaskScores>,
    by_degradation: BTreeMap<&'a str, TaskScores>,
    by_model: BTreeMap<&'a str, TaskScores>,
    by_item: BTreeMap<&'a str, BTreeMap<&'a str, TaskScores>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tighter_bounds: Vec<TighterBound>,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// [`DocumentError`], naming the file.
    pub fn read(file: &Path) -> Result<Self, DocumentError> {
        let text =
            std::fs::read(file).map_err(|source| DocumentError::Read { file: file.to_owned(), source })?;
        let syntax = |source| DocumentError::Syntax { file: file.to_owned(), source };
        // A document of another kind should hear what it is rather than which key it lacks.
        let schema: Schema = serde_json::from_slice(&text).map_err(syntax)?;
        if schema.schema != SCHEMA {
            return Err(DocumentError::Schema { file: file.to_owned(), found: schema.schema });
        }
        let document: Self = serde_json::from_slice(&text).map_err(syntax)?;
        check::check(&document).map_err(|found| DocumentError::Value {
            file: file.to_owned(),
            key: found.key,
            value: found.value,
            expected: found.expected,
        })?;
        Ok(document)
    }

    /// The document as JSON with all its scores, ending in a line break: for people to look into, but for the units, one
    /// to a line.
    ///
    /// # Errors
    /// Never for numbers that scores can be.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let written = Written {
            document: self,
            tasks: self.scores(Selection::Headline),
            by_tag: self.tags().map(|tag| (tag, self.scores(Selection::Tag(tag)))).collect(),
            by_degradation: self
                .degradations()
                .into_iter()
                .map(|name| (name, self.scores(Selection::Degradation(name))))
                .collect(),
            by_model: self.model_ids().map(|model| (model, self.scores(Selection::Model(model)))).collect(),
            by_item: self.by_item(),
            tighter_bounds: self.tighter_bounds(Selection::Headline),
        };
        let mut text = serde_json::to_string_pretty(&written)?;
        let units = self.units.iter().map(serde_json::to_string).collect::<Result<Vec<String>, _>>()?;
        // The object is opened again for one more key.
        text.truncate(text.strip_suffix("\n}").unwrap_or(&text).len());
        text.push_str(",\n  \"units\": [\n");
        text.push_str(&units.join(",\n"));
        text.push_str("\n  ]\n}\n");
        Ok(text)
    }

    /// Scores of the selected units.
    pub fn scores(&self, selection: Selection<'_>) -> TaskScores {
        let depth = if selection == Selection::Headline { Depth::Full } else { Depth::Main };
        TaskScores::of(&self.select(selection), self.dataset.seed, depth)
    }

    /// The selected units, in order.
    pub fn select(&self, selection: Selection<'_>) -> Vec<&Unit> {
        self.units.iter().filter(|unit| selection.takes(unit)).collect()
    }

    /// Every tag, in order of the alphabet.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        let tags: BTreeSet<&str> =
            self.units.iter().flat_map(|unit| &unit.tags).map(String::as_str).collect();
        tags.into_iter()
    }

    /// `none` and every degradation of the run in the order they were asked for; empty where there was none.
    pub fn degradations(&self) -> Vec<&str> {
        let run: Vec<&str> = self.options.degradations.iter().map(String::as_str).collect();
        if run.is_empty() { run } else { std::iter::once(NO_DEGRADATION).chain(run).collect() }
    }

    /// Every model that has units, in order of id.
    pub fn model_ids(&self) -> impl Iterator<Item = &str> {
        let models: BTreeSet<&str> = self.units.iter().map(|unit| unit.model.as_str()).collect();
        models.into_iter()
    }

    /// What tighter bounds would have done to the events told in the selected units; see
    /// [`tighter_bounds`](crate::score::events::tighter_bounds).
    pub fn tighter_bounds(&self, selection: Selection<'_>) -> Vec<TighterBound> {
        let units = self.select(selection);
        let told = units.iter().filter_map(|unit| unit.events.as_ref().zip(unit.trails.as_ref()));
        let told: Vec<Told<'_>> = told
            .flat_map(|(events, trails)| {
                let decided = events.found.iter().zip(&trails.decisions).enumerate();
                decided.filter_map(|(index, (event, clauses))| {
                    let is_right = !events.false_alarms.contains(&index);
                    Some(Told { rule: event.rule.as_deref()?, is_right, clauses })
                })
            })
            .collect();
        tighter_bounds(&told)
    }

    fn by_item(&self) -> BTreeMap<&str, BTreeMap<&str, TaskScores>> {
        let mut items: BTreeMap<&str, BTreeMap<&str, TaskScores>> = BTreeMap::new();
        for unit in &self.units {
            let models = items.entry(&unit.item).or_default();
            if !models.contains_key(unit.model.as_str()) {
                models.insert(&unit.model, self.scores(Selection::Item(&unit.item, &unit.model)));
            }
        }
        items
    }
}

#[derive(Deserialize)]
struct Schema {
    #[serde(default)]
    schema: String,
}
