//! What a session is fed: name, size, element type and order of axes of its one input, and the memory it is written to.

use ort::value::{DynValueRef, TensorRef};
use vision::{ElementType, SizePx, TensorLayout};

/// The picture input of a model, a batch of one with three channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputShape {
    /// Name in the model.
    pub name: String,
    /// Width and height.
    pub size: SizePx,
    /// What its values are.
    pub element: ElementType,
    /// Order of its axes.
    pub layout: TensorLayout,
}

impl InputShape {
    /// Length of each dimension, outermost first.
    pub(crate) fn dimensions(&self) -> [i64; 4] {
        let (width, height) = (i64::from(self.size.width), i64::from(self.size.height));
        match self.layout {
            TensorLayout::Nchw => [1, 3, height, width],
            TensorLayout::Nhwc => [1, height, width, 3],
        }
    }
}

/// A type that the values of an input can have.
pub trait InputElement: held::Held + Copy + Send + 'static {
    /// Its name in specifications.
    const TYPE: ElementType;
}

impl InputElement for f32 {
    const TYPE: ElementType = ElementType::F32;
}

impl InputElement for u8 {
    const TYPE: ElementType = ElementType::U8;
}

/// The memory of an input tensor.
#[derive(Debug)]
pub enum InputBuffer {
    /// Of floating-point values.
    F32(Vec<f32>),
    /// Of bytes.
    U8(Vec<u8>),
}

impl InputBuffer {
    pub(crate) fn zeroed(shape: &InputShape) -> Self {
        let len = 3 * shape.size.area_px() as usize;
        match shape.element {
            ElementType::F32 => Self::F32(vec![0.0; len]),
            ElementType::U8 => Self::U8(vec![0; len]),
        }
    }

    /// The values, where they are of the type asked for.
    pub(crate) fn values<E: InputElement>(&mut self) -> Option<&mut [E]> {
        E::held_in(self)
    }

    /// The tensor over this memory.
    pub(crate) fn tensor(&self, dimensions: [i64; 4]) -> ort::Result<DynValueRef<'_>> {
        match self {
            Self::F32(values) => Ok(TensorRef::from_array_view((dimensions, values.as_slice()))?.into_dyn()),
            Self::U8(values) => Ok(TensorRef::from_array_view((dimensions, values.as_slice()))?.into_dyn()),
        }
    }
}

/// Keeps [`InputElement`] to the types that an [`InputBuffer`] can hold.
mod held {
    use super::InputBuffer;

    pub trait Held: Sized {
        fn held_in(buffer: &mut InputBuffer) -> Option<&mut [Self]>;
    }

    impl Held for f32 {
        fn held_in(buffer: &mut InputBuffer) -> Option<&mut [Self]> {
            match buffer {
                InputBuffer::F32(values) => Some(values),
                InputBuffer::U8(_) => None,
            }
        }
    }

    impl Held for u8 {
        fn held_in(buffer: &mut InputBuffer) -> Option<&mut [Self]> {
            match buffer {
                InputBuffer::U8(values) => Some(values),
                InputBuffer::F32(_) => None,
            }
        }
    }
}
