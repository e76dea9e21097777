use crate::MotionModel;

/// Why the tracker did not take what it was given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrackError {
    /// There must be one entry of appearance for each observation.
    #[error("got {appearances} entries of appearance, expected one for each of {observations} observations")]
    AppearanceCount {
        /// Number of entries given.
        appearances: usize,
        /// Number of observations given.
        observations: usize,
    },
    /// All embeddings that one tracker sees come from one model.
    #[error("embedding of observation {observation} has {actual} numbers, expected {expected}")]
    AppearanceSize {
        /// Index of the observation.
        observation: usize,
        /// Numbers in its embedding.
        actual: usize,
        /// Numbers in those before; at least 1.
        expected: usize,
    },
    /// Embeddings are compared by angle and have to be of length 1.
    #[error("embedding of observation {observation} has length {norm}, expected 1")]
    AppearanceNorm {
        /// Index of the observation.
        observation: usize,
        /// Its Euclidean length.
        norm: f64,
    },
    /// The state is of a tracker with another motion model than the settings ask for.
    #[error("state of track {id} has motion {actual:?}, expected {expected:?} as in the settings")]
    StateMotion {
        /// The track's id.
        id: u64,
        /// What the state holds.
        actual: MotionModel,
        /// What the settings say.
        expected: MotionModel,
    },
    /// Ids count up from 1 and stay below the next one.
    #[error("state has track {id} after track {before} with next id {next}, expected ids to rise from 1")]
    StateIds {
        /// The id that does not fit.
        id: u64,
        /// The id before it, 0 for none.
        before: u64,
        /// The id that the next track would get.
        next: u64,
    },
    /// A state holds numbers that no tracker writes.
    #[error("state of track {id} holds what no tracker writes: {what}")]
    StateTrack {
        /// The track's id.
        id: u64,
        /// What is wrong.
        what: &'static str,
    },
}
