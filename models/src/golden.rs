//! Golden vectors: what a model answers to a known picture, so that a box can prove that it runs the model as it was made.
//!
//! The picture is one for all (`models/golden/picture.png`, drawn by `draw.py` beside it); the input of a case is its
//! top-left corner at the size of the input, not resampled, in the card's colour order and normalisation. What comes out
//! was computed by `make.py` with ONNX Runtime from Python, which shares no code with this project.

use std::path::{Path, PathBuf};

use vision::{ElementType, Picture, PictureLimits, SizePx};

use crate::Card;

mod built_in;
mod compare;
mod written;

pub(crate) use built_in::built_in;
pub use compare::Deviation;

/// The picture that every golden input is cut from.
const PICTURE: &[u8] = include_bytes!("../golden/picture.png");

/// How the golden vectors of an operator's card are called, so that they are not taken for cards.
pub(crate) const GOLDEN_SUFFIX: &str = ".golden.toml";

/// Where the golden vectors of a card are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GoldenSource {
    /// In this build.
    BuiltIn(&'static str),
    /// In a file beside the operator's card.
    File(PathBuf),
}

/// The golden vectors of one model file.
#[derive(Clone, Debug, PartialEq)]
pub struct Golden {
    /// At least one, each of another size.
    pub cases: Vec<Case>,
}

/// A known input and what has to come out.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Size of the input; one that the model takes.
    pub size: SizePx,
    /// At least one; outputs that are no single-precision numbers are not among them.
    pub outputs: Vec<ExpectedOutput>,
    /// What the outputs mean, where `make.py` reads them.
    pub results: ExpectedResults,
}

/// What one output has to be.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedOutput {
    /// Name of the tensor.
    pub name: String,
    /// Its shape, batch of one; -1 where the size depends on what the picture shows.
    pub shape: Vec<i64>,
    /// Values by their place in the flat, row-major tensor.
    pub samples: Vec<(usize, f32)>,
    /// Mean of all values; `None` where their number is not known.
    pub mean: Option<f32>,
    /// How far each sample and the mean may be off; what for stands in `make.py`.
    pub tolerance: f32,
}

/// What a case's outputs mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExpectedResults {
    /// Boxes of a detector, after suppression, the best first; each scores at least `min_score`.
    pub boxes: Vec<ExpectedBox>,
    /// Floor of the boxes.
    pub min_score: f32,
    /// The characters that a plate reader reads; `None` for other models.
    pub text: Option<String>,
}

/// One box of a detector.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedBox {
    /// As the card spells it.
    pub class: String,
    /// In `[0, 1]`.
    pub score: f32,
    /// `[x0, y0, x1, y1]` in pixels of the input, not clipped to it.
    pub sides: [f32; 4],
}

/// The values of an input tensor, batch of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Normalised numbers.
    F32(Vec<f32>),
    /// Bytes as they are.
    U8(Vec<u8>),
}

/// Why a model has no golden vectors that can be used.
#[derive(Debug, thiserror::Error)]
pub enum GoldenError {
    /// The file could not be read.
    #[error("could not read golden vectors `{file}`")]
    Read {
        /// Path of the file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Not TOML, or not with these keys; the cause shows line and key.
    #[error("golden vectors `{file}` are not written as such")]
    Syntax {
        /// Path of the file.
        file: PathBuf,
        /// Line, key and expectation.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A key holds a value that cannot be right.
    #[error("golden vectors `{file}`")]
    Value {
        /// Path of the file.
        file: PathBuf,
        /// The key, its value and the expectation.
        #[source]
        source: crate::BadValue,
    },
    /// The picture in this build does not decode.
    #[error("the golden picture does not decode")]
    Picture {
        /// What the decoder said.
        #[source]
        source: vision::VisionError,
    },
    /// A case is larger than the picture.
    #[error("a golden input of {size} is larger than the picture, {picture}")]
    Size {
        /// Size of the case.
        size: SizePx,
        /// Size of the picture.
        picture: SizePx,
    },
}

impl Golden {
    /// The golden vectors of `card`; `None` for an operator's card that names none.
    ///
    /// # Errors
    /// [`GoldenError`], naming the file; vectors of another model file are refused too.
    pub fn of(card: &Card) -> Result<Option<Self>, GoldenError> {
        match &card.golden {
            None => Ok(None),
            Some(GoldenSource::BuiltIn(text)) => {
                let file = Path::new("models/golden").join(format!("{}.toml", card.id));
                written::parse(card, &file, text).map(Some)
            }
            Some(GoldenSource::File(file)) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|source| GoldenError::Read { file: file.clone(), source })?;
                written::parse(card, file, &text).map(Some)
            }
        }
    }
}

impl Case {
    /// The picture of this case, of its size.
    ///
    /// # Errors
    /// [`GoldenError::Size`]; [`GoldenError::Picture`] never for a build that passed its tests.
    pub fn picture(&self) -> Result<Picture, GoldenError> {
        let limits = PictureLimits { size: SizePx::new(4096, 4096), pixels: 1 << 24 };
        let undecodable = |source| GoldenError::Picture { source };
        let whole = Picture::decode(PICTURE, limits).map_err(undecodable)?;
        let (picture, size) = (whole.size(), self.size);
        if size.is_empty() || picture.width < size.width || picture.height < size.height {
            return Err(GoldenError::Size { size, picture });
        }
        let rows = whole.rgb().chunks_exact(3 * picture.width as usize).take(size.height as usize);
        let rgb = rows.flat_map(|row| &row[..3 * size.width as usize]).copied().collect();
        Picture::new(size, rgb).map_err(undecodable)
    }

    /// The input tensor of this case, as `card` wants it.
    ///
    /// # Errors
    /// As [`Case::picture`].
    pub fn input(&self, card: &Card) -> Result<Values, GoldenError> {
        let picture = self.picture()?;
        let (spec, layout) = (&card.input.spec, card.input.layout);
        let len = picture.rgb().len();
        Ok(match card.input.element {
            ElementType::F32 => {
                let mut tensor = vec![0.0; len];
                spec.write(&picture, layout, &mut tensor);
                Values::F32(tensor)
            }
            ElementType::U8 => {
                let mut tensor = vec![0; len];
                spec.order.write(&picture, layout, &mut tensor);
                Values::U8(tensor)
            }
        })
    }
}

#[cfg(test)]
mod tests;
