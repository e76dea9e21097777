//! How a session proves itself before it takes requests.

use std::sync::Arc;

use vision::ElementType;

use crate::InputShape;

/// What the first run of a session must show. A session that does not is never handed out.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Proof {
    /// Outputs of the declared shapes, all values finite. Shows that the model runs, not that it is right.
    #[default]
    Finite,
    /// Known answers to a known input, and all that [`Proof::Finite`] shows.
    Expected {
        /// The input.
        input: ProofInput,
        /// What the outputs hold then.
        outputs: Vec<ExpectedOutput>,
    },
    /// The answers of the processor's kernels to the same input, all values of all named outputs, and all that
    /// [`Proof::Finite`] shows. On [`Provider::Cpu`](crate::Provider::Cpu) it shows no more than that.
    ///
    /// The session on the processor is made before the one that is tried, and is gone before that is made.
    AgreesWithCpu {
        /// The input.
        input: ProofInput,
        /// How far apart the answers may be.
        tolerance: Tolerance,
    },
}

/// The values of an input: as many as the session's input of one picture has, row-major in its order of axes.
#[derive(Clone, Debug, PartialEq)]
pub enum ProofInput {
    /// For an input of floating-point values.
    F32(Arc<[f32]>),
    /// For an input of bytes.
    U8(Arc<[u8]>),
}

/// Some values of one output.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedOutput {
    /// Name in the model; one of those that the session's specification names.
    pub name: String,
    /// Places in the output, row-major, and what they hold.
    pub samples: Vec<(usize, f32)>,
    /// How far off each of them may be.
    pub tolerance: Tolerance,
}

/// How far a value may be from the expected one: `|actual - expected| <= absolute + relative * |expected|`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// In units of the output.
    pub absolute: f32,
    /// As a part of the expected value.
    pub relative: f32,
}

impl Tolerance {
    /// The same for all values.
    pub const fn absolute(absolute: f32) -> Self {
        Self { absolute, relative: 0.0 }
    }

    /// Whether `actual` is near enough; what is not a number never is.
    pub fn holds(self, actual: f32, expected: f32) -> bool {
        (actual - expected).abs() <= self.bound(expected)
    }

    /// The distance allowed from `expected`.
    pub(crate) fn bound(self, expected: f32) -> f32 {
        self.absolute + self.relative * expected.abs()
    }
}

impl ProofInput {
    /// Slopes, edges and every level from 0 to 255 in each channel, different in all of them, so that a swapped channel
    /// or axis shows. For models that take such values; others scale it with [`ProofInput::map`].
    pub fn pattern(shape: &InputShape) -> Self {
        let (width, height) = (shape.size.width as usize, shape.size.height as usize);
        let level = |channel: usize, y: usize, x: usize| {
            let slope = x * (channel + 2) + y * (5 - channel);
            let edge = if (x / 16 + y / 16).is_multiple_of(2) { 96 } else { 0 };
            ((slope + edge) % 256) as u8
        };
        let mut levels = Vec::with_capacity(3 * width * height);
        match shape.layout {
            vision::TensorLayout::Nchw => {
                for channel in 0..3 {
                    let row = |y: usize| (0..width).map(move |x| level(channel, y, x));
                    levels.extend((0..height).flat_map(row));
                }
            }
            vision::TensorLayout::Nhwc => {
                let pixel = |y: usize, x: usize| (0..3).map(move |channel| level(channel, y, x));
                levels.extend((0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(y, x))));
            }
        }
        match shape.element {
            ElementType::F32 => Self::F32(levels.into_iter().map(f32::from).collect()),
            ElementType::U8 => Self::U8(levels.into()),
        }
    }

    /// The same input with another value for each one, where the values are floating-point.
    #[must_use]
    pub fn map(self, value: impl Fn(f32) -> f32) -> Self {
        match self {
            Self::F32(values) => Self::F32(values.iter().map(|&old| value(old)).collect()),
            bytes @ Self::U8(_) => bytes,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::U8(values) => values.len(),
        }
    }

    pub(crate) fn element(&self) -> ElementType {
        match self {
            Self::F32(_) => ElementType::F32,
            Self::U8(_) => ElementType::U8,
        }
    }
}

impl Proof {
    pub(crate) fn input(&self) -> Option<&ProofInput> {
        match self {
            Self::Finite => None,
            Self::Expected { input, .. } | Self::AgreesWithCpu { input, .. } => Some(input),
        }
    }
}

#[cfg(test)]
mod tests {
    use vision::{SizePx, TensorLayout};

    use super::*;

    #[test]
    fn a_tolerance_is_absolute_and_relative_and_never_takes_nan() {
        let tolerance = Tolerance { absolute: 0.5, relative: 0.25 };
        assert!(tolerance.holds(-5.5, -4.0) && tolerance.holds(-2.5, -4.0));
        assert!(!tolerance.holds(-5.6, -4.0) && !tolerance.holds(-2.4, -4.0));
        assert!(!tolerance.holds(f32::NAN, 0.0) && !tolerance.holds(f32::INFINITY, 0.0));
        assert!(!tolerance.holds(f32::NAN, f32::NAN));
        assert!(Tolerance::absolute(0.0).holds(3.0, 3.0));
    }

    #[test]
    fn the_pattern_differs_between_channels_and_between_axes() {
        let shape =
            |element, layout| InputShape { name: "p".into(), size: SizePx::new(64, 32), element, layout };
        let planar = ProofInput::pattern(&shape(ElementType::U8, TensorLayout::Nchw));
        let packed = ProofInput::pattern(&shape(ElementType::U8, TensorLayout::Nhwc));
        let (ProofInput::U8(planar), ProofInput::U8(packed)) = (planar, packed) else { panic!("bytes") };
        let plane = 64 * 32;
        assert!(planar.len() == 3 * plane && packed.len() == 3 * plane);
        assert!((0..3 * plane).all(|at| planar[at] == packed[at % plane * 3 + at / plane]));
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            let same = (0..plane).filter(|&at| planar[a * plane + at] == planar[b * plane + at]).count();
            assert!(same < plane / 10, "channels {a} and {b} share {same} of {plane}");
        }
        assert!((0..=255).all(|value| planar.contains(&value)));
        let ProofInput::F32(floats) = ProofInput::pattern(&shape(ElementType::F32, TensorLayout::Nchw))
        else {
            panic!("floats")
        };
        assert!(floats.iter().zip(planar.iter()).all(|(&float, &byte)| float == f32::from(byte)));
    }
}
