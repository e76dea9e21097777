//! Rain: drops that fall through the exposure leave bright streaks (Garg and Nayar, Vision and rain, IJCV 2007), and
//! what falls farther off is a veil.
//!
//! Streaks are drawn once, far and near ones on a sheet each, and each frame lays the sheets elsewhere: between two
//! frames of a camera a drop falls by more than the picture's height, so that no streak is seen twice.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use vision::SizePx;

use super::Effect;
use super::key::{Key, to_unit};
use super::math::{cos_turns, sin_turns};
use super::raster::{Content, NEUTRAL, Raster};

/// Light of a drop, which shows mostly sky, and of the veil.
const DROP: f64 = 0.82;
const VEIL: f64 = 0.6;

/// Part of the light that comes from the veil at strength 1.
const VEIL_SHARE: f64 = 0.3;

/// Steepest slant of a clip's rain, in turns off the vertical, and how far one drop departs from it.
const SLANT: f64 = 0.05;
const OWN_SLANT: f64 = 0.004;

/// Largest side of a sheet, which is repeated beyond.
const LARGEST_SHEET: usize = 1024;

/// Streaks of one distance. Lengths are parts of the picture's height, and ranges are uniform.
struct Distance {
    /// Streaks at strength 1 on a square of the picture's height.
    count: f64,
    length: (f64, f64),
    /// Half of the width.
    half_width: (f64, f64),
    /// Part of the light that comes from the drop, at the brightest place.
    opacity: (f64, f64),
}

const FAR: Distance =
    Distance { count: 1500.0, length: (0.02, 0.06), half_width: (0.0003, 0.0012), opacity: (0.12, 0.35) };
const NEAR: Distance =
    Distance { count: 160.0, length: (0.07, 0.2), half_width: (0.0012, 0.0032), opacity: (0.2, 0.55) };

pub(super) struct Rain {
    key: Key,
    sheets: [Sheet; 2],
    /// Out of 256.
    veil: u16,
    /// Of the streaks over each pixel of a row, out of 256.
    opacity: Vec<u16>,
}

/// Opacity of streaks, out of 255; repeats itself to all sides.
struct Sheet {
    side: usize,
    opacity: Vec<u8>,
}

impl Rain {
    pub(super) fn new(strength: f64, key: Key, size: SizePx) -> Self {
        let mut rng = key.clip();
        let slant = SLANT * (2.0 * to_unit(rng.next_u64()) - 1.0);
        let sheets = [FAR, NEAR].map(|distance| Sheet::drawn(&distance, strength, slant, size, &mut rng));
        let veil = (256.0 * VEIL_SHARE * strength).round() as u16;
        Self { key, sheets, veil, opacity: vec![0; size.width as usize] }
    }
}

impl Effect for Rain {
    fn apply(&mut self, index: u64, raster: &mut Raster) {
        let mut rng = self.key.frame(index);
        let places = [(); 2].map(|()| {
            let bits = rng.next_u64();
            (bits as u32 as usize, (bits >> 32) as usize)
        });
        let (veil_code, drop_code) = (raster.code(VEIL) as u16, raster.code(DROP) as u16);
        let neutral = u16::from(NEUTRAL);
        for y in 0..raster.size.height as usize {
            self.opacity.fill(0);
            for (sheet, place) in self.sheets.iter().zip(places) {
                sheet.lay(place, y, &mut self.opacity);
            }
            for plane in &mut raster.planes {
                let step = plane.frame_step();
                if !y.is_multiple_of(step) {
                    continue;
                }
                let (veil_goal, drop_goal) = match plane.content {
                    Content::Light => (veil_code, drop_code),
                    Content::Chroma => (neutral, neutral),
                };
                let (row_len, channels) = (plane.row_len(), plane.channels);
                let row = &mut plane.data[y / step * row_len..][..row_len];
                for (pixel, &opacity) in row.chunks_exact_mut(channels).zip(self.opacity.iter().step_by(step))
                {
                    for sample in pixel {
                        let veiled = mixed(u16::from(*sample), veil_goal, self.veil);
                        *sample = mixed(veiled, drop_goal, opacity) as u8;
                    }
                }
            }
        }
    }
}

/// `share` out of 256 of `goal`, the rest of `sample`.
fn mixed(sample: u16, goal: u16, share: u16) -> u16 {
    (sample * (256 - share) + goal * share + 128) >> 8
}

impl Sheet {
    fn drawn(distance: &Distance, strength: f64, slant: f64, size: SizePx, rng: &mut ChaCha8Rng) -> Self {
        let side = (size.width.max(size.height) as usize).clamp(64, LARGEST_SHEET).next_power_of_two();
        let mut sheet = Self { side, opacity: vec![0; side * side] };
        // On a crop of a few pixels a streak is still a streak.
        let height = f64::from(size.height).max(48.0);
        let count =
            (distance.count * strength * (side as f64 / height) * (side as f64 / height)).ceil() as u32;
        let mut between = |(low, high): (f64, f64)| low + (high - low) * to_unit(rng.next_u64());
        for _ in 0..count {
            let turns = slant + OWN_SLANT * between((-1.0, 1.0));
            sheet.draw(&Streak {
                x: between((0.0, side as f64)),
                y: between((0.0, side as f64)),
                length: height * between(distance.length),
                half_width: height * between(distance.half_width),
                opacity: 255.0 * between(distance.opacity),
                sine: sin_turns(turns),
                cosine: cos_turns(turns),
            });
        }
        sheet
    }

    fn draw(&mut self, streak: &Streak) {
        let reach = (streak.length + streak.half_width + 2.0).ceil() as i64;
        for down in -1..=reach {
            let y = streak.y.floor() + down as f64;
            // Where the streak's line crosses this row.
            let middle = streak.x + (y - streak.y) * streak.sine / streak.cosine;
            let half = (streak.half_width + 1.5).ceil();
            for right in -(half as i64)..=half as i64 {
                let x = middle.round() + right as f64;
                let opacity = streak.opacity_at(x - streak.x, y - streak.y) as u8;
                let place =
                    (y as i64 as usize & (self.side - 1)) * self.side + (x as i64 as usize & (self.side - 1));
                self.opacity[place] = self.opacity[place].max(opacity);
            }
        }
    }

    /// Adds to `opacity` what row `y` of the frame gets with the sheet's corner at `place`.
    fn lay(&self, place: (usize, usize), y: usize, opacity: &mut [u16]) {
        let mask = self.side - 1;
        let row = &self.opacity[(place.1.wrapping_add(y) & mask) * self.side..][..self.side];
        let mut start = place.0 & mask;
        let mut rest = opacity;
        while !rest.is_empty() {
            let (run, after) = rest.split_at_mut(rest.len().min(self.side - start));
            for (sum, &own) in run.iter_mut().zip(&row[start..]) {
                *sum = (*sum + u16::from(own)).min(256);
            }
            (rest, start) = (after, 0);
        }
    }
}

/// A line from `(x, y)` downwards, in pixels of the sheet.
struct Streak {
    x: f64,
    y: f64,
    length: f64,
    half_width: f64,
    opacity: f64,
    sine: f64,
    cosine: f64,
}

impl Streak {
    /// Opacity at an offset from the upper end: soft at the sides, fading towards both ends.
    fn opacity_at(&self, right: f64, down: f64) -> f64 {
        let along = (right * self.sine + down * self.cosine) / self.length;
        let across = (right * self.cosine - down * self.sine).abs();
        let cover = (self.half_width + 0.5 - across).clamp(0.0, (2.0 * self.half_width).min(1.0));
        let fade = (4.0 * along * (1.0 - along)).max(0.0).sqrt();
        self.opacity * cover * fade
    }
}
