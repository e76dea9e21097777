//! What optics, sensor, air and coding do to the whole picture.

use vision::{Picture, PictureLimits, SizePx, VisionError};

use super::canvas::Canvas;
use super::chance::Chance;
use super::effect::{Effect, Effects};
use super::mixture::Mixture;
use crate::degrade::math::{cos_turns, pow, sin_turns};
use crate::degrade::noise::{RUN, SIGMA_BITS};
use crate::degrade::{Degradation, Degrader, Kind};

/// A picture as a camera delivers it: where it was coded the bytes, and what a decoder makes of them.
pub(super) struct Taken {
    /// None where the picture was never coded.
    pub(super) jpeg: Option<Vec<u8>>,
    pub(super) picture: Picture,
}

/// Takes `scene` through lens, sensor, air and coder as `mixture` has it. `width_px` is the plate's, by which lengths of
/// blur are scaled: what a camera does to a plate far away it does in its own pixels, but what cannot be read by anybody
/// teaches nothing. `index` is the picture's number.
pub(super) fn take(
    mut scene: Canvas,
    mixture: &Mixture,
    width_px: f64,
    index: u64,
    effects: &mut Effects,
    chance: &mut Chance,
) -> Result<Taken, VisionError> {
    let near = (width_px / 160.0).clamp(0.4, 1.0);
    if let Some(radius) = mixture.defocus.drawn(chance) {
        effects.note(Effect::Defocus, near * radius);
        scene = defocused(&scene, near * radius);
    }
    if let Some(length) = mixture.motion_blur.drawn(chance) {
        effects.note(Effect::MotionBlur, near * length);
        scene = moved(&scene, near * length, chance.between(0.0, 0.5));
    }
    if let Some(exposure) = mixture.exposure.drawn(chance) {
        effects.note(Effect::Exposure, exposure);
        tone(&mut scene, exposure, 1.0);
    }
    if let Some(gamma) = mixture.gamma.drawn(chance) {
        effects.note(Effect::Gamma, gamma);
        tone(&mut scene, 1.0, gamma);
    }
    let is_grey = effects.strength(Effect::Infrared).is_some();
    if let Some(most) = mixture.tint.drawn(chance).filter(|_| !is_grey) {
        effects.note(Effect::Tint, most);
        tint(&mut scene, most, chance);
    }
    if let Some(sigma) = mixture.noise.drawn(chance) {
        let sigma = sigma * chance.between(0.3, 1.0);
        effects.note(Effect::Noise, sigma);
        noise(&mut scene, sigma, is_grey, chance);
    }
    if let Some(strength) = mixture.sharpening.drawn(chance) {
        effects.note(Effect::Sharpening, strength);
        sharpen(&mut scene, strength as f32);
    }
    let size = SizePx::new(scene.width as u32, scene.height as u32);
    let mut picture = Picture::new(size, scene.to_rgb8())?;
    for (kind, effect, odds) in
        [(Kind::Rain, Effect::Rain, mixture.rain), (Kind::Fog, Effect::Fog, mixture.fog)]
    {
        if let Some(strength) = odds.drawn(chance) {
            let strength = ((strength * 1000.0).round() / 1000.0).clamp(0.001, 1.0);
            effects.note(effect, strength);
            let seed = (chance.unit() * 9e15) as u64;
            #[expect(clippy::expect_used, reason = "a strength above 0 and up to 1 is on the scale")]
            let degradation = Degradation::new(kind, strength).expect("on the scale");
            picture = Degrader::new(degradation, seed, &index.to_string(), size).picture(&picture);
        }
    }
    let Some(quality) = mixture.jpeg.drawn(chance) else { return Ok(Taken { jpeg: None, picture }) };
    let quality = quality as u8;
    effects.note(Effect::Jpeg, f64::from(quality));
    let jpeg = picture.to_jpeg(quality)?;
    let limits = PictureLimits { size, pixels: size.area_px() };
    let picture = Picture::decode(&jpeg, limits)?;
    Ok(Taken { jpeg: Some(jpeg), picture })
}

/// Mean over a disc of `radius` pixels with a soft rim.
fn defocused(scene: &Canvas, radius: f64) -> Canvas {
    let reach = radius.ceil() as i64;
    let mut taps = Vec::new();
    for dy in -reach..=reach {
        for dx in -reach..=reach {
            let distance = ((dx * dx + dy * dy) as f64).sqrt();
            let weight = (radius + 0.5 - distance).clamp(0.0, 1.0) as f32;
            if 0.0 < weight {
                taps.push((dx, dy, weight));
            }
        }
    }
    convolved(scene, &taps)
}

/// Mean along a straight way of `length` pixels.
fn moved(scene: &Canvas, length: f64, turns: f64) -> Canvas {
    let (right, down) = (length / 2.0 * cos_turns(turns), length / 2.0 * sin_turns(turns));
    let reach = (length / 2.0).ceil() as i64 + 1;
    let side = (2 * reach + 1) as usize;
    // Bilinear shares of places along the way, gathered on the pixels' grid.
    let mut weights = vec![0.0f32; side * side];
    let steps = (4.0 * length).ceil() as i64;
    for step in 0..=steps {
        let part = 2.0 * step as f64 / steps as f64 - 1.0;
        let (x, y) = (part * right + reach as f64, part * down + reach as f64);
        let (u, v) = ((x - x.floor()) as f32, (y - y.floor()) as f32);
        let place = y as usize * side + x as usize;
        weights[place] += (1.0 - u) * (1.0 - v);
        weights[place + 1] += u * (1.0 - v);
        weights[place + side] += (1.0 - u) * v;
        weights[place + side + 1] += u * v;
    }
    let taps: Vec<_> = weights
        .iter()
        .enumerate()
        .filter(|(_, weight)| 0.0 < **weight)
        .map(|(place, &weight)| ((place % side) as i64 - reach, (place / side) as i64 - reach, weight))
        .collect();
    convolved(scene, &taps)
}

/// Weighted mean over `taps` of (right, down, weight); beyond the edge the edge's pixels.
fn convolved(scene: &Canvas, taps: &[(i64, i64, f32)]) -> Canvas {
    let total: f32 = taps.iter().map(|tap| tap.2).sum();
    let mut out = Canvas::new(scene.width, scene.height, [0.0; 3]);
    let (width, last_y) = (scene.width as i64, scene.height as i64 - 1);
    for (y, row) in out.pixels.chunks_exact_mut(scene.width).enumerate() {
        for &(dx, dy, weight) in taps {
            let source = (y as i64 + dy).clamp(0, last_y) as usize * scene.width;
            let source = &scene.pixels[source..source + scene.width];
            let weight = weight / total;
            // Pixels whose source is inside the row; those before and after them see its ends.
            let start = (-dx).clamp(0, width) as usize;
            let end = (width - dx).clamp(start as i64, width) as usize;
            let inside = (start as i64 + dx) as usize..(end as i64 + dx) as usize;
            add(row[..start].as_flattened_mut(), source[0].iter().cycle(), weight);
            if start < end {
                add(row[start..end].as_flattened_mut(), source[inside].as_flattened().iter(), weight);
            }
            add(row[end..].as_flattened_mut(), source[scene.width - 1].iter().cycle(), weight);
        }
    }
    out
}

fn add<'a>(row: &mut [f32], source: impl Iterator<Item = &'a f32>, weight: f32) {
    for (value, from) in row.iter_mut().zip(source) {
        *value += weight * from;
    }
}

/// Light times `exposure`, then the tone curve with the exponent `gamma`.
fn tone(scene: &mut Canvas, exposure: f64, gamma: f64) {
    const STEPS: usize = 1024;
    let curve: Vec<f32> =
        (0..=STEPS).map(|step| pow((step as f64 / STEPS as f64 * exposure).min(1.0), gamma) as f32).collect();
    for value in scene.pixels.iter_mut().flatten() {
        *value = curve[(value.clamp(0.0, 1.0) * STEPS as f32) as usize];
    }
}

/// Light of another colour than white, or a sensor that was not balanced: each channel times `1 ± most`, brightest at most.
fn tint(scene: &mut Canvas, most: f64, chance: &mut Chance) {
    let gains = [0.0; 3].map(|_: f64| (1.0 + most * chance.between(-1.0, 1.0)) as f32);
    for pixel in &mut scene.pixels {
        *pixel = std::array::from_fn(|i| (pixel[i] * gains[i]).min(1.0));
    }
}

/// An unsharp mask over the eight neighbours.
fn sharpen(scene: &mut Canvas, strength: f32) {
    let taps: Vec<_> = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy, 1.0))).collect();
    let soft = convolved(scene, &taps);
    for (pixel, soft) in scene.pixels.iter_mut().zip(&soft.pixels) {
        *pixel = std::array::from_fn(|i| (pixel[i] + strength * (pixel[i] - soft[i])).clamp(0.0, 1.0));
    }
}

/// Noise of `sigma` 8-bit levels, each channel its own unless the picture `is_grey`.
fn noise(scene: &mut Canvas, sigma: f64, is_grey: bool, chance: &mut Chance) {
    let scale = (sigma / 255.0) as f32 / f32::from(1u8 << SIGMA_BITS);
    let per_pixel = if is_grey { 1 } else { 3 };
    for pixels in scene.pixels.chunks_mut(RUN / per_pixel) {
        let run = chance.noise_run();
        for (pixel, noise) in pixels.iter_mut().zip(run.chunks_exact(per_pixel)) {
            for (value, noise) in pixel.iter_mut().zip(noise.iter().cycle()) {
                *value = (*value + f32::from(*noise) * scale).clamp(0.0, 1.0);
            }
        }
    }
}
