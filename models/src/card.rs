use std::fmt;
use std::path::{Path, PathBuf};

use vision::{ElementType, InputSpec, PadSide, SizePx, TensorLayout};

use crate::CardError;
use crate::artifact::Artifact;
use crate::golden::GoldenSource;

mod cut;
pub(crate) mod quantised;
mod written;

/// The contract of one model file.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// What configs, events and the command line call the model.
    pub id: String,
    /// One line for an operator who chooses a model.
    pub about: String,
    /// The model file.
    pub artifact: Artifact,
    /// Whether the file was made on this machine: then no mirror and no public place has it.
    pub made_here: bool,
    /// Who may use it.
    pub licence: Licence,
    /// What it is for.
    pub task: Task,
    /// Its one input.
    pub input: Input,
    /// Names of its output tensors, in the order its head reads them; at least one.
    pub outputs: Vec<String>,
    /// How its outputs are read; one of those for its task.
    pub head: Head,
    /// Detections below this score are dropped, in `[0, 1]`; 0 for a model that detects nothing.
    pub min_score: f32,
    /// Of two boxes of a class that overlap more than this, the better one stays, in `[0, 1]`; 1, at which all stay, for a
    /// model that leaves one box per object itself or detects nothing.
    pub nms_iou: f32,
    /// Height in input pixels from which objects are found about as well as larger ones; 0 for a model that detects
    /// nothing. Where it was not measured, [`DEFAULT_SMALLEST_PX`].
    pub smallest_px: u32,
    /// Names of the classes, in the order of the scores; at least one, none twice; empty for a model that detects nothing.
    pub classes: Vec<String>,
    /// What it answers to a known picture; `None` for an operator's card that says nothing of it.
    pub golden: Option<GoldenSource>,
}

/// What a card without `smallest-px` is taken to say, in input pixels: the upper end of what the built-in detectors were
/// measured to need, one with another (`benches/results/2026-11-22-smallest-height.md`). Too high a value costs tiles, too low
/// a one objects.
pub const DEFAULT_SMALLEST_PX: u32 = 24;

/// Licences of a model, as SPDX ids or `none` where none is stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licence {
    /// Of the repository that the file comes from.
    pub code: String,
    /// Of the weights, as their makers state it.
    pub weights: String,
    /// What else a user has to know; may be empty.
    pub note: String,
}

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Pictures to classes, scores and boxes.
    Detect,
    /// Pictures to faces: boxes with five landmarks.
    DetectFace,
    /// Pictures to plates: boxes with four corners.
    DetectPlate,
    /// A picture of a plate to its characters.
    ReadPlate,
    /// A picture of a face to its embedding.
    EmbedFace,
    /// A picture of a person to an embedding of what that person looks like.
    EmbedPerson,
}

/// What a model wants to be fed.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Name of the tensor.
    pub name: String,
    /// What its values are.
    pub element: ElementType,
    /// Order of its axes.
    pub layout: TensorLayout,
    /// Sizes it takes.
    pub size: InputSize,
    /// Pictures it takes in one run.
    pub batch: InputBatch,
    /// Colour order, normalisation and value of the border; bytes are not normalised.
    pub spec: InputSpec,
    /// How a picture of another size gets into it.
    pub fit: Fit,
}

/// How a picture is brought to a model's input size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Its aspect is kept, and a border goes where it says.
    Letterbox(PadSide),
    /// Each side is resized by its own ratio.
    Stretch,
    /// It is a face already, its five points brought onto the 112x112 template of ArcFace (Deng and others, 2019).
    Arcface,
}

/// Which input sizes a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputSize {
    /// This one.
    Fixed(SizePx),
    /// Any whose width and height are multiples of `step`.
    MultipleOf {
        /// In pixels.
        step: u32,
        /// Taken where nobody asks for another.
        default: SizePx,
    },
}

impl std::fmt::Display for InputSize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fixed(size) => write!(f, "{size}"),
            Self::MultipleOf { step, .. } => write!(f, "multiples of {step}"),
        }
    }
}

/// How many pictures a model takes in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputBatch {
    /// One.
    One,
    /// Any number; each of them gives what it gives alone.
    Any,
}

/// How the output tensors become results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// `[N, A, 5 + classes]`: centre and log size in cells, objectness, class scores; the scores are sigmoids already.
    Yolox {
        /// Input pixels per cell, one for each grid, in the order of the rows.
        strides: Vec<u32>,
    },
    /// `[N, A, classes + 4 · bins]`: class scores, sigmoids already, then a distribution of the distance to each side.
    NanodetPlus {
        /// Input pixels per cell, one for each grid, in the order of the rows.
        strides: Vec<u32>,
        /// Bins of each distribution.
        bins: u32,
    },
    /// `[N, K, 5]`: the corners of the boxes in input pixels and their scores, suppressed by the model, of one class; as
    /// MMDeploy exports RTMDet.
    Rtmdet,
    /// For each grid an output `[N, A, 1]` of faces, then for each of objectness, then `[N, A, 4]` of boxes and
    /// `[N, A, 10]` of landmarks, in cells; sigmoids already.
    Yunet {
        /// Input pixels per cell, one for each grid, in the order of the outputs.
        strides: Vec<u32>,
    },
    /// `[N, A, 13 + classes]`: centre, size, objectness, four corners and class scores, in input pixels, sigmoids already;
    /// as YOLOv5-face with four points.
    Yolov5Corners,
    /// `[N, 4 + classes, A]`: centre, size and class scores, in input pixels, sigmoids already; as YOLOv8 and YOLO11.
    Yolov8,
    /// `[N, Q, classes]` of scores, then `[N, Q, 4]` of centres and sizes as fractions of the input; as RT-DETR and D-FINE.
    Detr {
        /// What the scores are.
        scores: Scores,
    },
    /// `[N, slots, classes]`: for each place of a plate a distribution over the characters and the empty symbol.
    Slots {
        /// The characters in the order of the classes, the empty symbol left out.
        alphabet: String,
        /// Class of the empty symbol.
        empty: u32,
        /// What the values are.
        scores: Scores,
    },
    /// Connectionist temporal classification: for each step across a plate the scores of the characters and the blank.
    Ctc {
        /// The characters in the order of the classes, the blank left out.
        alphabet: String,
        /// Class of the blank.
        blank: u32,
        /// Order of the axes, a batch axis of one apart.
        axes: CtcAxes,
        /// What the values are.
        scores: Scores,
    },
    /// `[N, length]`: a direction.
    Embedding {
        /// Numbers of an embedding.
        length: u32,
    },
}

/// Order of the two axes of a CTC output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CtcAxes {
    /// `[steps, classes]`.
    StepsClasses,
    /// `[classes, steps]`.
    ClassesSteps,
}

/// What the scores in an output are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scores {
    /// The softmax of a reader, the sigmoid of a detector, is in the model.
    Probabilities,
    /// It is the caller's.
    Logits,
}

/// A card that was read but not checked: whether its file can be made hangs on another card.
pub(crate) struct Draft {
    file: PathBuf,
    written: written::CardToml,
}

impl Draft {
    /// Reads the card in `path`.
    pub(crate) fn read(path: &Path) -> Result<Self, CardError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| CardError::Read { file: path.to_owned(), source })?;
        Self::parse(path, &text)
    }

    /// Reads a card from `text`; errors name `file`.
    pub(crate) fn parse(file: &Path, text: &str) -> Result<Self, CardError> {
        let written = toml::from_str(text)
            .map_err(|err| CardError::Syntax { file: file.to_owned(), source: Box::new(err) })?;
        Ok(Self { file: file.to_owned(), written })
    }

    /// What it calls its model, not checked yet.
    pub(crate) fn id(&self) -> &str {
        self.written.id()
    }

    /// Whether its file is made from that of another card.
    pub(crate) fn is_derived(&self) -> bool {
        self.written.is_derived()
    }

    /// Checks the card; `parent` gives the file of another card by its id.
    pub(crate) fn check(self, parent: &dyn Fn(&str) -> Option<Artifact>) -> Result<Card, CardError> {
        let Self { file, written } = self;
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        written.check(parent, &folder).map_err(|source| CardError::Value { file, source })
    }
}

impl Task {
    /// Name as in cards.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Detect => "detect",
            Self::DetectFace => "detect-face",
            Self::DetectPlate => "detect-plate",
            Self::ReadPlate => "read-plate",
            Self::EmbedFace => "embed-face",
            Self::EmbedPerson => "embed-person",
        }
    }

    /// Whether its results are boxes with classes and scores.
    pub const fn detects(self) -> bool {
        matches!(self, Self::Detect | Self::DetectFace | Self::DetectPlate)
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Head {
    /// Name of the family, as in cards.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Yolox { .. } => "yolox",
            Self::NanodetPlus { .. } => "nanodet-plus",
            Self::Rtmdet => "rtmdet",
            Self::Yunet { .. } => "yunet",
            Self::Yolov5Corners => "yolov5-corners",
            Self::Yolov8 => "yolov8",
            Self::Detr { .. } => "detr",
            Self::Slots { .. } => "slots",
            Self::Ctc { .. } => "ctc",
            Self::Embedding { .. } => "embedding",
        }
    }

    /// The tasks whose results it gives; at least one.
    pub const fn tasks(&self) -> &'static [Task] {
        match self {
            Self::Yolox { .. }
            | Self::NanodetPlus { .. }
            | Self::Rtmdet
            | Self::Yolov8
            | Self::Detr { .. } => &[Task::Detect],
            Self::Yunet { .. } => &[Task::DetectFace],
            Self::Yolov5Corners => &[Task::DetectPlate],
            Self::Slots { .. } | Self::Ctc { .. } => &[Task::ReadPlate],
            Self::Embedding { .. } => &[Task::EmbedFace, Task::EmbedPerson],
        }
    }

    /// Number of outputs that it reads.
    pub const fn outputs(&self) -> usize {
        match self {
            Self::Yunet { strides } => 4 * strides.len(),
            Self::Detr { .. } => 2,
            _ => 1,
        }
    }

    /// Whether its models have one class, and nothing in their outputs that would tell classes apart.
    pub const fn has_one_class(&self) -> bool {
        matches!(self, Self::Rtmdet | Self::Yunet { .. })
    }

    /// Whether its models leave one box per object, so that no suppression need follow.
    pub const fn suppresses(&self) -> bool {
        matches!(self, Self::Rtmdet | Self::Detr { .. })
    }
}

impl InputBatch {
    /// `wanted` pictures, or as many of them as it takes.
    pub fn most(self, wanted: usize) -> usize {
        match self {
            Self::One => wanted.min(1),
            Self::Any => wanted,
        }
    }
}

impl InputSize {
    /// The size taken where nobody asks for another.
    pub fn preferred(self) -> SizePx {
        match self {
            Self::Fixed(size) => size,
            Self::MultipleOf { default, .. } => default,
        }
    }

    /// Whether the model takes `size`.
    pub fn takes(self, size: SizePx) -> bool {
        match self {
            Self::Fixed(only) => size == only,
            Self::MultipleOf { step, .. } => {
                !size.is_empty() && size.width.is_multiple_of(step) && size.height.is_multiple_of(step)
            }
        }
    }
}

#[cfg(test)]
mod tests;
