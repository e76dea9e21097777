//! Bilinear resampling of planes of 8-bit samples, in fixed point.
//!
//! Two source rows are weighted into one, of which the columns are then picked and weighted. Weights have 8 bits, so a
//! sample differs from the exact value by less than one level.

mod axis;

use axis::Axis;

use crate::kernel::Kernel;
use crate::{FrameRect, FrameView, PixelFormat, Plane, SizePx};

/// A part of a frame, and the number of columns and rows it is resampled to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) source: FrameRect,
    pub(crate) target: SizePx,
}

/// Resamples a window of frames of one size and format, row by row; owns its tables and scratch rows.
#[derive(Clone, Debug)]
pub(crate) struct RowSampler {
    source: SizePx,
    format: PixelFormat,
    kernel: Kernel,
    /// Of the first plane.
    luma: Axes,
    /// Of the half-size planes.
    chroma: Axes,
    /// Blended rows, one for each channel of a plane; what lies behind the source's last sample has no weight.
    blended: [Vec<u16>; 3],
    channels: [Vec<f32>; 3],
}

#[derive(Clone, Debug)]
struct Axes {
    columns: Axis,
    rows: Axis,
}

impl RowSampler {
    pub(crate) fn new(source: SizePx, format: PixelFormat, window: Window, kernel: Kernel) -> Self {
        let luma = Axes::new(source, window, 1);
        let chroma = Axes::new(source, window, 2);
        let reach = luma.columns.taps().reach().max(chroma.columns.taps().reach());
        Self {
            source,
            format,
            kernel,
            luma,
            chroma,
            blended: std::array::from_fn(|_| vec![0; reach]),
            channels: std::array::from_fn(|_| vec![0.0; window.target.width as usize]),
        }
    }

    /// Whether the tables fit `view`.
    pub(crate) fn fits(&self, view: &FrameView<'_>) -> bool {
        self.source == view.size() && self.format == view.format()
    }

    /// The three source channels (Y, U, V or R, G, B) of target row `row`, values in `[0, 255]`.
    pub(crate) fn row(&mut self, view: &FrameView<'_>, row: usize) -> [&[f32]; 3] {
        let [first, second, third] = &mut self.channels;
        let (kernel, [row_a, row_b, row_c]) = (self.kernel, &mut self.blended);
        let (luma, chroma) = (&self.luma, &self.chroma);
        match self.format {
            PixelFormat::I420 => {
                luma.blend(kernel, view.plane(0), row, row_a);
                kernel.pick(row_a, luma.columns.taps(), first);
                for (plane, out) in [(1, second), (2, third)] {
                    chroma.blend(kernel, view.plane(plane), row, row_a);
                    kernel.pick(row_a, chroma.columns.taps(), out);
                }
            }
            PixelFormat::Nv12 => {
                luma.blend(kernel, view.plane(0), row, row_a);
                kernel.pick(row_a, luma.columns.taps(), first);
                let (upper, lower, weight) = chroma.source_rows::<2>(view.plane(1), row);
                kernel.blend_pairs(upper, lower, weight, [row_a, row_b]);
                kernel.pick(row_a, chroma.columns.taps(), second);
                kernel.pick(row_b, chroma.columns.taps(), third);
            }
            PixelFormat::Rgb8 => {
                let (upper, lower, weight) = luma.source_rows::<3>(view.plane(0), row);
                kernel.blend_triples(upper, lower, weight, [row_a, row_b, row_c]);
                for (blended, out) in [(row_a, first), (row_b, second), (row_c, third)] {
                    kernel.pick(blended, luma.columns.taps(), out);
                }
            }
        }
        self.channels.each_ref().map(Vec::as_slice)
    }
}

impl Axes {
    /// For a plane whose sides are `divisor` times smaller than the frame's, rounded up.
    fn new(source: SizePx, window: Window, divisor: u32) -> Self {
        let Window { source: rect, target } = window;
        let scale = 1.0 / divisor as f32;
        let axis = |whole: u32, start: u32, length: u32, target: u32| {
            let (start, length) = (start as f32 * scale, length as f32 * scale);
            Axis::new(whole.div_ceil(divisor) as usize, start, length, target as usize)
        };
        Self {
            columns: axis(source.width, rect.x, rect.width, target.width),
            rows: axis(source.height, rect.y, rect.height, target.height),
        }
    }

    /// What is needed of the two source rows of target row `row`, and the weight of the second out of 256.
    fn source_rows<'a, const CHANNELS: usize>(
        &self,
        plane: Plane<'a>,
        row: usize,
    ) -> (&'a [u8], &'a [u8], u16) {
        let (upper, lower, weight) = self.rows.pair(row);
        let part =
            |row: usize| plane.part(row, CHANNELS * self.columns.start(), CHANNELS * self.columns.len());
        (part(upper), part(lower), weight)
    }

    fn blend(&self, kernel: Kernel, plane: Plane<'_>, row: usize, out: &mut [u16]) {
        let (upper, lower, weight) = self.source_rows::<1>(plane, row);
        kernel.blend(upper, lower, weight, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Picture, Planes};

    /// `data` as grey, resampled.
    fn resampled(data: &[u8], width: u32, target: SizePx) -> Vec<f32> {
        let size = SizePx::new(width, data.len() as u32 / width);
        let grey = data.iter().flat_map(|&sample| [sample; 3]).collect();
        let picture = Picture::new(size, grey).expect("fits");
        let window = Window { source: FrameRect::whole(size), target };
        let mut sampler = RowSampler::new(size, PixelFormat::Rgb8, window, Kernel::detect());
        (0..target.height as usize).flat_map(|row| sampler.row(&picture.view(), row)[1].to_vec()).collect()
    }

    #[test]
    fn the_same_size_is_the_same_picture() {
        let data: Vec<u8> = (0..12).map(|v| v * 20).collect();
        let expected: Vec<f32> = data.iter().map(|&v| f32::from(v)).collect();
        assert_eq!(resampled(&data, 4, SizePx::new(4, 3)), expected);
    }

    #[test]
    fn halving_a_ramp_takes_the_mean_of_neighbours() {
        let data = [0u8, 10, 20, 30, 40, 50, 60, 70];
        assert_eq!(resampled(&data, 8, SizePx::new(4, 1)), [5.0, 25.0, 45.0, 65.0]);
    }
}
