//! Lists of plates: `file,country,text,lines` and more, and of what was read: `file,text,confidence`.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::table::{Columns, Row, number, rows, some_text};
use super::{Findings, Problems};
use crate::BoxPx;

/// What a picture of a plate shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlateKind {
    /// The plate and little else.
    Crop,
    /// A vehicle or a street, with one plate, several or none.
    Scene,
}

/// One plate; or, with the quality `negative`, a picture without any.
#[derive(Clone, Debug, PartialEq)]
pub struct PlateRow {
    /// Line in the list, from 1.
    pub line: usize,
    /// Path of the picture, below the folder of the set. A scene with several plates has several rows.
    pub file: String,
    /// `crop` where the list does not say.
    pub kind: PlateKind,
    /// Country code in capitals.
    pub country: String,
    /// Capitals, digits and Chinese characters without separators; `?` for one that nobody can read. Empty on a
    /// negative.
    pub text: String,
    /// Lines of text, 1 or 2; 0 on a negative.
    pub lines: u8,
    /// Where the plate is, in the picture's pixels.
    pub bbox: Option<BoxPx>,
    /// `ok` where it is to be scored, else why not; `ok` where the list does not say.
    pub quality: String,
}

/// What a system read.
#[derive(Clone, Debug, PartialEq)]
pub struct PlateRead {
    /// Path of the picture, below the folder of the set.
    pub file: String,
    /// As read; empty where nothing was.
    pub text: String,
    /// From 0 to 1.
    pub confidence: f64,
}

/// Quality of a picture without a plate.
pub const NEGATIVE: &str = "negative";

const TRUTH: Columns = Columns {
    required: &["file", "country", "text", "lines"],
    optional: &["kind", "text_printed", "x", "y", "w", "h", "quality", "source"],
};
const READS: Columns = Columns { required: &["file", "text", "confidence"], optional: &[] };

/// Ground truth in `text`.
///
/// # Errors
/// Every row with a wrong cell.
pub fn read(file: &Path, text: &str) -> Result<Vec<PlateRow>, Problems> {
    let mut findings = Findings::new(file);
    let plates: Vec<Option<PlateRow>> =
        rows(text, &TRUTH, &mut findings).iter().map(|row| plate(row, &mut findings)).collect();
    findings.finish(plates.into_iter().flatten().collect())
}

/// What was read, in `text`.
///
/// # Errors
/// Every row with a wrong cell.
pub fn read_results(file: &Path, text: &str) -> Result<Vec<PlateRead>, Problems> {
    let mut findings = Findings::new(file);
    let mut reads = Vec::new();
    for row in rows(text, &READS, &mut findings) {
        let file = row.need("file", "path of a picture", &mut findings, some_text);
        let confidence = row.need("confidence", "a number from 0 to 1", &mut findings, |cell| {
            number(cell).filter(|value| (0.0..=1.0).contains(value))
        });
        if let (Some(file), Some(confidence)) = (file, confidence) {
            reads.push(PlateRead { file, text: row.text("text").to_owned(), confidence });
        }
    }
    findings.finish(reads)
}

fn plate(row: &Row, findings: &mut Findings) -> Option<PlateRow> {
    let quality = row.given("quality").unwrap_or("ok").to_owned();
    let negative = quality == NEGATIVE;
    let file = row.need("file", "path of a picture", findings, some_text);
    let country = row.need("country", "a country code in capitals", findings, |cell| {
        (!cell.is_empty() && cell.bytes().all(|b| b.is_ascii_uppercase())).then(|| cell.to_owned())
    });
    let kind = row.maybe("kind", "`crop` or `scene`", findings, |cell| match cell {
        "crop" => Some(PlateKind::Crop),
        "scene" => Some(PlateKind::Scene),
        _ => None,
    });
    let expected =
        if negative { "nothing on a negative" } else { "capitals, digits and `?` without separators" };
    let text = row.need("text", expected, findings, |cell| {
        (cell.is_empty() == negative && cell.chars().all(is_plate_character)).then(|| cell.to_owned())
    });
    let expected = if negative { "0 on a negative" } else { "1 or 2" };
    let lines = row.need("lines", expected, findings, |cell| match (cell, negative) {
        ("0", true) => Some(0),
        ("1", false) => Some(1),
        ("2", false) => Some(2),
        _ => None,
    });
    let bbox = bbox(row, findings);
    Some(PlateRow {
        line: row.line,
        file: file?,
        kind: kind?.unwrap_or(PlateKind::Crop),
        country: country?,
        text: text?,
        lines: lines?,
        bbox: bbox?,
        quality,
    })
}

fn is_plate_character(c: char) -> bool {
    c == '?' || (c.is_alphanumeric() && !c.is_lowercase())
}

/// All four columns or none.
fn bbox(row: &Row, findings: &mut Findings) -> Option<Option<BoxPx>> {
    const COLUMNS: [&str; 4] = ["x", "y", "w", "h"];
    if COLUMNS.iter().all(|column| row.given(column).is_none()) {
        return Some(None);
    }
    let [x, y, w, h] = COLUMNS.map(|column| {
        let is_size = matches!(column, "w" | "h");
        let expected =
            if is_size { "a number from 0, or no box at all" } else { "a number, or no box at all" };
        row.need(column, expected, findings, |cell| number(cell).filter(|value| !is_size || 0.0 <= *value))
    });
    Some(Some(BoxPx { left: x?, top: y?, width: w?, height: h? }))
}
