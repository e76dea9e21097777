use serde::{Deserialize, Serialize};

/// Covariance of a position and its velocity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Covariance {
    pub(super) position: f64,
    /// Between the two.
    pub(super) cross: f64,
    pub(super) velocity: f64,
}

/// How much of what an observation differs by goes into the estimate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gain {
    pub(super) position: f64,
    pub(super) velocity: f64,
}

impl Covariance {
    /// Of a start with nothing known about how the two go together.
    pub(super) fn starting_at(position: f64, velocity: f64) -> Self {
        Self { position, cross: 0.0, velocity }
    }

    /// After a time `dt` of constant velocity, with the `noise` that came in meanwhile.
    pub(super) fn predict(&mut self, dt: f64, noise: Self) {
        self.position += 2.0 * dt * self.cross + dt * dt * self.velocity;
        self.position += noise.position;
        self.cross += dt * self.velocity + noise.cross;
        self.velocity += noise.velocity;
    }

    /// After an observation of the position with the variance `observation`.
    pub(super) fn correct(&mut self, observation: f64) -> Gain {
        let innovation = self.position + observation;
        let gain = Gain { position: self.position / innovation, velocity: self.cross / innovation };
        self.velocity -= gain.velocity * self.cross;
        self.cross *= 1.0 - gain.position;
        self.position *= 1.0 - gain.position;
        gain
    }

    /// Of the same two in a unit `scale` times as small.
    pub(super) fn scaled(self, scale: f64) -> Self {
        let square = scale * scale;
        Self {
            position: self.position * square,
            cross: self.cross * square,
            velocity: self.velocity * square,
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        self.cross.is_finite()
            && [self.position, self.velocity].iter().all(|variance| variance.is_finite() && 0.0 <= *variance)
    }
}
