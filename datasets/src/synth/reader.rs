//! Samples for a reader: one plate with a little around it, and the plate rectified.

use serde::Serialize;
use vision::Picture;

use super::camera::{Corners, Pose, bounds, paste, picture_from_crop};
use super::canvas::{Area, Canvas};
use super::chance::Chance;
use super::effect::{Effect, Effects};
use super::face::Faces;
use super::lens::take;
use super::plate::{CharacterBox, Plate};
use super::text::PlateText;
use super::{SynthError, SynthSettings, surroundings, wear};

/// Width of a rectified crop in pixels, for plates of one line and of two.
pub const CROP_WIDTH: usize = 160;

/// Height of a rectified crop in pixels.
pub const CROP_HEIGHT: usize = 64;

/// One plate as a camera took it.
pub struct ReaderSample {
    /// The plate and what is around it, as a JPEG file.
    pub jpeg: Vec<u8>,
    /// The plate alone, stretched to [`CROP_WIDTH`] × [`CROP_HEIGHT`] by corners that are a little off: R, G, B triples,
    /// row after row.
    pub crop: Vec<u8>,
    /// What is in both.
    pub label: ReaderLabel,
}

/// Ground truth of a sample; a line of the index.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReaderLabel {
    /// Number of the sample; its place among the packed crops.
    pub index: u64,
    /// What a reader is to read, line by line.
    pub lines: Vec<String>,
    /// As written, with separators.
    pub shown: Vec<String>,
    /// ISO 3166-1 alpha-2.
    pub country: &'static str,
    /// Name of the syntax.
    pub syntax: String,
    /// Name of the layout.
    pub layout: &'static str,
    /// Name of the colours.
    pub colour: &'static str,
    /// True corners in pixels of the picture.
    pub corners: Corners,
    /// The corners by which the crop was rectified, in pixels of the picture.
    pub crop_corners: Corners,
    /// The characters that are read, line after line.
    pub characters: Vec<CharacterLabel>,
    /// Names of the faces it is lettered with.
    pub faces: Vec<&'static str>,
    /// The set's seed.
    pub seed: u64,
    /// What was done to it, with strengths.
    pub effects: Effects,
}

/// Where a character is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CharacterLabel {
    /// The character as written.
    pub character: char,
    /// Its line, from 0.
    pub line: usize,
    /// Around its ink: left, top, right, bottom in pixels of a crop that was rectified by the true corners.
    pub at: [f64; 4],
}

impl ReaderSample {
    /// Sample `index` of the set: `text` as a camera may see it.
    ///
    /// # Errors
    /// [`SynthError`] when `text` does not fit its layout or no face can draw it.
    pub fn draw(
        index: u64,
        text: &PlateText,
        faces: &Faces,
        settings: SynthSettings,
        chance: &mut Chance,
    ) -> Result<Self, SynthError> {
        let mut effects = Effects::default();
        let size_mm = text.layout.size_mm();
        let (mut plate, width_px) = flat(text, faces, chance)?;
        let is_infrared = chance.happens(0.15 * settings.spoil);
        if is_infrared {
            let contrast = chance.between(0.45, 1.0);
            effects.note(Effect::Infrared, contrast);
            wear::infrared(&mut plate.canvas, contrast);
        }
        wear::wear(&mut plate.canvas, settings.spoil, &mut effects, chance);

        let seen = Pose::drawn(chance).corners(size_mm, width_px);
        let (corners, width, height) = framed(&seen, chance);
        let mut scene = surroundings::around_plate(width, height, &corners, is_infrared, chance);
        let pose = || SynthError::Pose { text: text.lines.join(" ") };
        paste(&mut scene, &plate.canvas, None, &corners).ok_or_else(pose)?;
        let taken = take(scene, settings.spoil, index, &mut effects, chance)
            .map_err(|source| SynthError::Picture { name: index.to_string(), source })?;
        let crop_corners = off(&corners, chance);
        let crop = rectified(&taken.picture, &crop_corners).ok_or_else(pose)?;
        let to_crop = (CROP_WIDTH as f64 / size_mm.0, CROP_HEIGHT as f64 / size_mm.1);
        let label = ReaderLabel {
            index,
            lines: text.read_lines(),
            shown: text.lines.clone(),
            country: text.country.code(),
            syntax: text.syntax.clone(),
            layout: text.layout.name(),
            colour: text.scheme.name(),
            corners: corners.map(|corner| corner.map(hundredths)),
            crop_corners: crop_corners.map(|corner| corner.map(hundredths)),
            characters: plate
                .boxes
                .iter()
                .map(|&CharacterBox { character, line, area: Area { left, top, right, bottom } }| {
                    let (x, y) = to_crop;
                    let at = [left * x, top * y, right * x, bottom * y].map(hundredths);
                    CharacterLabel { character, line, at }
                })
                .collect(),
            faces: plate.faces,
            seed: settings.seed,
            effects,
        };
        Ok(Self { jpeg: taken.jpeg, crop, label })
    }
}

/// The plate as it leaves the press, and its width in pixels as the camera will see it from in front.
pub(super) fn flat(text: &PlateText, faces: &Faces, chance: &mut Chance) -> Result<(Plate, f64), SynthError> {
    // Few pixels are what is hard: more of the narrow ones.
    let lowest = if text.layout.lines() == 1 { 56.0 } else { 40.0 };
    let width_px = lowest + (200.0 - lowest) * chance.unit() * chance.between(0.4, 1.0);
    let plate = Plate::draw(text, faces, flat_scale(width_px, text), chance)?;
    Ok((plate, width_px))
}

/// Pixels per millimetre at which a plate is drawn that will be `width_px` wide: a little finer than it will be seen.
pub(super) fn flat_scale(width_px: f64, text: &PlateText) -> f64 {
    1.6 * width_px / text.layout.size_mm().0
}

/// A hundredth of a pixel is as exact as a picture can show.
pub(super) fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Corners moved into a picture that leaves 8 to 40 % of the plate's size around it, and that picture's size.
fn framed(seen: &Corners, chance: &mut Chance) -> (Corners, usize, usize) {
    let [left, top, right, bottom] = bounds(seen);
    let [wide, high] = [right - left, bottom - top];
    let margins = [wide, high, wide, high].map(|side| 2.0 + side * chance.between(0.08, 0.4));
    let corners = seen.map(|[x, y]| [x - left + margins[0], y - top + margins[1]]);
    (
        corners,
        (wide + margins[0] + margins[2]).ceil() as usize,
        (high + margins[1] + margins[3]).ceil() as usize,
    )
}

/// Corners as a locator may find them: each off by up to 4 % of the plate's width and 7 % of its height, and all grown by up
/// to 5 %.
fn off(corners: &Corners, chance: &mut Chance) -> Corners {
    let middle: [f64; 2] =
        std::array::from_fn(|axis| corners.iter().map(|corner| corner[axis]).sum::<f64>() / 4.0);
    let length =
        |a: [f64; 2], b: [f64; 2]| ((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1])).sqrt();
    let (width, height) = (length(corners[0], corners[1]), length(corners[0], corners[3]));
    let grown = chance.between(0.99, 1.05);
    corners.map(|[x, y]| {
        [
            middle[0] + (x - middle[0]) * grown + width * 0.04 * chance.between(-1.0, 1.0) * chance.unit(),
            middle[1] + (y - middle[1]) * grown + height * 0.07 * chance.between(-1.0, 1.0) * chance.unit(),
        ]
    })
}

/// The part of `picture` under `corners`, stretched to [`CROP_WIDTH`] × [`CROP_HEIGHT`], bilinear.
pub(super) fn rectified(picture: &Picture, corners: &Corners) -> Option<Vec<u8>> {
    let map = picture_from_crop(corners, CROP_WIDTH as f64, CROP_HEIGHT as f64)?;
    let size = picture.size();
    let source = Canvas::from_rgb8(size.width as usize, size.height as usize, picture.rgb());
    let mut crop = Vec::with_capacity(3 * CROP_WIDTH * CROP_HEIGHT);
    for y in 0..CROP_HEIGHT {
        for x in 0..CROP_WIDTH {
            let (u, v) = map.apply(x as f64 + 0.5, y as f64 + 0.5)?;
            crop.extend(source.at(u, v).map(|value| (value * 255.0).round() as u8));
        }
    }
    Some(crop)
}
