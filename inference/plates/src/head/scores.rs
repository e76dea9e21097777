//! Rows of scores, one score for each class, and the best class of a row.

use crate::PlateError;

/// What the values of an output are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scores {
    /// The softmax is in the model.
    Probabilities,
    /// The softmax is ours to do.
    Logits,
}

/// A rounding error beyond 0 or 1 is no sign of a wrong model; more is.
const SLACK: f32 = 1e-3;

/// One picture's output as a row for each place or step. Every value is finite, and within `[0, 1]` but for [`SLACK`]
/// where it is a probability.
pub(super) struct Rows<'a> {
    data: &'a [f32],
    scores: Scores,
    classes: usize,
    len: usize,
    /// Values from one row to the next, and from one class to the next.
    strides: (usize, usize),
}

impl<'a> Rows<'a> {
    /// `data` of `shape`, which is `[rows, classes]`, or `[classes, rows]` if `classes_first`, axes of length 1 apart.
    /// `rows` is what messages call the rows.
    pub(super) fn of(
        data: &'a [f32],
        shape: &[i64],
        rows: &'static str,
        classes: usize,
        classes_first: bool,
        scores: Scores,
    ) -> Result<Self, PlateError> {
        let refused = || PlateError::OutputShape {
            actual: shape.to_vec(),
            values: data.len(),
            expected: match classes_first {
                true => format!("[{classes} classes, {rows}]"),
                false => format!("[{rows}, {classes} classes]"),
            },
        };
        let axes: Vec<i64> = shape.iter().copied().filter(|&length| length != 1).collect();
        let (len, actual) = match (axes.as_slice(), classes_first) {
            (&[actual, len], true) | (&[len, actual], false) => (len, actual),
            _ => return Err(refused()),
        };
        let len = usize::try_from(len).map_err(|_| refused())?;
        if usize::try_from(actual) != Ok(classes) || len.checked_mul(classes) != Some(data.len()) {
            return Err(refused());
        }
        check(data, scores)?;
        let strides = if classes_first { (1, len) } else { (classes, 1) };
        Ok(Self { data, scores, classes, len, strides })
    }

    /// The most likely class of each row, the first of equals, and its probability in `[0, 1]`.
    pub(super) fn best(&self) -> impl Iterator<Item = (usize, f32)> {
        (0..self.len).map(|row| {
            let score = |class: usize| self.data[row * self.strides.0 + class * self.strides.1];
            let class = (1..self.classes).fold(0, |best, class| match score(best) < score(class) {
                true => class,
                false => best,
            });
            let probability = match self.scores {
                Scores::Probabilities => score(class).clamp(0.0, 1.0),
                // The softmax of the largest: its own exponential is 1, so that nothing overflows.
                Scores::Logits => {
                    let beside = |other: usize| f64::from(score(other)) - f64::from(score(class));
                    (1.0 / (0..self.classes).map(|other| beside(other).exp()).sum::<f64>()) as f32
                }
            };
            (class, probability)
        })
    }

    /// The probability of each class of `row`, in `[0, 1]`.
    pub(super) fn probabilities(&self, row: usize) -> Vec<f32> {
        let score = |class: usize| self.data[row * self.strides.0 + class * self.strides.1];
        let scores = (0..self.classes).map(score);
        match self.scores {
            Scores::Probabilities => scores.map(|value| value.clamp(0.0, 1.0)).collect(),
            Scores::Logits => {
                let largest = scores.clone().fold(f32::NEG_INFINITY, f32::max);
                let exponentials: Vec<f64> =
                    scores.map(|value| (f64::from(value) - f64::from(largest)).exp()).collect();
                let sum: f64 = exponentials.iter().sum();
                exponentials.iter().map(|value| (value / sum) as f32).collect()
            }
        }
    }
}

fn check(data: &[f32], scores: Scores) -> Result<(), PlateError> {
    if let Some(place) = data.iter().position(|value| !value.is_finite()) {
        return Err(PlateError::NotFinite { value: data[place], place });
    }
    let possible = |value: &f32| (-SLACK..=1.0 + SLACK).contains(value);
    match data.iter().position(|value| !possible(value)) {
        Some(place) if scores == Scores::Probabilities => {
            Err(PlateError::NotAProbability { value: data[place], place })
        }
        _ => Ok(()),
    }
}
