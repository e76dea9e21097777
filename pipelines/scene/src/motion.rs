//! Where something moves: mean luma of small cells against a slowly following reference.

use std::ops::Range;

use vision::{FrameRect, FrameView, PixelFormat, SizePx};

/// Side of a cell in frame pixels: smaller than the smallest object worth a look, large enough to average noise away.
const CELL_PX: u32 = 8;

/// A cell has moved when its mean is this many levels off its reference.
const LEVELS: f32 = 5.0;

/// How much of the difference the reference takes over with each frame: an object that creeps still stands out, one
/// that stays is forgotten after a few seconds.
const FOLLOW: f32 = 1.0 / 16.0;

/// Which parts of a camera's picture have changed lately. Fed with each frame, in order.
#[derive(Clone, Debug, Default)]
pub struct MotionGrid {
    frame: Option<SizePx>,
    columns: usize,
    /// Per cell, row-major.
    reference: Vec<f32>,
    moved: Vec<bool>,
}

impl MotionGrid {
    /// Looks at `rows` of the next frame; the first frame, and the first of another size, moves everywhere.
    pub fn update(&mut self, view: &FrameView<'_>, rows: Range<u32>) {
        let size = view.size();
        let is_new = self.frame != Some(size);
        if is_new {
            self.frame = Some(size);
            self.columns = size.width.div_ceil(CELL_PX) as usize;
            let cells = self.columns * size.height.div_ceil(CELL_PX) as usize;
            self.reference = vec![0.0; cells];
            self.moved = vec![true; cells];
        }
        let cell_rows = rows.start / CELL_PX..rows.end.min(size.height).div_ceil(CELL_PX);
        let mut sums = vec![0u32; self.columns];
        for cell_row in cell_rows {
            let pixel_rows = cell_row * CELL_PX..((cell_row + 1) * CELL_PX).min(size.height);
            let height = pixel_rows.len() as u32;
            sums.fill(0);
            for row in pixel_rows {
                add_row(view, row, &mut sums);
            }
            let first = cell_row as usize * self.columns;
            let cells = self.reference[first..].iter_mut().zip(&mut self.moved[first..]);
            for ((column, sum), (reference, moved)) in (0u32..).zip(&sums).zip(cells) {
                let width = CELL_PX.min(size.width - column * CELL_PX);
                let mean = *sum as f32 / (width * height) as f32;
                if is_new {
                    *reference = mean;
                    continue;
                }
                let off = mean - *reference;
                *moved = LEVELS < off.abs();
                *reference += FOLLOW * off;
            }
        }
    }

    /// Whether any cell that `region` touches has moved in the latest frame.
    pub fn moved_in(&self, region: FrameRect) -> bool {
        if self.columns == 0 {
            return false;
        }
        let cells = |start: u32, length: u32| {
            (start / CELL_PX) as usize..(start.saturating_add(length)).div_ceil(CELL_PX) as usize
        };
        let columns = cells(region.x, region.width);
        cells(region.y, region.height).any(|row| {
            let start = row * self.columns;
            let last = columns.end.min(self.columns);
            self.moved
                .get(start + columns.start.min(last)..start + last)
                .is_some_and(|row| row.contains(&true))
        })
    }
}

/// Adds the luma of a pixel row to the sums of its cells; of an RGB picture its green, which carries most of it.
fn add_row(view: &FrameView<'_>, row: u32, sums: &mut [u32]) {
    let plane = view.plane(0);
    let width = view.size().width as usize;
    let (step, first) = match view.format() {
        PixelFormat::I420 | PixelFormat::Nv12 => (1, 0),
        PixelFormat::Rgb8 => (3, 1),
    };
    let samples = &plane.data[row as usize * plane.stride..][..width * step];
    for (sum, cell) in sums.iter_mut().zip(samples.chunks(CELL_PX as usize * step)) {
        *sum += match step {
            1 => cell.iter().map(|&sample| u32::from(sample)).sum::<u32>(),
            _ => cell.iter().skip(first).step_by(step).map(|&sample| u32::from(sample)).sum(),
        };
    }
}

#[cfg(test)]
mod tests {
    use vision::{ColourMatrix, ColourRange, OwnedPlanes, Planes as _};

    use super::*;

    const SIZE: SizePx = SizePx::new(100, 60);

    /// A grey frame with a bright square of `side` at `(x, y)`.
    fn frame(x: usize, y: usize, side: usize) -> OwnedPlanes {
        let (w, h) = (SIZE.width as usize, SIZE.height as usize);
        let mut luma = vec![90u8; w * h];
        for row in y..y + side {
            luma[row * w + x..][..side].fill(200);
        }
        let chroma = vec![128u8; w.div_ceil(2) * h.div_ceil(2)];
        let planes = vec![(luma, w), (chroma.clone(), w.div_ceil(2)), (chroma, w.div_ceil(2))];
        let (matrix, range) = (ColourMatrix::Bt601, ColourRange::Limited);
        OwnedPlanes::new(SIZE, PixelFormat::I420, matrix, range, planes).expect("fits")
    }

    fn seen(grid: &mut MotionGrid, frame: &OwnedPlanes) {
        grid.update(&frame.view(), 0..SIZE.height);
    }

    #[test]
    fn only_where_something_moved_it_moves() {
        let mut grid = MotionGrid::default();
        let (left, right) = (FrameRect::new(0, 0, 50, 60), FrameRect::new(50, 0, 50, 60));
        assert!(!grid.moved_in(left), "nothing was seen yet");
        seen(&mut grid, &frame(70, 20, 6));
        assert!(
            grid.moved_in(left) && grid.moved_in(right),
            "nobody knows what moved before the first frame"
        );
        seen(&mut grid, &frame(70, 20, 6));
        assert!(!grid.moved_in(left) && !grid.moved_in(right), "the same frame again");
        seen(&mut grid, &frame(80, 20, 6));
        assert!(!grid.moved_in(left) && grid.moved_in(right));
        assert!(!grid.moved_in(FrameRect::new(50, 40, 50, 20)), "below the square");
    }

    #[test]
    fn what_stays_is_forgotten() {
        let mut grid = MotionGrid::default();
        let whole = FrameRect::whole(SIZE);
        seen(&mut grid, &frame(10, 10, 6));
        seen(&mut grid, &frame(60, 30, 6));
        assert!(grid.moved_in(whole));
        let stays = (0..200).take_while(|_| {
            seen(&mut grid, &frame(60, 30, 6));
            grid.moved_in(whole)
        });
        let frames = stays.count();
        assert!((10..100).contains(&frames), "after {frames} frames");
    }

    #[test]
    fn rows_that_are_not_looked_at_stay_as_they_were() {
        let mut grid = MotionGrid::default();
        seen(&mut grid, &frame(10, 10, 6));
        seen(&mut grid, &frame(10, 10, 6));
        grid.update(&frame(60, 10, 6).view(), 32..60);
        assert!(!grid.moved_in(FrameRect::whole(SIZE)));
    }
}
