//! Making parts of a picture unreadable for good: what is filled or blurred here cannot be brought back.

use std::ops::Range;

use crate::{ColourRange, FrameBox, FramePoint, FrameRect, OwnedPlanes, Picture, PixelFormat, SizePx};

/// Means that are left of a blurred area along its longer side.
const MEANS: u32 = 8;

/// Least side of the square behind one mean, in pixels: a smaller one would leave a small object readable.
const LEAST_CELL_PX: u32 = 8;

impl Picture {
    /// Gives every pixel that touches the polygon of `corners`, in pixels of this picture and joined at the ends, the
    /// colour `rgb`. Corners may lie outside. Says whether there was such a pixel.
    pub fn fill_polygon(&mut self, corners: &[FramePoint], rgb: [u8; 3]) -> bool {
        let size = self.size();
        let width = size.width as usize;
        let mut filled = false;
        for (row, span) in touched(corners, size) {
            filled = true;
            let start = row as usize * width;
            let pixels = &mut self.rgb[3 * (start + span.start as usize)..3 * (start + span.end as usize)];
            pixels.chunks_exact_mut(3).for_each(|pixel| pixel.copy_from_slice(&rgb));
        }
        filled
    }

    /// Leaves of `area` at most 8 by 8 mean colours of squares at least 8 pixels wide, with straight transitions between
    /// them: no more is there to be brought back. Pixels inside `keep` stay as they are. Says whether the area has a pixel
    /// in this picture that was not kept.
    pub fn blur(&mut self, area: &FrameBox, keep: Option<&FrameBox>) -> bool {
        let whole = FrameRect::whole(self.size());
        if !whole.touches(area) {
            return false;
        }
        let Some(rect) = FrameRect::covering(area, self.size()) else { return false };
        // Of the whole area, also where only a part of it is in the picture.
        let longer = area.width().max(area.height()).ceil() as u32;
        let cell = longer.div_ceil(MEANS).max(LEAST_CELL_PX);
        let means = self.means(rect, cell);
        let columns = rect.width.div_ceil(cell);
        let rows = rect.height.div_ceil(cell);
        let mut blurred = false;
        for y in 0..rect.height {
            let (up, down, sink) = between(y, cell, rows);
            for x in 0..rect.width {
                let (px, py) = (rect.x + x, rect.y + y);
                if keep.is_some_and(|keep| holds(keep, px, py)) {
                    continue;
                }
                blurred = true;
                let (left, right, shift) = between(x, cell, columns);
                let mean = |column: u32, row: u32| means[(row * columns + column) as usize];
                let (a, b, c, d) = (mean(left, up), mean(right, up), mean(left, down), mean(right, down));
                let at = 3 * (py as usize * whole.width as usize + px as usize);
                for channel in 0..3 {
                    let upper = a[channel] + shift * (b[channel] - a[channel]);
                    let lower = c[channel] + shift * (d[channel] - c[channel]);
                    self.rgb[at + channel] = (upper + sink * (lower - upper)).round() as u8;
                }
            }
        }
        blurred
    }

    /// Mean colours of the squares of `cell` pixels that `rect` is cut into, row by row.
    fn means(&self, rect: FrameRect, cell: u32) -> Vec<[f32; 3]> {
        let width = self.size().width as usize;
        let mut means = Vec::new();
        for top in (rect.y..rect.y + rect.height).step_by(cell as usize) {
            for left in (rect.x..rect.x + rect.width).step_by(cell as usize) {
                let (bottom, right) =
                    ((top + cell).min(rect.y + rect.height), (left + cell).min(rect.x + rect.width));
                let mut sums = [0u64; 3];
                for y in top..bottom {
                    let start = 3 * (y as usize * width + left as usize);
                    let row = &self.rgb[start..start + 3 * (right - left) as usize];
                    for pixel in row.chunks_exact(3) {
                        sums.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += u64::from(value));
                    }
                }
                let count = f64::from((bottom - top) * (right - left));
                means.push(sums.map(|sum| (sum as f64 / count) as f32));
            }
        }
        means
    }
}

impl OwnedPlanes {
    /// Makes every pixel that touches the polygon of `corners`, in frame pixels and joined at the ends, black.
    pub fn black_out(&mut self, corners: &[FramePoint]) {
        let black = match self.range {
            ColourRange::Limited => 16,
            ColourRange::Full => 0,
        };
        let format = self.format;
        for (row, span) in touched(corners, self.size) {
            let (row, start, end) = (row as usize, span.start as usize, span.end as usize);
            let mut fill = |plane: usize, row: usize, part: Range<usize>, value: u8| {
                let (data, stride) = &mut self.planes[plane];
                data[row * *stride..][part].fill(value);
            };
            // A sample of colour belongs to all four pixels around it.
            let halves = start / 2..end.div_ceil(2);
            match format {
                PixelFormat::Rgb8 => fill(0, row, 3 * start..3 * end, 0),
                PixelFormat::I420 => {
                    fill(0, row, start..end, black);
                    fill(1, row / 2, halves.clone(), 128);
                    fill(2, row / 2, halves, 128);
                }
                PixelFormat::Nv12 => {
                    fill(0, row, start..end, black);
                    fill(1, row / 2, 2 * halves.start..2 * halves.end, 128);
                }
            }
        }
    }
}

/// Whether the middle of pixel `(x, y)` lies in `area`.
fn holds(area: &FrameBox, x: u32, y: u32) -> bool {
    let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
    area.x0() <= x && x < area.x1() && area.y0() <= y && y < area.y1()
}

/// The cells before and behind the middle of pixel `at`, and how far it is from the one to the other, in `[0, 1]`.
fn between(at: u32, cell: u32, cells: u32) -> (u32, u32, f32) {
    let place = (at as f32 + 0.5) / cell as f32 - 0.5;
    let before = place.floor().clamp(0.0, (cells - 1) as f32);
    let behind = (before + 1.0).min((cells - 1) as f32);
    (before as u32, behind as u32, (place - before).clamp(0.0, 1.0))
}

/// The pixels of a picture of `size` that touch the polygon, as spans of rows; spans of a row may overlap.
///
/// A pixel does when one of the sides runs through it, or its middle is inside by the even-odd rule.
fn touched(corners: &[FramePoint], size: SizePx) -> Vec<(u32, Range<u32>)> {
    let sides: Vec<(FramePoint, FramePoint)> =
        corners.iter().zip(corners.iter().cycle().skip(1)).map(|(&a, &b)| (a, b)).collect();
    let columns = |from: f32, to: f32| {
        let first = from.floor().clamp(0.0, size.width as f32) as u32;
        let end = (to.floor() + 1.0).clamp(0.0, size.width as f32) as u32;
        first..end
    };
    let mut spans = Vec::new();
    for row in 0..size.height {
        let (top, middle, bottom) = (row as f32, row as f32 + 0.5, row as f32 + 1.0);
        let mut cuts: Vec<f32> = Vec::new();
        for &(a, b) in &sides {
            let (upper, lower) = if a.y <= b.y { (a, b) } else { (b, a) };
            if lower.y < top || bottom < upper.y {
                continue;
            }
            let x_at = |y: f32| {
                let along = if upper.y < lower.y { (y - upper.y) / (lower.y - upper.y) } else { 0.0 };
                upper.x + along * (lower.x - upper.x)
            };
            let (enter, leave) = if upper.y < lower.y {
                (x_at(top.max(upper.y)), x_at(bottom.min(lower.y)))
            } else {
                (upper.x, lower.x)
            };
            spans.push((row, columns(enter.min(leave), enter.max(leave))));
            // Half-open, so that a corner on the line counts once.
            if upper.y <= middle && middle < lower.y {
                cuts.push(x_at(middle));
            }
        }
        cuts.sort_by(f32::total_cmp);
        for pair in cuts.chunks_exact(2) {
            spans.push((row, columns(pair[0], pair[1])));
        }
    }
    spans.retain(|(_, span)| !span.is_empty());
    spans
}

#[cfg(test)]
mod tests;
