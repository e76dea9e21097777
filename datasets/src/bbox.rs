use serde::{Deserialize, Serialize};

/// Axis-aligned box in frame pixels as ground truth and results files write it: origin top-left, x right, y down.
///
/// `f64`, because scores are held to their reference implementations to the ninth digit. Edges are continuous: the area
/// is `width * height`, with no `+ 1`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoxPx {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// To the right, not negative.
    pub width: f64,
    /// Downwards, not negative.
    pub height: f64,
}

impl BoxPx {
    /// In square pixels.
    pub fn area(&self) -> f64 {
        self.width * self.height
    }

    /// Area shared with `other`, in square pixels.
    pub fn intersection(&self, other: &Self) -> f64 {
        let width = (self.left + self.width).min(other.left + other.width) - self.left.max(other.left);
        let height = (self.top + self.height).min(other.top + other.height) - self.top.max(other.top);
        // Clamp each side first: two negative sides would multiply to a positive overlap.
        width.max(0.0) * height.max(0.0)
    }

    /// Intersection over union, in `[0, 1]`; two empty boxes score 0.
    pub fn iou(&self, other: &Self) -> f64 {
        let shared = self.intersection(other);
        let union = self.area() + other.area() - shared;
        if 0.0 < union { shared / union } else { 0.0 }
    }
}
