use super::ExpectedOutput;

/// How an output differs from what it has to be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Deviation {
    /// The model gave no such output.
    #[error("output `{output}` is missing")]
    Missing {
        /// Name of the tensor.
        output: String,
    },
    /// Another shape.
    #[error("output `{output}` has shape {actual:?}, expected {expected:?}")]
    Shape {
        /// Name of the tensor.
        output: String,
        /// What it is.
        actual: Vec<i64>,
        /// What it has to be; -1 is any size.
        expected: Vec<i64>,
    },
    /// A sample is too far off, or not finite.
    #[error("output `{output}` is {actual} at place {place}, expected {expected} within {tolerance}")]
    Sample {
        /// Name of the tensor.
        output: String,
        /// In the flat tensor.
        place: usize,
        /// What it is.
        actual: f32,
        /// What it has to be.
        expected: f32,
        /// How far it may be off.
        tolerance: f32,
    },
    /// The samples are right but the mean of all values is too far off, or not finite.
    #[error("output `{output}` has the mean {actual}, expected {expected} within {tolerance}")]
    Mean {
        /// Name of the tensor.
        output: String,
        /// What it is.
        actual: f32,
        /// What it has to be.
        expected: f32,
        /// How far it may be off.
        tolerance: f32,
    },
}

impl ExpectedOutput {
    /// The largest difference between what was expected and `data`, row-major of `shape`.
    ///
    /// # Errors
    /// [`Deviation`]: the shape, else the sample that is furthest off, else the mean.
    pub fn compare(&self, shape: &[i64], data: &[f32]) -> Result<f32, Deviation> {
        let output = || self.name.clone();
        let fits = |(expected, actual): (&i64, &i64)| *expected == -1 || expected == actual;
        if self.shape.len() != shape.len() || !self.shape.iter().zip(shape).all(fits) {
            let (actual, expected) = (shape.to_vec(), self.shape.clone());
            return Err(Deviation::Shape { output: output(), actual, expected });
        }
        let mut furthest = (0.0, 0, 0.0, 0.0);
        for &(place, expected) in &self.samples {
            // Fewer rows than expected are values that are missing.
            let actual = data.get(place).copied().unwrap_or(f32::NAN);
            // No comparison holds for a value that is not finite.
            let off = if actual.is_finite() { (actual - expected).abs() } else { f32::INFINITY };
            if furthest.0 < off {
                furthest = (off, place, actual, expected);
            }
        }
        let tolerance = self.tolerance;
        let (off, place, actual, expected) = furthest;
        if tolerance < off {
            return Err(Deviation::Sample { output: output(), place, actual, expected, tolerance });
        }
        if let Some(expected) = self.mean {
            let sum: f64 = data.iter().copied().map(f64::from).sum();
            let actual = (sum / data.len() as f64) as f32;
            if !actual.is_finite() || tolerance < (actual - expected).abs() {
                return Err(Deviation::Mean { output: output(), actual, expected, tolerance });
            }
        }
        Ok(off)
    }
}
