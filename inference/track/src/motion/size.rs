//! Centre, width and height, each with a constant velocity.
//!
//! The noises grow with the size of the object, as in ByteTrack (Zhang et al., 2022), whose figures per frame at 30
//! frames a second are turned into figures per second here, so that the filter takes frames at any interval.

use serde::{Deserialize, Serialize};
use vision::FrameBox;

use super::{Covariance, centre_and_sides};
use crate::CameraMotion;

/// Standard deviation of an observed coordinate, in object sizes.
const OBSERVATION: f64 = 1.0 / 20.0;
/// Spectral density of the position's own random walk, in sizes² per second.
const WALK: f64 = 30.0 / (20.0 * 20.0);
/// Spectral density of the random acceleration, in sizes² per second³.
const ACCELERATION: f64 = 30.0 * 30.0 * 30.0 / (160.0 * 160.0);
/// Standard deviation of the unknown first velocity, in sizes per second.
const FIRST_VELOCITY: f64 = 10.0 * 30.0 / 160.0;
/// No estimate is narrower or lower than this, in pixels.
const LEAST_SIDE_PX: f64 = 1.0;

/// Frame pixels and seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SizeMotion {
    /// Centre x, centre y, width, height.
    position: [f64; 4],
    velocity: [f64; 4],
    /// Of each of the four: their noises are the same.
    covariance: Covariance,
}

impl SizeMotion {
    pub(super) fn starting_at(bbox: &FrameBox) -> Self {
        let position = centre_and_sides(bbox);
        let size = (position[2] + position[3]) / 2.0;
        let covariance =
            Covariance::starting_at((2.0 * OBSERVATION * size).powi(2), (FIRST_VELOCITY * size).powi(2));
        Self { position, velocity: [0.0; 4], covariance }
    }

    pub(super) fn predict(&mut self, dt_s: f64) {
        let square = self.size() * self.size();
        let (walk, acceleration) = (WALK * square, ACCELERATION * square);
        for (position, velocity) in self.position.iter_mut().zip(self.velocity) {
            *position += velocity * dt_s;
        }
        self.covariance.predict(
            dt_s,
            Covariance {
                position: walk * dt_s + acceleration * dt_s.powi(3) / 3.0,
                cross: acceleration * dt_s * dt_s / 2.0,
                velocity: acceleration * dt_s,
            },
        );
    }

    pub(super) fn correct(&mut self, bbox: &FrameBox) {
        let gain = self.covariance.correct((OBSERVATION * self.size()).powi(2));
        let estimates = self.position.iter_mut().zip(&mut self.velocity);
        for ((position, velocity), observed) in estimates.zip(centre_and_sides(bbox)) {
            let innovation = observed - *position;
            *position += gain.position * innovation;
            *velocity += gain.velocity * innovation;
        }
    }

    /// From now on the size stays as it is: an unseen object that went on growing or shrinking would swallow the
    /// picture or vanish.
    pub(super) fn hold_size(&mut self) {
        self.velocity[2..].fill(0.0);
    }

    pub(super) fn moved(&mut self, camera: &CameraMotion) {
        let zoom = camera.zoom();
        let ([x, y, width, height], [vx, vy, v_width, v_height]) = (self.position, self.velocity);
        let ([x, y], [vx, vy]) = (camera.place([x, y]), camera.velocity([vx, vy]));
        self.position = [x, y, width * zoom, height * zoom];
        self.velocity = [vx, vy, v_width * zoom, v_height * zoom];
        self.covariance = self.covariance.scaled(zoom);
    }

    pub(super) fn centre_and_sides(&self) -> [f64; 4] {
        let [x, y, width, height] = self.position;
        [x, y, width.max(LEAST_SIDE_PX), height.max(LEAST_SIDE_PX)]
    }

    pub(super) fn is_sound(&self) -> bool {
        self.position.iter().chain(&self.velocity).all(|number| number.is_finite())
            && self.covariance.is_sound()
    }

    fn size(&self) -> f64 {
        let [_, _, width, height] = self.centre_and_sides();
        (width + height) / 2.0
    }
}
