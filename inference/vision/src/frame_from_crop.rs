use crate::homography::homography;
use crate::projective::Projective;
use crate::similarity::Similarity;
use crate::{FramePoint, SizePx};

/// Position in the pixels of a warped crop: origin top-left, x right, y down, continuous, so that the centre of the
/// first pixel is `(0.5, 0.5)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CropPoint {
    /// Pixels from the left edge.
    pub x: f32,
    /// Pixels from the top edge.
    pub y: f32,
}

/// Where in the frame each place of a warped crop lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameFromCrop(Projective);

impl FrameFromCrop {
    /// The map that makes a crop of `size` out of the quadrangle with `corners`, which are top left, top right, bottom
    /// right and bottom left as the crop shows them.
    ///
    /// `None` when `size` has no pixels or the corners are not those of a convex quadrangle, clockwise in the frame: the
    /// crop would be mirrored or folded.
    pub fn of_corners(corners: &[FramePoint; 4], size: SizePx) -> Option<Self> {
        if size.is_empty() || !is_convex_and_clockwise(corners) {
            return None;
        }
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        let rectangle = [[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]];
        homography(&rectangle, &corners.map(pair)).map(Self)
    }

    /// The map that brings the points `found` in a frame nearest to the places of `template` in the crop, by shift, turn
    /// and scale alone. What is least is the sum of squared distances in the crop.
    ///
    /// Both sides count alike: for a template that counts from the centres of pixels, as OpenCV does, either take half a
    /// pixel as added to the points as well, or add it to the template.
    ///
    /// `None` when the points of one side fall together, or one is not finite.
    pub fn aligning<const N: usize>(template: &[CropPoint; N], found: &[FramePoint; N]) -> Option<Self> {
        let template = template.map(|point| [f64::from(point.x), f64::from(point.y)]);
        Similarity::fit(&found.map(pair), &template)?.inverse().map(Self)
    }

    /// The affine map with these rows: `x = a · crop_x + b · crop_y + c`, and `y` likewise; `None` when a number is not
    /// finite.
    pub fn affine(rows: [[f64; 3]; 2]) -> Option<Self> {
        let [row_x, row_y] = rows;
        Projective::new([row_x, row_y, [0.0, 0.0, 1.0]]).map(Self)
    }

    /// The place of `point` in the frame, which may lie outside it; `None` for what the map puts beyond its horizon.
    pub fn apply(&self, point: CropPoint) -> Option<FramePoint> {
        let (x, y) = self.place(f64::from(point.x), f64::from(point.y))?;
        Some(FramePoint { x: x as f32, y: y as f32 })
    }

    pub(crate) fn place(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        self.0.apply(x, y)
    }
}

/// The corners with each distance from their centre taken `factor` times; 1.08 takes in 8 % more of what is around.
pub fn grown_corners(corners: &[FramePoint; 4], factor: f32) -> [FramePoint; 4] {
    let sum = corners.iter().fold((0.0, 0.0), |sum, corner| (sum.0 + corner.x, sum.1 + corner.y));
    let (x, y) = (sum.0 / 4.0, sum.1 / 4.0);
    corners.map(|corner| FramePoint { x: x + (corner.x - x) * factor, y: y + (corner.y - y) * factor })
}

fn pair(point: FramePoint) -> [f64; 2] {
    [f64::from(point.x), f64::from(point.y)]
}

fn is_convex_and_clockwise(corners: &[FramePoint; 4]) -> bool {
    let corners = corners.map(pair);
    (0..4).all(|index| {
        let [a, b, c] = [0, 1, 2].map(|step| corners[(index + step) % 4]);
        // y points down, so that a clockwise turn is positive; a corner that is not a number fails.
        0.0 < (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points<const N: usize>(points: [(f32, f32); N]) -> [FramePoint; N] {
        points.map(|(x, y)| FramePoint { x, y })
    }

    #[test]
    fn corners_of_the_crop_are_corners_in_the_frame() {
        let corners = points([(100.0, 50.0), (180.0, 40.0), (190.0, 70.0), (98.0, 84.0)]);
        let map = FrameFromCrop::of_corners(&corners, SizePx::new(128, 64)).expect("convex");
        for ((x, y), corner) in
            [(0.0, 0.0), (128.0, 0.0), (128.0, 64.0), (0.0, 64.0)].into_iter().zip(corners)
        {
            let place = map.apply(CropPoint { x, y }).expect("in front");
            assert!((place.x - corner.x).abs() < 1e-4 && (place.y - corner.y).abs() < 1e-4, "{place:?}");
        }
    }

    #[test]
    fn corners_that_would_mirror_or_fold_the_crop_are_refused() {
        let size = SizePx::new(94, 24);
        for corners in [
            [(0.0, 0.0), (0.0, 10.0), (30.0, 10.0), (30.0, 0.0)],
            [(0.0, 0.0), (30.0, 10.0), (30.0, 0.0), (0.0, 10.0)],
            [(0.0, 0.0), (30.0, 0.0), (5.0, 2.0), (0.0, 10.0)],
            [(0.0, 0.0), (15.0, 0.0), (30.0, 0.0), (0.0, 10.0)],
            [(0.0, 0.0), (f32::NAN, 0.0), (30.0, 10.0), (0.0, 10.0)],
            [(0.0, 0.0), (f32::INFINITY, 0.0), (30.0, 10.0), (0.0, 10.0)],
        ] {
            assert_eq!(FrameFromCrop::of_corners(&points(corners), size), None, "{corners:?}");
        }
        let sound = points([(0.0, 0.0), (30.0, 0.0), (30.0, 10.0), (0.0, 10.0)]);
        assert_eq!(FrameFromCrop::of_corners(&sound, SizePx::new(94, 0)), None);
    }

    #[test]
    fn corners_grow_about_their_centre() {
        let corners = points([(10.0, 10.0), (30.0, 10.0), (30.0, 20.0), (10.0, 20.0)]);
        let grown = grown_corners(&corners, 1.5);
        assert_eq!(grown, points([(5.0, 7.5), (35.0, 7.5), (35.0, 22.5), (5.0, 22.5)]));
    }
}
