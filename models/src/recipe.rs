//! Model files made from other model files.
//!
//! A recipe is deterministic: one parent gives one result, byte for byte, so a card holds the hash of the result as
//! it does of a file that was pulled.

use std::fmt;
use std::str::FromStr;

mod wire;

mod onnx;

mod extent;

mod free_size;

/// How a file is made from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipe {
    /// An ONNX file of one input size is made to take any batch, height and width that its strides divide.
    ///
    /// The labels of input and outputs become names, the Reshape targets that name the size become `[0, channels, -1]`,
    /// and labels inside the graph, which every runtime works out for itself, are left out; weights and nodes stay as
    /// they are. A graph of which it cannot be shown that every tensor follows the input's size is refused.
    FreeSize,
}

/// A file made by [`Recipe::FreeSize`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freed {
    /// The ONNX file.
    pub bytes: Vec<u8>,
    /// Height and width have to be multiples of this many pixels.
    pub step: u32,
}

/// Why a recipe made nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecipeError {
    /// The parent is no ONNX file.
    #[error("it is not an ONNX file")]
    NotOnnx,
    /// The recipe does not know how to change it without changing what it computes.
    #[error("it cannot take any size: {at}: {reason}")]
    Refused {
        /// The node, output or part that stands in the way.
        at: String,
        /// What is wrong with it, and what was expected.
        reason: String,
    },
}

/// No recipe has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no recipe has this name, expected `free-size`")]
pub struct UnknownRecipe;

impl Recipe {
    /// Name as in cards.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FreeSize => "free-size",
        }
    }

    /// What `parent`, a whole model file, becomes.
    ///
    /// # Errors
    /// [`RecipeError`]; nothing is made by halves.
    pub fn apply(self, parent: &[u8]) -> Result<Vec<u8>, RecipeError> {
        match self {
            Self::FreeSize => free_size(parent).map(|freed| freed.bytes),
        }
    }
}

/// `parent`, a whole ONNX file, made to take any input size; what [`Recipe::FreeSize`] does.
///
/// # Errors
/// [`RecipeError`], naming the node in the way.
pub fn free_size(parent: &[u8]) -> Result<Freed, RecipeError> {
    free_size::free_size(parent)
}

impl RecipeError {
    fn refused(at: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Refused { at: at.into(), reason: reason.into() }
    }
}

impl FromStr for Recipe {
    type Err = UnknownRecipe;

    fn from_str(name: &str) -> Result<Self, UnknownRecipe> {
        match name {
            "free-size" => Ok(Self::FreeSize),
            _ => Err(UnknownRecipe),
        }
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests;
