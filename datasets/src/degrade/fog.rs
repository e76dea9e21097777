//! Koschmieder (Theorie der horizontalen Sichtweite, 1924): of the light of a thing at depth `d` the part
//! `t = exp(−β d)` arrives, and airlight fills the rest. It is applied to code values, as work on foggy road scenes
//! does.

use rand_chacha::rand_core::Rng;
use vision::SizePx;

use super::Effect;
use super::key::{Key, to_unit};
use super::math::exp;
use super::raster::{Content, NEUTRAL, Raster};

/// Optical depth `β d` at the top of the picture, at strength 1.
const DEPTH_AT_TOP: f64 = 3.6;

/// The depth at the bottom of the picture as a part of that at the top: the camera looks down on a plane.
const NEAREST: f64 = 0.15;

pub(super) struct Fog {
    /// Of each row of the frame, out of 256.
    transmission: Vec<u16>,
    /// In `[0, 1]`.
    airlight: f64,
}

impl Fog {
    pub(super) fn new(strength: f64, key: &Key, size: SizePx) -> Self {
        let mut rng = key.clip();
        let thickness = 0.9 + 0.2 * to_unit(rng.next_u64());
        let airlight = 0.78 + 0.12 * to_unit(rng.next_u64());
        let transmission = (0..size.height).map(|row| {
            let down = (f64::from(row) + 0.5) / f64::from(size.height);
            // A plane seen in perspective: depth is inverse to the distance from the horizon, here above the picture.
            let depth = 1.0 / (1.0 + down * (1.0 / NEAREST - 1.0));
            (256.0 * exp(-strength * thickness * DEPTH_AT_TOP * depth)).round() as u16
        });
        Self { transmission: transmission.collect(), airlight }
    }
}

impl Effect for Fog {
    fn apply(&mut self, _: u64, raster: &mut Raster) {
        let airlight = raster.code(self.airlight) as u16;
        for plane in &mut raster.planes {
            let (row_len, step) = (plane.row_len(), plane.frame_step());
            let goal = match plane.content {
                Content::Light => airlight,
                Content::Chroma => u16::from(NEUTRAL),
            };
            for (row, &transmission) in
                plane.data.chunks_exact_mut(row_len).zip(self.transmission.iter().step_by(step))
            {
                let filled = goal * (256 - transmission) + 128;
                for sample in row {
                    *sample = ((u16::from(*sample) * transmission + filled) >> 8) as u8;
                }
            }
        }
    }
}
