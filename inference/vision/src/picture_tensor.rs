//! From a picture that has a model's input size already to the model's input tensor.

use std::fmt;

use crate::{ChannelOrder, InputSpec, Picture};

/// What the values of a tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementType {
    /// 32-bit floating point.
    F32,
    /// Bytes.
    U8,
}

/// Order of the axes of a picture tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TensorLayout {
    /// `[batch, channel, row, column]`.
    Nchw,
    /// `[batch, row, column, channel]`.
    Nhwc,
}

impl ElementType {
    /// Name as in model cards and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::U8 => "u8",
        }
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl InputSpec {
    /// Fills `tensor`, one picture of `layout`, with the normalised samples of `picture`.
    ///
    /// # Panics
    /// When `tensor` has not three values for each pixel: an error in the calling code.
    pub fn write(&self, picture: &Picture, layout: TensorLayout, tensor: &mut [f32]) {
        place(picture, self.order, layout, tensor, |channel, sample| {
            (f32::from(sample) - self.mean[channel]) * self.scale[channel]
        });
    }
}

impl ChannelOrder {
    /// Fills `tensor`, one picture of `layout`, with the samples of `picture` as they are.
    ///
    /// # Panics
    /// When `tensor` has not three values for each pixel: an error in the calling code.
    pub fn write(self, picture: &Picture, layout: TensorLayout, tensor: &mut [u8]) {
        place(picture, self, layout, tensor, |_, sample| sample);
    }
}

/// Puts `value(channel in tensor order, sample)` where `layout` wants it.
fn place<T>(
    picture: &Picture,
    order: ChannelOrder,
    layout: TensorLayout,
    tensor: &mut [T],
    value: impl Fn(usize, u8) -> T,
) {
    let samples = picture.rgb();
    assert_eq!(tensor.len(), samples.len(), "tensor does not have the picture's size");
    let pixels = samples.len() / 3;
    for channel in 0..3 {
        let source = match order {
            ChannelOrder::Rgb => channel,
            ChannelOrder::Bgr => 2 - channel,
        };
        let channel_samples = samples[source..].iter().step_by(3);
        match layout {
            TensorLayout::Nchw => {
                let plane = &mut tensor[channel * pixels..][..pixels];
                plane
                    .iter_mut()
                    .zip(channel_samples)
                    .for_each(|(out, &sample)| *out = value(channel, sample));
            }
            TensorLayout::Nhwc => {
                let outs = tensor[channel..].iter_mut().step_by(3);
                outs.zip(channel_samples).for_each(|(out, &sample)| *out = value(channel, sample));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SizePx;

    fn two_pixels() -> Picture {
        Picture::new(SizePx::new(2, 1), vec![10, 20, 30, 11, 21, 31]).expect("fits")
    }

    #[test]
    fn bytes_lie_in_the_models_order_of_axes_and_colours() {
        let written = |order: ChannelOrder, layout| {
            let mut tensor = [0; 6];
            order.write(&two_pixels(), layout, &mut tensor);
            tensor
        };
        assert_eq!(written(ChannelOrder::Rgb, TensorLayout::Nhwc), [10, 20, 30, 11, 21, 31]);
        assert_eq!(written(ChannelOrder::Bgr, TensorLayout::Nhwc), [30, 20, 10, 31, 21, 11]);
        assert_eq!(written(ChannelOrder::Rgb, TensorLayout::Nchw), [10, 11, 20, 21, 30, 31]);
        assert_eq!(written(ChannelOrder::Bgr, TensorLayout::Nchw), [30, 31, 20, 21, 10, 11]);
    }

    #[test]
    fn mean_and_scale_are_taken_in_tensor_order() {
        let spec = InputSpec {
            order: ChannelOrder::Bgr,
            mean: [30.0, 19.0, 0.0],
            scale: [1.0, 0.5, 2.0],
            fill: 0.0,
        };
        let mut tensor = [f32::NAN; 6];
        spec.write(&two_pixels(), TensorLayout::Nchw, &mut tensor);
        assert_eq!(tensor, [0.0, 1.0, 0.5, 1.0, 20.0, 22.0]);
    }
}
