use std::collections::BTreeMap;

use models::BadValue;

use super::checks::{self, Known};
use super::read::Context;
use super::sums::Sums;
use super::toml_file::{TomlFile, joined};
use super::written::PicturesToml;
use super::{FilePin, ItemError};
use crate::BoxPx;
use crate::truth::coco::{self, CocoTruth};
use crate::truth::{Findings, decode};

/// Pictures and the boxes in them.
#[derive(Clone, Debug)]
pub struct PictureSet {
    /// The classes to judge, each once. There may be boxes of others.
    pub classes: Vec<String>,
    /// In the order of the ground truth.
    pub pictures: Vec<TruthPicture>,
    /// The ground truth as it is written, for results that name pictures and classes by number.
    pub truth: CocoTruth,
}

/// A picture and its true boxes.
#[derive(Clone, Debug)]
pub struct TruthPicture {
    /// The picture.
    pub file: FilePin,
    /// Its id in the ground truth.
    pub id: i64,
    /// Its name in the ground truth.
    pub name: String,
    /// In the order of the ground truth.
    pub boxes: Vec<TruePictureBox>,
}

/// A true box in a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct TruePictureBox {
    /// What it is.
    pub class: String,
    /// Where, in the picture's pixels.
    pub bbox: BoxPx,
    /// Of the object; sizes are judged by it. Square pixels.
    pub area: f64,
    /// Stands for many objects.
    pub crowd: bool,
}

pub(super) const KEYS: [&str; 4] = ["truth", "folder", "sums", "classes"];

/// A picture set's table, checked.
pub(super) struct Plan {
    truth: FilePin,
    folder: String,
    sums: FilePin,
    /// Line and name; empty for all that the ground truth has.
    classes: Vec<(usize, String)>,
}

impl Plan {
    pub(super) fn check(
        file: &mut TomlFile<'_>,
        path: &str,
        written: &PicturesToml,
        _: &Known<'_>,
    ) -> Option<Self> {
        let truth = checks::pin_table(file, joined(path, "truth"), &written.truth);
        let folder = checks::relative(file, joined(path, "folder"), &written.folder);
        let sums = checks::pin_table(file, joined(path, "sums"), &written.sums);
        checks::names(file, &joined(path, "classes"), &written.classes)?;
        let placed = |name: &toml::Spanned<String>| (file.line(name), name.get_ref().clone());
        let classes = written.classes.iter().map(placed).collect();
        Some(Self { truth: truth?, folder: folder?, sums: sums?, classes })
    }

    pub(super) fn read(&self, context: &Context<'_>) -> Result<PictureSet, ItemError> {
        let truth = self.read_truth(context);
        let sums = Sums::read(&self.sums, context.media);
        let ((path, truth), sums) = match (truth, sums) {
            (Ok(truth), Ok(sums)) => (truth, sums),
            (Err(error), Ok(_)) | (Ok(_), Err(error)) => return Err(error),
            (Err(first), Err(second)) => return Err(first.and(second)),
        };
        let names: BTreeMap<i64, String> =
            truth.categories.iter().map(|c| (c.id, context.class_for(&c.name))).collect();
        let mut boxes: BTreeMap<i64, Vec<TruePictureBox>> = BTreeMap::new();
        for annotation in &truth.annotations {
            let Some(class) = names.get(&annotation.category_id).cloned() else { continue };
            let bbox = TruePictureBox {
                class,
                bbox: annotation.bbox,
                area: annotation.area,
                crowd: annotation.crowd,
            };
            boxes.entry(annotation.image_id).or_default().push(bbox);
        }
        let mut findings = Findings::new(&path);
        let mut pictures = Vec::new();
        for image in &truth.images {
            match sums.pin(format!("{}/{}", self.folder, image.file_name)) {
                Ok(file) => {
                    let boxes = boxes.remove(&image.id).unwrap_or_default();
                    pictures.push(TruthPicture { file, id: image.id, name: image.file_name.clone(), boxes });
                }
                Err(expected) => {
                    findings.value(image.line, BadValue::new("file_name", &image.file_name, expected));
                }
            }
        }
        let pictures = findings.finish(pictures)?;
        let mut classes: Vec<String> = Vec::new();
        for category in &truth.categories {
            let class = context.class_for(&category.name);
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
        let classes = self.judged(classes, context)?;
        Ok(PictureSet { classes, pictures, truth })
    }

    fn read_truth(&self, context: &Context<'_>) -> Result<(std::path::PathBuf, CocoTruth), ItemError> {
        let (path, bytes) = context.media.read(&self.truth)?;
        let truth = coco::read(&path, decode(&path, &bytes)?)?;
        Ok((path, truth))
    }

    /// The classes that the dataset names, all of them `there`, or those that are there.
    fn judged(&self, there: Vec<String>, context: &Context<'_>) -> Result<Vec<String>, ItemError> {
        if self.classes.is_empty() {
            return Ok(there);
        }
        let mut findings = Findings::new(context.dataset);
        for (line, class) in self.classes.iter().filter(|(_, class)| !there.contains(class)) {
            let near = models::nearest(there.iter().map(String::as_str), class);
            let message =
                format!("`classes` holds \"{class}\", no class of the ground truth, nearest is \"{near}\"");
            findings.note(*line, "classes", message);
        }
        Ok(findings.finish(self.classes.iter().map(|(_, class)| class.clone()).collect())?)
    }
}
