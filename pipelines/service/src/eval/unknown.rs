//! Classes that the ground truth has and the model does not know.

use std::collections::BTreeSet;

use super::plan::{Job, Predictor, Prepared, Work};

/// Logs them, once for each item and model: whatever there is of them counts as missed.
pub(crate) fn tell(prepared: &Prepared, jobs: &[Job<'_>]) {
    let mut told: BTreeSet<(&str, String)> = BTreeSet::new();
    for job in jobs {
        let unknown = classes(prepared, job);
        if !unknown.is_empty() && told.insert((job.item.id.as_str(), job.model_id())) {
            tracing::warn!(
                item = job.item.id,
                model = job.model_id(),
                classes = unknown.join(", "),
                "the model does not know these classes of the ground truth: all of them count as missed"
            );
        }
    }
}

fn classes<'a>(prepared: &Prepared, job: &Job<'a>) -> Vec<&'a str> {
    let Predictor::Model(card) = &job.predictor else { return Vec::new() };
    let judged: Vec<&str> = match &job.work {
        Work::Pictures { set, .. } => set.classes.iter().map(String::as_str).collect(),
        Work::Clip { clip, tasks, .. } if tasks.detect => {
            clip.boxes.iter().map(|boxes| boxes.class.as_str()).collect()
        }
        Work::Clip { .. } | Work::Plates { .. } | Work::Faces { .. } => Vec::new(),
    };
    let known: BTreeSet<&str> =
        card.classes.iter().map(|class| prepared.dataset.class_for(job.item, class)).collect();
    judged.into_iter().filter(|class| !known.contains(class)).collect()
}
