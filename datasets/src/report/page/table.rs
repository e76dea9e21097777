//! Tables, with and without bars in them.

use super::escape::Escaped;
use super::scale::Scale;
use super::{gauge, number};
use crate::score::interval::Interval;

/// A table whose first cell of each row is its head.
#[derive(Debug)]
pub(super) struct Table {
    /// As HTML, like all texts in here.
    caption: String,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    /// So many columns from the left hold words, all others numbers.
    words: usize,
}

impl Table {
    /// With texts as its name, for those who hear it, and as the heads of its columns.
    pub(super) fn new(caption: &str, head: &[&str]) -> Self {
        let head = head.iter().map(|text| Escaped(text).to_string()).collect();
        Self { caption: Escaped(caption).to_string(), head, rows: Vec::new(), words: 1 }
    }

    /// The same, with words in the first `columns` columns: they stand at the left, numbers at the right.
    pub(super) fn with_words(self, columns: usize) -> Self {
        Self { words: columns, ..self }
    }

    /// Adds a row of texts.
    pub(super) fn row<S: AsRef<str>>(&mut self, cells: &[S]) {
        self.rows.push(cells.iter().map(|text| Escaped(text.as_ref()).to_string()).collect());
    }

    /// Adds a row of cells that are HTML.
    pub(super) fn html_row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// As HTML that scrolls sideways where the page is too narrow for it.
    pub(super) fn html(&self) -> String {
        let class = |index: usize| if index < self.words { " class=\"words\"" } else { "" };
        let head = |(index, text): (usize, &String)| format!("<th scope=\"col\"{}>{text}</th>", class(index));
        let cell = |(index, cell): (usize, &String)| match index {
            0 => format!("<th scope=\"row\" class=\"words\">{cell}</th>"),
            _ => format!("<td{}>{cell}</td>", class(index)),
        };
        let row = |cells: &Vec<String>| {
            format!("<tr>{}</tr>", cells.iter().enumerate().map(cell).collect::<String>())
        };
        format!(
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\">\
             <table><caption>{caption}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
            self.head.iter().enumerate().map(head).collect::<String>(),
            self.rows.iter().map(row).collect::<String>(),
            caption = self.caption,
        )
    }

    /// As HTML that opens on demand: the figures of a chart.
    pub(super) fn behind(&self) -> String {
        format!("<details class=\"data\"><summary>Data</summary>{}</details>", self.html())
    }
}

/// What [`bars`] are about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bars<'a> {
    pub(super) caption: &'a str,
    /// Heads of label, value and note.
    pub(super) head: [&'a str; 3],
    pub(super) scale: Scale,
    /// Drawn across every bar.
    pub(super) reference: Option<f64>,
}

/// A row of [`bars`].
#[derive(Clone, Debug)]
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) value: Option<f64>,
    pub(super) interval: Option<Interval>,
    /// Stands last in the row: how many, or how far from the reference.
    pub(super) note: String,
}

/// Horizontal bars, each below its label: a table that is its own chart.
pub(super) fn bars(about: Bars<'_>, rows: &[Bar]) -> String {
    let row = |bar: &Bar| {
        let drawing = bar
            .value
            .map_or_else(String::new, |value| gauge::bar(about.scale, value, bar.interval, about.reference));
        format!(
            "<tr><th scope=\"row\" class=\"words\">{}{drawing}</th><td>{}{}</td><td>{}</td></tr>",
            Escaped(&bar.label),
            number::known(bar.value),
            number::small_interval(bar.interval.as_ref()),
            Escaped(&bar.note)
        )
    };
    let [label, value, note] = about.head.map(Escaped);
    format!(
        "<table class=\"bars\"><caption>{}</caption><thead><tr><th scope=\"col\" class=\"words\">{label}</th>\
         <th scope=\"col\">{value}</th><th scope=\"col\">{note}</th></tr></thead><tbody>{}</tbody></table>",
        Escaped(about.caption),
        rows.iter().map(row).collect::<String>()
    )
}
