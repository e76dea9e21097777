//! COCO JSON: instances as ground truth, and the results format for detections. Boxes only; segmentations are passed over.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use models::BadValue;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{Findings, Lines, Problems};
use crate::BoxPx;

/// Ground truth as the file has it, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CocoTruth {
    /// The pictures.
    pub images: Vec<CocoImage>,
    /// The classes.
    pub categories: Vec<CocoCategory>,
    /// The boxes; each of a picture and a class that are there.
    pub annotations: Vec<CocoAnnotation>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CocoImage {
    /// Line in the file, from 1.
    #[serde(skip)]
    pub line: usize,
    /// Unique in the file.
    pub id: i64,
    /// Path below the folder of the set; unique in the file.
    pub file_name: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// A class.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CocoCategory {
    /// Unique in the file.
    pub id: i64,
    /// Unique in the file.
    pub name: String,
}

/// A true box.
#[derive(Clone, Debug, PartialEq)]
pub struct CocoAnnotation {
    /// Unique in the file.
    pub id: i64,
    /// The picture.
    pub image_id: i64,
    /// The class.
    pub category_id: i64,
    /// Where, in the picture's pixels.
    pub bbox: BoxPx,
    /// Of the object, not of its box: sizes are judged by it. Square pixels.
    pub area: f64,
    /// Stands for many objects (`iscrowd` 1).
    pub crowd: bool,
}

/// A detection.
#[derive(Clone, Debug, PartialEq)]
pub struct CocoResult {
    /// The picture.
    pub image_id: i64,
    /// The class.
    pub category_id: i64,
    /// Where, in the picture's pixels.
    pub bbox: BoxPx,
    /// Higher for surer.
    pub score: f64,
}

/// Ground truth in `text`.
///
/// # Errors
/// Text that is not JSON, and every element with a missing or wrong key, an id that came before, an unknown picture or
/// class, or a negative size.
pub fn read(file: &Path, text: &str) -> Result<CocoTruth, Problems> {
    let mut findings = Findings::new(file);
    let document: Document<'_> = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(error) => {
            findings.note(error.line(), "", without_place(&error));
            return findings.finish(CocoTruth::default());
        }
    };
    let mut elements = Elements { lines: Lines::of(text), findings: &mut findings };
    let images: Vec<Element<CocoImage>> = elements.read("images", &document.images);
    let categories: Vec<Element<CocoCategory>> = elements.read("categories", &document.categories);
    let written: Vec<Element<AnnotationJson>> = elements.read("annotations", &document.annotations);
    let image_ids = elements.unique("id", &images, |image| image.id);
    elements.unique("file_name", &images, |image| image.file_name.clone());
    let category_ids = elements.unique("id", &categories, |category| category.id);
    elements.unique("name", &categories, |category| category.name.clone());
    elements.unique("id", &written, |annotation| annotation.id);
    for element in &written {
        let AnnotationJson { image_id, category_id, bbox, area, iscrowd, .. } = &element.value;
        elements.known(element, "image_id", *image_id, &image_ids, "images");
        elements.known(element, "category_id", *category_id, &category_ids, "categories");
        elements.check(element, "bbox", *bbox, is_box(bbox), "[x, y, width, height] without a negative size");
        elements.check(element, "area", *area, 0.0 <= *area, "a number from 0");
        elements.check(element, "iscrowd", *iscrowd, *iscrowd <= 1, "0 or 1");
    }
    let annotations = written.into_iter().map(|element| element.value.into()).collect();
    let placed = |Element { line, value, .. }| CocoImage { line, ..value };
    let images = images.into_iter().map(placed).collect();
    let categories = categories.into_iter().map(|element| element.value).collect();
    findings.finish(CocoTruth { images, categories, annotations })
}

/// Detections in `text`, of pictures and classes of `truth`.
///
/// # Errors
/// As [`read`].
pub fn read_results(file: &Path, text: &str, truth: &CocoTruth) -> Result<Vec<CocoResult>, Problems> {
    let mut findings = Findings::new(file);
    let list: Vec<&RawValue> = match serde_json::from_str(text) {
        Ok(list) => list,
        Err(error) => {
            findings.note(error.line(), "", without_place(&error));
            return findings.finish(Vec::new());
        }
    };
    let mut elements = Elements { lines: Lines::of(text), findings: &mut findings };
    let written: Vec<Element<ResultJson>> = elements.read("", &list);
    let image_ids = truth.images.iter().map(|image| image.id).collect();
    let category_ids = truth.categories.iter().map(|category| category.id).collect();
    for element in &written {
        let ResultJson { image_id, category_id, bbox, .. } = &element.value;
        elements.known(element, "image_id", *image_id, &image_ids, "images of the truth");
        elements.known(element, "category_id", *category_id, &category_ids, "categories of the truth");
        elements.check(element, "bbox", *bbox, is_box(bbox), "[x, y, width, height] without a negative size");
    }
    let results = written.into_iter().map(|Element { value, .. }| CocoResult {
        image_id: value.image_id,
        category_id: value.category_id,
        bbox: to_box(value.bbox),
        score: value.score,
    });
    let results = results.collect();
    findings.finish(results)
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    images: Vec<&'a RawValue>,
    annotations: Vec<&'a RawValue>,
    categories: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct AnnotationJson {
    id: i64,
    image_id: i64,
    category_id: i64,
    bbox: [f64; 4],
    area: f64,
    #[serde(default)]
    iscrowd: u64,
}

#[derive(Deserialize)]
struct ResultJson {
    image_id: i64,
    category_id: i64,
    bbox: [f64; 4],
    score: f64,
}

/// One element of a list, and where it is.
struct Element<T> {
    line: usize,
    /// Such as `annotations[2]`.
    path: String,
    value: T,
}

/// Reads and judges elements.
struct Elements<'a> {
    lines: Lines<'a>,
    findings: &'a mut Findings,
}

impl Elements<'_> {
    /// The elements of a list that can be read.
    fn read<T: DeserializeOwned>(&mut self, list: &str, written: &[&RawValue]) -> Vec<Element<T>> {
        let mut elements = Vec::with_capacity(written.len());
        for (index, raw) in written.iter().enumerate() {
            let line = self.lines.of_part(raw.get());
            let path = format!("{list}[{index}]");
            match serde_json::from_str(raw.get()) {
                Ok(value) => elements.push(Element { line, path, value }),
                Err(error) => {
                    let line = line + error.line().saturating_sub(1);
                    let message = format!("`{path}` is {}: {}", shortened(raw.get()), without_place(&error));
                    self.findings.note(line, path, message);
                }
            }
        }
        elements
    }

    /// The values of a key, each of which may come once.
    fn unique<T, K: Ord + Clone + std::fmt::Debug>(
        &mut self,
        key: &str,
        elements: &[Element<T>],
        value: impl Fn(&T) -> K,
    ) -> BTreeSet<K> {
        let mut seen: BTreeMap<K, &str> = BTreeMap::new();
        for element in elements {
            let value = value(&element.value);
            if let Some(first) = seen.get(&value) {
                let path = format!("{}.{key}", element.path);
                let expected = format!("another than that of `{first}`");
                self.findings.value(element.line, BadValue::new(path, value, expected));
            } else {
                seen.insert(value, &element.path);
            }
        }
        seen.into_keys().collect()
    }

    /// An id that must be among those of a list.
    fn known<T>(&mut self, at: &Element<T>, key: &str, id: i64, known: &BTreeSet<i64>, list: &str) {
        self.check(at, key, id, known.contains(&id), &format!("an id in {list}"));
    }

    fn check<T>(
        &mut self,
        at: &Element<T>,
        key: &str,
        value: impl std::fmt::Debug,
        holds: bool,
        expected: &str,
    ) {
        if !holds {
            let path = format!("{}.{key}", at.path);
            self.findings.value(at.line, BadValue::new(path, value, expected));
        }
    }
}

impl From<AnnotationJson> for CocoAnnotation {
    fn from(written: AnnotationJson) -> Self {
        let AnnotationJson { id, image_id, category_id, bbox, area, iscrowd } = written;
        Self { id, image_id, category_id, bbox: to_box(bbox), area, crowd: iscrowd == 1 }
    }
}

/// JSON has no other numbers than finite ones.
fn is_box([_, _, width, height]: &[f64; 4]) -> bool {
    0.0 <= *width && 0.0 <= *height
}

fn to_box([left, top, width, height]: [f64; 4]) -> BoxPx {
    BoxPx { left, top, width, height }
}

/// Text of an element on one line, cut where it is long.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 120;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{} ...", &line[..at]),
        None => line,
    }
}

/// The message without the place, which every problem has of its own.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rfind(" at line ") {
        Some(at) => message[..at].to_owned(),
        None => message,
    }
}
