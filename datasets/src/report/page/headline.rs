//! The scores by which a run is judged, as cards.

use super::measure::{Estimate, Measure, TASKS, Task};
use super::{Results, gauge, number};
use crate::report::TaskScores;

/// One row of cards for each task that has a score.
pub(super) fn cards(results: &Results<'_>) -> String {
    let rows: String = TASKS.iter().filter_map(|task| row(task, &results.headline)).collect();
    if rows.is_empty() {
        return "<p class=\"empty\">No item of this run has a score.</p>".to_owned();
    }
    format!("<section class=\"headline\" aria-label=\"Headline scores\">{rows}</section>")
}

fn row(task: &Task, scores: &TaskScores) -> Option<String> {
    let cards: String =
        task.measures.iter().filter_map(|measure| Some(card(measure, (measure.of)(scores)?))).collect();
    if cards.is_empty() {
        return None;
    }
    Some(format!(
        "<div class=\"task\"><div class=\"task-name\"><h2><a href=\"#{}\">{}</a></h2><p>{}</p></div>\
         <div class=\"cards\">{cards}</div></div>",
        task.section,
        task.name,
        basis(scores, task.section).unwrap_or_default()
    ))
}

fn card(measure: &Measure, estimate: Estimate) -> String {
    let scale = measure.scale(&[estimate]);
    let (from, to) = scale.ends();
    let interval = match &estimate.interval {
        Some(interval) => format!("95\u{a0}%: {}", number::interval(Some(interval))),
        None => "no interval".to_owned(),
    };
    format!(
        "<div class=\"card\"><h3>{}</h3><p class=\"meaning\">{}</p><p class=\"value\">{}</p>{}\
         <p class=\"ends\"><span>{}</span><span>{}</span></p><p class=\"interval\">{interval}</p></div>",
        measure.name,
        measure.meaning,
        number::figure(estimate.value),
        gauge::range(scale, estimate.value, estimate.interval),
        number::figure(from),
        number::figure(to),
    )
}

/// What the scores of the task with this section rest on.
fn basis(scores: &TaskScores, section: &str) -> Option<String> {
    let (count, counted) = (number::count, number::counted);
    match section {
        "detection" => {
            let scores = &scores.detect.as_ref()?.scores;
            Some(format!("{} in {}", counted(scores.truths, "object"), counted(scores.pictures, "picture")))
        }
        "tracking" => {
            let scores = &scores.track.as_ref()?.scores;
            let objects = counted(scores.true_identities, "object");
            Some(format!("{objects} over {}", counted(scores.frames, "frame")))
        }
        "plates" => Some(counted(scores.plates.as_ref()?.n, "plate")),
        "faces" => {
            let faces = &scores.faces.as_ref()?.verification;
            Some(format!("{} genuine, {} impostor comparisons", count(faces.genuine), count(faces.impostors)))
        }
        "events" => {
            let events = scores.events.as_ref()?;
            let hours = number::figure(events.camera_hours);
            Some(format!("{} in {hours} camera-hours", counted(events.truths, "true event")))
        }
        _ => None,
    }
}
