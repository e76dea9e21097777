mod ctc;
mod raw;
mod scores;
mod slots;

use crate::grammar::RawRead;
use crate::{Alphabet, PlateError, PlateText};

pub use self::scores::Scores;

/// A head family: how a reader's output encodes a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// `[slots, classes]`: one distribution for each place of the plate, empty where the plate is shorter.
    Slots {
        /// What the classes stand for.
        alphabet: Alphabet,
        /// What the values are.
        scores: Scores,
    },
    /// Connectionist temporal classification (Graves and others, 2006): one distribution for each step across the
    /// picture, where a symbol may last for several steps and the blank separates equal ones.
    Ctc {
        /// What the classes stand for; its empty symbol is the blank.
        alphabet: Alphabet,
        /// What the values are.
        scores: Scores,
        /// Which axis comes first.
        axes: CtcAxes,
    },
}

/// Order of the two axes of a CTC output; a batch axis of one may stand anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CtcAxes {
    /// `[steps, classes]`.
    StepsClasses,
    /// `[classes, steps]`.
    ClassesSteps,
}

impl Head {
    /// Reads `data`, row-major of `shape`, the output for one picture.
    ///
    /// # Errors
    /// [`PlateError::OutputShape`], [`PlateError::NotFinite`] or [`PlateError::NotAProbability`].
    pub fn decode(&self, shape: &[i64], data: &[f32]) -> Result<PlateText, PlateError> {
        match self {
            Self::Slots { alphabet, scores } => slots::decode(alphabet, *scores, shape, data),
            Self::Ctc { alphabet, scores, axes } => ctc::decode(alphabet, *scores, *axes, shape, data),
        }
    }

    /// Reads `data` as [`Head::decode`] does, with what else each character may be: those of a probability of 0.01 and
    /// more, the four likeliest.
    ///
    /// `/` is the break between two lines and no character: where the alphabet has it, the lines are known of every plate
    /// with a character.
    ///
    /// # Errors
    /// As [`Head::decode`].
    pub fn read(&self, shape: &[i64], data: &[f32]) -> Result<Reading, PlateError> {
        Ok(match self {
            Self::Slots { alphabet, scores } => {
                let (places, complete) = slots::places(alphabet, *scores, shape, data)?;
                Reading { read: raw::read(alphabet, &places), complete }
            }
            Self::Ctc { alphabet, scores, axes } => {
                let places = ctc::places(alphabet, *scores, *axes, shape, data)?;
                Reading { read: raw::read(alphabet, &places), complete: 1.0 }
            }
        })
    }
}

/// What a reader made of one picture, with its doubts.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The characters and what else they may be.
    pub read: RawRead,
    /// Probability that no character was overlooked: of the least sure of the slots that are empty, in `[0, 1]`; 1 of a head
    /// without slots.
    pub complete: f32,
}

#[cfg(test)]
mod tests;
