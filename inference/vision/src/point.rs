use crate::SizePx;

/// Position in frame pixels: origin top-left, x right, y down, continuous.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FramePoint {
    /// Pixels from the left edge.
    pub x: f32,
    /// Pixels from the top edge.
    pub y: f32,
}

/// Position in the pixels of a model's input, as a head decodes it.
///
/// It has no conversion but [`crate::FrameFromInput::point`], which also checks it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputPoint {
    /// Pixels from the left edge.
    pub x: f32,
    /// Pixels from the top edge.
    pub y: f32,
}

/// Position as a fraction of the frame: `(0, 0)` top-left, `(1, 1)` bottom-right.
///
/// Zones and lines are written in this space, so that they survive a change of the camera's resolution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormPoint {
    /// Fraction of the width.
    pub x: f32,
    /// Fraction of the height.
    pub y: f32,
}

impl NormPoint {
    /// The same place in a frame of `size`.
    pub fn in_frame(self, size: SizePx) -> FramePoint {
        FramePoint { x: self.x * size.width as f32, y: self.y * size.height as f32 }
    }
}

impl FramePoint {
    /// The same place as a fraction of a frame of `size`.
    pub fn normalised(self, size: SizePx) -> NormPoint {
        NormPoint { x: self.x / size.width as f32, y: self.y / size.height as f32 }
    }
}
