/// Why two documents are not compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompareError {
    /// Runs of two dataset files.
    #[error("dataset.sha256: the base line has {a}, the candidate {b}: these are runs of different datasets")]
    OtherDataset {
        /// Hash of the base line's dataset file.
        a: String,
        /// Hash of the candidate's.
        b: String,
    },
    /// Runs with other options.
    #[error("{key}: the base line has {a}, the candidate {b}, expected the same")]
    Differs {
        /// Key in the documents.
        key: &'static str,
        /// Value in the base line.
        a: String,
        /// Value in the candidate.
        b: String,
    },
    /// The same item, but not the same footage.
    #[error("item `{item}`: the base line has {a} {what}, the candidate {b}, expected the same number")]
    Sizes {
        /// Id of the item, with its degradation.
        item: String,
        /// What was counted.
        what: &'static str,
        /// Number in the base line.
        a: usize,
        /// Number in the candidate.
        b: usize,
    },
    /// Nothing to compare.
    #[error("units: the two runs have no item and task in common")]
    Nothing,
}
