//! Scores of each item and of each model.

use super::escape::Escaped;
use super::measure::{Measure, TASKS, Task};
use super::section::{Section, remark};
use super::table::Table;
use super::{Results, number};
use crate::report::{Selection, TaskScores};

/// First cells of a row, as HTML, and what the others are read from.
type Row = (Vec<String>, TaskScores);

pub(super) fn section(results: &Results<'_>) -> Option<Section> {
    let document = results.document;
    let mut runs: Vec<(&str, &str, bool)> = Vec::new();
    for unit in document.units.iter().filter(|unit| unit.degradation.is_none()) {
        let run = (unit.item.as_str(), unit.model.as_str(), unit.counts);
        if !runs.contains(&run) {
            runs.push(run);
        }
    }
    let items: Vec<Row> = runs
        .iter()
        .map(|&(item, model, counts)| {
            let beside = if counts { "" } else { "<small>beside</small>" };
            let cells = vec![Escaped(item).to_string(), format!("{}{beside}", Escaped(model))];
            (cells, document.scores(Selection::Item(item, model)))
        })
        .collect();
    let models: Vec<Row> = document
        .model_ids()
        .map(|model| (vec![Escaped(model).to_string()], document.scores(Selection::Model(model))))
        .collect();
    let tasks: String = TASKS
        .iter()
        .filter_map(|task| {
            let by_item = table(task, "by item", &["Item", "Model"], &items)?;
            let by_model = table(task, "by model", &["Model"], &models).unwrap_or_default();
            // Many columns leave no room for two tables side by side.
            let class = if task.measures.len() <= 3 { "pair" } else { "pair stacked" };
            Some(format!("<h3>{}</h3><div class=\"{class}\">{by_item}{by_model}</div>", task.name))
        })
        .collect();
    let note = remark(
        "Footage as it is. A model marked “beside” does not count in the scores of its item. The scores of a model are over \
         the items it ran on: they compare two models only where these are the same.",
    );
    (!tasks.is_empty()).then(|| Section {
        id: "breakdown",
        title: "Items and models",
        aside: format!("{} of an item with a model", number::counted(runs.len() as u64, "run")),
        body: tasks + &note,
    })
}

/// Rows that have a score of `task`; `None` when there is none.
fn table(task: &Task, by: &str, head: &[&str], rows: &[Row]) -> Option<String> {
    let has_score = |scores: &TaskScores| task.measures.iter().any(|measure| (measure.of)(scores).is_some());
    let rows: Vec<&Row> = rows.iter().filter(|(_, scores)| has_score(scores)).collect();
    if rows.is_empty() {
        return None;
    }
    let words = head.len();
    let head: Vec<&str> =
        head.iter().copied().chain(task.measures.iter().map(|measure| measure.name)).collect();
    let mut table = Table::new(&format!("{}, {by}", task.name), &head).with_words(words);
    for (first, scores) in rows {
        let scores = task.measures.iter().map(|measure| cell(measure, scores));
        table.html_row(first.iter().cloned().chain(scores).collect());
    }
    Some(table.html())
}

fn cell(measure: &Measure, scores: &TaskScores) -> String {
    match (measure.of)(scores) {
        Some(found) => number::figure(found.value) + &number::small_interval(found.interval.as_ref()),
        None => number::NONE.to_owned(),
    }
}
