//! Where a camera sees a plate: a pinhole's view of a plane.

use vision::{Projective, homography};

use super::canvas::{Canvas, mix};
use super::chance::Chance;
use crate::degrade::math::{cos_turns, sin_turns};

/// Corners in the order upper left, upper right, lower right, lower left of the plate as it is read; pixels of the
/// picture, edges continuous, y down.
pub type Corners = [[f64; 2]; 4];

/// Angles in degrees, distance in widths of the plate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pose {
    pub(super) yaw: f64,
    pub(super) pitch: f64,
    pub(super) roll: f64,
    pub(super) distance: f64,
}

impl Pose {
    /// Yaw within 45°, pitch within 30°, roll within 10°, most of them much less; 6 to 40 widths away.
    pub(super) fn drawn(chance: &mut Chance) -> Self {
        // The product of two uniform numbers: more of the small ones.
        let mut within = |limit: f64| limit * chance.between(-1.0, 1.0) * chance.unit();
        let (yaw, pitch, roll) = (within(45.0), within(30.0), within(10.0));
        Self { yaw, pitch, roll, distance: chance.between(6.0, 40.0) }
    }

    /// As seen with all angles times `by`.
    pub(super) fn scaled(&self, by: f64) -> Self {
        Self { yaw: self.yaw * by, pitch: self.pitch * by, roll: self.roll * by, ..*self }
    }

    /// A part `way`, 0 to 1, of the way to `other`.
    pub(super) fn towards(&self, other: &Self, way: f64) -> Self {
        let between = |from: f64, to: f64| from + (to - from) * way;
        Self {
            yaw: between(self.yaw, other.yaw),
            pitch: between(self.pitch, other.pitch),
            roll: between(self.roll, other.roll),
            distance: between(self.distance, other.distance),
        }
    }

    /// Each angle up to 1.5° elsewhere.
    pub(super) fn shaken(&self, chance: &mut Chance) -> Self {
        let mut near = |angle: f64| angle + chance.between(-1.5, 1.5);
        Self { yaw: near(self.yaw), pitch: near(self.pitch), roll: near(self.roll), ..*self }
    }

    /// Corners of a plate of `size` millimetres, its centre at the origin, `width_px` wide if seen from in front.
    pub(super) fn corners(&self, (width, height): (f64, f64), width_px: f64) -> Corners {
        let [yaw, pitch, roll] = [self.yaw, self.pitch, self.roll].map(|degrees| degrees / 360.0);
        let away = self.distance * width;
        [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(|(right, down)| {
            let (x, y) = (right * width / 2.0, down * height / 2.0);
            // About the vertical, the horizontal, the optical axis, in this order.
            let (x, z) = (x * cos_turns(yaw), x * sin_turns(yaw));
            let (y, z) =
                (y * cos_turns(pitch) - z * sin_turns(pitch), y * sin_turns(pitch) + z * cos_turns(pitch));
            let (x, y) =
                (x * cos_turns(roll) - y * sin_turns(roll), x * sin_turns(roll) + y * cos_turns(roll));
            let scale = width_px / width * away / (away + z);
            [x * scale, y * scale]
        })
    }
}

/// Bounds of `corners`: left, top, right, bottom.
pub(super) fn bounds(corners: &Corners) -> [f64; 4] {
    let low = |axis: usize| corners.iter().map(|corner| corner[axis]).fold(f64::INFINITY, f64::min);
    let high = |axis: usize| corners.iter().map(|corner| corner[axis]).fold(f64::NEG_INFINITY, f64::max);
    [low(0), low(1), high(0), high(1)]
}

/// Pastes `flat` into `picture` so that its corners come to `corners`, each pixel the mean of four places of it. `cover`,
/// of the size of `flat`, tells where it is opaque; without it is so everywhere. `None` when the corners are no
/// quadrilateral.
pub(super) fn paste(
    picture: &mut Canvas,
    flat: &Canvas,
    cover: Option<&Canvas>,
    corners: &Corners,
) -> Option<()> {
    let (width, height) = (flat.width as f64, flat.height as f64);
    let flat_from_picture = homography(corners, &[[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]])?;
    let [left, top, right, bottom] = bounds(corners);
    let columns = left.floor().max(0.0) as usize..(right.ceil().max(0.0) as usize).min(picture.width);
    for y in top.floor().max(0.0) as usize..(bottom.ceil().max(0.0) as usize).min(picture.height) {
        for x in columns.clone() {
            let (mut sum, mut opaque) = ([0.0f32; 3], 0.0f32);
            for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
                let Some((u, v)) = flat_from_picture.apply(x as f64 + dx, y as f64 + dy) else { continue };
                if (0.0..width).contains(&u) && (0.0..height).contains(&v) {
                    let share = cover.map_or(1.0, |cover| cover.at(u, v)[0]);
                    let colour = flat.at(u, v);
                    sum = std::array::from_fn(|i| sum[i] + share * colour[i]);
                    opaque += share;
                }
            }
            if 0.0 < opaque {
                let colour = sum.map(|value| value / opaque);
                mix(&mut picture.pixels[y * picture.width + x], colour, opaque / 4.0);
            }
        }
    }
    Some(())
}

/// The map from a crop of `width` × `height` pixels to a picture in which its corners are at `corners`.
pub(super) fn picture_from_crop(corners: &Corners, width: f64, height: f64) -> Option<Projective> {
    homography(&[[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]], corners)
}
