//! Accuracy of a model and of what was made from it, on the same items in one run.

use anyhow::{Context as _, bail};
use datasets::report::compare::Comparison;
use datasets::report::{DatasetId, Document, Selection};

use super::guard::ApChange;
use crate::eval::{self, Request};

/// What the evaluator found.
pub(super) struct Scored {
    pub(super) dataset: DatasetId,
    /// One for each of the request's stand-ins, in their order.
    pub(super) changes: Vec<ApChange>,
}

/// Scores the model `id` and the stand-ins of `request`.
///
/// # Errors
/// As [`eval::evaluate`]; when an item fails, for what is left may be what is easy; when no score comes of it.
pub(super) fn score(request: Request, id: &str) -> anyhow::Result<Scored> {
    let candidates: Vec<String> = request.stand_ins.iter().map(|stand_in| stand_in.card.id.clone()).collect();
    let (document, _) = eval::evaluate(request)?;
    if let Some(failure) = document.failed.first() {
        bail!("accuracy cannot be judged: {failure}");
    }
    let changes = candidates.iter().map(|candidate| change(&document, id, candidate));
    Ok(Scored { changes: changes.collect::<anyhow::Result<_>>()?, dataset: document.dataset.clone() })
}

/// What `candidate` does better or worse than the model `id`, over all items.
fn change(document: &Document, id: &str, candidate: &str) -> anyhow::Result<ApChange> {
    let (a, b) = (alone(document, id), alone(document, candidate));
    let mut changes = Comparison::new(&a, &b, false)?.changes(Selection::Headline)?;
    let detect = changes.remove("detect").context("no picture of the dataset was judged")?;
    let ap = detect.scores.get("ap").context("the evaluator gave no average precision")?;
    let (Some(before), Some(after)) = (ap.a, ap.b) else {
        bail!("the dataset has no object that `{id}` or `{candidate}` could find");
    };
    Ok(ApChange { before, after, interval: ap.interval, pictures: detect.units })
}

/// The run as if `model` had been the only one.
fn alone(document: &Document, model: &str) -> Document {
    let mut alone = document.clone();
    alone.units.retain(|unit| unit.model == model);
    for unit in &mut alone.units {
        unit.counts = true;
    }
    alone
}
