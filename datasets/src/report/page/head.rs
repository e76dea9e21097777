//! What was run on what, and what could not be.

use std::collections::BTreeSet;

use super::escape::Escaped;
use super::{Results, number, section};
use crate::report::{Failure, ModelUse, Options, Pace};

pub(super) fn head(results: &Results<'_>) -> String {
    let document = results.document;
    let items: BTreeSet<&str> = document.units.iter().map(|unit| unit.item.as_str()).collect();
    let frames: u64 = document.units.iter().map(|unit| unit.frames).sum();
    let facts = [
        ("Models", models(&document.models)),
        ("Options", options(&document.options)),
        (
            "Looked at",
            format!(
                "{}, {} frames and pictures",
                number::counted(items.len() as u64, "item"),
                number::count(frames)
            ),
        ),
        (
            "Dataset file",
            format!(
                "<code>{}</code>, seed {}",
                Escaped(&number::hash_prefix(&document.dataset.sha256)),
                document.dataset.seed
            ),
        ),
    ];
    format!(
        "<header><p class=\"kind\">Cairn evaluation</p><h1>{}</h1>{}{}</header>",
        Escaped(&document.dataset.id),
        section::facts(&facts),
        failures(results)
    )
}

fn models(models: &[ModelUse]) -> String {
    if models.is_empty() {
        return "none: all results were made elsewhere".to_owned();
    }
    let item = |model: &ModelUse| {
        format!(
            "<li><b>{}</b> <code>{}</code> on {}</li>",
            Escaped(&model.id),
            Escaped(&number::hash_prefix(&model.sha256)),
            Escaped(&model.provider)
        )
    };
    format!("<ul class=\"plain\">{}</ul>", models.iter().map(item).collect::<String>())
}

fn options(options: &Options) -> String {
    let pace = match options.pace {
        Pace::Lockstep => "every frame, in lockstep",
        Pace::Real => "at the pace of a live camera",
    };
    let mut said = vec![format!("tasks {}", options.tasks.join(", ")), pace.to_owned()];
    if let Some(model) = &options.model {
        said.push(format!("every item with {model}"));
    }
    if let Some(limit) = options.limit {
        said.push(format!("at most {} frames, pictures or pairs of each item", number::count(limit)));
    }
    if !options.degradations.is_empty() {
        said.push(format!("degraded by {}", options.degradations.join(", ")));
    }
    if let Some(shard) = options.shard {
        said.push(format!("only shard {} of {}", shard.index, shard.of));
    }
    Escaped(&said.join(" · ")).to_string()
}

fn failures(results: &Results<'_>) -> String {
    let failed = &results.document.failed;
    if failed.is_empty() {
        return String::new();
    }
    let item = |failure: &Failure| format!("<li>{}</li>", Escaped(&failure.to_string()));
    format!(
        "<div class=\"failed\" role=\"note\"><h2>Left out: {}</h2><ul class=\"plain\">{}</ul></div>",
        number::counted(failed.len() as u64, "run"),
        failed.iter().map(item).collect::<String>()
    )
}
