//! What is around a plate: bumper, frame, lamp, made up from nothing.

use super::camera::Corners;
use super::canvas::{Area, Canvas, Rgb, luma};
use super::chance::Chance;

/// A picture of bodywork with, often, a frame around the plate that will be pasted at `corners`.
pub(super) fn around_plate(
    width: usize,
    height: usize,
    corners: &Corners,
    is_infrared: bool,
    chance: &mut Chance,
) -> Canvas {
    let mut scene = bodywork(width, height, chance);
    if chance.happens(0.6) {
        let colour = *chance.pick(&[[0.05; 3], [0.12; 3], [0.7, 0.7, 0.72], [0.3, 0.3, 0.32]]);
        let half = chance.between(0.01, 0.05) * width as f64;
        for side in 0..4 {
            let ends = (corners[side], corners[(side + 1) % 4]);
            scene.line((ends.0[0], ends.0[1]), (ends.1[0], ends.1[1]), half, colour, 1.0);
        }
    }
    if is_infrared {
        // The lamp's light comes back from the plate, hardly from paint.
        let dark = chance.between(0.05, 0.4) as f32;
        scene.pixels.iter_mut().for_each(|pixel| *pixel = [luma(*pixel) * dark; 3]);
    }
    scene
}

/// Paint with a gradient, seams and a few darker and brighter parts.
pub(super) fn bodywork(width: usize, height: usize, chance: &mut Chance) -> Canvas {
    let upper = paint(chance);
    let shade = chance.between(0.45, 1.1) as f32;
    let mut scene = Canvas::new(width, height, upper);
    for (y, row) in scene.pixels.chunks_exact_mut(width).enumerate() {
        let down = y as f32 / height as f32;
        let light = 1.0 + (shade - 1.0) * down;
        row.fill(upper.map(|value| (value * light).clamp(0.0, 1.0)));
    }
    let (wide, high) = (width as f64, height as f64);
    for _ in 0..chance.below(7) {
        let (left, top) = (chance.between(-0.2, 0.9) * wide, chance.between(-0.2, 0.9) * high);
        let area = Area {
            left,
            top,
            right: left + wide * chance.between(0.05, 0.6),
            bottom: top + high * chance.between(0.02, 0.4),
        };
        let colour = paint(chance);
        let radius = chance.between(0.0, 0.1) * high;
        scene.rectangle(area, radius, colour, chance.between(0.2, 1.0) as f32);
    }
    for _ in 0..chance.below(4) {
        let y = chance.between(0.0, high);
        let slope = chance.between(-0.1, 0.1) * high;
        scene.line((0.0, y), (wide, y + slope), chance.between(0.3, 1.5), [0.05; 3], 0.7);
    }
    scene
}

/// Mostly greys, as vehicles are.
fn paint(chance: &mut Chance) -> Rgb {
    let grey = chance.between(0.04, 0.9) as f32;
    if chance.happens(0.65) {
        return [grey; 3];
    }
    std::array::from_fn(|_| chance.between(0.03, 0.85) as f32)
}
