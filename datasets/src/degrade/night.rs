//! Less light on the same sensor: fewer photons, of which the camera's gain makes a darker and noisier picture.
//!
//! Code values are taken back to light by the transfer function of ITU-R BT.709. Of the electrons `N` of a sample the
//! sensor knows `N ± √(N + r²)`: Poisson's shot noise and the read noise `r`.

use rand_chacha::ChaCha8Rng;

use super::Effect;
use super::key::Key;
use super::math::pow;
use super::noise::{self, RUN};
use super::raster::{NEUTRAL, Raster, Samples, luma};

/// Stops of light lost at strength 1.
const LOST_STOPS: f64 = 8.0;

/// Part of the lost stops that the camera's gain gives back.
const GIVEN_BACK: f64 = 0.55;

/// Electrons of a white sample by day.
const WHITE_ELECTRONS: f64 = 5000.0;

/// Read noise, in electrons.
const READ_NOISE: f64 = 3.0;

/// Electrons at which half of the colour is left: cameras take colour back where it would be noise.
const HALF_COLOUR: f64 = 12.0;

pub(super) struct Night {
    key: Key,
    strength: f64,
    /// Black and white of the frames that `tones` is for.
    range: (u8, u8),
    tones: Vec<Tone>,
}

/// What becomes of a code value of light.
#[derive(Clone, Copy)]
struct Tone {
    /// Mean, in 1/256 of a code value.
    mean: i32,
    /// Standard deviation, in 1/256 of a code value.
    sigma: i32,
    /// Part of the colour that the camera leaves, out of 256.
    saturation: i32,
    /// Factor of chroma beside this luma, out of 256: that of the luma, and `saturation`.
    chroma: i32,
}

impl Night {
    pub(super) fn new(strength: f64, key: Key) -> Self {
        let range = (0, 255);
        Self { key, strength, range, tones: tones(strength, range) }
    }
}

impl Effect for Night {
    fn apply(&mut self, index: u64, raster: &mut Raster) {
        let range = raster.black_and_white();
        if range != self.range {
            (self.range, self.tones) = (range, tones(self.strength, range));
        }
        let mut rng = self.key.frame(index);
        if raster.is_rgb() {
            darken_rgb(&mut raster.planes[0], &self.tones, &mut rng);
            return;
        }
        let (light, chroma) = raster.planes.split_at_mut(1);
        // Chroma first: it goes by the luma there was.
        for plane in chroma {
            fade(plane, &light[0], &self.tones, &mut rng);
        }
        for run in light[0].data.chunks_mut(RUN) {
            for (sample, &noise) in run.iter_mut().zip(noise::run(&mut rng)) {
                let tone = self.tones[usize::from(*sample)];
                *sample = rounded(tone.mean + scaled(noise, tone.sigma)).max(range.0);
            }
        }
    }
}

fn darken_rgb(plane: &mut Samples, tones: &[Tone], rng: &mut ChaCha8Rng) {
    for run in plane.data.chunks_mut(3 * RUN) {
        let [shared, red, green, blue] = [(); 4].map(|()| noise::run(rng));
        for (at, pixel) in run.chunks_exact_mut(3).enumerate() {
            let grey = tones[usize::from(luma([pixel[0], pixel[1], pixel[2]]))];
            for (sample, own) in pixel.iter_mut().zip([red, green, blue]) {
                let spread = (tones[usize::from(*sample)].mean - grey.mean) * grey.saturation;
                // Luma's noise is in all channels, and what the camera leaves of the colour's in each.
                let own = scaled(own[at], (grey.sigma * grey.saturation) >> 8);
                *sample = rounded(grey.mean + (spread >> 8) + scaled(shared[at], grey.sigma) + own);
            }
        }
    }
}

fn fade(plane: &mut Samples, luma: &Samples, tones: &[Tone], rng: &mut ChaCha8Rng) {
    let (row_len, step, channels) = (plane.row_len(), plane.frame_step(), plane.channels);
    for (row, beside) in
        plane.data.chunks_exact_mut(row_len).zip(luma.data.chunks_exact(luma.width).step_by(step))
    {
        let mut beside = beside.iter().step_by(step);
        for run in row.chunks_mut(RUN) {
            let noise = noise::run(rng);
            for (pixel, noise) in run.chunks_exact_mut(channels).zip(noise.chunks_exact(channels)) {
                let tone = beside.next().map_or(tones[0], |&luma| tones[usize::from(luma)]);
                for (sample, &noise) in pixel.iter_mut().zip(noise) {
                    let colour = (i32::from(*sample) - i32::from(NEUTRAL)) * tone.chroma;
                    let noise = scaled(noise, (tone.sigma * tone.saturation) >> 8);
                    *sample = rounded(i32::from(NEUTRAL) * 256 + colour + noise);
                }
            }
        }
    }
}

/// A value of the noise table as noise of standard deviation `sigma`.
fn scaled(noise: i8, sigma: i32) -> i32 {
    (i32::from(noise) * sigma) >> noise::SIGMA_BITS
}

fn rounded(in_256ths: i32) -> u8 {
    ((in_256ths + 128) >> 8).clamp(0, 255) as u8
}

fn tones(strength: f64, (black, white): (u8, u8)) -> Vec<Tone> {
    let part_left = pow(0.5, LOST_STOPS * strength);
    let gain = pow(2.0, GIVEN_BACK * LOST_STOPS * strength);
    let span = f64::from(white) - f64::from(black);
    let tone = |code: u8| {
        let day = ((f64::from(code) - f64::from(black)) / span).max(0.0);
        let electrons = WHITE_ELECTRONS * part_left * light(day);
        let now = light(day) * part_left * gain;
        // Sensor and gain are linear: the deviation in light, times the slope of the transfer function.
        let deviation = (electrons + READ_NOISE * READ_NOISE).sqrt() / WHITE_ELECTRONS * gain;
        let signal = signal(now);
        let kept = electrons / (electrons + HALF_COLOUR);
        let darker = if day == 0.0 { part_left * gain } else { signal / day };
        let fixed = |value: f64| (256.0 * value).round() as i32;
        Tone {
            mean: fixed(f64::from(black) + span * signal),
            sigma: fixed(span * deviation * slope(now)),
            saturation: fixed(kept),
            chroma: fixed(darker * kept),
        }
    };
    (0..=u8::MAX).map(tone).collect()
}

/// The transfer function of ITU-R BT.709, from light in `[0, 1]` to signal.
fn signal(light: f64) -> f64 {
    if light < 0.018 { 4.5 * light } else { 1.099 * pow(light, 0.45) - 0.099 }
}

/// The way back from [`signal`]. Signals above 1 exist.
fn light(signal: f64) -> f64 {
    if signal < 0.081 { signal / 4.5 } else { pow((signal + 0.099) / 1.099, 1.0 / 0.45) }
}

/// The derivative of [`signal`].
fn slope(light: f64) -> f64 {
    if light < 0.018 { 4.5 } else { 1.099 * 0.45 * pow(light, -0.55) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_falls_as_stated_and_noise_rises_against_it() {
        // Four stops down, 2.2 of them given back: white has 2^-1.8 of its light.
        let half = tones(0.5, (0, 255))[255];
        assert!((f64::from(half.mean) / 256.0 / 255.0 - signal(pow(0.5, 1.8))).abs() < 1e-3, "{}", half.mean);
        let noise_to_signal = |strength: f64| {
            let grey = tones(strength, (16, 235))[126];
            f64::from(grey.sigma) / f64::from(grey.mean - 16 * 256)
        };
        assert!(noise_to_signal(0.25) < noise_to_signal(0.5) && noise_to_signal(0.5) < noise_to_signal(1.0));
    }

    #[test]
    fn the_transfer_function_has_its_inverse_and_its_slope() {
        for step in 0..=100 {
            let x = f64::from(step) / 100.0;
            assert!((light(signal(x)) - x).abs() < 1e-3, "{x}");
            let around = (signal(x + 1e-4 + 1e-6) - signal(x + 1e-4 - 1e-6)) / 2e-6;
            assert!((slope(x + 1e-4) - around).abs() < 1e-3 * around, "{x}");
        }
    }
}
