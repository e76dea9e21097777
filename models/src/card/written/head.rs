//! What a card says of the way from the model's outputs to results.

use serde::Deserialize;

use super::super::{CtcAxes, Head, Scores};
use crate::BadValue;

#[derive(Deserialize)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "kebab-case")]
pub(super) enum HeadToml {
    Yolox { strides: Vec<u32> },
    NanodetPlus { strides: Vec<u32>, bins: u32 },
    Rtmdet {},
    Yunet { strides: Vec<u32> },
    Yolov5Corners {},
    Yolov8 {},
    Detr { scores: ScoresToml },
    Slots { alphabet: String, empty: u32, scores: ScoresToml },
    Ctc { alphabet: String, blank: u32, axes: AxesToml, scores: ScoresToml },
    Embedding { length: u32 },
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum AxesToml {
    StepsClasses,
    ClassesSteps,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ScoresToml {
    Probabilities,
    Logits,
}

impl HeadToml {
    pub(super) fn check(self) -> Result<Head, BadValue> {
        match self {
            Self::Yolox { strides } => Ok(Head::Yolox { strides: grids(strides)? }),
            Self::NanodetPlus { bins: bins @ 0..=1, .. } => {
                Err(BadValue::new("head.bins", bins, "at least 2"))
            }
            Self::NanodetPlus { strides, bins } => Ok(Head::NanodetPlus { strides: grids(strides)?, bins }),
            Self::Rtmdet {} => Ok(Head::Rtmdet),
            Self::Yunet { strides } => Ok(Head::Yunet { strides: grids(strides)? }),
            Self::Yolov5Corners {} => Ok(Head::Yolov5Corners),
            Self::Yolov8 {} => Ok(Head::Yolov8),
            Self::Detr { scores } => Ok(Head::Detr { scores: scores.into() }),
            Self::Slots { alphabet, empty, scores } => {
                let (alphabet, empty) = symbols(alphabet, "head.empty", empty)?;
                Ok(Head::Slots { alphabet, empty, scores: scores.into() })
            }
            Self::Ctc { alphabet, blank, axes, scores } => {
                let (alphabet, blank) = symbols(alphabet, "head.blank", blank)?;
                let axes = match axes {
                    AxesToml::StepsClasses => CtcAxes::StepsClasses,
                    AxesToml::ClassesSteps => CtcAxes::ClassesSteps,
                };
                Ok(Head::Ctc { alphabet, blank, axes, scores: scores.into() })
            }
            Self::Embedding { length: 0 } => Err(BadValue::new("head.length", 0, "at least 1")),
            Self::Embedding { length } => Ok(Head::Embedding { length }),
        }
    }
}

impl From<ScoresToml> for Scores {
    fn from(written: ScoresToml) -> Self {
        match written {
            ScoresToml::Probabilities => Self::Probabilities,
            ScoresToml::Logits => Self::Logits,
        }
    }
}

fn grids(strides: Vec<u32>) -> Result<Vec<u32>, BadValue> {
    match strides.is_empty() || strides.contains(&0) {
        true => Err(BadValue::new("head.strides", strides, "at least one, none of them 0")),
        false => Ok(strides),
    }
}

/// The characters of a reader, and the class that stands for none of them.
fn symbols(alphabet: String, key: &str, none: u32) -> Result<(String, u32), BadValue> {
    let characters: Vec<char> = alphabet.chars().collect();
    let twice = (1..characters.len()).any(|i| characters[..i].contains(&characters[i]));
    if characters.is_empty() || twice {
        return Err(BadValue::new("head.alphabet", alphabet, "at least one character, none of them twice"));
    }
    let count = characters.len();
    match usize::try_from(none).is_ok_and(|none| none <= count) {
        true => Ok((alphabet, none)),
        false => Err(BadValue::new(key, none, format!("at most {count}, the number of characters"))),
    }
}
