//! A card as its author wrote it, and the way from there to a [`Card`].

use serde::Deserialize;

use super::{Card, ChannelOrder, Head, Input, InputSize, InputSpec, Layout, Licence, PadSide, SizePx, Task};
use crate::BadValue;
use crate::artifact::{Artifact, PublicFile, Written};

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
    licence: LicenceToml,
    task: TaskToml,
    input: InputToml,
    outputs: Vec<String>,
    head: HeadToml,
    min_score: f32,
    nms_iou: f32,
    classes: toml::Value,
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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InputToml {
    name: String,
    layout: LayoutToml,
    colour: ColourToml,
    size: SizeToml,
    mean: [f32; 3],
    scale: [f32; 3],
    letterbox: LetterboxToml,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum LayoutToml {
    Nchw,
    Nhwc,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ColourToml {
    Bgr,
    Rgb,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SizeToml {
    fixed: Option<[u32; 2]>,
    multiple_of: Option<u32>,
    default: Option<[u32; 2]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LetterboxToml {
    pad: PadToml,
    fill: f32,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PadToml {
    BottomRight,
    Both,
}

#[derive(Deserialize)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "kebab-case")]
enum HeadToml {
    Yolox { strides: Vec<u32> },
    NanodetPlus { strides: Vec<u32>, bins: u32 },
}

impl CardToml {
    pub(super) fn check(self) -> Result<Card, BadValue> {
        let Self { id, about, file, sha256, bytes, source, mirror_only, .. } = self;
        check_id(&id)?;
        filled("about", &about)?;
        let written = Written { file, sha256, bytes, source, mirror_only };
        let artifact = Artifact::check(&id, "", written)?;
        let task = match self.task {
            TaskToml::Detect => Task::Detect,
        };
        if self.outputs.is_empty() || self.outputs.iter().any(String::is_empty) {
            return Err(BadValue::new("outputs", self.outputs, "at least one name, none of them empty"));
        }
        Ok(Card {
            id,
            about,
            artifact,
            licence: self.licence.check()?,
            task,
            input: self.input.check()?,
            outputs: self.outputs,
            head: self.head.check()?,
            min_score: fraction("min-score", self.min_score)?,
            nms_iou: fraction("nms-iou", self.nms_iou)?,
            classes: classes(self.classes)?,
        })
    }
}

impl LicenceToml {
    fn check(self) -> Result<Licence, BadValue> {
        filled("licence.code", &self.code)?;
        filled("licence.weights", &self.weights)?;
        Ok(Licence { code: self.code, weights: self.weights, note: self.note })
    }
}

impl InputToml {
    fn check(self) -> Result<Input, BadValue> {
        filled("input.name", &self.name)?;
        let order = match self.colour {
            ColourToml::Bgr => ChannelOrder::Bgr,
            ColourToml::Rgb => ChannelOrder::Rgb,
        };
        if !self.mean.iter().all(|mean| mean.is_finite()) {
            return Err(BadValue::new("input.mean", self.mean, "three finite numbers"));
        }
        if !self.scale.iter().all(|scale| scale.is_finite() && *scale != 0.0) {
            return Err(BadValue::new("input.scale", self.scale, "three finite numbers, none of them 0"));
        }
        let LetterboxToml { pad, fill } = self.letterbox;
        if !(0.0..=255.0).contains(&fill) {
            return Err(BadValue::new("input.letterbox.fill", fill, "a number from 0 to 255"));
        }
        Ok(Input {
            name: self.name,
            layout: match self.layout {
                LayoutToml::Nchw => Layout::Nchw,
                LayoutToml::Nhwc => Layout::Nhwc,
            },
            size: self.size.check()?,
            spec: InputSpec { order, mean: self.mean, scale: self.scale, fill },
            pad: match pad {
                PadToml::BottomRight => PadSide::BottomRight,
                PadToml::Both => PadSide::Both,
            },
        })
    }
}

impl SizeToml {
    fn check(self) -> Result<InputSize, BadValue> {
        let size = match (self.fixed, self.multiple_of, self.default) {
            (Some([width, height]), None, None) => InputSize::Fixed(SizePx::new(width, height)),
            (None, Some(step), Some([width, height])) if 0 < step => {
                InputSize::MultipleOf { step, default: SizePx::new(width, height) }
            }
            (None, Some(0), _) => {
                return Err(BadValue::new("input.size.multiple-of", 0, "at least 1 pixel"));
            }
            _ => {
                let expected = "either `fixed`, or `multiple-of` and `default`";
                return Err(BadValue::new("input.size", self, expected));
            }
        };
        let preferred = size.preferred();
        if !size.takes(preferred) || preferred.is_empty() {
            let (key, expected) = match size {
                InputSize::Fixed(_) => ("input.size.fixed", "a width and a height of at least 1".to_owned()),
                InputSize::MultipleOf { step, .. } => {
                    ("input.size.default", format!("multiples of {step}, at least {step}"))
                }
            };
            return Err(BadValue::new(key, [preferred.width, preferred.height], expected));
        }
        Ok(size)
    }
}

impl HeadToml {
    fn check(self) -> Result<Head, BadValue> {
        let (Self::Yolox { strides } | Self::NanodetPlus { strides, .. }) = &self;
        if strides.is_empty() || strides.contains(&0) {
            return Err(BadValue::new("head.strides", strides, "at least one, none of them 0"));
        }
        Ok(match self {
            Self::Yolox { strides } => Head::Yolox { strides },
            Self::NanodetPlus { bins: bins @ 0..=1, .. } => {
                return Err(BadValue::new("head.bins", bins, "at least 2"));
            }
            Self::NanodetPlus { strides, bins } => Head::NanodetPlus { strides, bins },
        })
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

fn fraction(key: &str, value: f32) -> Result<f32, BadValue> {
    match (0.0..=1.0).contains(&value) {
        true => Ok(value),
        false => Err(BadValue::new(key, value, "a number from 0 to 1")),
    }
}

/// Read by hand: serde's message for an untagged enum names neither the key nor the expectation.
fn classes(value: toml::Value) -> Result<Vec<String>, BadValue> {
    let expected = "\"coco-80\", or a list of names, at least one, none empty, none twice";
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
        .ok_or_else(|| BadValue {
            key: "classes".to_owned(),
            value: value.to_string(),
            expected: expected.to_owned(),
        })
}
