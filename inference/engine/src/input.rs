//! What a session is fed: name, size, element type and order of axes of its one input, and the memory it is written to.

use ort::value::{DynValueRef, TensorRef};
use vision::{ElementType, SizePx, TensorLayout};

/// The picture input of a model, with three channels.
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
    /// Length of each dimension for `count` pictures, outermost first.
    pub(crate) fn dimensions(&self, count: usize) -> [i64; 4] {
        let (width, height) = (i64::from(self.size.width), i64::from(self.size.height));
        let count = count as i64;
        match self.layout {
            TensorLayout::Nchw => [count, 3, height, width],
            TensorLayout::Nhwc => [count, height, width, 3],
        }
    }

    /// Values of one picture.
    pub(crate) fn len(&self) -> usize {
        3 * self.size.area_px() as usize
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
    /// Room for `count` pictures side by side.
    pub(crate) fn zeroed(shape: &InputShape, count: usize) -> Self {
        let len = count * shape.len();
        match shape.element {
            ElementType::F32 => Self::F32(vec![0.0; len]),
            ElementType::U8 => Self::U8(vec![0; len]),
        }
    }

    /// The values, where they are of the type asked for.
    pub(crate) fn values<E: InputElement>(&mut self) -> Option<&mut [E]> {
        E::held_in(self)
    }

    /// The tensor over the memory of the first `count` pictures.
    pub(crate) fn tensor(&self, shape: &InputShape, count: usize) -> ort::Result<DynValueRef<'_>> {
        let (dimensions, len) = (shape.dimensions(count), count * shape.len());
        match self {
            Self::F32(values) => Ok(TensorRef::from_array_view((dimensions, &values[..len]))?.into_dyn()),
            Self::U8(values) => Ok(TensorRef::from_array_view((dimensions, &values[..len]))?.into_dyn()),
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
