//! How scores move with the conditions: degradations and tags.

use super::measure::{Estimate, TASKS, Task};
use super::section::{Section, figure, figures, remark};
use super::table::{Bar, Bars, bars};
use super::{Results, number};
use crate::report::{Selection, TaskScores};

pub(super) fn section(results: &Results<'_>) -> Option<Section> {
    let document = results.document;
    let degradations: Vec<(&str, TaskScores)> = document
        .degradations()
        .into_iter()
        .map(|name| (name, document.scores(Selection::Degradation(name))))
        .collect();
    let tags: Vec<(&str, TaskScores)> =
        document.tags().map(|tag| (tag, document.scores(Selection::Tag(tag)))).collect();
    // The first is the footage as it is.
    let by_degradation = match degradations.first() {
        Some((_, as_it_is)) => comparisons("Degradation", &degradations, as_it_is),
        None => Vec::new(),
    };
    let by_tag = comparisons("Tag", &tags, &results.headline);
    let mut body = String::new();
    if !by_degradation.is_empty() {
        body += &format!("<h3>Under degradation</h3>{}", figures(&by_degradation));
        body += &remark(
            "Degradations are computed on the same items. The line is the score of these items as they are (none), the \
             last column the distance from it.",
        );
    }
    if !by_tag.is_empty() {
        body += &format!("<h3>By condition</h3>{}", figures(&by_tag));
        body += &remark(
            "Conditions are the tags of the dataset's items, of which an item may have several. The line is the score of \
             all items, the last column the distance from it.",
        );
    }
    let aside = [
        number::counted(document.options.degradations.len() as u64, "degradation"),
        number::counted(tags.len() as u64, "tag"),
    ];
    (!body.is_empty()).then(|| Section {
        id: "robustness",
        title: "Robustness",
        aside: aside.join(", "),
        body,
    })
}

/// Each task's main score over `conditions`, for tasks that at least one of them has.
fn comparisons(what: &str, conditions: &[(&str, TaskScores)], reference: &TaskScores) -> Vec<String> {
    TASKS.iter().filter_map(|task| comparison(what, task, conditions, reference)).collect()
}

fn comparison(
    what: &str,
    task: &Task,
    conditions: &[(&str, TaskScores)],
    reference: &TaskScores,
) -> Option<String> {
    let measure = task.measures.first()?;
    let estimates: Vec<(&str, Estimate)> =
        conditions.iter().filter_map(|(name, scores)| Some((*name, (measure.of)(scores)?))).collect();
    if estimates.is_empty() {
        return None;
    }
    let reference = (measure.of)(reference).map(|estimate| estimate.value);
    let rows: Vec<Bar> = estimates
        .iter()
        .map(|(name, estimate)| Bar {
            label: (*name).to_owned(),
            value: Some(estimate.value),
            interval: estimate.interval,
            note: reference
                .map_or_else(String::new, |reference| number::difference(estimate.value - reference)),
        })
        .collect();
    let all: Vec<Estimate> = estimates.into_iter().map(|(_, estimate)| estimate).collect();
    let better = if measure.is_score { "" } else { "; lower is better" };
    let title = format!("{}: {}{better}", task.name, measure.name);
    let about =
        Bars { caption: &title, head: [what, "Value", "Change"], scale: measure.scale(&all), reference };
    Some(figure(&title, &bars(about, &rows)))
}
