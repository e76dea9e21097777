use std::path::PathBuf;

/// Why no synthetic plates came.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// No face has this name.
    #[error("no face `{id}`, known are `{known}`")]
    UnknownFace {
        /// The name as given.
        id: String,
        /// All names.
        known: String,
    },
    /// The file of a face is not there or not readable.
    #[error(
        "face `{id}` is not at `{file}`: install the package `{package}` or run `scripts/setup.sh --synth`"
    )]
    FaceFile {
        /// Name of the face.
        id: &'static str,
        /// The Debian package that brings it.
        package: &'static str,
        /// Where it was looked for.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file of a face is no font.
    #[error("face `{id}`: `{file}` is not an OpenType or TrueType font")]
    FaceSyntax {
        /// Name of the face.
        id: &'static str,
        /// The file.
        file: PathBuf,
    },
    /// Nothing to letter plates with.
    #[error("none of the chosen faces has letters and digits")]
    NoLatinFace,
    /// A plate holds a character that no chosen face can draw.
    #[error("no chosen face can draw `{character}` of the plate `{text}`")]
    NoGlyph {
        /// The character.
        character: char,
        /// The plate.
        text: String,
    },
    /// A text has other lines than its layout.
    #[error("plate `{text}` has {actual} lines, layout `{layout}` has {expected}")]
    Lines {
        /// The plate.
        text: String,
        /// The layout's name.
        layout: &'static str,
        /// Lines of the text.
        actual: usize,
        /// Lines of the layout.
        expected: usize,
    },
    /// A character that a reader has no class for.
    #[error("plate `{text}` has `{character}`, which no class of a reader stands for")]
    Class {
        /// The character.
        character: char,
        /// The plate.
        text: String,
    },
    /// A plate with more characters than a reader has slots.
    #[error("plate `{text}` is longer than a reader's 12 slots")]
    Slots {
        /// The plate.
        text: String,
    },
    /// A plate that is no quadrilateral in its picture.
    #[error("plate `{text}` is seen from a side on which it has no area")]
    Pose {
        /// The plate.
        text: String,
    },
    /// A picture could not be coded or read.
    #[error("picture `{name}` could not be coded or read")]
    Picture {
        /// File or number of the picture.
        name: String,
        /// The cause.
        #[source]
        source: vision::VisionError,
    },
    /// A folder of backgrounds without a picture.
    #[error("no JPEG or PNG picture in `{folder}`")]
    NoBackground {
        /// The folder.
        folder: PathBuf,
    },
    /// A line of boxes beside the backgrounds that cannot be read.
    #[error("`{file}` line {line}: expected `image`, `boxes` and `labels`")]
    Boxes {
        /// The file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A file of track sets that is no TOML or has other keys.
    #[error("`{file}` is no file of track sets")]
    TracksToml {
        /// The file.
        file: String,
        /// What is wrong with it.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A file of track sets with a value that cannot be.
    #[error("`{file}`: {problem}")]
    Tracks {
        /// The file.
        file: String,
        /// Key, value and what was expected.
        problem: String,
    },
    /// A set was given more or fewer samples than it was made for.
    #[error("{actual} samples were written, expected {expected}")]
    Count {
        /// Samples written.
        actual: u64,
        /// Samples promised.
        expected: u64,
    },
    /// A file or folder that could not be read or written.
    #[error("`{path}` could not be read or written")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}
