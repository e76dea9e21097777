//! A comparison as a document: `cairn.compare/1`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::pairing::Paired;
use super::{Absence, Changes, CompareError, Comparison, REPLICATES, ScoreChange};
use crate::report::{DatasetId, Document, ModelUse, Selection};

/// Schema of the document; additive changes keep it.
pub const SCHEMA: &str = "cairn.compare/1";

/// What a comparison found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Draws of each bootstrap.
    pub replicates: usize,
    /// The base line.
    pub a: Run,
    /// The candidate.
    pub b: Run,
    /// Counting models, footage as it is.
    pub tasks: Changes,
    /// The same, items with a tag.
    pub by_tag: BTreeMap<String, Changes>,
    /// Counting models under each degradation that both have; `none` is the same items as they are.
    pub by_degradation: BTreeMap<String, Changes>,
    /// Item by item, counting models, footage as it is.
    pub by_item: BTreeMap<String, ItemChange>,
    /// Rates of work; these depend on machine and moment, and are not resampled.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub speed: BTreeMap<&'static str, SpeedChange>,
    /// What only one of both has, and what is therefore in nothing above.
    pub left_out: Vec<Absence>,
}

/// Which run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// Version and commit of the binary.
    pub cairn: Value,
    /// The dataset.
    pub dataset: DatasetId,
    /// SHA-256 of the box configuration.
    pub config_sha256: Option<String>,
    /// Every model that took part.
    pub models: Vec<ModelUse>,
}

/// What moved in one item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ItemChange {
    /// Id of the base line's model.
    pub model_a: Option<String>,
    /// Id of the candidate's.
    pub model_b: Option<String>,
    /// By task.
    pub tasks: Changes,
}

/// A rate in both runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SpeedChange {
    /// In the base line.
    pub a: f64,
    /// In the candidate.
    pub b: f64,
    /// `b - a`.
    pub difference: f64,
}

/// One score of one item that moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mover<'a> {
    /// Id of the item.
    pub item: &'a str,
    /// The task.
    pub task: &'static str,
    /// The score.
    pub score: &'a str,
    /// How it moved.
    pub change: &'a ScoreChange,
}

impl Comparison<'_> {
    /// Everything that moved.
    ///
    /// # Errors
    /// [`CompareError::Sizes`] when an item has another size on the other side, [`CompareError::Nothing`] when no item
    /// was scored for the same task on both.
    pub fn report(&self) -> Result<Report, CompareError> {
        let headline = self.paired(Selection::Headline)?;
        let mut left_out = headline.left_out.clone();
        let mut by_tag = BTreeMap::new();
        for tag in self.a.tags().filter(|tag| self.b.tags().any(|other| other == *tag)) {
            let changes = self.changes(Selection::Tag(tag))?;
            if !changes.is_empty() {
                by_tag.insert(tag.to_owned(), changes);
            }
        }
        let mut by_degradation = BTreeMap::new();
        for name in self.a.degradations() {
            if !self.b.degradations().contains(&name) {
                continue;
            }
            let paired = self.paired(Selection::Degradation(name))?;
            left_out.extend(paired.left_out.iter().cloned());
            let changes = paired.changes(self.a.dataset.seed);
            if !changes.is_empty() {
                by_degradation.insert(name.to_owned(), changes);
            }
        }
        let tasks = headline.changes(self.a.dataset.seed);
        if tasks.is_empty() && by_degradation.is_empty() {
            return Err(CompareError::Nothing);
        }
        left_out.sort();
        left_out.dedup();
        Ok(Report {
            schema: SCHEMA,
            replicates: REPLICATES,
            a: Run::of(self.a),
            b: Run::of(self.b),
            tasks,
            by_tag,
            by_degradation,
            by_item: by_item(&headline, self.a.dataset.seed),
            speed: self.speed(),
            left_out,
        })
    }

    fn speed(&self) -> BTreeMap<&'static str, SpeedChange> {
        let Some((a, b)) = self.a.speed.as_ref().zip(self.b.speed.as_ref()) else { return BTreeMap::new() };
        let change = |a: f64, b: f64| SpeedChange { a, b, difference: b - a };
        BTreeMap::from([
            ("frames_per_second", change(a.frames_per_second, b.frames_per_second)),
            ("frames_per_cpu_second", change(a.frames_per_cpu_second, b.frames_per_cpu_second)),
        ])
    }
}

impl Report {
    /// Scores of items that moved, the significant ones first, then by how far they moved.
    pub fn movers(&self) -> Vec<Mover<'_>> {
        let mut movers: Vec<Mover<'_>> = Vec::new();
        for (item, moved) in &self.by_item {
            for (task, changes) in &moved.tasks {
                let scores = changes.scores.iter().map(|(score, change)| Mover { item, task, score, change });
                movers
                    .extend(scores.filter(|mover| mover.change.difference.is_some_and(|moved| moved != 0.0)));
            }
        }
        let far = |mover: &Mover<'_>| mover.change.difference.unwrap_or_default().abs();
        movers.sort_by(|a, b| {
            b.change.significant.cmp(&a.change.significant).then_with(|| far(b).total_cmp(&far(a)))
        });
        movers
    }
}

impl Run {
    /// The run that `document` is of.
    pub fn of(document: &Document) -> Self {
        Self {
            cairn: document.cairn.clone(),
            dataset: document.dataset.clone(),
            config_sha256: document.config_sha256.clone(),
            models: document.models.clone(),
        }
    }
}

fn by_item(headline: &Paired<'_>, seed: u64) -> BTreeMap<String, ItemChange> {
    let mut items = BTreeMap::new();
    for item in &headline.items {
        let tasks = item.changes(seed);
        if !tasks.is_empty() {
            let [model_a, model_b] = item.models().map(|model| model.map(str::to_owned));
            items.insert(item.item.to_owned(), ItemChange { model_a, model_b, tasks });
        }
    }
    items
}
