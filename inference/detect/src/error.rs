use vision::SizePx;

/// Why an output tensor could not be decoded.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetectError {
    /// The tensor has another length than the head gives at this input size.
    #[error("`{head}` output holds {actual} values, expected {rows} rows of {row_len} for a {input} input")]
    OutputShape {
        /// Name of the head family.
        head: &'static str,
        /// Input size of the model.
        input: SizePx,
        /// Rows expected.
        rows: usize,
        /// Values expected in each row.
        row_len: usize,
        /// Values given.
        actual: usize,
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
