use vision::{NormPoint, SizePx};

use crate::SceneError;

#[cfg(test)]
mod tests;

/// Semi-major axis of the WGS 84 ellipsoid, in metres.
const EQUATOR_M: f64 = 6_378_137.0;
/// Square of its first eccentricity.
const ECCENTRICITY_SQUARED: f64 = 6.694_379_990_14e-3;
/// A circle of so many standard deviations holds 95 % of a plane's normal distribution: the root of χ² with 2 degrees
/// of freedom, 5.991. Along the longest axis of the ellipse it holds more.
const SIGMAS_OF_95_PERCENT: f64 = 2.447_7;

/// A place on the earth: WGS 84, in degrees, north and east positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wgs84 {
    /// From -90 to 90.
    pub latitude_deg: f64,
    /// From -180 to 180.
    pub longitude_deg: f64,
}

/// Where a camera stands and looks, as a pinhole without distortion over level ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CameraPose {
    /// Where it stands.
    pub position: Wgs84,
    /// How high above the ground that it looks at, in metres.
    pub height_m: f64,
    /// Where its optical axis points, clockwise from true north, in degrees.
    pub heading_deg: f64,
    /// How far that axis points below the horizon, in degrees.
    pub tilt_deg: f64,
    /// Angle between the left and the right edge of its picture, in degrees.
    pub field_of_view_deg: f64,
    /// How well all this is known.
    pub uncertainty: PoseUncertainty,
}

/// Standard deviations of what is known of a camera, each independent of the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoseUncertainty {
    /// Of the position along each axis, in metres.
    pub position_m: f64,
    /// Of the height, in metres.
    pub height_m: f64,
    /// Of the heading, in degrees.
    pub heading_deg: f64,
    /// Of the tilt, in degrees.
    pub tilt_deg: f64,
    /// Of the field of view, in degrees.
    pub field_of_view_deg: f64,
    /// Of a point in the picture along each axis, in frame heights.
    pub point: f64,
}

impl Default for PoseUncertainty {
    /// A phone's position and compass, a height by measuring tape, a data sheet's lens, the jitter of a detector's box.
    fn default() -> Self {
        Self {
            position_m: 5.0,
            height_m: 0.2,
            heading_deg: 3.0,
            tilt_deg: 1.0,
            field_of_view_deg: 2.0,
            point: 0.01,
        }
    }
}

/// Where something stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Located {
    /// The place.
    pub position: Wgs84,
    /// Radius around it that holds the truth in at least 95 % of cases, in metres.
    pub uncertainty_m: f64,
    /// From the camera over the ground, in metres.
    pub distance_m: f64,
}

/// Metres on the ground from the point below the camera.
#[derive(Clone, Copy, Debug)]
struct Offset {
    east: f64,
    north: f64,
}

impl CameraPose {
    /// Refuses a pose that is none.
    ///
    /// # Errors
    /// [`SceneError::Pose`] with the first value out of its range.
    pub fn check(&self) -> Result<(), SceneError> {
        let Self { position, height_m, heading_deg, tilt_deg, field_of_view_deg, uncertainty } = *self;
        let deviation = |value: f64| (0.0..1e3).contains(&value);
        let values = [
            ("latitude_deg", position.latitude_deg, position.latitude_deg.abs() <= 90.0, "-90 to 90"),
            ("longitude_deg", position.longitude_deg, position.longitude_deg.abs() <= 180.0, "-180 to 180"),
            ("height_m", height_m, 0.0 < height_m && height_m <= 1e3, "above 0 to 1000"),
            ("heading_deg", heading_deg, (0.0..=360.0).contains(&heading_deg), "0 to 360"),
            ("tilt_deg", tilt_deg, (-45.0..=90.0).contains(&tilt_deg), "-45 to 90"),
            (
                "field_of_view_deg",
                field_of_view_deg,
                (1.0..180.0).contains(&field_of_view_deg),
                "1 to below 180",
            ),
            ("uncertainty.position_m", uncertainty.position_m, deviation(uncertainty.position_m), DEVIATION),
            ("uncertainty.height_m", uncertainty.height_m, deviation(uncertainty.height_m), DEVIATION),
            (
                "uncertainty.heading_deg",
                uncertainty.heading_deg,
                deviation(uncertainty.heading_deg),
                DEVIATION,
            ),
            ("uncertainty.tilt_deg", uncertainty.tilt_deg, deviation(uncertainty.tilt_deg), DEVIATION),
            (
                "uncertainty.field_of_view_deg",
                uncertainty.field_of_view_deg,
                deviation(uncertainty.field_of_view_deg),
                DEVIATION,
            ),
            ("uncertainty.point", uncertainty.point, deviation(uncertainty.point), DEVIATION),
        ];
        match values.into_iter().find(|&(_, _, holds, _)| !holds) {
            Some((name, actual, _, expected)) => Err(SceneError::Pose { name, actual, expected }),
            None => Ok(()),
        }
    }

    /// Where the ground at `point` of a picture of `frame` pixels is; `None` at the horizon, above it, and so near to it
    /// that a standard deviation of tilt, lens or point reaches over it: such a place may be anywhere.
    pub fn locate(&self, point: NormPoint, frame: SizePx) -> Option<Located> {
        let (x, y) = (f64::from(point.x), f64::from(point.y));
        let aspect = f64::from(frame.width) / f64::from(frame.height);
        let here = self.offset(x, y, aspect)?;
        let sigma = self.uncertainty;
        // Where the point would be if one value were a standard deviation more, and one less.
        let shifts = [
            (
                Self { height_m: self.height_m + sigma.height_m, ..*self }.offset(x, y, aspect)?,
                Self { height_m: (self.height_m - sigma.height_m).max(0.0), ..*self }.offset(x, y, aspect)?,
            ),
            self.around(|pose, way| pose.heading_deg += way * sigma.heading_deg, x, y, aspect)?,
            self.around(|pose, way| pose.tilt_deg += way * sigma.tilt_deg, x, y, aspect)?,
            self.around(
                |pose, way| {
                    let widest = 179.9;
                    let wide = pose.field_of_view_deg + way * sigma.field_of_view_deg;
                    pose.field_of_view_deg = wide.clamp(0.1, widest);
                },
                x,
                y,
                aspect,
            )?,
            (
                self.offset(x + sigma.point / aspect, y, aspect)?,
                self.offset(x - sigma.point / aspect, y, aspect)?,
            ),
            (self.offset(x, y + sigma.point, aspect)?, self.offset(x, y - sigma.point, aspect)?),
        ];
        let variance = sigma.position_m * sigma.position_m;
        let mut covariance = [variance, 0.0, variance];
        for (more, less) in shifts {
            let (east, north) = ((more.east - less.east) / 2.0, (more.north - less.north) / 2.0);
            covariance[0] += east * east;
            covariance[1] += east * north;
            covariance[2] += north * north;
        }
        Some(Located {
            position: self.position.moved(here),
            uncertainty_m: SIGMAS_OF_95_PERCENT * longest_axis(covariance).sqrt(),
            distance_m: here.east.hypot(here.north),
        })
    }

    fn around(
        &self,
        shift: impl Fn(&mut Self, f64),
        x: f64,
        y: f64,
        aspect: f64,
    ) -> Option<(Offset, Offset)> {
        let (mut more, mut less) = (*self, *self);
        shift(&mut more, 1.0);
        shift(&mut less, -1.0);
        Some((more.offset(x, y, aspect)?, less.offset(x, y, aspect)?))
    }

    /// Where the ray through a point of the picture meets the ground. Lengths in the picture are in frame heights.
    fn offset(&self, x: f64, y: f64, aspect: f64) -> Option<Offset> {
        let focal = aspect / 2.0 / (self.field_of_view_deg.to_radians() / 2.0).tan();
        let (right, below) = ((x - 0.5) * aspect, y - 0.5);
        let (sin_tilt, cos_tilt) = self.tilt_deg.to_radians().sin_cos();
        let down = focal * sin_tilt + below * cos_tilt;
        let ahead = focal * cos_tilt - below * sin_tilt;
        if down <= 0.0 {
            return None;
        }
        let scale = self.height_m / down;
        let (ahead, right) = (scale * ahead, scale * right);
        let (sin_heading, cos_heading) = self.heading_deg.to_radians().sin_cos();
        Some(Offset {
            east: ahead * sin_heading + right * cos_heading,
            north: ahead * cos_heading - right * sin_heading,
        })
    }
}

const DEVIATION: &str = "0 to below 1000";

impl Wgs84 {
    /// The place so far away, by the ellipsoid's radii of curvature here: right to a centimetre within some kilometres,
    /// except at the poles.
    fn moved(self, by: Offset) -> Self {
        let (sin, cos) = self.latitude_deg.to_radians().sin_cos();
        let flattening = 1.0 - ECCENTRICITY_SQUARED * sin * sin;
        let across = EQUATOR_M / flattening.sqrt();
        let along = across * (1.0 - ECCENTRICITY_SQUARED) / flattening;
        let longitude_deg = self.longitude_deg + (by.east / (across * cos)).to_degrees();
        Self {
            latitude_deg: self.latitude_deg + (by.north / along).to_degrees(),
            longitude_deg: (longitude_deg + 180.0).rem_euclid(360.0) - 180.0,
        }
    }
}

/// The larger eigenvalue of the symmetric matrix `[[a, b], [b, c]]`.
fn longest_axis([a, b, c]: [f64; 3]) -> f64 {
    f64::midpoint(a, c) + ((a - c) / 2.0).hypot(b)
}
