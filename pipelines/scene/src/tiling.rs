//! Where to look closer: tiles over the rows of a frame in which objects may be small.
//!
//! Overlapping tiles as in SAHI (Akyon and others, 2022), but over the horizon alone: on a trail or a road an object is
//! small where it is far, and what is far lies in a band of rows.

use std::ops::Range;

use vision::{FrameRect, SizePx};

/// A way of laying tiles over a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tiling {
    /// First and last row that has to be covered, as fractions of the frame's height, in this order.
    pub band: (f32, f32),
    /// Size of a tile in frame pixels.
    pub tile: SizePx,
    /// By how much neighbours overlap at least, in frame pixels: whatever is no larger lies wholly in one of them.
    /// More than half a tile counts as half.
    pub overlap_px: u32,
}

impl Tiling {
    /// The tiles of a frame of `frame`, row by row, all of one size; none when there is nothing to cover.
    pub fn over(&self, frame: SizePx) -> Vec<FrameRect> {
        let tile = SizePx::new(self.tile.width.min(frame.width), self.tile.height.min(frame.height));
        if tile.is_empty() {
            return Vec::new();
        }
        let row = |fraction: f32| (fraction.clamp(0.0, 1.0) * frame.height as f32).round() as u32;
        let (top, bottom) = (row(self.band.0), row(self.band.1));
        if bottom <= top {
            return Vec::new();
        }
        let columns = starts(0..frame.width, tile.width, self.overlap_px, frame.width);
        let rows = starts(top..bottom, tile.height, self.overlap_px, frame.height);
        rows.iter()
            .flat_map(|&y| columns.iter().map(move |&x| FrameRect::new(x, y, tile.width, tile.height)))
            .collect()
    }
}

/// Where pieces of `length` begin that cover `span` evenly, inside `0..whole`.
fn starts(span: Range<u32>, length: u32, overlap: u32, whole: u32) -> Vec<u32> {
    let covered = span.end - span.start;
    if covered <= length {
        // One piece, with what is to be covered in its middle.
        let spare = length - covered;
        return vec![span.start.saturating_sub(spare / 2).min(whole - length)];
    }
    let overlap = overlap.min(length / 2);
    let pieces = (covered - overlap).div_ceil((length - overlap).max(1));
    let last = covered - length;
    // In 64 bits: the product of two sides of a frame may not fit 32.
    let start = |piece: u32| (u64::from(last) * u64::from(piece) / u64::from((pieces - 1).max(1))) as u32;
    (0..pieces).map(|piece| span.start + start(piece)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_band_lower_than_a_tile_gets_one_row_of_them_around_its_middle() {
        let tiling = Tiling { band: (0.4, 0.5), tile: SizePx::new(832, 512), overlap_px: 110 };
        let tiles = tiling.over(SizePx::new(1920, 1080));
        let at = |x| FrameRect::new(x, 230, 832, 512);
        assert_eq!(tiles, [at(0), at(544), at(1088)]);
    }

    #[test]
    fn a_tile_larger_than_the_frame_is_the_frame() {
        let tiling = Tiling { band: (0.0, 1.0), tile: SizePx::new(832, 512), overlap_px: 64 };
        let frame = SizePx::new(640, 360);
        assert_eq!(tiling.over(frame), [FrameRect::whole(frame)]);
    }

    #[test]
    fn nothing_to_cover_needs_no_tile() {
        let tiling = Tiling { band: (0.5, 0.5), tile: SizePx::new(416, 256), overlap_px: 0 };
        assert_eq!(tiling.over(SizePx::new(1920, 1080)), []);
        assert_eq!(Tiling { band: (0.0, 1.0), ..tiling }.over(SizePx::new(0, 1080)), []);
    }

    proptest! {
        #[test]
        fn every_object_in_the_band_that_is_no_larger_than_the_overlap_lies_wholly_in_a_tile(
            (width, height) in (64u32..2000, 64u32..1200), tile in (32u32..900, 32u32..600),
            overlap in 1u32..200, band in (0.0f32..0.5, 0.55f32..1.0), place in (0.0f32..1.0, 0.0f32..1.0),
        ) {
            let frame = SizePx::new(width, height);
            let tiling = Tiling { band, tile: SizePx::new(tile.0, tile.1), overlap_px: overlap };
            let tiles = tiling.over(frame);
            let rows = (band.0 * height as f32).round() as u32..(band.1 * height as f32).round() as u32;
            let smaller = |side: u32, most: u32| overlap.min(side / 2).min(most).max(1);
            let (w, h) = (
                smaller(tile.0.min(width), width),
                smaller(tile.1.min(height), rows.end - rows.start),
            );
            let x = (place.0 * (width - w) as f32) as u32;
            let y = rows.start + (place.1 * (rows.end - rows.start - h) as f32) as u32;
            prop_assert!(tiles.iter().all(|tile| tile.lies_in(frame)));
            let holds = |tile: &FrameRect| {
                tile.x <= x && x + w <= tile.x + tile.width && tile.y <= y && y + h <= tile.y + tile.height
            };
            prop_assert!(tiles.iter().any(holds), "{w}x{h} at {x},{y} in {tiles:?}");
        }
    }
}
