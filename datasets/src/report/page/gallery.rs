//! Pictures of what went wrong.

use super::base64::base64;
use super::escape::Escaped;
use super::section::{Section, remark};
use super::{Results, number};
use crate::report::{Exhibit, Mistake};

/// Mistakes whose pictures stand with the events.
const OF_EVENTS: [Mistake; 2] = [Mistake::FalseAlarm, Mistake::MissedEvent];
const OTHERS: [Mistake; 4] =
    [Mistake::MissedObject, Mistake::WrongPlate, Mistake::FalseMatch, Mistake::FalseNonMatch];

pub(super) fn section(results: &Results<'_>) -> Option<Section> {
    let exhibits = results.exhibits;
    if exhibits.is_empty() {
        return None;
    }
    let has_events = results.headline.events.is_some();
    let mut body = String::new();
    if !has_events {
        body.extend(OF_EVENTS.map(|mistake| group(exhibits, mistake)));
    }
    body.extend(OTHERS.map(|mistake| group(exhibits, mistake)));
    if has_events && exhibits.iter().any(|exhibit| OF_EVENTS.contains(&exhibit.mistake)) {
        body += "<p class=\"remark\">False alarms and missed events stand with the <a href=\"#events\">events</a>.</p>";
    }
    body += &remark(
        "The worst of each kind and item. These pictures are personal data: keep this file as you keep the footage.",
    );
    Some(Section {
        id: "gallery",
        title: "Mistakes in pictures",
        aside: number::counted(exhibits.len() as u64, "picture"),
        body,
    })
}

/// The pictures of one kind of mistake under a heading; empty without any.
pub(super) fn group(exhibits: &[Exhibit], mistake: Mistake) -> String {
    let (singular, plural) = names(mistake);
    let pictures: Vec<String> = exhibits
        .iter()
        .filter(|exhibit| exhibit.mistake == mistake)
        .map(|exhibit| picture(exhibit, singular))
        .collect();
    if pictures.is_empty() {
        return String::new();
    }
    format!(
        "<div class=\"group\"><h3>{plural} <small>{}</small></h3><div class=\"pictures\">{}</div></div>",
        number::counted(pictures.len() as u64, "picture"),
        pictures.concat()
    )
}

fn picture(exhibit: &Exhibit, kind: &str) -> String {
    let (caption, item) = (Escaped(&exhibit.caption), Escaped(&exhibit.item));
    let image = if exhibit.jpeg.is_empty() {
        "<div class=\"no-picture\">no picture</div>".to_owned()
    } else {
        let data = base64(&exhibit.jpeg);
        format!(
            "<img src=\"data:image/jpeg;base64,{data}\" alt=\"{kind} in {item}: {caption}\" loading=\"lazy\">"
        )
    };
    format!("<figure>{image}<figcaption>{caption}<small>{item}</small></figcaption></figure>")
}

fn names(mistake: Mistake) -> (&'static str, &'static str) {
    match mistake {
        Mistake::FalseAlarm => ("False alarm", "False alarms"),
        Mistake::MissedEvent => ("Missed event", "Missed events"),
        Mistake::MissedObject => ("Missed object", "Missed objects"),
        Mistake::WrongPlate => ("Wrong plate", "Wrong plates"),
        Mistake::FalseMatch => ("False match", "False matches: two people most alike"),
        Mistake::FalseNonMatch => ("False non-match", "False non-matches: one person least alike"),
    }
}
