//! From the picture to the ground: four points whose place is known on both give metres everywhere on a flat ground.

use serde::{Deserialize, Serialize};
use vision::{FrameBox, NormPoint, Projective, SizePx};

use crate::SceneError;

/// A place on the ground in metres, in axes of the operator's choice.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroundPoint {
    /// Metres along the first axis.
    pub x: f32,
    /// Metres along the second axis, at a right angle to the first.
    pub y: f32,
}

/// An upright object's extent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SizeM {
    /// Metres across.
    pub width: f32,
    /// Metres from its foot to its top.
    pub height: f32,
}

/// A flat ground as one camera sees it: the plane's homography (R. Hartley and A. Zisserman, "Multiple View Geometry in
/// Computer Vision", 2nd edition, section 2.3).
///
/// Independent of the resolution. Lens distortion is not undone, and slopes are not known: metres are as good as the
/// ground is flat, and best between the four points.
#[derive(Clone, Debug, PartialEq)]
pub struct GroundPlane {
    /// From fractions of the frame, counted from `origin`, to metres.
    metres_from_image: Projective,
    /// The first of the image points. The last coefficient of a homography is set to one where the image has its origin,
    /// which therefore has to lie in front of the camera; the frame's corner is often in the sky.
    origin: NormPoint,
}

/// Three points count as on one line when the triangle between them is lower than this share of the longest distance
/// between any two: a lower one makes metres out of a pixel's error.
const FLAT: f64 = 0.01;

impl GroundPlane {
    /// The ground on which each of `image` lies at its counterpart in `ground`.
    ///
    /// # Errors
    /// [`SceneError::GroundPoint`], [`SceneError::GroundLine`] or [`SceneError::GroundOrder`].
    pub fn new(image: [NormPoint; 4], ground: [GroundPoint; 4]) -> Result<Self, SceneError> {
        let origin = image[0];
        let from = image.map(|point| {
            [f64::from(point.x) - f64::from(origin.x), f64::from(point.y) - f64::from(origin.y)]
        });
        let to = ground.map(|point| [f64::from(point.x), f64::from(point.y)]);
        check_corners("image", &from)?;
        check_corners("ground", &to)?;
        let metres_from_image =
            vision::homography(&from, &to).ok_or(SceneError::GroundOrder { first: 1, second: 2 })?;
        // The horizon must not run between the points: all of them are seen, so all lie on its near side.
        let beyond = from.iter().position(|&[x, y]| metres_from_image.apply(x, y).is_none());
        match beyond {
            Some(index) => Err(SceneError::GroundOrder { first: 1, second: index + 1 }),
            None => Ok(Self { metres_from_image, origin }),
        }
    }

    /// Where on the ground an object stands whose foot is at `foot`; `None` on the horizon and above it.
    pub fn metres_of(&self, foot: NormPoint) -> Option<GroundPoint> {
        let (x, y) = self.metres_from_image.apply(
            f64::from(foot.x) - f64::from(self.origin.x),
            f64::from(foot.y) - f64::from(self.origin.y),
        )?;
        let point = GroundPoint { x: x as f32, y: y as f32 };
        // So close to the horizon that its distance does not fit a number.
        (point.x.is_finite() && point.y.is_finite()).then_some(point)
    }

    /// Metres between two feet on the ground; `None` when one of them is not below the horizon.
    pub fn distance(&self, one: NormPoint, other: NormPoint) -> Option<f32> {
        Some(self.metres_of(one)?.distance(self.metres_of(other)?))
    }

    /// Metres across the picture that a pixel of a frame of size `frame` stands for, at the distance of `foot`.
    pub fn metres_per_pixel(&self, foot: NormPoint, frame: SizePx) -> Option<f32> {
        let half_px = 0.5 / frame.width as f32;
        let beside = |dx: f32| NormPoint { x: foot.x + dx, y: foot.y };
        let metres = self.distance(beside(-half_px), beside(half_px))?;
        // Half a pixel either way, less what rounding made of it.
        let px = (beside(half_px).x - beside(-half_px).x) * frame.width as f32;
        (0.0 < px).then_some(metres / px)
    }

    /// Size of the upright object in `bbox`, in a frame of size `frame`; `None` when its foot is not below the horizon.
    ///
    /// Takes the scale across the picture at the foot for the whole box: weak perspective (Hartley and Zisserman,
    /// section 6.3.1), for a camera that is not rolled. The height is off by the factor `cos δ / cos φ`, where `δ` is the
    /// angle by which the camera looks down at the object and `φ` the one between it and the row through the picture's
    /// middle: less than 10 % while both are below 25°. Where that is too much, single view metrology (A. Criminisi and
    /// others, 2000) needs the vertical vanishing point too.
    pub fn size_of(&self, bbox: &FrameBox, frame: SizePx) -> Option<SizeM> {
        let scale = self.metres_per_pixel(bbox.foot().normalised(frame), frame)?;
        Some(SizeM { width: bbox.width() * scale, height: bbox.height() * scale })
    }
}

impl GroundPoint {
    /// Metres to `other`.
    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

/// Four finite points no three of which are on a line.
fn check_corners(side: &'static str, corners: &[[f64; 2]; 4]) -> Result<(), SceneError> {
    if let Some(index) = corners.iter().position(|corner| !corner.iter().all(|number| number.is_finite())) {
        return Err(SceneError::GroundPoint { side, number: index + 1 });
    }
    let distance = |a: usize, b: usize| (corners[a][0] - corners[b][0]).hypot(corners[a][1] - corners[b][1]);
    let pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];
    let longest = pairs.iter().map(|&(a, b)| distance(a, b)).fold(0.0, f64::max);
    for points in [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]] {
        let [a, b, c] = points;
        let [[ax, ay], [bx, by], [cx, cy]] = points.map(|point| corners[point]);
        let twice_area = ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)).abs();
        let base = distance(a, b).max(distance(b, c)).max(distance(a, c));
        if twice_area <= FLAT * longest * base {
            return Err(SceneError::GroundLine { side, points: points.map(|point| point + 1) });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
