//! A card as its author wrote it, and the way from there to a [`Card`].

mod head;
mod input;

use std::ops::RangeInclusive;
use std::path::Path;

use serde::Deserialize;

use self::head::HeadToml;
use self::input::InputToml;
use super::{Card, DEFAULT_SMALLEST_PX, Licence, Task};
use crate::BadValue;
use crate::artifact::{Artifact, Derived, PublicFile, Written, is_plain_path};
use crate::golden::{GOLDEN_SUFFIX, GoldenSource};
use crate::recipe::Recipe;

/// The class list that a card may name instead of writing it out.
const COCO_80: &str = include_str!("../../classes/coco-80.txt");

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CardToml {
    id: String,
    about: String,
    file: String,
    sha256: String,
    bytes: u64,
    source: Option<PublicFile>,
    #[serde(default)]
    mirror_only: bool,
    derived: Option<DerivedToml>,
    #[serde(default)]
    made_here: bool,
    licence: LicenceToml,
    task: TaskToml,
    input: InputToml,
    outputs: Vec<String>,
    head: HeadToml,
    min_score: Option<f32>,
    nms_iou: Option<f32>,
    /// Wider than what is right, so that whatever is wrong is told with the key.
    smallest_px: Option<i64>,
    classes: Option<toml::Value>,
    golden: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DerivedToml {
    from: String,
    recipe: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LicenceToml {
    code: String,
    weights: String,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum TaskToml {
    Detect,
    DetectFace,
    DetectPlate,
    ReadPlate,
    EmbedFace,
    EmbedPerson,
}

/// What only a detector has.
struct Detection {
    min_score: f32,
    nms_iou: f32,
    smallest_px: u32,
    classes: Vec<String>,
}

impl CardToml {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Whether its file is made from that of another card.
    pub(super) fn is_derived(&self) -> bool {
        self.derived.is_some()
    }

    /// `parent` gives the file of a card by its id, where that file is not derived itself; `folder` is the card's own.
    pub(super) fn check(
        self,
        parent: &dyn Fn(&str) -> Option<Artifact>,
        folder: &Path,
    ) -> Result<Card, BadValue> {
        let Self { id, about, file, sha256, bytes, source, mirror_only, derived, .. } = self;
        check_id(&id)?;
        filled("about", &about)?;
        let derived = derived.map(|derived| derived.check(parent)).transpose()?;
        let made_here = self.made_here;
        if made_here && (mirror_only || source.is_some() || derived.is_some()) {
            let expected = "`false` beside `source`, `derived` or `mirror-only`";
            return Err(BadValue::new("made-here", true, expected));
        }
        // Nobody else has it either.
        let mirror_only = mirror_only || made_here;
        let written = Written { file, sha256, bytes, source, mirror_only, derived };
        let artifact = Artifact::check(&id, "", written)?;
        let task = match self.task {
            TaskToml::Detect => Task::Detect,
            TaskToml::DetectFace => Task::DetectFace,
            TaskToml::DetectPlate => Task::DetectPlate,
            TaskToml::ReadPlate => Task::ReadPlate,
            TaskToml::EmbedFace => Task::EmbedFace,
            TaskToml::EmbedPerson => Task::EmbedPerson,
        };
        if self.outputs.is_empty() || self.outputs.iter().any(String::is_empty) {
            return Err(BadValue::new("outputs", self.outputs, "at least one name, none of them empty"));
        }
        let head = self.head.check()?;
        if !head.tasks().contains(&task) {
            return Err(BadValue::new("head.kind", head.name(), format!("a head for the task `{task}`")));
        }
        let read = head.outputs();
        if self.outputs.len() != read {
            let expected = format!("as many names as the head `{}` reads, {read}", head.name());
            return Err(BadValue::new("outputs", self.outputs, expected));
        }
        let nms_iou = self.nms_iou.or_else(|| head.suppresses().then_some(1.0));
        let Detection { min_score, nms_iou, smallest_px, classes } = match task.detects() {
            true => Detection::required(self.min_score, nms_iou, self.smallest_px, self.classes)?,
            false => Detection::absent(self.min_score, nms_iou, self.smallest_px, self.classes)?,
        };
        if head.has_one_class() && classes.len() != 1 {
            return Err(BadValue::new(
                "classes",
                classes,
                format!("one name, for the head `{}`", head.name()),
            ));
        }
        Ok(Card {
            id,
            about,
            artifact,
            made_here,
            licence: self.licence.check()?,
            task,
            input: self.input.check()?,
            outputs: self.outputs,
            head,
            min_score,
            nms_iou,
            smallest_px,
            classes,
            golden: self.golden.map(|file| golden(file, folder)).transpose()?,
        })
    }
}

/// Golden vectors lie beside the card that names them.
fn golden(file: String, folder: &Path) -> Result<GoldenSource, BadValue> {
    match is_plain_path(&file) && file.ends_with(GOLDEN_SUFFIX) {
        true => Ok(GoldenSource::File(folder.join(file))),
        false => {
            Err(BadValue::new("golden", file, "a file beside the card whose name ends in `.golden.toml`"))
        }
    }
}

impl Detection {
    fn required(
        min_score: Option<f32>,
        nms_iou: Option<f32>,
        written_smallest_px: Option<i64>,
        written_classes: Option<toml::Value>,
    ) -> Result<Self, BadValue> {
        let fraction = |key, value: Option<f32>| {
            let value = value.ok_or_else(|| missing(key, FRACTION))?;
            match (0.0..=1.0).contains(&value) {
                true => Ok(value),
                false => Err(BadValue::new(key, value, FRACTION)),
            }
        };
        Ok(Self {
            min_score: fraction("min-score", min_score)?,
            nms_iou: fraction("nms-iou", nms_iou)?,
            smallest_px: written_smallest_px.map_or(Ok(DEFAULT_SMALLEST_PX), smallest_px)?,
            classes: classes(written_classes.ok_or_else(|| missing("classes", CLASSES))?)?,
        })
    }

    /// Drops nothing and knows no class.
    fn absent(
        min_score: Option<f32>,
        nms_iou: Option<f32>,
        smallest_px: Option<i64>,
        classes: Option<toml::Value>,
    ) -> Result<Self, BadValue> {
        let expected = "nothing, only a model that detects has it";
        match (min_score, nms_iou, smallest_px, classes) {
            (Some(value), _, _, _) => Err(BadValue::new("min-score", value, expected)),
            (_, Some(value), _, _) => Err(BadValue::new("nms-iou", value, expected)),
            (_, _, Some(value), _) => Err(BadValue::new("smallest-px", value, expected)),
            (_, _, _, Some(value)) => Err(raw("classes", &value, expected)),
            (None, None, None, None) => {
                Ok(Self { min_score: 0.0, nms_iou: 1.0, smallest_px: 0, classes: Vec::new() })
            }
        }
    }
}

impl DerivedToml {
    fn check(self, parent: &dyn Fn(&str) -> Option<Artifact>) -> Result<Derived, BadValue> {
        let recipe: Recipe =
            self.recipe.parse().map_err(|_| BadValue::new("derived.recipe", &self.recipe, "`free-size`"))?;
        let from = parent(&self.from).ok_or_else(|| {
            let expected = "the id of a model card whose own file is not derived";
            BadValue::new("derived.from", &self.from, expected)
        })?;
        Ok(Derived { from: Box::new(from), recipe })
    }
}

impl LicenceToml {
    fn check(self) -> Result<Licence, BadValue> {
        filled("licence.code", &self.code)?;
        filled("licence.weights", &self.weights)?;
        Ok(Licence { code: self.code, weights: self.weights, note: self.note })
    }
}

/// Ids are typed, logged and put into events.
fn check_id(id: &str) -> Result<(), BadValue> {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
    match id.bytes().all(is_plain) && !id.is_empty() {
        true => Ok(()),
        false => Err(BadValue::new("id", id, "lower-case letters, digits, `.` and `-`")),
    }
}

fn filled(key: &str, text: &str) -> Result<(), BadValue> {
    match text.trim().is_empty() {
        true => Err(BadValue::new(key, text, "some text")),
        false => Ok(()),
    }
}

const FRACTION: &str = "a number from 0 to 1";

const CLASSES: &str = "\"coco-80\", or a list of names, at least one, none empty, none twice";

/// Nothing is found at less than a few pixels, and no input is larger.
const SMALLEST_PX: RangeInclusive<u32> = 4..=1000;

fn smallest_px(written: i64) -> Result<u32, BadValue> {
    let expected = || {
        let (least, most) = SMALLEST_PX.into_inner();
        BadValue::new("smallest-px", written, format!("a height from {least} to {most} input pixels"))
    };
    u32::try_from(written).ok().filter(|px| SMALLEST_PX.contains(px)).ok_or_else(expected)
}

fn missing(key: &str, expected: &str) -> BadValue {
    BadValue { key: key.to_owned(), value: "missing".to_owned(), expected: expected.to_owned() }
}

/// A value as it stands in the card.
fn raw(key: &str, value: &toml::Value, expected: &str) -> BadValue {
    BadValue { key: key.to_owned(), value: value.to_string(), expected: expected.to_owned() }
}

/// Read by hand: serde's message for an untagged enum names neither the key nor the expectation.
fn classes(value: toml::Value) -> Result<Vec<String>, BadValue> {
    let names: Option<Vec<String>> = match &value {
        toml::Value::String(table) if table == "coco-80" => {
            Some(COCO_80.lines().map(str::to_owned).collect())
        }
        toml::Value::Array(names) => names.iter().map(|name| name.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    names
        .filter(|names| !names.is_empty() && names.iter().all(|name| !name.is_empty()))
        .filter(|names| names.iter().enumerate().all(|(i, name)| !names[..i].contains(name)))
        .ok_or_else(|| raw("classes", &value, CLASSES))
}
