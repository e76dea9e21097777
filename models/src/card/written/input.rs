//! What a card says of the model's input.

use serde::Deserialize;
use vision::{ChannelOrder, ElementType, InputSpec, PadSide, SizePx, TensorLayout};

use super::super::{Fit, Input, InputBatch, InputSize};
use super::{filled, missing};
use crate::BadValue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InputToml {
    name: String,
    #[serde(default)]
    element: ElementToml,
    layout: LayoutToml,
    colour: ColourToml,
    size: SizeToml,
    #[serde(default)]
    batch: BatchToml,
    mean: Option<[f32; 3]>,
    scale: Option<[f32; 3]>,
    letterbox: Option<LetterboxToml>,
    fit: Option<FitToml>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ElementToml {
    #[default]
    F32,
    U8,
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

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum BatchToml {
    #[default]
    One,
    Any,
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

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FitToml {
    Stretch,
    Arcface,
}

impl InputToml {
    pub(super) fn check(self) -> Result<Input, BadValue> {
        filled("input.name", &self.name)?;
        let order = match self.colour {
            ColourToml::Bgr => ChannelOrder::Bgr,
            ColourToml::Rgb => ChannelOrder::Rgb,
        };
        let element = match self.element {
            ElementToml::F32 => ElementType::F32,
            ElementToml::U8 => ElementType::U8,
        };
        let (mean, scale) = normalisation(element, self.mean, self.scale)?;
        let (fit, fill) = fit(self.letterbox, self.fit)?;
        Ok(Input {
            name: self.name,
            element,
            layout: match self.layout {
                LayoutToml::Nchw => TensorLayout::Nchw,
                LayoutToml::Nhwc => TensorLayout::Nhwc,
            },
            size: self.size.check()?,
            batch: match self.batch {
                BatchToml::One => InputBatch::One,
                BatchToml::Any => InputBatch::Any,
            },
            spec: InputSpec { order, mean, scale, fill },
            fit,
        })
    }
}

impl FitToml {
    const fn word(self) -> &'static str {
        match self {
            Self::Stretch => "stretch",
            Self::Arcface => "arcface",
        }
    }
}

/// Mean and scale; bytes are fed as they are.
fn normalisation(
    element: ElementType,
    mean: Option<[f32; 3]>,
    scale: Option<[f32; 3]>,
) -> Result<([f32; 3], [f32; 3]), BadValue> {
    if element == ElementType::U8 {
        let expected = "nothing, bytes are fed as they are";
        return match (mean, scale) {
            (Some(mean), _) => Err(BadValue::new("input.mean", mean, expected)),
            (_, Some(scale)) => Err(BadValue::new("input.scale", scale, expected)),
            (None, None) => Ok(([0.0; 3], [1.0; 3])),
        };
    }
    let expected = "three finite numbers";
    let mean = mean.ok_or_else(|| missing("input.mean", expected))?;
    if !mean.iter().all(|mean| mean.is_finite()) {
        return Err(BadValue::new("input.mean", mean, expected));
    }
    let expected = "three finite numbers, none of them 0";
    let scale = scale.ok_or_else(|| missing("input.scale", expected))?;
    if !scale.iter().all(|scale| scale.is_finite() && *scale != 0.0) {
        return Err(BadValue::new("input.scale", scale, expected));
    }
    Ok((mean, scale))
}

/// How pictures get in, and the value of the border, 0 where there is none.
fn fit(letterbox: Option<LetterboxToml>, fit: Option<FitToml>) -> Result<(Fit, f32), BadValue> {
    let either = "either `letterbox`, or `fit` with \"stretch\" or \"arcface\"";
    let LetterboxToml { pad, fill } = match (letterbox, fit) {
        (Some(letterbox), None) => letterbox,
        (None, Some(FitToml::Stretch)) => return Ok((Fit::Stretch, 0.0)),
        (None, Some(FitToml::Arcface)) => return Ok((Fit::Arcface, 0.0)),
        (Some(_), Some(fit)) => return Err(BadValue::new("input.fit", fit.word(), either)),
        (None, None) => return Err(missing("input.fit", either)),
    };
    if !(0.0..=255.0).contains(&fill) {
        return Err(BadValue::new("input.letterbox.fill", fill, "a number from 0 to 255"));
    }
    let side = match pad {
        PadToml::BottomRight => PadSide::BottomRight,
        PadToml::Both => PadSide::Both,
    };
    Ok((Fit::Letterbox(side), fill))
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
