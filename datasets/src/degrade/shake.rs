use rand_chacha::rand_core::Rng;
use vision::SizePx;

use super::Effect;
use super::convolve::Kernel;
use super::key::{Key, to_unit};
use super::math::sin_turns;
use super::raster::{Content, Raster};

/// Furthest displacement along each axis at strength 1, as a part of the picture's height.
const REACH: f64 = 0.04;

/// Each axis swings in three ways: part of the reach, and shortest and longest period in frames.
const SWINGS: [(f64, f64, f64); 3] = [(0.55, 25.0, 60.0), (0.3, 9.0, 20.0), (0.15, 4.0, 8.0)];

/// The picture displaced as a whole, smoothly from frame to frame.
pub(super) struct Shake {
    /// Of x and of y.
    swings: [[Swing; 3]; 2],
}

struct Swing {
    /// In frame pixels.
    reach: f64,
    /// Turns per frame.
    rate: f64,
    phase: f64,
}

impl Shake {
    pub(super) fn new(strength: f64, key: &Key, size: SizePx) -> Self {
        let mut rng = key.clip();
        let mut unit = || to_unit(rng.next_u64());
        let whole = REACH * strength * f64::from(size.height);
        let mut axis = || {
            SWINGS.map(|(part, shortest, longest)| Swing {
                reach: whole * part,
                rate: 1.0 / (shortest + (longest - shortest) * unit()),
                phase: unit(),
            })
        };
        Self { swings: [axis(), axis()] }
    }

    /// Where frame `index` looks, in frame pixels to the right and below of where it should.
    fn displacement(&self, index: u64) -> (f64, f64) {
        let along = |swings: &[Swing; 3]| -> f64 {
            swings.iter().map(|swing| swing.reach * sin_turns(swing.rate * index as f64 + swing.phase)).sum()
        };
        (along(&self.swings[0]), along(&self.swings[1]))
    }
}

impl Effect for Shake {
    fn apply(&mut self, index: u64, raster: &mut Raster) {
        let (x, y) = self.displacement(index);
        for plane in &mut raster.planes {
            let point = match plane.content {
                Content::Light => (x, y),
                Content::Chroma => (x / 2.0, y / 2.0),
            };
            Kernel::mean_of(&[point]).apply(plane);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    #[test]
    fn the_camera_stays_within_reach_and_makes_no_jumps() {
        let shake = Shake::new(1.0, &Key::new(5, "clip", Kind::Shake), SizePx::new(768, 432));
        let reach = REACH * 432.0;
        let (mut furthest, mut before) = (0f64, shake.displacement(0));
        for index in 1..2000 {
            let now = shake.displacement(index);
            furthest = furthest.max(now.0.abs()).max(now.1.abs());
            assert!((now.0 - before.0).abs() < 0.6 * reach && (now.1 - before.1).abs() < 0.6 * reach);
            before = now;
        }
        assert!(0.7 * reach < furthest && furthest <= reach, "{furthest} of {reach}");
    }
}
