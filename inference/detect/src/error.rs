use vision::SizePx;

/// Why the outputs of a model could not be decoded.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetectError {
    /// The model has more or fewer outputs than the head reads.
    #[error("`{head}` head got {actual} outputs, expected {expected}")]
    OutputCount {
        /// Name of the head family.
        head: &'static str,
        /// Outputs that the head reads.
        expected: usize,
        /// Outputs given.
        actual: usize,
    },
    /// An output has another shape than the head gives at this input size, or not as many values as its shape says.
    #[error(
        "`{head}` head got output `{output}` of shape {actual:?} with {values} values, expected {expected:?} for a {input} \
         input"
    )]
    OutputShape {
        /// Name of the head family.
        head: &'static str,
        /// Name of the output.
        output: String,
        /// Input size of the model.
        input: SizePx,
        /// Shape expected, the batch axis left out; -1 is any length.
        expected: [i64; 2],
        /// Shape given.
        actual: Vec<i64>,
        /// Values given.
        values: usize,
    },
    /// The head's own numbers cannot be those of a model.
    #[error("`{head}` head has {name} {actual}, expected {expected}")]
    HeadSettings {
        /// Name of the head family.
        head: &'static str,
        /// Which number.
        name: &'static str,
        /// What it is.
        actual: String,
        /// What it may be.
        expected: &'static str,
    },
}
