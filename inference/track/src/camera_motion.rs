use vision::FrameBox;

/// How the picture moved from the frame before to the one at hand because the camera did: shift, turn and zoom.
///
/// A place at `(x, y)` of the frame before, in frame pixels, is at `(a·x − b·y + dx, b·x + a·y + dy)` now. These four
/// degrees of freedom are those of BoT-SORT's camera-motion compensation (Aharon et al., 2022). A general affine map
/// would have two more, for a shear that a camera does not make, and the estimates of x and y would no longer be
/// independent of each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CameraMotion {
    /// `[a, b]`: the zoom times the cosine and the sine of the turn.
    factor: [f64; 2],
    /// `[dx, dy]` in frame pixels.
    shift: [f64; 2],
}

impl CameraMotion {
    /// Largest change of scale between two frames that is still the same scene.
    pub const MAX_ZOOM: f64 = 4.0;

    /// The motion with `factor` `[a, b]` and `shift` `[dx, dy]` in frame pixels; `None` when a number is not finite or
    /// the picture grows or shrinks more than [`CameraMotion::MAX_ZOOM`] times.
    pub fn new(factor: [f64; 2], shift: [f64; 2]) -> Option<Self> {
        let motion = Self { factor, shift };
        let zooms = 1.0 / Self::MAX_ZOOM..=Self::MAX_ZOOM;
        (shift.iter().all(|part| part.is_finite()) && zooms.contains(&motion.zoom())).then_some(motion)
    }

    /// How many times as large everything has become.
    pub fn zoom(&self) -> f64 {
        self.factor[0].hypot(self.factor[1])
    }

    /// Where a place of the frame before is now.
    pub(crate) fn place(&self, place: [f64; 2]) -> [f64; 2] {
        let [x, y] = self.velocity(place);
        [x + self.shift[0], y + self.shift[1]]
    }

    /// What a velocity in the frame before is now.
    pub(crate) fn velocity(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [a, b] = self.factor;
        [a * x - b * y, b * x + a * y]
    }

    /// The upright box with the centre and the size that an object in `bbox` has now; as it was where a box cannot hold
    /// it.
    pub fn bbox(&self, bbox: &FrameBox) -> FrameBox {
        let zoom = self.zoom();
        let centre = bbox.centre();
        let [x, y] = self.place([f64::from(centre.x), f64::from(centre.y)]);
        let (half_width, half_height) =
            (f64::from(bbox.width()) * zoom / 2.0, f64::from(bbox.height()) * zoom / 2.0);
        let edges = [x - half_width, y - half_height, x + half_width, y + half_height];
        let [x0, y0, x1, y1] = edges.map(|edge| edge as f32);
        FrameBox::new(x0, y0, x1, y1).unwrap_or(*bbox)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_turn_with_zoom_and_shift_maps_as_written() {
        let motion = CameraMotion::new([0.0, 2.0], [10.0, -5.0]).expect("sound");
        assert_eq!((motion.zoom(), motion.place([3.0, 1.0])), (2.0, [8.0, 1.0]));
        let bbox = FrameBox::new(0.0, 0.0, 4.0, 2.0).expect("valid");
        assert_eq!(motion.bbox(&bbox), FrameBox::new(4.0, -3.0, 12.0, 1.0).expect("valid"));
    }

    #[test]
    fn what_is_no_motion_of_a_camera_is_refused() {
        for (factor, shift) in [
            ([f64::NAN, 0.0], [0.0; 2]),
            ([1.0, 0.0], [f64::INFINITY, 0.0]),
            ([0.0, 0.0], [0.0; 2]),
            ([5.0, 0.0], [0.0; 2]),
        ] {
            assert_eq!(CameraMotion::new(factor, shift), None, "{factor:?} {shift:?}");
        }
    }
}
