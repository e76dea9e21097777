//! Lists of face pairs: `file_a,file_b,same[,fold]`, and of their scores: `file_a,file_b,score`.

use std::collections::BTreeMap;
use std::path::Path;

use super::table::{Columns, Row, number, rows, some_text};
use super::{Findings, Problems};

/// Two pictures, and whether they show one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacePair {
    /// Line in the list, from 1.
    pub line: usize,
    /// Path of the first picture, below the folder of the set.
    pub a: String,
    /// Path of the second picture.
    pub b: String,
    /// Whether they show one person.
    pub same: bool,
    /// Fold of a cross-validation.
    pub fold: Option<u8>,
}

/// What a system says of two pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceScore {
    /// Path of the first picture, below the folder of the set.
    pub a: String,
    /// Path of the second picture.
    pub b: String,
    /// Higher for more alike.
    pub score: f64,
}

const TRUTH: Columns = Columns { required: &["file_a", "file_b", "same"], optional: &["fold"] };
const SCORES: Columns = Columns { required: &["file_a", "file_b", "score"], optional: &[] };

/// Ground truth in `text`.
///
/// # Errors
/// Every row with a wrong cell, of a picture with itself, or of a pair that came before, in either order.
pub fn read(file: &Path, text: &str) -> Result<Vec<FacePair>, Problems> {
    let mut findings = Findings::new(file);
    let mut seen = BTreeMap::new();
    let mut pairs = Vec::new();
    for row in rows(text, &TRUTH, &mut findings) {
        let files = two_files(&row, &mut seen, &mut findings);
        let same = row.need("same", "0 or 1", &mut findings, |cell| match cell {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        });
        let fold = row.maybe("fold", "a whole number from 0 to 255", &mut findings, |cell| cell.parse().ok());
        if let (Some((a, b)), Some(same), Some(fold)) = (files, same, fold) {
            pairs.push(FacePair { line: row.line, a, b, same, fold });
        }
    }
    if let Some(pair) = pairs.iter().find(|pair| pair.fold.is_some() != pairs[0].fold.is_some()) {
        findings.note(pair.line, "fold", "`fold` is given for some pairs only, expected all or none");
    }
    findings.finish(pairs)
}

/// Scores in `text`.
///
/// # Errors
/// As [`read`].
pub fn read_results(file: &Path, text: &str) -> Result<Vec<FaceScore>, Problems> {
    let mut findings = Findings::new(file);
    let mut seen = BTreeMap::new();
    let mut scores = Vec::new();
    for row in rows(text, &SCORES, &mut findings) {
        let files = two_files(&row, &mut seen, &mut findings);
        let score = row.need("score", "a number", &mut findings, number);
        if let (Some((a, b)), Some(score)) = (files, score) {
            scores.push(FaceScore { a, b, score });
        }
    }
    findings.finish(scores)
}

fn two_files(
    row: &Row,
    seen: &mut BTreeMap<(String, String), usize>,
    findings: &mut Findings,
) -> Option<(String, String)> {
    let a = row.need("file_a", "path of a picture", findings, some_text);
    let b = row.need("file_b", "path of a picture", findings, some_text);
    let (a, b) = (a?, b?);
    if a == b {
        findings.note(
            row.line,
            "file_b",
            format!("`file_b` is \"{b}\", expected another file than `file_a`"),
        );
        return None;
    }
    let key = if a <= b { (a.clone(), b.clone()) } else { (b.clone(), a.clone()) };
    if let Some(first) = seen.get(&key) {
        findings.note(
            row.line,
            "file_a",
            format!("the pair of \"{a}\" and \"{b}\" is on line {first} already"),
        );
        return None;
    }
    seen.insert(key, row.line);
    Some((a, b))
}
