use rand_chacha::rand_core::Rng;

use super::Effect;
use super::key::{Key, to_unit};
use super::math::sin_turns;
use super::raster::{Content, NEUTRAL, Raster};

/// Part of the light that the beat adds and takes away, at strength 1.
const BEAT: f64 = 0.3;

/// Turns of the beat from one frame to the next, least and most: what is left of the mains in the frame rate.
const TURNS_PER_FRAME: (f64, f64) = (0.07, 0.43);

/// Turns of the beat from the top of the picture to its bottom, least and most: a sensor that is read row by row.
const TURNS_PER_PICTURE: (f64, f64) = (0.4, 1.6);

/// Frames in which at most one lamp goes out and one headlight passes.
const BLOCK: u64 = 50;

/// Chance at strength 1 that a block has a lamp that goes out, and as much that it has a headlight.
const CHANCE: f64 = 0.6;

/// Shortest and longest time of either, in frames.
const LASTS: (f64, f64) = (2.0, 14.0);

/// Part of the light that is missing while the lamp is out, at strength 1.
const OUT: f64 = 0.6;

/// Part of the light that the headlight adds, at strength 1.
const GLARE: f64 = 0.8;

/// Lamps that beat with the mains, go out and come back, and headlights from outside of the picture.
pub(super) struct Flicker {
    key: Key,
    strength: f64,
    phase: f64,
    turns_per_frame: f64,
    turns_per_picture: f64,
}

impl Flicker {
    pub(super) fn new(strength: f64, key: Key) -> Self {
        let mut rng = key.clip();
        let mut between = |(least, most): (f64, f64)| least + (most - least) * to_unit(rng.next_u64());
        let (turns_per_frame, turns_per_picture) = (between(TURNS_PER_FRAME), between(TURNS_PER_PICTURE));
        Self { key, strength, phase: between((0.0, 1.0)), turns_per_frame, turns_per_picture }
    }

    /// Light of the whole frame `index` against that of a calm one.
    fn lamps(&self, index: u64) -> f64 {
        let mut rng = self.key.frame(index / BLOCK);
        let mut unit = || to_unit(rng.next_u64());
        let within = (index % BLOCK) as f64;
        let mut is_on_now = || {
            let happens = unit() < CHANCE * self.strength;
            let lasts = LASTS.0 + (LASTS.1 - LASTS.0) * unit();
            let begins = (BLOCK as f64 - lasts) * unit();
            happens && begins <= within && within < begins + lasts
        };
        let dark = if is_on_now() { 1.0 - OUT * self.strength } else { 1.0 };
        let glare = if is_on_now() { 1.0 + GLARE * self.strength } else { 1.0 };
        dark * glare
    }

    /// Light of a row that is `down` of the picture's height below the top.
    fn beat(&self, index: u64, down: f64) -> f64 {
        let turns = self.phase + self.turns_per_frame * index as f64 + self.turns_per_picture * down;
        1.0 + BEAT * self.strength * sin_turns(turns)
    }
}

impl Effect for Flicker {
    fn apply(&mut self, index: u64, raster: &mut Raster) {
        let (black, _) = raster.black_and_white();
        let lamps = self.lamps(index);
        for plane in &mut raster.planes {
            let (row_len, height) = (plane.row_len(), plane.height as f64);
            // Colour grows and fades with the light.
            let zero = i32::from(if plane.content == Content::Chroma { NEUTRAL } else { black });
            for (y, row) in plane.data.chunks_exact_mut(row_len).enumerate() {
                let gain = (256.0 * lamps * self.beat(index, y as f64 / height)).round() as i32;
                for sample in row {
                    let lit = zero + (((i32::from(*sample) - zero) * gain + 128) >> 8);
                    *sample = lit.clamp(0, 255) as u8;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    #[test]
    fn lamps_go_out_and_headlights_pass_now_and_then() {
        let flicker = Flicker::new(1.0, Key::new(5, "clip", Kind::Flicker));
        let lamps: Vec<f64> = (0..5000).map(|index| flicker.lamps(index)).collect();
        let share = |holds: &dyn Fn(f64) -> bool| {
            lamps.iter().filter(|&&light| holds(light)).count() as f64 / lamps.len() as f64
        };
        // Eight frames of fifty in three blocks of five, each.
        assert!((0.06..0.13).contains(&share(&|light| light < 0.9)), "{}", share(&|light| light < 0.9));
        assert!((0.06..0.13).contains(&share(&|light| 1.1 < light)), "{}", share(&|light| 1.1 < light));
    }

    #[test]
    fn the_beat_wanders_over_the_rows() {
        let flicker = Flicker::new(1.0, Key::new(5, "clip", Kind::Flicker));
        let rows = |index| (0..100).map(|y| flicker.beat(index, f64::from(y) / 100.0)).collect::<Vec<_>>();
        let (first, second) = (rows(0), rows(1));
        let spread = |rows: &[f64]| {
            rows.iter().copied().fold(f64::MIN, f64::max) - rows.iter().copied().fold(f64::MAX, f64::min)
        };
        assert!(0.15 < spread(&first), "{}", spread(&first));
        assert!(first.iter().zip(&second).any(|(first, second)| 0.05 < (first - second).abs()));
    }
}
