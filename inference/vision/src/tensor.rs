//! From the planes of a frame to a model's input tensor, in one pass and without a full-frame RGB picture.
//!
//! Each of Y, U and V (or R, G and B) is resampled row by row to the size of the letterbox; colour conversion,
//! channel order and normalisation happen on the resampled row on its way into the tensor.

use crate::kernel::Kernel;
use crate::resample::{RowSampler, Window};
use crate::view::RgbFromYuv;
use crate::{FrameView, Letterbox, PixelFormat};

/// Order of the colour planes in a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelOrder {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

/// What a model expects of the values in its input: `tensor = (value - mean) · scale`, `value` in `[0, 255]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputSpec {
    /// Order of the colour planes.
    pub order: ChannelOrder,
    /// Per channel, in tensor order.
    pub mean: [f32; 3],
    /// Per channel, in tensor order.
    pub scale: [f32; 3],
    /// Value of the border before normalisation.
    pub fill: f32,
}

/// Writes frames of one size into tensors of one size; keeps its tables and scratch rows between frames.
#[derive(Clone, Debug)]
pub struct TensorWriter {
    letterbox: Letterbox,
    spec: InputSpec,
    format: PixelFormat,
    kernel: Kernel,
    sampler: RowSampler,
}

impl TensorWriter {
    /// Prepares the tables for the region `letterbox.region()` of frames of `letterbox.frame()` in `format`.
    pub fn new(letterbox: Letterbox, spec: InputSpec, format: PixelFormat) -> Self {
        Self::with_kernel(letterbox, spec, format, Kernel::detect())
    }

    fn with_kernel(letterbox: Letterbox, spec: InputSpec, format: PixelFormat, kernel: Kernel) -> Self {
        let window = Window { source: letterbox.region(), target: letterbox.inner() };
        let sampler = RowSampler::new(letterbox.frame(), format, window, kernel);
        Self { letterbox, spec, format, kernel, sampler }
    }

    /// Whether this writer's tables fit `view`.
    pub fn fits(&self, view: &FrameView<'_>) -> bool {
        self.sampler.fits(view)
    }

    /// The geometry of this writer.
    pub fn letterbox(&self) -> &Letterbox {
        &self.letterbox
    }

    /// Fills `tensor`, `[3, height, width]` row-major at the letterbox's input size, from its region of `view`, which is
    /// a whole frame. At a side inside the frame the pixels next to it take part as in a tensor of the whole frame.
    ///
    /// # Panics
    /// When `view` does not fit ([`TensorWriter::fits`]) or `tensor` has another length: both are errors in the
    /// calling code.
    pub fn write(&mut self, view: &FrameView<'_>, tensor: &mut [f32]) {
        assert!(self.fits(view), "writer was made for another frame size or format");
        let input = self.letterbox.input();
        let plane_len = input.area_px() as usize;
        assert_eq!(tensor.len(), 3 * plane_len, "tensor does not have the input's size");
        let (first, rest) = tensor.split_at_mut(plane_len);
        let (second, third) = rest.split_at_mut(plane_len);
        let mut planes = [first, second, third];
        for (channel, plane) in planes.iter_mut().enumerate() {
            self.write_border(plane, self.normalised(channel, self.spec.fill));
        }
        let yuv = RgbFromYuv::of(view.matrix(), view.range());
        let width = input.width as usize;
        let inner = self.letterbox.inner();
        let (left, top) = (self.letterbox.left_px() as usize, self.letterbox.top_px() as usize);
        for y in 0..inner.height as usize {
            let row = self.sampler.row(view, y);
            let start = (top + y) * width + left;
            let out = planes.each_mut().map(|plane| &mut plane[start..][..inner.width as usize]);
            match self.format {
                PixelFormat::I420 | PixelFormat::Nv12 => self.kernel.convert_yuv(&yuv, &self.spec, row, out),
                PixelFormat::Rgb8 => self.kernel.normalise_rgb(&self.spec, row, out),
            }
        }
    }

    fn normalised(&self, channel: usize, value: f32) -> f32 {
        (value - self.spec.mean[channel]) * self.spec.scale[channel]
    }

    fn write_border(&self, plane: &mut [f32], value: f32) {
        let (input, inner) = (self.letterbox.input(), self.letterbox.inner());
        let (left, top) = (self.letterbox.left_px() as usize, self.letterbox.top_px() as usize);
        let (right, bottom) = (left + inner.width as usize, top + inner.height as usize);
        for (y, row) in plane.chunks_exact_mut(input.width as usize).enumerate() {
            if y < top || bottom <= y {
                row.fill(value);
            } else {
                row[..left].fill(value);
                row[right..].fill(value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
