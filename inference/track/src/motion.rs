//! Where an object will be: a Kalman filter with constant velocity on the centre, width and height of its box.
//!
//! The noises grow with the size of the object, as in ByteTrack (Zhang et al., 2022), whose figures per frame at 30
//! frames a second are turned into figures per second here, so that the filter takes frames at any interval. All
//! noises are independent between the four coordinates, therefore the eight-dimensional filter is exactly four
//! filters of two dimensions, and no matrix is needed.

use vision::FrameBox;

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

/// The estimated box and its motion, in frame pixels and seconds.
#[derive(Clone, Debug)]
pub(crate) struct Motion {
    centre_x: Axis,
    centre_y: Axis,
    width: Axis,
    height: Axis,
}

impl Motion {
    /// Motion of an object first seen at `bbox`, at rest as far as anyone knows.
    pub(crate) fn starting_at(bbox: &FrameBox) -> Self {
        let [centre_x, centre_y, width, height] = coordinates(bbox);
        let size = (width + height) / 2.0;
        Self {
            centre_x: Axis::starting_at(centre_x, size),
            centre_y: Axis::starting_at(centre_y, size),
            width: Axis::starting_at(width, size),
            height: Axis::starting_at(height, size),
        }
    }

    /// Moves the estimate `dt_s` seconds on.
    pub(crate) fn predict(&mut self, dt_s: f64) {
        let size = self.size();
        for axis in self.axes() {
            axis.predict(dt_s, size);
        }
    }

    /// Takes in where the object was observed.
    pub(crate) fn correct(&mut self, bbox: &FrameBox) {
        let size = self.size();
        for (axis, observed) in self.axes().into_iter().zip(coordinates(bbox)) {
            axis.correct(observed, size);
        }
    }

    /// From now on the size stays as it is: an unseen object that went on growing or shrinking would swallow the
    /// picture or vanish.
    pub(crate) fn hold_size(&mut self) {
        self.width.velocity = 0.0;
        self.height.velocity = 0.0;
    }

    /// The estimated box, or `None` when it is outside what a box can hold.
    pub(crate) fn bbox(&self) -> Option<FrameBox> {
        let (half_width, half_height) = (self.side(&self.width) / 2.0, self.side(&self.height) / 2.0);
        let (x, y) = (self.centre_x.position, self.centre_y.position);
        FrameBox::new(
            (x - half_width) as f32,
            (y - half_height) as f32,
            (x + half_width) as f32,
            (y + half_height) as f32,
        )
    }

    fn axes(&mut self) -> [&mut Axis; 4] {
        [&mut self.centre_x, &mut self.centre_y, &mut self.width, &mut self.height]
    }

    fn side(&self, axis: &Axis) -> f64 {
        axis.position.max(LEAST_SIDE_PX)
    }

    fn size(&self) -> f64 {
        (self.side(&self.width) + self.side(&self.height)) / 2.0
    }
}

fn coordinates(bbox: &FrameBox) -> [f64; 4] {
    let centre = bbox.centre();
    [centre.x, centre.y, bbox.width(), bbox.height()].map(f64::from)
}

/// Position and velocity of one coordinate with their covariance.
#[derive(Clone, Debug)]
struct Axis {
    position: f64,
    velocity: f64,
    var_position: f64,
    covariance: f64,
    var_velocity: f64,
}

impl Axis {
    fn starting_at(position: f64, size: f64) -> Self {
        Self {
            position,
            velocity: 0.0,
            var_position: (2.0 * OBSERVATION * size).powi(2),
            covariance: 0.0,
            var_velocity: (FIRST_VELOCITY * size).powi(2),
        }
    }

    fn predict(&mut self, dt: f64, size: f64) {
        let (walk, acceleration) = (WALK * size * size, ACCELERATION * size * size);
        self.position += self.velocity * dt;
        self.var_position += 2.0 * dt * self.covariance + dt * dt * self.var_velocity;
        self.var_position += walk * dt + acceleration * dt.powi(3) / 3.0;
        self.covariance += dt * self.var_velocity + acceleration * dt * dt / 2.0;
        self.var_velocity += acceleration * dt;
    }

    fn correct(&mut self, observed: f64, size: f64) {
        let innovation = observed - self.position;
        let var_innovation = self.var_position + (OBSERVATION * size).powi(2);
        let (gain, velocity_gain) = (self.var_position / var_innovation, self.covariance / var_innovation);
        self.position += gain * innovation;
        self.velocity += velocity_gain * innovation;
        self.var_velocity -= velocity_gain * self.covariance;
        self.covariance *= 1.0 - gain;
        self.var_position *= 1.0 - gain;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f32) -> FrameBox {
        FrameBox::new(x, 100.0, x + 40.0, 200.0).expect("valid")
    }

    /// 60 px/s to the right, seen at these times.
    fn follow(times_s: &[f64]) -> Motion {
        let mut motion = Motion::starting_at(&at(0.0));
        for pair in times_s.windows(2) {
            motion.predict(pair[1] - pair[0]);
            motion.correct(&at(60.0 * pair[1] as f32));
        }
        motion
    }

    #[test]
    fn velocity_is_learned_at_any_frame_interval() {
        let even: Vec<f64> = (0..=20).map(|i| f64::from(i) * 0.1).collect();
        let uneven: Vec<f64> = (0..=20).map(|i| f64::from(i) * 0.1 + f64::from(i % 3) * 0.03).collect();
        for times in [even, uneven] {
            let mut motion = follow(&times);
            let last_s = times[20];
            motion.predict(0.5);
            let expected = 60.0 * (last_s as f32 + 0.5);
            let x0 = motion.bbox().expect("finite").x0();
            assert!((x0 - expected).abs() < 2.0, "{x0} instead of {expected}");
        }
    }

    #[test]
    fn no_time_moves_nothing() {
        let mut motion = follow(&[0.0, 0.1, 0.2, 0.3]);
        let before = motion.bbox();
        motion.predict(0.0);
        assert_eq!(motion.bbox(), before);
    }

    #[test]
    fn a_shrinking_box_never_turns_inside_out() {
        let mut motion = Motion::starting_at(&at(0.0));
        motion.predict(0.1);
        motion.correct(&FrameBox::new(10.0, 140.0, 14.0, 150.0).expect("valid"));
        motion.predict(30.0);
        let bbox = motion.bbox().expect("finite");
        assert!(0.9 < bbox.width() && 0.9 < bbox.height(), "{bbox:?}");
    }
}
