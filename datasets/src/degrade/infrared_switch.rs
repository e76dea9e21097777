use super::Effect;
use super::infrared::Infrared;
use super::key::Key;
use super::raster::{Content, NEUTRAL, Raster};

/// Frames between two switches.
const PERIOD: u64 = 100;

/// Frames in which the exposure finds its new value.
const SETTLES: u64 = 8;

/// Light in excess in the first frame after a switch, at strength 1; it falls to nothing in [`SETTLES`] frames.
const EXCESS: f64 = 1.5;

/// A camera that cannot decide between infrared, where it begins, and day: it switches over and back, too bright after
/// each switch.
pub(super) struct InfraredSwitch {
    infrared: Infrared,
    strength: f64,
}

impl InfraredSwitch {
    pub(super) fn new(strength: f64, key: Key) -> Self {
        Self { infrared: Infrared::new(strength, key), strength }
    }
}

impl Effect for InfraredSwitch {
    fn apply(&mut self, index: u64, raster: &mut Raster) {
        let (switches, since) = (index / PERIOD, index % PERIOD);
        if switches.is_multiple_of(2) {
            self.infrared.apply(index, raster);
        }
        // Nothing has switched yet.
        if switches == 0 || SETTLES <= since {
            return;
        }
        let excess = EXCESS * self.strength * (SETTLES - since) as f64 / SETTLES as f64;
        let gain = (256.0 * (1.0 + excess)).round() as i32;
        let (black, _) = raster.black_and_white();
        for plane in &mut raster.planes {
            let zero = i32::from(if plane.content == Content::Chroma { NEUTRAL } else { black });
            for sample in &mut plane.data {
                let lit = zero + (((i32::from(*sample) - zero) * gain + 128) >> 8);
                *sample = lit.clamp(0, 255) as u8;
            }
        }
    }
}
