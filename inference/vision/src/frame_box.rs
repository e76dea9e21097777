use crate::{FramePoint, SizePx};

/// Axis-aligned box in frame pixels: origin top-left, x right, y down.
///
/// Edges are continuous, so the area is `(x1 - x0) * (y1 - y0)` with no `+ 1`.
/// Invariant: all four edges are finite, `x0 <= x1` and `y0 <= y1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameBox {
    x0: f32,
    y0: f32,
    x1: f32,
    y1: f32,
}

impl FrameBox {
    /// The box between two corners, or `None` when an edge is not finite or the corners are swapped.
    pub fn new(x0: f32, y0: f32, x1: f32, y1: f32) -> Option<Self> {
        let finite = [x0, y0, x1, y1].iter().all(|edge| edge.is_finite());
        (finite && x0 <= x1 && y0 <= y1).then_some(Self { x0, y0, x1, y1 })
    }

    /// The whole frame.
    pub fn whole(size: SizePx) -> Self {
        Self { x0: 0.0, y0: 0.0, x1: size.width as f32, y1: size.height as f32 }
    }

    /// Left edge.
    pub fn x0(&self) -> f32 {
        self.x0
    }

    /// Top edge.
    pub fn y0(&self) -> f32 {
        self.y0
    }

    /// Right edge.
    pub fn x1(&self) -> f32 {
        self.x1
    }

    /// Bottom edge.
    pub fn y1(&self) -> f32 {
        self.y1
    }

    /// Width in pixels.
    pub fn width(&self) -> f32 {
        self.x1 - self.x0
    }

    /// Height in pixels.
    pub fn height(&self) -> f32 {
        self.y1 - self.y0
    }

    /// Area in square pixels.
    pub fn area(&self) -> f32 {
        self.width() * self.height()
    }

    /// Middle of the box.
    pub fn centre(&self) -> FramePoint {
        FramePoint { x: (self.x0 + self.x1) / 2.0, y: (self.y0 + self.y1) / 2.0 }
    }

    /// Middle of the bottom edge: where a standing object touches the ground.
    pub fn foot(&self) -> FramePoint {
        FramePoint { x: (self.x0 + self.x1) / 2.0, y: self.y1 }
    }

    /// Intersection over union, in `[0, 1]`; two empty boxes score 0.
    pub fn iou(&self, other: &Self) -> f32 {
        let width = self.x1.min(other.x1) - self.x0.max(other.x0);
        let height = self.y1.min(other.y1) - self.y0.max(other.y0);
        // Clamp each side first: two negative sides would multiply to a positive overlap.
        let shared = width.max(0.0) * height.max(0.0);
        let union = self.area() + other.area() - shared;
        if 0.0 < union { shared / union } else { 0.0 }
    }

    /// The part of the box inside a frame of `size`; empty boxes stay on the border.
    #[must_use]
    pub fn clipped(&self, size: SizePx) -> Self {
        let (width, height) = (size.width as f32, size.height as f32);
        Self {
            x0: self.x0.clamp(0.0, width),
            y0: self.y0.clamp(0.0, height),
            x1: self.x1.clamp(0.0, width),
            y1: self.y1.clamp(0.0, height),
        }
    }

    /// The box `dx` pixels further right and `dy` further down.
    #[must_use]
    pub fn moved(&self, dx: f32, dy: f32) -> Self {
        Self { x0: self.x0 + dx, y0: self.y0 + dy, x1: self.x1 + dx, y1: self.y1 + dy }
    }

    /// The box grown about its centre by `factor` of its own width and height on each side.
    #[must_use]
    pub fn grown(&self, factor: f32) -> Self {
        let (dx, dy) = (self.width() * factor, self.height() * factor);
        Self { x0: self.x0 - dx, y0: self.y0 - dy, x1: self.x1 + dx, y1: self.y1 + dy }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_box() -> impl Strategy<Value = FrameBox> {
        (-500.0f32..500.0, -500.0f32..500.0, 0.0f32..300.0, 0.0f32..300.0)
            .prop_filter_map("finite", |(x, y, w, h)| FrameBox::new(x, y, x + w, y + h))
    }

    proptest! {
        #[test]
        fn iou_is_symmetric_and_in_unit_range(a in any_box(), b in any_box()) {
            let iou = a.iou(&b);
            prop_assert!((0.0..=1.0).contains(&iou));
            prop_assert_eq!(iou, b.iou(&a));
        }
    }

    #[test]
    fn boxes_apart_on_both_axes_do_not_overlap() {
        let a = FrameBox::new(0.0, 0.0, 10.0, 10.0).expect("valid");
        let b = FrameBox::new(20.0, 20.0, 30.0, 30.0).expect("valid");
        assert_eq!(a.iou(&b), 0.0);
    }

    #[test]
    fn swapped_and_non_finite_edges_are_refused() {
        assert!(FrameBox::new(5.0, 0.0, 1.0, 1.0).is_none());
        assert!(FrameBox::new(f32::NAN, 0.0, 1.0, 1.0).is_none());
        assert!(FrameBox::new(0.0, 0.0, f32::INFINITY, 1.0).is_none());
    }
}
