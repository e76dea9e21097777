//! From the planes of a frame to a model's input tensor, in one pass and without a full-frame RGB picture.
//!
//! Each of Y, U and V (or R, G and B) is resampled row by row to the size of the letterbox; colour conversion,
//! channel order and normalisation happen on the resampled row on its way into the tensor.

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
    sampler: RowSampler,
}

impl TensorWriter {
    /// Prepares the tables for the region `letterbox.region()` of frames of `letterbox.frame()` in `format`.
    pub fn new(letterbox: Letterbox, spec: InputSpec, format: PixelFormat) -> Self {
        let window = Window { source: letterbox.region(), target: letterbox.inner() };
        Self { letterbox, spec, format, sampler: RowSampler::new(letterbox.frame(), format, window) }
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
                PixelFormat::I420 | PixelFormat::Nv12 => convert_yuv_row(&yuv, &self.spec, row, out),
                PixelFormat::Rgb8 => copy_rgb_row(&self.spec, row, out),
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

fn convert_yuv_row(yuv: &RgbFromYuv, spec: &InputSpec, [luma, u, v]: [&[f32]; 3], out: [&mut [f32]; 3]) {
    let [first, second, third] = out;
    let (red, blue, red_out, blue_out) = match spec.order {
        ChannelOrder::Rgb => (0, 2, first, third),
        ChannelOrder::Bgr => (2, 0, third, first),
    };
    let (mean, scale) = (spec.mean, spec.scale);
    let samples = luma.iter().zip(u).zip(v);
    let outs = red_out.iter_mut().zip(second).zip(blue_out);
    for (((&y, &u), &v), ((r, g), b)) in samples.zip(outs) {
        let (y, u, v) = (yuv.y * (y - yuv.y0), u - 128.0, v - 128.0);
        *r = ((y + yuv.rv * v).clamp(0.0, 255.0) - mean[red]) * scale[red];
        *g = ((y - yuv.gu * u - yuv.gv * v).clamp(0.0, 255.0) - mean[1]) * scale[1];
        *b = ((y + yuv.bu * u).clamp(0.0, 255.0) - mean[blue]) * scale[blue];
    }
}

fn copy_rgb_row(spec: &InputSpec, row: [&[f32]; 3], out: [&mut [f32]; 3]) {
    for (channel, out) in out.into_iter().enumerate() {
        let source = match spec.order {
            ChannelOrder::Rgb => channel,
            ChannelOrder::Bgr => 2 - channel,
        };
        let (mean, scale) = (spec.mean[channel], spec.scale[channel]);
        for (value, &sample) in out.iter_mut().zip(row[source]) {
            *value = (sample - mean) * scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ColourMatrix, ColourRange, FrameRect, OwnedPlanes, PadSide, Planes, SizePx};

    const SPEC: InputSpec =
        InputSpec { order: ChannelOrder::Bgr, mean: [0.0; 3], scale: [1.0; 3], fill: 114.0 };

    fn written(planes: &OwnedPlanes, input: SizePx, spec: InputSpec) -> Vec<f32> {
        let view = planes.view();
        let letterbox = Letterbox::fit(view.size(), input, PadSide::BottomRight).expect("not empty");
        let mut tensor = vec![f32::NAN; 3 * input.area_px() as usize];
        TensorWriter::new(letterbox, spec, view.format()).write(&view, &mut tensor);
        tensor
    }

    fn plain(size: SizePx, format: PixelFormat, samples: [u8; 3]) -> OwnedPlanes {
        let (w, h) = (size.width as usize, size.height as usize);
        let (cw, ch) = (w.div_ceil(2), h.div_ceil(2));
        let planes = match format {
            PixelFormat::I420 => vec![
                (vec![samples[0]; w * h], w),
                (vec![samples[1]; cw * ch], cw),
                (vec![samples[2]; cw * ch], cw),
            ],
            PixelFormat::Nv12 => {
                vec![(vec![samples[0]; w * h], w), ([samples[1], samples[2]].repeat(cw * ch), 2 * cw)]
            }
            PixelFormat::Rgb8 => vec![(samples.repeat(w * h), 3 * w)],
        };
        OwnedPlanes::new(size, format, ColourMatrix::Bt601, ColourRange::Limited, planes).expect("fits")
    }

    #[test]
    fn primaries_come_out_in_the_models_channel_order() {
        // BT.601 limited range code values of pure red, ITU-R BT.601-7.
        for format in [PixelFormat::I420, PixelFormat::Nv12] {
            let planes = plain(SizePx::new(32, 16), format, [81, 90, 240]);
            let tensor = written(&planes, SizePx::new(16, 16), SPEC);
            let (b, g, r) = (tensor[0], tensor[256], tensor[512]);
            assert!(b < 2.0 && g < 2.0 && 253.0 < r, "{format:?}: b {b} g {g} r {r}");
        }
    }

    #[test]
    fn border_is_fill_and_only_outside_the_picture() {
        let planes = plain(SizePx::new(32, 16), PixelFormat::Rgb8, [10, 20, 30]);
        let tensor = written(&planes, SizePx::new(16, 16), SPEC);
        assert_eq!(tensor[..128], [30.0; 128], "upper half, blue first");
        assert_eq!(tensor[128..256], [114.0; 128], "lower half");
    }

    #[test]
    fn mean_and_scale_are_taken_in_tensor_order() {
        let planes = plain(SizePx::new(8, 8), PixelFormat::Rgb8, [10, 20, 30]);
        let spec = InputSpec { mean: [30.0, 18.0, 0.0], scale: [1.0, 0.5, 0.1], ..SPEC };
        let tensor = written(&planes, SizePx::new(8, 8), spec);
        assert_eq!((tensor[0], tensor[64], tensor[128]), (0.0, 1.0, 1.0));
    }

    #[test]
    fn i420_and_nv12_of_one_picture_give_one_tensor() {
        let (w, h) = (34usize, 18usize);
        let y: Vec<u8> = (0..w * h).map(|i| (i * 7 % 251) as u8).collect();
        let u: Vec<u8> = (0..w * h / 4).map(|i| (i * 5 % 241) as u8).collect();
        let v: Vec<u8> = (0..w * h / 4).map(|i| (i * 3 % 239) as u8).collect();
        let uv: Vec<u8> = u.iter().zip(&v).flat_map(|(&u, &v)| [u, v]).collect();
        let size = SizePx::new(w as u32, h as u32);
        let make = |format, planes| {
            OwnedPlanes::new(size, format, ColourMatrix::Bt709, ColourRange::Full, planes).expect("fits")
        };
        let i420 = make(PixelFormat::I420, vec![(y.clone(), w), (u, w / 2), (v, w / 2)]);
        let nv12 = make(PixelFormat::Nv12, vec![(y, w), (uv, w)]);
        let input = SizePx::new(16, 16);
        assert_eq!(written(&i420, input, SPEC), written(&nv12, input, SPEC));
    }

    #[test]
    fn a_region_at_its_own_size_is_that_part_of_the_frame() {
        let size = SizePx::new(40, 30);
        let samples = (0..3 * size.area_px()).map(|i| (i * 37 % 251) as u8).collect();
        let picture = crate::Picture::new(size, samples).expect("fits");
        let region = FrameRect::new(7, 5, 16, 8);
        let letterbox = Letterbox::fit_region(size, region, SizePx::new(16, 10), PadSide::BottomRight);
        let mut writer = TensorWriter::new(letterbox.expect("fits"), SPEC, PixelFormat::Rgb8);
        let mut tensor = vec![f32::NAN; 3 * 16 * 10];
        writer.write(&picture.view(), &mut tensor);
        for (y, x) in [(0usize, 0usize), (0, 15), (7, 0), (7, 15), (3, 9)] {
            let blue = picture.rgb()[3 * ((y + 5) * 40 + x + 7) + 2];
            assert_eq!(tensor[y * 16 + x], f32::from(blue), "row {y}, column {x}");
        }
        assert_eq!(tensor[8 * 16..10 * 16], [114.0; 32], "the border");
    }
}
