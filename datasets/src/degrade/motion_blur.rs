use rand_chacha::rand_core::Rng;
use vision::SizePx;

use super::Effect;
use super::convolve::Kernel;
use super::key::{Key, to_unit};
use super::math::{cos_turns, sin_turns};
use super::raster::{Content, Raster};

/// Length of the path at strength 1, as a part of the picture's height.
const LENGTH: f64 = 0.06;

/// The mean along a straight path, in the same direction for the whole clip.
pub(super) struct MotionBlur {
    light: Kernel,
    chroma: Kernel,
}

impl MotionBlur {
    pub(super) fn new(strength: f64, key: &Key, size: SizePx) -> Self {
        let length = LENGTH * strength * f64::from(size.height);
        // A path is the same one backwards: half a turn holds all directions.
        let turns = 0.5 * to_unit(key.clip().next_u64());
        Self { light: path(length, turns), chroma: path(length / 2.0, turns) }
    }
}

impl Effect for MotionBlur {
    fn apply(&mut self, _: u64, raster: &mut Raster) {
        for plane in &mut raster.planes {
            match plane.content {
                Content::Light => self.light.apply(plane),
                Content::Chroma => self.chroma.apply(plane),
            }
        }
    }
}

/// A path of `length` samples through the middle, two points a sample.
fn path(length: f64, turns: f64) -> Kernel {
    let points = (2.0 * length).ceil().max(2.0) as u32;
    let point = |index: u32| {
        let along = length * ((f64::from(index) + 0.5) / f64::from(points) - 0.5);
        (along * cos_turns(turns), along * sin_turns(turns))
    };
    Kernel::mean_of(&(0..points).map(point).collect::<Vec<_>>())
}
