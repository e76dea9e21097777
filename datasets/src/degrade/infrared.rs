use super::Effect;
use super::key::Key;
use super::noise::{self, RUN};
use super::raster::{Content, NEUTRAL, Raster, luma};

/// Contrast about middle grey at strength 1, less the 1 that is none.
const CONTRAST: f64 = 0.6;

/// Part of the lamp's light that is missing in the corners, at strength 1.
const FALL_OFF: f64 = 0.7;

/// Standard deviation of the noise at strength 1, as a part of white.
const NOISE: f64 = 0.03;

/// No colour at any strength above 0; the strength is that of contrast, vignette and noise.
pub(super) struct Infrared {
    key: Key,
    strength: f64,
}

impl Infrared {
    pub(super) fn new(strength: f64, key: Key) -> Self {
        Self { key, strength }
    }
}

impl Effect for Infrared {
    fn apply(&mut self, index: u64, raster: &mut Raster) {
        let (black, white) = raster.black_and_white();
        let span = f64::from(white - black);
        // Out of 32,768, less black.
        let tones: Vec<i32> = (0..=u8::MAX)
            .map(|code| {
                let light = (f64::from(code) - f64::from(black)) / span;
                let raised = 0.5 + (1.0 + CONTRAST * self.strength) * (light - 0.5);
                (span * raised.clamp(0.0, 1.0) * 128.0).round() as i32
            })
            .collect();
        // In 1/128 of a code value.
        let sigma = (NOISE * self.strength * span * 128.0).round() as i32;
        let mut rng = self.key.frame(index);
        for plane in &mut raster.planes {
            if plane.content == Content::Chroma {
                plane.data.fill(NEUTRAL);
                continue;
            }
            let (row_len, channels) = (plane.row_len(), plane.channels);
            let lamp = Lamp::new(FALL_OFF * self.strength, plane.width, plane.height);
            for (y, row) in plane.data.chunks_exact_mut(row_len).enumerate() {
                for (part, run) in row.chunks_mut(RUN * channels).enumerate() {
                    let noise = noise::run(&mut rng);
                    for (at, (pixel, &noise)) in run.chunks_exact_mut(channels).zip(noise).enumerate() {
                        let code = if let &mut [red, green, blue] = pixel {
                            luma([red, green, blue])
                        } else {
                            pixel[0]
                        };
                        let lit = (tones[usize::from(code)] * lamp.at(part * RUN + at, y)) >> 15;
                        let noise = (i32::from(noise) * sigma) >> noise::SIGMA_BITS;
                        let grey = i32::from(black) + ((lit + noise + 64) >> 7);
                        pixel.fill(grey.clamp(i32::from(black), 255) as u8);
                    }
                }
            }
        }
    }
}

/// A lamp at the camera: light falls with the square of the distance from the middle of the picture.
struct Lamp {
    /// In half pixels.
    middle: (i64, i64),
    /// Light lost per squared half pixel, in 2⁻⁴⁰ of full light.
    loss: i64,
}

impl Lamp {
    fn new(fall_off: f64, width: usize, height: usize) -> Self {
        let middle = (width as i64 - 1, height as i64 - 1);
        let corner = (middle.0 * middle.0 + middle.1 * middle.1).max(1);
        Self { middle, loss: (fall_off * (1i64 << 40) as f64 / corner as f64) as i64 }
    }

    /// Light at a pixel, out of 32,768.
    fn at(&self, x: usize, y: usize) -> i32 {
        let (right, down) = (2 * x as i64 - self.middle.0, 2 * y as i64 - self.middle.1);
        32_768 - (((right * right + down * down) * self.loss) >> 25) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lamp_lights_the_middle_and_leaves_the_corners() {
        let lamp = Lamp::new(0.7, 769, 433);
        assert_eq!(lamp.at(384, 216), 32_768);
        for (x, y) in [(0, 0), (768, 0), (0, 432), (768, 432)] {
            assert!((lamp.at(x, y) - 9830).abs() <= 1, "{}", lamp.at(x, y));
        }
        assert_eq!(Lamp::new(0.7, 1, 1).at(0, 0), 32_768);
    }
}
