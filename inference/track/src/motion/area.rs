//! Centre and area with constant velocities, and the aspect ratio: SORT's state (Bewley et al., 2016).
//!
//! The noises are SORT's, in pixels and frames, and do not depend on the size of the object.

use serde::{Deserialize, Serialize};
use vision::FrameBox;

use super::{Covariance, centre_and_sides};
use crate::CameraMotion;

/// Variances of an observation: R = diag(1, 1, 10, 10).
const OBSERVED_CENTRE: f64 = 1.0;
const OBSERVED_SHAPE: f64 = 10.0;
/// Variances of the first estimate: P0 = diag(10, 10, 10, 10, 1e4, 1e4, 1e4).
const FIRST: f64 = 10.0;
const FIRST_VELOCITY: f64 = 1e4;
/// Variances added in a frame: Q = diag(1, 1, 1, 1, 0.01, 0.01, 1e-4).
const WALK: f64 = 1.0;
const CENTRE_VELOCITY_WALK: f64 = 0.01;
const AREA_VELOCITY_WALK: f64 = 1e-4;

/// Frame pixels and frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AreaMotion {
    centre: [f64; 2],
    centre_velocity: [f64; 2],
    /// Of x and of y: their noises are the same.
    centre_covariance: Covariance,
    /// In square pixels.
    area: f64,
    area_velocity: f64,
    area_covariance: Covariance,
    /// Width over height.
    aspect: f64,
    aspect_variance: f64,
}

impl AreaMotion {
    pub(super) fn starting_at(bbox: &FrameBox) -> Self {
        let [x, y, width, height] = centre_and_sides(bbox);
        let covariance = Covariance::starting_at(FIRST, FIRST_VELOCITY);
        Self {
            centre: [x, y],
            centre_velocity: [0.0; 2],
            centre_covariance: covariance,
            area: width * height,
            area_velocity: 0.0,
            area_covariance: covariance,
            aspect: width / height,
            aspect_variance: FIRST,
        }
    }

    pub(super) fn predict(&mut self, dt_frames: f64) {
        // An area that would vanish stays as it is.
        if self.area + self.area_velocity * dt_frames <= 0.0 {
            self.area_velocity = 0.0;
        }
        for (position, velocity) in self.centre.iter_mut().zip(self.centre_velocity) {
            *position += velocity * dt_frames;
        }
        self.area += self.area_velocity * dt_frames;
        let noise = |velocity_walk: f64| Covariance {
            position: WALK * dt_frames,
            cross: 0.0,
            velocity: velocity_walk * dt_frames,
        };
        self.centre_covariance.predict(dt_frames, noise(CENTRE_VELOCITY_WALK));
        self.area_covariance.predict(dt_frames, noise(AREA_VELOCITY_WALK));
        self.aspect_variance += WALK * dt_frames;
    }

    pub(super) fn correct(&mut self, bbox: &FrameBox) {
        let [x, y, width, height] = centre_and_sides(bbox);
        let gain = self.centre_covariance.correct(OBSERVED_CENTRE);
        for (axis, observed) in [x, y].into_iter().enumerate() {
            let innovation = observed - self.centre[axis];
            self.centre[axis] += gain.position * innovation;
            self.centre_velocity[axis] += gain.velocity * innovation;
        }
        let gain = self.area_covariance.correct(OBSERVED_SHAPE);
        let innovation = width * height - self.area;
        self.area += gain.position * innovation;
        self.area_velocity += gain.velocity * innovation;
        let gain = self.aspect_variance / (self.aspect_variance + OBSERVED_SHAPE);
        self.aspect += gain * (width / height - self.aspect);
        self.aspect_variance *= 1.0 - gain;
    }

    pub(super) fn moved(&mut self, camera: &CameraMotion) {
        let zoom = camera.zoom();
        self.centre = camera.place(self.centre);
        self.centre_velocity = camera.velocity(self.centre_velocity);
        self.centre_covariance = self.centre_covariance.scaled(zoom);
        self.area *= zoom * zoom;
        self.area_velocity *= zoom * zoom;
        self.area_covariance = self.area_covariance.scaled(zoom * zoom);
    }

    pub(super) fn centre_and_sides(&self) -> [f64; 4] {
        let [x, y] = self.centre;
        let width = (self.area * self.aspect).sqrt();
        [x, y, width, self.area / width]
    }

    pub(super) fn is_sound(&self) -> bool {
        let [[x, y], [vx, vy]] = [self.centre, self.centre_velocity];
        [x, y, vx, vy, self.area, self.area_velocity, self.aspect].iter().all(|number| number.is_finite())
            && self.centre_covariance.is_sound()
            && self.area_covariance.is_sound()
            && self.aspect_variance.is_finite()
            && 0.0 <= self.aspect_variance
    }
}
