//! What the road does to a plate, and the light on it: drawn on the flat plate.

use super::canvas::{Canvas, luma, mix};
use super::chance::Chance;
use super::effect::{Effect, Effects};
use super::mixture::Mixture;

/// How much of their ink the characters have lost at most.
pub(super) fn worn(mixture: &Mixture, effects: &mut Effects, chance: &mut Chance) -> f64 {
    let lost = mixture.worn.drawn(chance);
    lost.into_iter().for_each(|lost| effects.note(Effect::Worn, lost));
    lost.unwrap_or_default()
}

/// Draws dirt and scratches, which stay on the plate, each as `mixture` has it.
pub(super) fn wear(plate: &mut Canvas, mixture: &Mixture, effects: &mut Effects, chance: &mut Chance) {
    if let Some(strength) = mixture.dirt.drawn(chance) {
        effects.note(Effect::Dirt, strength);
        dirt(plate, strength, chance);
    }
    if let Some(strength) = mixture.scratches.drawn(chance) {
        effects.note(Effect::Scratches, strength);
        scratches(plate, strength, chance);
    }
}

/// Draws a shadow's edge and glare, which the next moment has elsewhere.
pub(super) fn light(plate: &mut Canvas, mixture: &Mixture, effects: &mut Effects, chance: &mut Chance) {
    if let Some(strength) = mixture.shadow.drawn(chance) {
        effects.note(Effect::Shadow, strength);
        shadow(plate, strength, chance);
    }
    if let Some(strength) = mixture.glare.drawn(chance) {
        effects.note(Effect::Glare, strength);
        glare(plate, strength, chance);
    }
}

/// Splashes, more of them towards the lower edge, over a film of dust.
fn dirt(plate: &mut Canvas, strength: f64, chance: &mut Chance) {
    let mud = [0.42, 0.36, 0.28].map(|value: f64| (value * chance.between(0.6, 1.25)) as f32);
    let (width, height) = (plate.width as f64, plate.height as f64);
    let film = (0.35 * strength * chance.unit()) as f32;
    for (y, row) in plate.pixels.chunks_exact_mut(plate.width).enumerate() {
        let share = film * (0.4 + 0.6 * y as f32 / height as f32);
        row.iter_mut().for_each(|pixel| mix(pixel, mud, share));
    }
    for _ in 0..(30.0 * strength) as usize {
        let (x, y) = (chance.between(0.0, width), height * (1.0 - chance.unit() * chance.unit()));
        let radius = height * chance.between(0.01, 0.09) * (0.3 + strength);
        plate.disc(x, y, radius, mud, chance.between(0.2, 0.85) as f32);
    }
}

fn scratches(plate: &mut Canvas, strength: f64, chance: &mut Chance) {
    let (width, height) = (plate.width as f64, plate.height as f64);
    for _ in 0..(1.0 + 7.0 * strength) as usize {
        let from = (chance.between(0.0, width), chance.between(0.0, height));
        let to = (from.0 + width * chance.between(-0.25, 0.25), from.1 + height * chance.between(-0.5, 0.5));
        let grey = chance.between(0.25, 0.85) as f32;
        let half = height * chance.between(0.002, 0.01);
        plate.line(from, to, half, [grey; 3], chance.between(0.3, 0.8) as f32);
    }
}

/// A straight edge between light and shade with a soft border.
fn shadow(plate: &mut Canvas, strength: f64, chance: &mut Chance) {
    let (x, y) = (chance.between(0.15, 0.85), chance.between(0.15, 0.85));
    let (a, b) = (chance.between(-1.0, 1.0), chance.between(-1.0, 1.0));
    let soft = chance.between(0.01, 0.15);
    let (width, height) = (plate.width as f64, plate.height as f64);
    for (row, pixels) in plate.pixels.chunks_exact_mut(plate.width).enumerate() {
        for (column, pixel) in pixels.iter_mut().enumerate() {
            let side = a * (column as f64 / width - x) + b * (row as f64 / height - y);
            let share = (side / soft + 0.5).clamp(0.0, 1.0) * strength;
            mix(pixel, [0.0, 0.0, 0.02], share as f32);
        }
    }
}

/// A bright spot that fades outwards: the sun, or a lamp.
fn glare(plate: &mut Canvas, strength: f64, chance: &mut Chance) {
    let (width, height) = (plate.width as f64, plate.height as f64);
    let (x, y) = (chance.between(0.0, width), chance.between(0.0, height));
    let (wide, high) = (width * chance.between(0.1, 0.4), height * chance.between(0.2, 0.9));
    for (row, pixels) in plate.pixels.chunks_exact_mut(plate.width).enumerate() {
        for (column, pixel) in pixels.iter_mut().enumerate() {
            let (dx, dy) = ((column as f64 - x) / wide, (row as f64 - y) / high);
            let share = strength / (1.0 + 2.0 * (dx * dx + dy * dy) * (dx * dx + dy * dy));
            mix(pixel, [1.0, 1.0, 0.97], share as f32);
        }
    }
}

/// As an infrared lamp beside the camera shows it: no colour, and all of the plate bright, for its film throws the light
/// back; `contrast` is what is left between ground and characters, which films of some colours lose more of.
pub(super) fn infrared(plate: &mut Canvas, contrast: f64) {
    let contrast = contrast as f32;
    for pixel in &mut plate.pixels {
        let light = luma(*pixel);
        *pixel = [(0.5 + (light - 0.5) * contrast * 1.4 + 0.22).clamp(0.0, 1.0); 3];
    }
}
