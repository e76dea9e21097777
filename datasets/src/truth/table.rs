//! Comma-separated text with a header: columns by name, in any order.

use std::str::FromStr;

use models::BadValue;

use super::{Findings, Lines};

/// The columns of a kind of list.
pub(super) struct Columns {
    pub(super) required: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
}

/// One line below the header.
pub(super) struct Row {
    /// From 1.
    pub(super) line: usize,
    cells: Vec<(&'static str, String)>,
}

/// The rows of `text` that have as many fields as the header; what is wrong goes to `findings`.
pub(super) fn rows(text: &str, columns: &Columns, findings: &mut Findings) -> Vec<Row> {
    let lines = Lines::of(text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut header: Option<Vec<Option<&'static str>>> = None;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                findings.note(1, "", format!("not comma-separated text: {error}"));
                break;
            }
        };
        // The reader's own line is that of the blank lines before a record.
        let start = record.position().map_or(0, csv::Position::byte);
        let line = lines.at_text(usize::try_from(start).unwrap_or(usize::MAX));
        let Some(header) = &header else {
            let found = columns.read(&record, line, findings);
            // Without it every row would be wrong.
            if columns.required.iter().any(|name| !found.contains(&Some(*name))) {
                return Vec::new();
            }
            header = Some(found);
            continue;
        };
        if record.len() != header.len() {
            findings.note(line, "", format!("{} fields, expected {}", record.len(), header.len()));
            continue;
        }
        let named = header.iter().zip(record.iter());
        let cells = named.filter_map(|(name, cell)| Some(((*name)?, cell.to_owned()))).collect();
        rows.push(Row { line, cells });
    }
    if header.is_none() {
        findings.note(1, "", format!("empty, expected the columns {}", listed(columns.required)));
    }
    rows
}

impl Columns {
    /// The known column of each field of the header.
    fn read(
        &self,
        header: &csv::StringRecord,
        line: usize,
        findings: &mut Findings,
    ) -> Vec<Option<&'static str>> {
        let known = || self.required.iter().chain(self.optional).copied();
        let mut found: Vec<Option<&'static str>> = Vec::new();
        for name in header {
            let column = known().find(|known| *known == name);
            match column {
                None => {
                    let near = models::nearest(known(), name);
                    findings.note(line, name, format!("unknown column `{name}`, did you mean `{near}`?"));
                }
                Some(_) if found.contains(&column) => {
                    findings.note(line, name, format!("column `{name}` is there twice"));
                }
                Some(_) => {}
            }
            found.push(column);
        }
        for &name in self.required.iter().filter(|name| !found.contains(&Some(**name))) {
            let wanted = listed(self.required);
            findings.note(line, name, format!("column `{name}` is missing, expected at least {wanted}"));
        }
        found
    }
}

impl Row {
    /// The cell of `column`; empty where the file has no such column.
    pub(super) fn text(&self, column: &str) -> &str {
        self.cells.iter().find(|(name, _)| *name == column).map_or("", |(_, cell)| cell.as_str())
    }

    /// The cell of `column` if it holds something.
    pub(super) fn given(&self, column: &str) -> Option<&str> {
        Some(self.text(column)).filter(|cell| !cell.is_empty())
    }

    /// What `read` makes of the cell of `column`; `None` is a problem.
    pub(super) fn need<T>(
        &self,
        column: &str,
        expected: &str,
        findings: &mut Findings,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let cell = self.text(column);
        let value = read(cell);
        if value.is_none() {
            findings.value(self.line, BadValue::new(column, cell, expected));
        }
        value
    }

    /// As [`Row::need`], where an empty cell is `Some(None)`.
    pub(super) fn maybe<T>(
        &self,
        column: &str,
        expected: &str,
        findings: &mut Findings,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.given(column) {
            None => Some(None),
            Some(_) => self.need(column, expected, findings, read).map(Some),
        }
    }
}

/// `text` where it is not empty.
pub(super) fn some_text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A finite number.
pub(super) fn number(text: &str) -> Option<f64> {
    f64::from_str(text).ok().filter(|number| number.is_finite())
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
