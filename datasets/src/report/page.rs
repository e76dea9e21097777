//! The report as one HTML file that needs nothing else: style and drawings inline, pictures as data, no script.
//!
//! The page depends on the document and the exhibits only, so the same run gives the same bytes. Everything that was
//! written by others (ids, tags, captions) goes through [`escape::Escaped`], and the page's own policy forbids it to load
//! anything.

mod escape;
mod number;

mod base64;
mod scale;

mod gauge;
mod svg;
mod table;

mod measure;
mod section;

mod head;
mod headline;

mod detection;
mod events;
mod faces;
mod plates;
mod tracking;

mod breakdown;
mod conditions;
mod gallery;
mod latency;

mod foot;

use super::{Document, Exhibit, Selection, TaskScores, Unit};
use escape::Escaped;
use section::Section;

const STYLE: &str = include_str!("page/style.css");

/// What the parts of the page are made from.
struct Results<'a> {
    document: &'a Document,
    exhibits: &'a [Exhibit],
    /// The units that the run is judged by.
    units: Vec<&'a Unit>,
    /// Their scores.
    headline: TaskScores,
}

/// The report of `document` as an HTML page, with pictures of what went wrong.
///
/// Sections without data are left out. `exhibits` are shown in their order, grouped by mistake.
pub fn page(document: &Document, exhibits: &[Exhibit]) -> String {
    let results = Results {
        document,
        exhibits,
        units: document.select(Selection::Headline),
        headline: document.scores(Selection::Headline),
    };
    let sections = [
        detection::section(&results),
        tracking::section(&results),
        plates::section(&results),
        faces::section(&results),
        events::section(&results),
        conditions::section(&results),
        breakdown::section(&results),
        gallery::section(&results),
        latency::section(&results),
        Some(foot::section(&results)),
    ];
    let sections: Vec<Section> = sections.into_iter().flatten().collect();
    let link = |section: &Section| format!("<li><a href=\"#{}\">{}</a></li>", section.id, section.title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{id}: evaluation</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#results\">Skip to the results</a>\n{head}\n\
         <nav aria-label=\"Sections\"><ul>{links}</ul></nav>\n\
         <main id=\"results\" tabindex=\"-1\">\n{cards}\n{body}</main>\n</body>\n</html>\n",
        id = Escaped(&document.dataset.id),
        head = head::head(&results),
        links = sections.iter().map(link).collect::<String>(),
        cards = headline::cards(&results),
        body = sections.iter().map(Section::html).collect::<String>(),
    )
}
