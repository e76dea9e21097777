mod nanodet_plus;
mod yolox;

use vision::{InputBox, SizePx};

use crate::{Candidate, DetectError};

/// A head family: how the rows of a detector's output encode boxes.
///
/// Rows run over the levels in the order of `strides` and, in each level, over a grid of
/// `ceil(height / stride) × ceil(width / stride)` cells, row-major.
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
}

impl Head {
    /// Name of the family, as in model cards.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Yolox { .. } => "yolox",
            Self::NanodetPlus { .. } => "nanodet-plus",
        }
    }

    /// Rows of one picture's output at `input`, the size of the model's input.
    pub fn rows(&self, input: SizePx) -> usize {
        levels(self.strides(), input).map(|level| level.columns.saturating_mul(level.rows)).sum()
    }

    /// Values in one row of a model with `classes` classes.
    pub fn row_len(&self, classes: usize) -> usize {
        match self {
            Self::Yolox { .. } => yolox::CLASSES.saturating_add(classes),
            Self::NanodetPlus { bins, .. } => bins.saturating_mul(4).saturating_add(classes),
        }
    }

    /// Decodes `output`, one picture's rows `[rows(input), row_len(classes)]` row-major, and puts every candidate that
    /// scores at least `min_score` into `out`, whose former content goes; in the order of the rows.
    ///
    /// Rows with a score outside `[0, 1]`, or whose box is empty, inverted or not finite, are no candidates.
    ///
    /// # Errors
    /// [`DetectError::OutputShape`] when `output` has another length, [`DetectError::HeadSettings`] when strides, bins
    /// or `classes` cannot be; `out` is empty then.
    pub fn decode(
        &self,
        output: &[f32],
        input: SizePx,
        classes: usize,
        min_score: f32,
        out: &mut Vec<Candidate>,
    ) -> Result<(), DetectError> {
        out.clear();
        self.check(output, input, classes)?;
        let mut rows = output.chunks_exact(self.row_len(classes));
        for level in levels(self.strides(), input) {
            let rows = rows.by_ref().take(level.columns * level.rows);
            match self {
                Self::Yolox { .. } => yolox::decode(rows, level, min_score, out),
                Self::NanodetPlus { bins, .. } => {
                    nanodet_plus::decode(rows, level, classes, *bins, min_score, out);
                }
            }
        }
        Ok(())
    }

    fn strides(&self) -> &[u32] {
        match self {
            Self::Yolox { strides } | Self::NanodetPlus { strides, .. } => strides,
        }
    }

    fn check(&self, output: &[f32], input: SizePx, classes: usize) -> Result<(), DetectError> {
        let head = self.name();
        let refuse = |name, actual, expected| DetectError::HeadSettings { head, name, actual, expected };
        let strides = self.strides();
        if strides.is_empty() || strides.contains(&0) {
            return Err(refuse("strides", format!("{strides:?}"), "at least one, none of them 0"));
        }
        if !(1..=usize::from(u16::MAX)).contains(&classes) {
            return Err(refuse("classes", classes.to_string(), "1 to 65535"));
        }
        if let Self::NanodetPlus { bins, .. } = self
            && !(2..=1024).contains(bins)
        {
            return Err(refuse("bins", bins.to_string(), "2 to 1024"));
        }
        let (rows, row_len, actual) = (self.rows(input), self.row_len(classes), output.len());
        if rows.checked_mul(row_len) != Some(actual) {
            return Err(DetectError::OutputShape { head, input, rows, row_len, actual });
        }
        Ok(())
    }
}

/// One level's grid.
#[derive(Clone, Copy)]
struct Level {
    stride: f32,
    columns: usize,
    rows: usize,
}

impl Level {
    /// Column and row of the cell that a level's row number `index` speaks for.
    fn cell(&self, index: usize) -> (f32, f32) {
        ((index % self.columns) as f32, (index / self.columns) as f32)
    }
}

fn levels(strides: &[u32], input: SizePx) -> impl Iterator<Item = Level> {
    strides.iter().filter(|&&stride| 0 < stride).map(move |&stride| Level {
        stride: stride as f32,
        columns: input.width.div_ceil(stride) as usize,
        rows: input.height.div_ceil(stride) as usize,
    })
}

/// Index and value of the largest of `values`, the first of equals; `None` when all are NaN.
fn best(values: &[f32]) -> Option<(usize, f32)> {
    let largest = largest(values);
    values.iter().position(|&value| value == largest).map(|index| (index, largest))
}

/// The largest of `values`, NaN left out.
fn largest(values: &[f32]) -> f32 {
    let max = |a: f32, b: f32| if a < b { b } else { a };
    // Lanes of their own let the compiler use vector registers: one running maximum would fix the order.
    let mut lanes = [f32::NEG_INFINITY; 8];
    let mut chunks = values.chunks_exact(8);
    for chunk in &mut chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = max(*lane, value);
        }
    }
    chunks.remainder().iter().chain(&lanes).fold(f32::NEG_INFINITY, |so_far, &value| max(so_far, value))
}

/// Adds a candidate, if it is one.
fn push(out: &mut Vec<Candidate>, class: usize, score: f32, [x0, y0, x1, y1]: [f32; 4]) {
    out.extend(Candidate::new(class, score, InputBox { x0, y0, x1, y1 }));
}

#[cfg(test)]
mod tests;
