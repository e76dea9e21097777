//! Crops that hold no plate: what a locator may offer by mistake.

use serde::Serialize;

use super::canvas::{Area, Canvas, Rgb};
use super::chance::Chance;
use super::distractor::{on_vehicle, time_stamp};
use super::face::Faces;
use super::surroundings::bodywork;

/// Why a crop has nothing to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoPlate {
    /// Bodywork alone.
    Bodywork,
    /// Bars of a grille, slats of a shutter, a lamp.
    Grille,
    /// A word or number on bodywork.
    Lettering,
    /// What a recorder writes into the picture.
    TimeStamp,
    /// Less than half of a plate.
    PartOfPlate,
    /// A piece of a picture from outside, off its plates.
    Background,
}

impl NoPlate {
    /// One of them; words are as frequent as all else, for they are what is mistaken most.
    pub(super) fn drawn(chance: &mut Chance) -> Self {
        *chance.pick(&[
            Self::Bodywork,
            Self::Grille,
            Self::Lettering,
            Self::Lettering,
            Self::Lettering,
            Self::TimeStamp,
            Self::PartOfPlate,
        ])
    }
}

/// A picture of `width` × `height` pixels of it; a part of a plate and a background are not made here.
pub(super) fn picture(
    what: NoPlate,
    (width, height): (usize, usize),
    faces: &Faces,
    chance: &mut Chance,
) -> Canvas {
    let mut scene = bodywork(width, height, chance);
    match what {
        NoPlate::Bodywork | NoPlate::PartOfPlate | NoPlate::Background => {}
        NoPlate::Grille => grille(&mut scene, chance),
        NoPlate::TimeStamp => drop(time_stamp(&mut scene, faces, chance)),
        NoPlate::Lettering => {
            for _ in 0..1 + chance.below(3) {
                let at = (width as f64 * chance.between(0.3, 0.7), height as f64 * chance.between(0.2, 0.8));
                on_vehicle(&mut scene, at, faces, chance);
            }
        }
    }
    scene
}

fn grille(scene: &mut Canvas, chance: &mut Chance) {
    let (wide, high) = (scene.width as f64, scene.height as f64);
    let ink: Rgb = [chance.between(0.0, 0.9) as f32; 3];
    let upright = chance.happens(0.5);
    let length = if upright { wide } else { high };
    let step = chance.between(4.0, 0.3 * length.max(20.0));
    let thick = step * chance.between(0.2, 0.7);
    let mut at = step * chance.unit();
    while at < length {
        let area = if upright {
            Area { left: at, right: at + thick, top: 0.05 * high, bottom: 0.95 * high }
        } else {
            Area { left: 0.05 * wide, right: 0.95 * wide, top: at, bottom: at + thick }
        };
        scene.rectangle(area, chance.between(0.0, 3.0), ink, 0.9);
        at += step;
    }
    if chance.happens(0.3) {
        let colour = std::array::from_fn(|_| chance.between(0.3, 1.0) as f32);
        scene.disc(chance.unit() * wide, chance.unit() * high, chance.between(0.1, 0.4) * high, colour, 0.9);
    }
}
