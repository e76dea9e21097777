//! How to read the figures, and where they come from.

use serde_json::Value;

use super::escape::Escaped;
use super::section::{Section, facts};
use super::{Results, number};

const READING: [(&str, &str); 6] = [
    (
        "Interval",
        "Each is at 95\u{a0}%: of intervals made in this way from other footage of the same kind, about 95 in 100 cover the true \
         score.",
    ),
    (
        "Bootstrap",
        "Detection draws pictures, tracking blocks of time, faces people, events events, with replacement and a fixed seed. \
         Pictures of one clip are alike, so with few clips these intervals are rather too narrow.",
    ),
    ("Wilson", "For shares: plates, and precision and recall of events."),
    (
        "Poisson",
        "For counts over time: false alarms per camera-hour. None in a short time does not prove a low rate, so the upper \
         end stays high.",
    ),
    ("Rule of three", "With no error in n trials only a rate below 3/n is proved at 95\u{a0}%."),
    ("Numbers", "Three significant digits; a dash where there is nothing to score. Counts are exact."),
];

pub(super) fn section(results: &Results<'_>) -> Section {
    let document = results.document;
    let reading = READING.map(|(name, text)| (name, Escaped(text).to_string()));
    let config = document.config_sha256.as_deref().map_or_else(|| number::NONE.to_owned(), code);
    let mut provenance = vec![("Schema".to_owned(), code(&document.schema))];
    provenance.extend(told("Cairn", &document.cairn));
    provenance.push(("Dataset file, SHA-256".to_owned(), code(&document.dataset.sha256)));
    provenance.push(("Configuration, SHA-256".to_owned(), config));
    provenance
        .extend(document.models.iter().map(|model| (format!("{}, SHA-256", model.id), code(&model.sha256))));
    match &document.machine {
        Some(machine) => provenance.extend(told("Machine", machine)),
        None => provenance.push(("Machine".to_owned(), "left out of a reproducible document".to_owned())),
    }
    Section {
        id: "reading",
        title: "How to read this",
        aside: String::new(),
        body: format!("<div class=\"columns\">{}{}</div>", facts(&reading), facts(&provenance)),
    }
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", Escaped(text))
}

/// The fields of an object, or the value itself.
fn told(name: &str, value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::Null => number::NONE.to_owned(),
        Value::String(text) => Escaped(text).to_string(),
        other => Escaped(&other.to_string()).to_string(),
    };
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (format!("{name}, {}", key.replace('_', " ")), text(value)))
            .collect(),
        other => vec![(name.to_owned(), text(other))],
    }
}
