//! MOTChallenge text: `frame,id,left,top,width,height,conf`, then columns that are not looked at (class, visibility,
//! world coordinates). No header; frames from 1; pixels.

use std::collections::BTreeMap;
use std::path::Path;

use models::BadValue;

use super::table::number;
use super::{Findings, Problems};
use crate::BoxPx;

/// A true box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MotBox {
    /// From 1, the first frame that is presented.
    pub frame: u32,
    /// Who it is; below 0 where the file does not say.
    pub id: i64,
    /// Where, in frame pixels.
    pub bbox: BoxPx,
    /// Neither a miss when it is not found nor an error when it is (`conf` 0).
    pub ignored: bool,
}

/// A box that a detector or tracker gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MotResult {
    /// From 1, the first frame that is presented.
    pub frame: u32,
    /// The track; below 0 for a bare detection.
    pub id: i64,
    /// Where, in frame pixels.
    pub bbox: BoxPx,
    /// As written; -1 in many trackers' files.
    pub confidence: f64,
}

/// Ground truth in `text`; `frames` is the number of frames of the clip, where it is known.
///
/// # Errors
/// Every line that cannot be right; see [`read_results`]. A frame after the last one is another.
pub fn read(file: &Path, text: &str, frames: Option<u32>) -> Result<Vec<MotBox>, Problems> {
    let mut findings = Findings::new(file);
    let mut boxes = Vec::new();
    for (line, row) in rows(text, &mut findings) {
        if let Some(last) = frames.filter(|last| *last < row.frame) {
            findings
                .value(line, BadValue::new("frame", row.frame, format!("at most {last}, the clip's last")));
        }
        let MotResult { frame, id, bbox, confidence } = row;
        boxes.push(MotBox { frame, id, bbox, ignored: confidence == 0.0 });
    }
    findings.finish(boxes)
}

/// Detections or tracks in `text`.
///
/// # Errors
/// Every line with fewer than 7 fields, a field that is no number, frame 0, a negative size, or an id that its frame
/// already has.
pub fn read_results(file: &Path, text: &str) -> Result<Vec<MotResult>, Problems> {
    let mut findings = Findings::new(file);
    let results = rows(text, &mut findings).into_iter().map(|(_, row)| row).collect();
    findings.finish(results)
}

/// The good rows, each with its line.
fn rows(text: &str, findings: &mut Findings) -> Vec<(usize, MotResult)> {
    let mut seen: BTreeMap<(u32, i64), usize> = BTreeMap::new();
    let mut rows = Vec::new();
    for (index, written) in text.lines().enumerate() {
        let line = index + 1;
        if written.trim().is_empty() {
            continue;
        }
        let Some(row) = row(line, written, findings) else { continue };
        if 0 <= row.id {
            if let Some(first) = seen.get(&(row.frame, row.id)) {
                let message = format!("`id` is {}, which frame {} has on line {first}", row.id, row.frame);
                findings.note(line, "id", message);
                continue;
            }
            seen.insert((row.frame, row.id), line);
        }
        rows.push((line, row));
    }
    rows
}

const FIELDS: [&str; 7] = ["frame", "id", "left", "top", "width", "height", "conf"];

fn row(line: usize, written: &str, findings: &mut Findings) -> Option<MotResult> {
    let fields: Vec<&str> = written.split(',').map(str::trim).collect();
    if fields.len() < FIELDS.len() {
        let expected = FIELDS.join(",");
        findings.note(line, "", format!("{} fields, expected at least 7: {expected}", fields.len()));
        return None;
    }
    let before = findings.len();
    let mut read = |index: usize, expected: &str, holds: fn(f64) -> bool| {
        let value = number(fields[index]).filter(|value| holds(*value));
        if value.is_none() {
            findings.value(line, BadValue::new(FIELDS[index], fields[index], expected));
        }
        value.unwrap_or(0.0)
    };
    let is_whole = |value: f64| value.fract() == 0.0 && value.abs() < 2e9;
    // Some writers put a point into whole numbers.
    let frame = read(0, "a whole number from 1", |v| v.fract() == 0.0 && (1.0..2e9).contains(&v));
    let id = read(1, "a whole number", is_whole);
    let left = read(2, "a number", |_| true);
    let top = read(3, "a number", |_| true);
    let width = read(4, "a number from 0", |v| 0.0 <= v);
    let height = read(5, "a number from 0", |v| 0.0 <= v);
    let confidence = read(6, "a number", |_| true);
    let bbox = BoxPx { left, top, width, height };
    (findings.len() == before).then_some(MotResult { frame: frame as u32, id: id as i64, bbox, confidence })
}
