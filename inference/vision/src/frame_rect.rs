use std::fmt;

use crate::{FrameBox, SizePx};

/// Rectangle of whole frame pixels: a tile, a moving part of the picture, the crop of a vehicle.
///
/// It covers the columns `x..x + width` and the rows `y..y + height`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameRect {
    /// First column.
    pub x: u32,
    /// First row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl FrameRect {
    /// `width` columns from `x` and `height` rows from `y`.
    pub const fn new(x: u32, y: u32, width: u32, height: u32) -> Self {
        Self { x, y, width, height }
    }

    /// All pixels of a frame of `size`.
    pub const fn whole(size: SizePx) -> Self {
        Self::new(0, 0, size.width, size.height)
    }

    /// The pixels of a frame of `size` that `area` touches, and at least the one at its place; `None` for a frame
    /// without pixels.
    pub fn covering(area: &FrameBox, size: SizePx) -> Option<Self> {
        if size.is_empty() {
            return None;
        }
        let clipped = area.clipped(size);
        let x = (clipped.x0().floor() as u32).min(size.width - 1);
        let y = (clipped.y0().floor() as u32).min(size.height - 1);
        // Sides beyond 2^24 are not exact in `f32`.
        let width = (clipped.x1().ceil() as u32).min(size.width).saturating_sub(x).max(1);
        let height = (clipped.y1().ceil() as u32).min(size.height).saturating_sub(y).max(1);
        Some(Self { x, y, width, height })
    }

    /// Columns and rows.
    pub const fn size(self) -> SizePx {
        SizePx::new(self.width, self.height)
    }

    /// Whether there is a pixel, and every one lies in a frame of `size`.
    pub fn lies_in(self, size: SizePx) -> bool {
        let ends_in =
            |start: u32, length: u32, whole: u32| start.checked_add(length).is_some_and(|end| end <= whole);
        !self.size().is_empty()
            && ends_in(self.x, self.width, size.width)
            && ends_in(self.y, self.height, size.height)
    }

    /// Whether `object` has an area in common with this rectangle.
    pub fn touches(self, object: &FrameBox) -> bool {
        let (left, top) = (self.x as f32, self.y as f32);
        left < object.x1()
            && object.x0() < left + self.width as f32
            && top < object.y1()
            && object.y0() < top + self.height as f32
    }

    /// Whether `object`, found in this part of a frame of `size`, may go on outside it: whether it reaches within
    /// `margin_px` of a side of this rectangle that is not a side of the frame.
    pub fn may_cut(self, object: &FrameBox, size: SizePx, margin_px: f32) -> bool {
        let (right, bottom) = (self.x.saturating_add(self.width), self.y.saturating_add(self.height));
        (0 < self.x && object.x0() < self.x as f32 + margin_px)
            || (0 < self.y && object.y0() < self.y as f32 + margin_px)
            || (right < size.width && right as f32 - margin_px < object.x1())
            || (bottom < size.height && bottom as f32 - margin_px < object.y1())
    }
}

impl fmt::Display for FrameRect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}+{}", self.size(), self.x, self.y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: SizePx = SizePx::new(640, 360);

    #[test]
    fn a_rectangle_lies_in_the_frame_or_does_not() {
        for (rect, lies_in) in [
            (FrameRect::whole(FRAME), true),
            (FrameRect::new(639, 359, 1, 1), true),
            (FrameRect::new(639, 359, 2, 1), false),
            (FrameRect::new(0, 1, 640, 360), false),
            (FrameRect::new(5, 5, 0, 7), false),
            (FrameRect::new(u32::MAX, 0, 2, 1), false),
        ] {
            assert_eq!(rect.lies_in(FRAME), lies_in, "{rect}");
        }
    }

    #[test]
    fn an_area_is_covered_by_the_pixels_it_touches() {
        let covering = |x0, y0, x1, y1| {
            FrameRect::covering(&FrameBox::new(x0, y0, x1, y1).expect("valid"), FRAME).expect("not empty")
        };
        assert_eq!(covering(1.5, 2.0, 3.2, 5.0), FrameRect::new(1, 2, 3, 3));
        assert_eq!(covering(-50.0, 300.0, 50.0, 900.0), FrameRect::new(0, 300, 50, 60));
        assert_eq!(covering(900.0, 900.0, 950.0, 950.0), FrameRect::new(639, 359, 1, 1));
    }

    #[test]
    fn only_sides_inside_the_frame_cut_an_object() {
        let rect = FrameRect::new(0, 100, 320, 200);
        let may_cut =
            |x0, y0, x1, y1| rect.may_cut(&FrameBox::new(x0, y0, x1, y1).expect("valid"), FRAME, 2.0);
        assert!(!may_cut(0.0, 110.0, 300.0, 290.0), "the left side is the frame's own");
        assert!(may_cut(10.0, 101.0, 20.0, 150.0), "top");
        assert!(may_cut(10.0, 110.0, 20.0, 299.0), "bottom");
        assert!(may_cut(300.0, 110.0, 319.0, 150.0), "right");
        assert!(!may_cut(300.0, 110.0, 318.0, 150.0), "two pixels off");
    }
}
