/// Why an output tensor could not be read, or an alphabet or a country's grammar not taken.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlateError {
    /// One character stands for two classes.
    #[error("alphabet has `{character}` twice, expected each character once")]
    CharacterTwice {
        /// The character.
        character: char,
    },
    /// A country's grammar is not TOML, or has a key too many, too few or of another type.
    #[error("could not read the plate grammar `{file}`")]
    GrammarToml {
        /// The file.
        file: String,
        /// Where and what.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A value in a country's grammar cannot be.
    #[error("plate grammar `{file}`: `{key}` {problem}")]
    Grammar {
        /// The file.
        file: String,
        /// The key, with its place in lists from 0.
        key: String,
        /// The value and what was expected.
        problem: String,
    },
    /// There is no character at all.
    #[error("alphabet is empty, expected at least one character")]
    NoCharacters,
    /// The class of the empty symbol is none of the model's.
    #[error("empty symbol is class {empty}, expected at most {characters}, the number of characters")]
    EmptySymbol {
        /// The class given.
        empty: usize,
        /// Characters in the alphabet.
        characters: usize,
    },
    /// The tensor is not one picture's scores over the alphabet.
    #[error("output has shape {actual:?} and {values} values, expected {expected}, batch of one")]
    OutputShape {
        /// Length of each dimension, outermost first.
        actual: Vec<i64>,
        /// Values given.
        values: usize,
        /// The axes and the number of classes that the head reads.
        expected: String,
    },
    /// A score is not a number, or infinite.
    #[error("output has {value} at place {place}, expected finite values")]
    NotFinite {
        /// The score.
        value: f32,
        /// Its place in the tensor.
        place: usize,
    },
    /// A score cannot be the probability that the model is said to give.
    #[error("output has {value} at place {place}, expected a probability from 0 to 1")]
    NotAProbability {
        /// The score.
        value: f32,
        /// Its place in the tensor.
        place: usize,
    },
}
