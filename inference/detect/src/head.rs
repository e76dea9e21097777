mod detr;
mod grid;
mod nanodet_plus;
mod rtmdet;
mod yolov5_corners;
mod yolov8;
mod yolox;
mod yunet;

use vision::{InputBox, SizePx};

use self::grid::levels;
use crate::{Candidate, DetectError, Points, Tensor};

/// A head family: how the outputs of a detector encode boxes.
///
/// Heads with `strides` have one row per cell. Rows run over the levels in the order of `strides` and, in each level, over
/// a grid of `ceil(height / stride) × ceil(width / stride)` cells, row-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// YOLOX: `x, y, w, h, objectness`, then one probability per class; everything after a sigmoid but the box.
    Yolox {
        /// Input pixels per cell of each level.
        strides: Vec<u32>,
    },
    /// NanoDet-Plus: one probability per class, then the distances left, top, right and bottom from the cell's origin,
    /// each as a distribution over `bins` whole strides.
    NanodetPlus {
        /// Input pixels per cell of each level.
        strides: Vec<u32>,
        /// Bins of each distance.
        bins: usize,
    },
    /// RTMDet as MMDeploy exports it, its own suppression in the graph: rows `x0, y0, x1, y1, score` in input pixels, as
    /// many as there are objects, of one class.
    Rtmdet,
    /// YuNet: for each level the probability of a face, then for each level its objectness, then the boxes, then the five
    /// landmarks, each an output of its own; of one class.
    Yunet {
        /// Input pixels per cell of each level.
        strides: Vec<u32>,
    },
    /// YOLOv5-face with four corners in place of its landmarks, decoded in the graph: `cx, cy, w, h, objectness`, the
    /// corners `x, y`, then one probability per class; places in input pixels, any number of rows.
    Yolov5Corners,
    /// YOLOv8 and YOLO11, decoded in the graph: a row each for `cx, cy, w, h` in input pixels and the probability of each
    /// class, a column for each candidate.
    Yolov8,
    /// RT-DETR and D-FINE: one output with a score per class for each query, one with `cx, cy, w, h` as fractions of the
    /// input. One box per object without suppression.
    Detr {
        /// What the scores are.
        scores: Scores,
    },
}

/// What the scores of a model without suppression of its own are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scores {
    /// The sigmoid is in the model.
    Probabilities,
    /// The sigmoid is the caller's.
    Logits,
}

/// In a shape: any length.
const ANY: i64 = -1;

impl Head {
    /// Name of the family, as in model cards.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Yolox { .. } => "yolox",
            Self::NanodetPlus { .. } => "nanodet-plus",
            Self::Rtmdet => "rtmdet",
            Self::Yunet { .. } => "yunet",
            Self::Yolov5Corners => "yolov5-corners",
            Self::Yolov8 => "yolov8",
            Self::Detr { .. } => "detr",
        }
    }

    /// Shapes of one picture's outputs of a model with `classes` classes at `input`, the size of its input, in the order
    /// in which [`Head::decode`] takes them, the batch axis left out; -1 is any length.
    pub fn output_shapes(&self, input: SizePx, classes: usize) -> Vec<[i64; 2]> {
        // A length too large to write down is one that no output has.
        let length = |values: usize| i64::try_from(values).unwrap_or(i64::MAX);
        let cells = |strides| levels(strides, input).map(|level| length(level.cells()));
        let all_cells = |strides| cells(strides).fold(0, i64::saturating_add);
        let after = |fixed: usize| length(classes.saturating_add(fixed));
        match self {
            Self::Yolox { strides } => vec![[all_cells(strides), after(yolox::CLASSES)]],
            Self::NanodetPlus { strides, bins } => {
                vec![[all_cells(strides), after(bins.saturating_mul(4))]]
            }
            Self::Rtmdet => vec![[ANY, rtmdet::ROW_LEN]],
            Self::Yunet { strides } => yunet::COLUMNS
                .iter()
                .flat_map(|&columns| cells(strides).map(move |rows| [rows, columns]))
                .collect(),
            Self::Yolov5Corners => vec![[ANY, after(yolov5_corners::CLASSES)]],
            Self::Yolov8 => vec![[after(yolov8::CLASSES), ANY]],
            Self::Detr { .. } => vec![[ANY, after(0)], [ANY, 4]],
        }
    }

    /// Decodes `outputs`, one picture's of shapes [`Head::output_shapes`], and puts every candidate that scores at least
    /// `min_score` into `out`, whose former content goes; in the order of the rows.
    ///
    /// A row speaks for its best class alone; but a query of [`Head::Detr`] for each class that scores enough, and of
    /// these as many are kept as there are queries, the best first, as its authors count them. Rows with a score outside
    /// `[0, 1]`, with a point that is not finite, or whose box is empty, inverted or not finite, are no candidates.
    ///
    /// # Errors
    /// [`DetectError::OutputCount`] and [`DetectError::OutputShape`] when the outputs are others,
    /// [`DetectError::HeadSettings`] when strides, bins or `classes` cannot be; `out` is empty then.
    pub fn decode(
        &self,
        outputs: &[Tensor<'_>],
        input: SizePx,
        classes: usize,
        min_score: f32,
        out: &mut Vec<Candidate>,
    ) -> Result<(), DetectError> {
        out.clear();
        self.check(input, classes, outputs)?;
        match (self, outputs) {
            (Self::Yolox { strides }, [rows]) => {
                yolox::decode(rows.data, levels(strides, input), classes, min_score, out);
            }
            (Self::NanodetPlus { strides, bins }, [rows]) => {
                nanodet_plus::decode(rows.data, levels(strides, input), classes, *bins, min_score, out);
            }
            (Self::Rtmdet, [rows]) => rtmdet::decode(rows.data, min_score, out),
            (Self::Yunet { strides }, maps) => yunet::decode(maps, levels(strides, input), min_score, out),
            (Self::Yolov5Corners, [rows]) => yolov5_corners::decode(rows.data, classes, min_score, out),
            (Self::Yolov8, [columns]) => yolov8::decode(columns.data, classes, min_score, out),
            (Self::Detr { scores }, [classes_of, boxes]) => {
                detr::decode(classes_of.data, boxes.data, *scores, input, classes, min_score, out);
            }
            // The number of outputs was checked above.
            _ => {}
        }
        Ok(())
    }

    fn strides(&self) -> Option<&[u32]> {
        match self {
            Self::Yolox { strides } | Self::NanodetPlus { strides, .. } | Self::Yunet { strides } => {
                Some(strides)
            }
            Self::Rtmdet | Self::Yolov5Corners | Self::Yolov8 | Self::Detr { .. } => None,
        }
    }

    fn check(&self, input: SizePx, classes: usize, outputs: &[Tensor<'_>]) -> Result<(), DetectError> {
        let head = self.name();
        let refuse = |name, actual, expected| DetectError::HeadSettings { head, name, actual, expected };
        if let Some(strides) = self.strides().filter(|strides| strides.is_empty() || strides.contains(&0)) {
            return Err(refuse("strides", format!("{strides:?}"), "at least one, none of them 0"));
        }
        let (most, expected) = match self {
            Self::Rtmdet | Self::Yunet { .. } => (1, "1"),
            _ => (usize::from(u16::MAX), "1 to 65535"),
        };
        if !(1..=most).contains(&classes) {
            return Err(refuse("classes", classes.to_string(), expected));
        }
        if let Self::NanodetPlus { bins, .. } = self
            && !(2..=1024).contains(bins)
        {
            return Err(refuse("bins", bins.to_string(), "2 to 1024"));
        }
        let mut shapes = self.output_shapes(input, classes);
        if shapes.len() != outputs.len() {
            return Err(DetectError::OutputCount { head, expected: shapes.len(), actual: outputs.len() });
        }
        if let (Self::Detr { .. }, [scores, boxes], [first, _]) = (self, &mut shapes[..], outputs)
            && let Some([queries, _]) = first.rows_and_columns()
        {
            // Both speak of the same queries.
            (scores[0], boxes[0]) = (queries as i64, queries as i64);
        }
        for (&expected, output) in shapes.iter().zip(outputs) {
            let fits =
                |(&expected, actual): (&i64, usize)| expected == ANY || i64::try_from(actual) == Ok(expected);
            if !output.rows_and_columns().is_some_and(|actual| expected.iter().zip(actual).all(fits)) {
                return Err(DetectError::OutputShape {
                    head,
                    output: output.name.to_owned(),
                    input,
                    expected,
                    actual: output.shape.to_vec(),
                    values: output.data.len(),
                });
            }
        }
        Ok(())
    }
}

/// Index and value of the largest of `values`, the first of equals; `None` when all are NaN.
fn best(values: &[f32]) -> Option<(usize, f32)> {
    let largest = largest(values);
    values.iter().position(|&value| value == largest).map(|index| (index, largest))
}

/// The largest of `values`, NaN left out.
fn largest(values: &[f32]) -> f32 {
    // Lanes of their own let the compiler use vector registers: one running maximum would fix the order.
    let mut lanes = [f32::NEG_INFINITY; 8];
    let mut chunks = values.chunks_exact(8);
    for chunk in &mut chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, value);
        }
    }
    chunks.remainder().iter().chain(&lanes).fold(f32::NEG_INFINITY, |so_far, &value| larger(so_far, value))
}

/// The larger of two; `b` only when it is above `a`, so never when it is NaN.
fn larger(a: f32, b: f32) -> f32 {
    if a < b { b } else { a }
}

/// A score made of two factors, if both are in `[0, 1]` and it is at least `min_score`.
fn product(objectness: f32, probability: f32, min_score: f32) -> Option<f32> {
    let score = objectness * probability;
    let sound = (0.0..=1.0).contains(&objectness) && (0.0..=1.0).contains(&probability);
    (sound && min_score <= score).then_some(score)
}

/// The box about a centre.
fn centred(x: f32, y: f32, width: f32, height: f32) -> InputBox {
    let (half_width, half_height) = (width / 2.0, height / 2.0);
    InputBox { x0: x - half_width, y0: y - half_height, x1: x + half_width, y1: y + half_height }
}

/// Adds a candidate without points, if it is one.
fn push(out: &mut Vec<Candidate>, class: usize, score: f32, bbox: InputBox) {
    out.extend(Candidate::new(class, score, bbox, Points::None));
}

#[cfg(test)]
mod tests;
