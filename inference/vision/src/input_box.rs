/// Axis-aligned box in the pixels of a model's input, as a head decodes it.
///
/// It has no conversion but [`crate::FrameFromInput::apply`], which also checks it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputBox {
    /// Left edge.
    pub x0: f32,
    /// Top edge.
    pub y0: f32,
    /// Right edge.
    pub x1: f32,
    /// Bottom edge.
    pub y1: f32,
}

impl InputBox {
    /// Intersection over union, in `[0, 1]`; empty or inverted boxes score 0.
    pub fn iou(&self, other: &Self) -> f32 {
        let width = self.x1.min(other.x1) - self.x0.max(other.x0);
        let height = self.y1.min(other.y1) - self.y0.max(other.y0);
        // Clamp each side first: two negative sides would multiply to a positive overlap.
        let shared = width.max(0.0) * height.max(0.0);
        let union = self.area() + other.area() - shared;
        if 0.0 < union { shared / union } else { 0.0 }
    }

    /// Area in square input pixels; 0 for an inverted box.
    pub fn area(&self) -> f32 {
        (self.x1 - self.x0).max(0.0) * (self.y1 - self.y0).max(0.0)
    }
}
