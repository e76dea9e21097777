/// Why an output is no embedding, or two embeddings cannot be compared. No message carries a number of an embedding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaceError {
    /// A value is not a number, or infinite.
    #[error("embedding has a value that is not finite at place {place}")]
    NotFinite {
        /// Its place in the output.
        place: usize,
    },
    /// All values are zero, or none is there: it has no direction.
    #[error("embedding of {length} values is zero, expected a direction")]
    Zero {
        /// Number of values.
        length: usize,
    },
    /// The output has another length than the model's card says.
    #[error("embedding has {actual} values, expected {expected}")]
    Length {
        /// Values given.
        actual: usize,
        /// Values expected.
        expected: usize,
    },
}
