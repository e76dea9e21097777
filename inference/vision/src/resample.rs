//! Bilinear resampling of planes of 8-bit samples, in fixed point.
//!
//! Pixel centres lie at half-integers, as in OpenCV's `INTER_LINEAR`: `source = (target + 0.5) · ratio − 0.5`,
//! clamped at the border. Weights have 8 bits, so a sample differs from the exact value by less than one level.

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
    /// Columns and rows of the first plane.
    luma: (Axis, Axis),
    /// Columns and rows of the half-size planes.
    chroma: (Axis, Axis),
    blended: Vec<u16>,
    channels: [Vec<f32>; 3],
}

impl RowSampler {
    pub(crate) fn new(source: SizePx, format: PixelFormat, window: Window) -> Self {
        let Window { source: rect, target } = window;
        let axes = |divisor: u32| {
            let scale = 1.0 / divisor as f32;
            let axis = |whole: u32, start: u32, length: u32, target: u32| {
                let (start, length) = (start as f32 * scale, length as f32 * scale);
                Axis::new(whole.div_ceil(divisor) as usize, start, length, target as usize)
            };
            (
                axis(source.width, rect.x, rect.width, target.width),
                axis(source.height, rect.y, rect.height, target.height),
            )
        };
        let channels = std::array::from_fn(|_| vec![0.0; target.width as usize]);
        Self { source, format, luma: axes(1), chroma: axes(2), blended: Vec::new(), channels }
    }

    /// Whether the tables fit `view`.
    pub(crate) fn fits(&self, view: &FrameView<'_>) -> bool {
        self.source == view.size() && self.format == view.format()
    }

    /// The three source channels (Y, U, V or R, G, B) of target row `row`, values in `[0, 255]`.
    pub(crate) fn row(&mut self, view: &FrameView<'_>, row: usize) -> [&[f32]; 3] {
        let width = self.source.width as usize;
        let half_width = width.div_ceil(2);
        let [first, second, third] = &mut self.channels;
        let blended = &mut self.blended;
        let (columns, rows) = &self.luma;
        let (half_columns, half_rows) = &self.chroma;
        match self.format {
            PixelFormat::I420 => {
                blend_rows(view.plane(0), width, rows.taps[row], blended);
                pick_columns::<1>(blended, 0, columns, first);
                for (plane, out) in [(1, &mut *second), (2, &mut *third)] {
                    blend_rows(view.plane(plane), half_width, half_rows.taps[row], blended);
                    pick_columns::<1>(blended, 0, half_columns, out);
                }
            }
            PixelFormat::Nv12 => {
                blend_rows(view.plane(0), width, rows.taps[row], blended);
                pick_columns::<1>(blended, 0, columns, first);
                blend_rows(view.plane(1), half_width * 2, half_rows.taps[row], blended);
                pick_columns::<2>(blended, 0, half_columns, second);
                pick_columns::<2>(blended, 1, half_columns, third);
            }
            PixelFormat::Rgb8 => {
                blend_rows(view.plane(0), width * 3, rows.taps[row], blended);
                pick_columns::<3>(blended, 0, columns, first);
                pick_columns::<3>(blended, 1, columns, second);
                pick_columns::<3>(blended, 2, columns, third);
            }
        }
        [first, second, third]
    }
}

/// For one axis: the first of the two source samples of each target sample, and the weight of the second.
#[derive(Clone, Debug)]
struct Axis {
    taps: Vec<Tap>,
}

#[derive(Clone, Copy, Debug)]
struct Tap {
    first: u32,
    second: u32,
    /// Weight of `second`, out of 256.
    weight: u16,
}

impl Axis {
    /// Taps for `target` samples that span `[start, start + length)` of a source of `source` samples.
    fn new(source: usize, start: f32, length: f32, target: usize) -> Self {
        let ratio = length / target as f32;
        let last = source.saturating_sub(1) as f32;
        let taps = (0..target)
            .map(|index| {
                let place = (start + (index as f32 + 0.5) * ratio - 0.5).clamp(0.0, last);
                let first = place.floor();
                Tap {
                    first: first as u32,
                    second: (first + 1.0).min(last) as u32,
                    weight: ((place - first) * 256.0).round() as u16,
                }
            })
            .collect();
        Self { taps }
    }
}

/// Vertical step: two source rows weighted into one, scaled by 256. Plain loops over slices, so that they vectorise.
fn blend_rows(plane: Plane<'_>, row_bytes: usize, tap: Tap, blended: &mut Vec<u16>) {
    let Tap { first, second, weight } = tap;
    let upper = plane.row(first as usize, row_bytes);
    let lower = plane.row(second as usize, row_bytes);
    blended.resize(row_bytes, 0);
    let keep = 256 - weight;
    for ((value, &a), &b) in blended.iter_mut().zip(upper).zip(lower) {
        *value = u16::from(a) * keep + u16::from(b) * weight;
    }
}

/// Horizontal step: two blended samples weighted into one, scaled back to `[0, 255]`.
fn pick_columns<const CHANNELS: usize>(blended: &[u16], channel: usize, columns: &Axis, out: &mut [f32]) {
    const SCALE: f32 = 1.0 / 65536.0;
    for (value, tap) in out.iter_mut().zip(&columns.taps) {
        let a = u32::from(blended[tap.first as usize * CHANNELS + channel]);
        let b = u32::from(blended[tap.second as usize * CHANNELS + channel]);
        let weight = u32::from(tap.weight);
        *value = (a * (256 - weight) + b * weight) as f32 * SCALE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resampled(data: &[u8], width: usize, target: SizePx) -> Vec<f32> {
        let source = Plane { data, stride: width };
        let height = data.len() / width;
        let columns = Axis::new(width, 0.0, width as f32, target.width as usize);
        let rows = Axis::new(height, 0.0, height as f32, target.height as usize);
        let mut out = vec![0.0; target.area_px() as usize];
        for (row, out) in out.chunks_exact_mut(target.width as usize).enumerate() {
            let mut blended = Vec::new();
            blend_rows(source, width, rows.taps[row], &mut blended);
            pick_columns::<1>(&blended, 0, &columns, out);
        }
        out
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
