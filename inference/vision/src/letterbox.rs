use crate::{FrameBox, FramePoint, FrameRect, InputBox, InputPoint, SizePx};

/// Where the border of a letterbox goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PadSide {
    /// Picture at the top-left, border at the right and the bottom.
    BottomRight,
    /// Picture in the middle, border split on both sides.
    Both,
}

/// How a frame, or a region of it, is scaled into a model's input: without changing its aspect, or stretched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Letterbox {
    frame: SizePx,
    region: FrameRect,
    input: SizePx,
    inner: SizePx,
    left_px: u32,
    top_px: u32,
    /// Input pixels per frame pixel, along a row and along a column.
    scale: (f32, f32),
}

impl Letterbox {
    /// The largest picture of `frame`'s aspect that fits `input`; `None` when either has no pixels.
    pub fn fit(frame: SizePx, input: SizePx, pad: PadSide) -> Option<Self> {
        Self::fit_region(frame, FrameRect::whole(frame), input, pad)
    }

    /// The largest picture of `region`'s aspect that fits `input`; `None` when `region` has no pixels or does not lie
    /// in `frame`, or `input` has none.
    pub fn fit_region(frame: SizePx, region: FrameRect, input: SizePx, pad: PadSide) -> Option<Self> {
        if !region.lies_in(frame) || input.is_empty() {
            return None;
        }
        // In integers: an `f32` product falls one pixel short of the input's side for widths such as 704. The other
        // side is truncated as the reference code of YOLOX does, and never to nothing.
        let [rw, rh, iw, ih] = [region.width, region.height, input.width, input.height].map(u64::from);
        let (inner, scale) = if iw * rh <= ih * rw {
            (SizePx::new(input.width, (iw * rh / rw).max(1) as u32), input.width as f32 / region.width as f32)
        } else {
            (
                SizePx::new((ih * rw / rh).max(1) as u32, input.height),
                input.height as f32 / region.height as f32,
            )
        };
        let (left_px, top_px) = match pad {
            PadSide::BottomRight => (0, 0),
            PadSide::Both => ((input.width - inner.width) / 2, (input.height - inner.height) / 2),
        };
        Some(Self { frame, region, input, inner, left_px, top_px, scale: (scale, scale) })
    }

    /// All of `input` filled from `region`, each side scaled by its own ratio, without a border;
    /// `None` as for [`Letterbox::fit_region`].
    pub fn stretch(frame: SizePx, region: FrameRect, input: SizePx) -> Option<Self> {
        if !region.lies_in(frame) || input.is_empty() {
            return None;
        }
        let scale = (input.width as f32 / region.width as f32, input.height as f32 / region.height as f32);
        Some(Self { frame, region, input, inner: input, left_px: 0, top_px: 0, scale })
    }

    /// Size of the frame.
    pub fn frame(&self) -> SizePx {
        self.frame
    }

    /// The part of the frame that is scaled; all of it unless made by [`Letterbox::fit_region`].
    pub fn region(&self) -> FrameRect {
        self.region
    }

    /// Size of the input, border included.
    pub fn input(&self) -> SizePx {
        self.input
    }

    /// Size of the scaled picture inside the border.
    pub fn inner(&self) -> SizePx {
        self.inner
    }

    /// Input pixels per frame pixel, along a row and along a column.
    pub fn scale(&self) -> (f32, f32) {
        self.scale
    }

    /// Left border in input pixels.
    pub fn left_px(&self) -> u32 {
        self.left_px
    }

    /// Top border in input pixels.
    pub fn top_px(&self) -> u32 {
        self.top_px
    }

    /// The way back.
    pub fn frame_from_input(&self) -> FrameFromInput {
        FrameFromInput {
            frame: self.frame,
            origin: FramePoint { x: self.region.x as f32, y: self.region.y as f32 },
            scale: self.scale,
            pad_x: self.left_px as f32,
            pad_y: self.top_px as f32,
        }
    }
}

/// Undoes a letterbox: `frame = (input - pad) / scale + origin`, in pixels of the whole frame.
#[derive(Clone, Copy, Debug)]
pub struct FrameFromInput {
    frame: SizePx,
    /// Top-left corner of the region.
    origin: FramePoint,
    /// Input pixels per frame pixel, along a row and along a column.
    scale: (f32, f32),
    /// Left border, in input pixels.
    pad_x: f32,
    /// Top border, in input pixels.
    pad_y: f32,
}

impl FrameFromInput {
    /// The box in pixels of the whole frame, cut at the frame's border; `None` when nothing of it is left or an edge is
    /// not finite. A box may reach beyond the region ([`FrameRect::may_cut`]).
    pub fn apply(&self, b: InputBox) -> Option<FrameBox> {
        let x = |edge: f32| (edge - self.pad_x) / self.scale.0 + self.origin.x;
        let y = |edge: f32| (edge - self.pad_y) / self.scale.1 + self.origin.y;
        let clipped = FrameBox::new(x(b.x0), y(b.y0), x(b.x1), y(b.y1))?.clipped(self.frame);
        (0.0 < clipped.area()).then_some(clipped)
    }

    /// The point in pixels of the whole frame, not cut: it may lie outside the frame; `None` when it is not finite.
    pub fn point(&self, p: InputPoint) -> Option<FramePoint> {
        let x = (p.x - self.pad_x) / self.scale.0 + self.origin.x;
        let y = (p.y - self.pad_y) / self.scale.1 + self.origin.y;
        (x.is_finite() && y.is_finite()).then_some(FramePoint { x, y })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_way_back_finds_the_place_in_the_frame(
            fw in 16u32..4000, fh in 16u32..3000, rx in 0u32..1000, ry in 0u32..1000,
            iw in 32u32..1280, ih in 32u32..1280,
            centred in any::<bool>(), fx in 0.05f32..0.45, fy in 0.05f32..0.45,
        ) {
            let pad = if centred { PadSide::Both } else { PadSide::BottomRight };
            let frame = SizePx::new(fw + rx + 7, fh + ry + 5);
            let region = FrameRect::new(rx, ry, fw, fh);
            let letterbox = Letterbox::fit_region(frame, region, SizePx::new(iw, ih), pad).expect("not empty");
            let inner = letterbox.inner();
            prop_assert!(inner.width <= iw && inner.height <= ih && (inner.width == iw || inner.height == ih));
            let (x0, y0) = (fx * fw as f32, fy * fh as f32);
            let (x1, y1) = (x0 + 0.5 * fw as f32, y0 + 0.5 * fh as f32);
            let there = |v: f32, pad: u32| v * letterbox.scale.0 + pad as f32;
            let input = InputBox {
                x0: there(x0, letterbox.left_px), y0: there(y0, letterbox.top_px),
                x1: there(x1, letterbox.left_px), y1: there(y1, letterbox.top_px),
            };
            let back = letterbox.frame_from_input().apply(input).expect("inside the frame");
            let tolerance = 1e-3 * fw.max(fh) as f32;
            let (x0, y1) = (x0 + rx as f32, y1 + ry as f32);
            prop_assert!((back.x0() - x0).abs() < tolerance && (back.y1() - y1).abs() < tolerance);
            let corner = InputPoint { x: input.x0, y: input.y1 };
            let corner = letterbox.frame_from_input().point(corner).expect("finite");
            prop_assert_eq!((corner.x, corner.y), (back.x0(), back.y1()));
        }
    }

    #[test]
    fn a_stretched_region_comes_back_by_each_sides_own_ratio() {
        let (frame, region) = (SizePx::new(100, 100), FrameRect::new(10, 20, 80, 20));
        let stretched = Letterbox::stretch(frame, region, SizePx::new(40, 40)).expect("lies in the frame");
        assert_eq!((stretched.inner(), stretched.left_px(), stretched.top_px()), (SizePx::new(40, 40), 0, 0));
        let back = stretched.frame_from_input();
        let bbox = back.apply(InputBox { x0: 10.0, y0: 10.0, x1: 20.0, y1: 40.0 });
        assert_eq!(bbox, FrameBox::new(30.0, 25.0, 50.0, 40.0));
        assert_eq!(back.point(InputPoint { x: 10.0, y: 10.0 }), Some(FramePoint { x: 30.0, y: 25.0 }));
        assert!(Letterbox::stretch(frame, FrameRect::new(30, 0, 80, 20), SizePx::new(40, 40)).is_none());
    }

    #[test]
    fn points_are_not_cut_but_must_be_finite() {
        let letterbox = Letterbox::fit(SizePx::new(64, 32), SizePx::new(32, 32), PadSide::Both);
        let back = letterbox.expect("not empty").frame_from_input();
        assert_eq!(back.point(InputPoint { x: -1.0, y: 30.0 }), Some(FramePoint { x: -2.0, y: 44.0 }));
        for x in [f32::NAN, f32::INFINITY, f32::MAX] {
            assert_eq!(back.point(InputPoint { x, y: 0.0 }), None, "{x}");
        }
    }

    #[test]
    fn the_limiting_side_is_the_inputs_and_the_other_is_truncated() {
        let input = SizePx::new(416, 416);
        for (frame, inner) in [
            (SizePx::new(704, 576), SizePx::new(416, 340)),
            (SizePx::new(1366, 768), SizePx::new(416, 233)),
            (SizePx::new(2592, 1944), SizePx::new(416, 312)),
            (SizePx::new(576, 704), SizePx::new(340, 416)),
            (SizePx::new(704, 704), input),
            (SizePx::new(20_000, 3), SizePx::new(416, 1)),
            (SizePx::new(u32::MAX, u32::MAX), input),
        ] {
            let fitted = Letterbox::fit(frame, input, PadSide::BottomRight).map(|l| l.inner());
            assert_eq!(fitted, Some(inner), "{frame:?}");
        }
    }

    #[test]
    fn a_box_that_leaves_the_region_is_cut_at_the_frames_border_alone() {
        let frame = SizePx::new(1920, 1080);
        let region = FrameRect::new(1504, 400, 416, 256);
        let letterbox = Letterbox::fit_region(frame, region, SizePx::new(416, 416), PadSide::Both);
        let letterbox = letterbox.expect("lies in the frame");
        assert_eq!((letterbox.region(), letterbox.inner(), letterbox.top_px()), (region, region.size(), 80));
        let back = letterbox.frame_from_input().apply(InputBox { x0: -8.0, y0: 90.0, x1: 500.0, y1: 400.0 });
        assert_eq!(back, FrameBox::new(1496.0, 410.0, 1920.0, 720.0));
    }

    #[test]
    fn a_region_outside_the_frame_is_refused() {
        let input = SizePx::new(416, 416);
        for region in
            [FrameRect::new(0, 0, 641, 360), FrameRect::new(600, 0, 41, 1), FrameRect::new(0, 0, 0, 0)]
        {
            assert!(Letterbox::fit_region(SizePx::new(640, 360), region, input, PadSide::Both).is_none());
        }
    }

    #[test]
    fn a_wide_frame_leaves_its_border_at_the_bottom() {
        let letterbox = Letterbox::fit(SizePx::new(768, 432), SizePx::new(416, 416), PadSide::BottomRight);
        assert_eq!(
            letterbox.map(|l| (l.inner(), l.left_px(), l.top_px())),
            Some((SizePx::new(416, 234), 0, 0))
        );
    }
}
