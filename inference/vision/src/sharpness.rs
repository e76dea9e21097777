use crate::{FrameBox, FrameRect, FrameView, PixelFormat};

/// Longest side of the grid that an area is sampled to.
const GRID: usize = 48;

/// Samples of the picture behind one of the grid on each axis, at most.
const TAPS: usize = 3;

/// How sharp `area` of `view` is: the standard deviation of the Laplacian of its luma, in levels of 255.
///
/// The variance of the Laplacian is a measure of focus (J. L. Pech-Pacheco and others, "Diatom autofocusing in brightfield
/// microscopy: a comparative study", ICPR 2000); its root is in levels. The area is first sampled to a grid whose longer
/// side has 48 points, so that looks at one object from near and from afar compare: what counts is detail in proportion to
/// the object. A smaller area is taken as it is, and one that is less than three pixels wide or high has no sharpness. The
/// cost is bounded whatever the size: nine pixels are read for a point of the grid at most.
pub fn sharpness(view: &FrameView<'_>, area: &FrameBox) -> f32 {
    let Some(rect) = FrameRect::covering(area, view.size()) else { return 0.0 };
    let longest = rect.width.max(rect.height) as usize;
    let points = |length: u32| (length as usize * GRID.min(longest)).div_ceil(longest);
    let (columns, rows) = (points(rect.width), points(rect.height));
    if columns < 3 || rows < 3 {
        return 0.0;
    }
    let taps = |start: u32, length: u32, points: usize, index: usize| {
        let at = |index: usize| start as usize + index * length as usize / points;
        let (from, to) = (at(index), at(index + 1));
        (from, to, (to - from).div_ceil(TAPS))
    };
    let across: Vec<_> = (0..columns).map(|column| taps(rect.x, rect.width, columns, column)).collect();
    let mut grid = vec![0.0f32; columns * rows];
    for (row, out) in grid.chunks_exact_mut(columns).enumerate() {
        let (top, bottom, down) = taps(rect.y, rect.height, rows, row);
        for y in (top..bottom).step_by(down) {
            let luma = LumaRow::of(view, y);
            for (&(left, right, step), sum) in across.iter().zip(out.iter_mut()) {
                *sum += (left..right).step_by(step).map(|x| luma.at(x)).sum::<f32>();
            }
        }
        let lines = (bottom - top).div_ceil(down);
        for (&(left, right, step), sum) in across.iter().zip(out.iter_mut()) {
            *sum /= ((right - left).div_ceil(step) * lines) as f32;
        }
    }
    deviation_of_laplacian(&grid, columns, rows)
}

/// Of the points that have four neighbours.
fn deviation_of_laplacian(grid: &[f32], columns: usize, rows: usize) -> f32 {
    let (mut sum, mut squares) = (0.0f64, 0.0f64);
    for row in 1..rows - 1 {
        for column in 1..columns - 1 {
            let at = row * columns + column;
            let around = grid[at - 1] + grid[at + 1] + grid[at - columns] + grid[at + columns];
            let laplacian = f64::from(around - 4.0 * grid[at]);
            sum += laplacian;
            squares += laplacian * laplacian;
        }
    }
    let count = ((columns - 2) * (rows - 2)) as f64;
    let mean = sum / count;
    (squares / count - mean * mean).max(0.0).sqrt() as f32
}

/// One row of luma, whatever the format.
struct LumaRow<'a> {
    samples: &'a [u8],
    is_rgb: bool,
}

impl<'a> LumaRow<'a> {
    fn of(view: &FrameView<'a>, row: usize) -> Self {
        let width = view.size().width as usize;
        let is_rgb = view.format() == PixelFormat::Rgb8;
        Self { samples: view.plane(0).row(row, if is_rgb { 3 * width } else { width }), is_rgb }
    }

    fn at(&self, x: usize) -> f32 {
        if self.is_rgb {
            let [r, g, b] = [0, 1, 2].map(|channel| f32::from(self.samples[3 * x + channel]));
            // BT.601, as for every RGB picture here.
            0.299 * r + 0.587 * g + 0.114 * b
        } else {
            f32::from(self.samples[x])
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Picture, Planes as _, SizePx};

    fn noise(size: SizePx, seed: u32, contrast: u32) -> Picture {
        let mut state = u64::from(seed) | 1;
        let mut rgb = Vec::new();
        for _ in 0..size.area_px() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let grey = (128 + (state >> 40) as u32 % contrast - contrast / 2) as u8;
            rgb.extend([grey; 3]);
        }
        Picture::new(size, rgb).expect("fits")
    }

    /// Mean over three by three pixels.
    fn blurred(picture: &Picture) -> Picture {
        let size = picture.size();
        let at = |x: i64, y: i64| {
            let x = x.clamp(0, i64::from(size.width) - 1) as usize;
            let y = y.clamp(0, i64::from(size.height) - 1) as usize;
            u32::from(picture.rgb()[3 * (y * size.width as usize + x)])
        };
        let mut rgb = Vec::new();
        for y in 0..i64::from(size.height) {
            for x in 0..i64::from(size.width) {
                let sum: u32 = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| at(x + dx, y + dy))).sum();
                rgb.extend([((sum + 4) / 9) as u8; 3]);
            }
        }
        Picture::new(size, rgb).expect("fits")
    }

    fn of(picture: &Picture) -> f32 {
        sharpness(&picture.view(), &FrameBox::whole(picture.size()))
    }

    proptest! {
        #[test]
        fn blur_never_sharpens(
            width in 6u32..160, height in 6u32..160, seed in any::<u32>(), contrast in 40u32..200,
        ) {
            let mut picture = noise(SizePx::new(width, height), seed, contrast);
            let mut before = of(&picture);
            for _ in 0..3 {
                picture = blurred(&picture);
                let after = of(&picture);
                // Half a level is what rounding to whole ones may add.
                prop_assert!(after <= before + 0.5, "{after} after {before}");
                before = after;
            }
        }
    }

    #[test]
    fn a_look_from_near_compares_with_one_from_afar() {
        // The same checks on an object of 40 and of 160 pixels.
        let checks = |side: u32| {
            let field = side / 8;
            let grey =
                move |i: u32| if (i % side / field + i / side / field).is_multiple_of(2) { 200 } else { 60 };
            let rgb = (0..side * side).flat_map(|i| [grey(i); 3]).collect();
            of(&Picture::new(SizePx::new(side, side), rgb).expect("fits"))
        };
        let (afar, near) = (checks(40), checks(160));
        assert!((afar / near - 1.0).abs() < 0.15, "{afar} and {near}");
    }

    #[test]
    fn nothing_to_see_has_no_sharpness() {
        let flat = Picture::new(SizePx::new(20, 20), vec![77; 1200]).expect("fits");
        assert_eq!(of(&flat), 0.0);
        let line = noise(SizePx::new(40, 2), 7, 100);
        assert_eq!(of(&line), 0.0);
    }
}
