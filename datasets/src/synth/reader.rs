//! Samples for a reader: one plate with a little around it, and the plate rectified.

use serde::Serialize;
use vision::Picture;

use super::backgrounds::Backgrounds;
use super::camera::{Corners, Pose, bounds, paste, picture_from_crop};
use super::canvas::{Area, Canvas};
use super::chance::Chance;
use super::effect::{Effect, Effects};
use super::face::Faces;
use super::lens::take;
use super::no_plate::{self, NoPlate};
use super::plate::{CharacterBox, Plate};
use super::scheme::Ground;
use super::text::PlateText;
use super::{SynthError, SynthSettings, surroundings, wear};

/// Width of a rectified crop in pixels, for plates of one line and of two.
pub const CROP_WIDTH: usize = 160;

/// Height of a rectified crop in pixels.
pub const CROP_HEIGHT: usize = 64;

/// Quality at which a picture is stored that the camera did not code.
const STORED: u8 = 95;

/// One plate, or something that is none, as a camera took it.
pub struct ReaderSample {
    picture: Picture,
    /// None where the camera did not code it.
    jpeg: Option<Vec<u8>>,
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
    /// What a reader is to read, line by line; empty where there is no plate.
    pub lines: Vec<String>,
    /// As written, with separators.
    pub shown: Vec<String>,
    /// The reader's class of the plate's colour by name; `none` without a plate.
    pub colour: &'static str,
    /// The plate; its keys are missing where there is none.
    #[serde(flatten)]
    pub plate: Option<PlateLabel>,
    /// What it is instead of a plate; missing where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_plate: Option<NoPlate>,
    /// The corners by which the crop was rectified, in pixels of the picture.
    pub crop_corners: Corners,
    /// Name of the track's set, of a look alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// Number of the track within its set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track: Option<u64>,
    /// Number of the look within its track.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub look: Option<u64>,
    /// The set's seed.
    pub seed: u64,
    /// What was done to it, with strengths.
    pub effects: Effects,
}

/// What is known of a sample's plate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlateLabel {
    /// ISO 3166-1 alpha-2, or `EU`.
    pub country: &'static str,
    /// Name of the syntax.
    pub syntax: String,
    /// Name of the layout.
    pub layout: &'static str,
    /// Name of the colours of ground and characters.
    pub scheme: &'static str,
    /// True corners in pixels of the picture.
    pub corners: Corners,
    /// The characters that are read, line after line.
    pub characters: Vec<CharacterLabel>,
    /// Names of the faces it is lettered with.
    pub faces: Vec<&'static str>,
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
        let view = View::drawn(text, settings, chance);
        Self::look(index, text, faces, settings, view, &mut chance.split(), chance)
    }

    /// As [`ReaderSample::draw`], seen as `view` has it: what is of the plate and of what it is mounted on comes from
    /// `press`, what is of the moment from `chance`.
    pub(super) fn look(
        index: u64,
        text: &PlateText,
        faces: &Faces,
        settings: SynthSettings,
        view: View,
        press: &mut Chance,
        chance: &mut Chance,
    ) -> Result<Self, SynthError> {
        let (sample, plate, corners) = Self::plate(index, text, faces, settings, view, press, chance, off)?;
        let (width, height) = text.layout.size_mm();
        let (x, y) = (CROP_WIDTH as f64 / width, CROP_HEIGHT as f64 / height);
        let character = |&CharacterBox { character, line, area: Area { left, top, right, bottom } }: &_| {
            CharacterLabel { character, line, at: [left * x, top * y, right * x, bottom * y].map(hundredths) }
        };
        let label = ReaderLabel {
            lines: text.read_lines(),
            shown: text.lines.clone(),
            colour: text.scheme.colour().name(),
            plate: Some(PlateLabel {
                country: text.country.code(),
                syntax: text.syntax.clone(),
                layout: text.layout.name(),
                scheme: text.scheme.name(),
                corners: corners.map(|corner| corner.map(hundredths)),
                characters: plate.boxes.iter().map(character).collect(),
                faces: plate.faces,
            }),
            ..sample.label
        };
        Ok(Self { label, ..sample })
    }

    /// Sample `index` of the set, without a plate; of `text` only a part may be seen. Where there are `backgrounds`, half
    /// of them are pieces of those.
    ///
    /// # Errors
    /// As [`ReaderSample::draw`], and where a background cannot be read.
    pub fn draw_no_plate(
        index: u64,
        text: &PlateText,
        faces: &Faces,
        backgrounds: Option<&Backgrounds>,
        settings: SynthSettings,
        chance: &mut Chance,
    ) -> Result<Self, SynthError> {
        let piece = match backgrounds {
            Some(backgrounds) if chance.happens(0.5) => backgrounds.without_plate(chance)?,
            _ => None,
        };
        let what = if piece.is_some() { NoPlate::Background } else { NoPlate::drawn(chance) };
        let mut sample = if what == NoPlate::PartOfPlate {
            let view = View::drawn(text, settings, chance);
            Self::plate(index, text, faces, settings, view, &mut chance.split(), chance, beside)?.0
        } else {
            let scene = piece.unwrap_or_else(|| {
                let size = (chance.between(60.0, 220.0) as usize, chance.between(30.0, 110.0) as usize);
                no_plate::picture(what, size, faces, chance)
            });
            let (width, height) = (scene.width as f64, scene.height as f64);
            let (x, y) = (width * chance.between(0.0, 0.2), height * chance.between(0.0, 0.2));
            let corners = [[x, y], [width - x, y], [width - x, height - y], [x, height - y]];
            let corners = off(&corners, settings, chance);
            Self::taken(index, scene, width, corners, Effects::default(), settings, chance)?
        };
        sample.label.no_plate = Some(what);
        Ok(sample)
    }

    /// The picture as a JPEG file.
    ///
    /// # Errors
    /// [`SynthError::Picture`].
    pub fn jpeg(&self) -> Result<Vec<u8>, SynthError> {
        let failed = |source| SynthError::Picture { name: self.label.index.to_string(), source };
        self.jpeg.clone().map_or_else(|| self.picture.to_jpeg(STORED).map_err(failed), Ok)
    }

    /// `text` on a plate, the crop cut by what `cut` makes of its corners.
    #[expect(clippy::too_many_arguments, reason = "one way for both kinds of sample")]
    fn plate(
        index: u64,
        text: &PlateText,
        faces: &Faces,
        settings: SynthSettings,
        view: View,
        press: &mut Chance,
        chance: &mut Chance,
        cut: fn(&Corners, SynthSettings, &mut Chance) -> Corners,
    ) -> Result<(Self, Plate, Corners), SynthError> {
        let View { pose, width_px, infrared } = view;
        let mut effects = Effects::default();
        let worn = wear::worn(&settings.mixture, &mut effects, press);
        let mut plate = Plate::draw(text, faces, flat_scale(width_px, text), worn, press)?;
        if let Some(contrast) = infrared {
            effects.note(Effect::Infrared, contrast);
            wear::infrared(&mut plate.canvas, contrast);
        }
        wear::wear(&mut plate.canvas, &settings.mixture, &mut effects, press);
        wear::light(&mut plate.canvas, &settings.mixture, &mut effects, chance);

        let seen = pose.corners(text.layout.size_mm(), width_px);
        let (corners, width, height) = framed(&seen, chance);
        let mut scene = surroundings::around_plate(width, height, &corners, infrared.is_some(), press);
        paste(&mut scene, &plate.canvas, None, &corners)
            .ok_or_else(|| SynthError::Pose { text: text.shown() })?;
        let crop_corners = cut(&corners, settings, chance);
        let sample = Self::taken(index, scene, width_px, crop_corners, effects, settings, chance)?;
        Ok((sample, plate, corners))
    }

    /// `scene` as a camera takes it, without anything to read.
    fn taken(
        index: u64,
        scene: Canvas,
        width_px: f64,
        crop_corners: Corners,
        mut effects: Effects,
        settings: SynthSettings,
        chance: &mut Chance,
    ) -> Result<Self, SynthError> {
        let taken = take(scene, &settings.mixture, width_px, index, &mut effects, chance)
            .map_err(|source| SynthError::Picture { name: index.to_string(), source })?;
        let crop = rectified(&taken.picture, &crop_corners)
            .ok_or_else(|| SynthError::Pose { text: index.to_string() })?;
        let label = ReaderLabel {
            index,
            lines: Vec::new(),
            shown: Vec::new(),
            colour: Ground::None.name(),
            plate: None,
            no_plate: None,
            set: None,
            track: None,
            look: None,
            crop_corners: crop_corners.map(|corner| corner.map(hundredths)),
            seed: settings.seed,
            effects,
        };
        Ok(Self { picture: taken.picture, jpeg: taken.jpeg, crop, label })
    }
}

impl ReaderLabel {
    /// The reader's class of the colour; that of none where the picture has no colour.
    pub fn colour_class(&self) -> u8 {
        let grounds = [
            Ground::White,
            Ground::Yellow,
            Ground::Blue,
            Ground::Red,
            Ground::Green,
            Ground::YellowGreen,
            Ground::Black,
        ];
        let seen = self.effects.strength(Effect::Infrared).is_none();
        grounds
            .into_iter()
            .find(|ground| seen && ground.name() == self.colour)
            .unwrap_or(Ground::None)
            .class()
    }
}

/// How a plate is seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub(super) pose: Pose,
    /// Width of the plate in pixels, as if from in front.
    pub(super) width_px: f64,
    /// Contrast that is left under an infrared lamp; none in daylight.
    pub(super) infrared: Option<f64>,
}

impl View {
    pub(super) fn drawn(text: &PlateText, settings: SynthSettings, chance: &mut Chance) -> Self {
        // Few pixels are what is hard: more of the narrow ones.
        let lowest = if text.layout.lines() == 1 { 48.0 } else { 36.0 };
        let width_px = lowest + (200.0 - lowest) * chance.unit() * chance.between(0.4, 1.0);
        let infrared = settings.mixture.infrared.drawn(chance);
        Self { pose: Pose::drawn(chance), width_px, infrared }
    }
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
/// to 5 %; or those of an upright box.
fn off(corners: &Corners, settings: SynthSettings, chance: &mut Chance) -> Corners {
    let is_upright = chance.happens(settings.upright);
    let corners = if is_upright { upright(corners) } else { *corners };
    let (width, height) = sides(&corners);
    let error = settings.corner_error;
    let (x, y) = (width * 0.04 * error, height * 0.07 * error);
    let grown = chance.between(1.0 - 0.01 * error, 1.0 + 0.05 * error);
    enlarged(&corners, grown).map(|corner| {
        [
            corner[0] + x * chance.between(-1.0, 1.0) * chance.unit(),
            corner[1] + y * chance.between(-1.0, 1.0) * chance.unit(),
        ]
    })
}

/// Corners so far beside the plate that more than half of it is cut off.
fn beside(corners: &Corners, _: SynthSettings, chance: &mut Chance) -> Corners {
    let (width, height) = sides(corners);
    let sign = if chance.happens(0.5) { 1.0 } else { -1.0 };
    let (x, y) = if chance.happens(0.7) {
        (sign * width * chance.between(0.6, 0.9), height * chance.between(-0.3, 0.3))
    } else {
        (width * chance.between(-0.3, 0.3), sign * height * chance.between(0.65, 0.9))
    };
    corners.map(|corner| [corner[0] + x, corner[1] + y])
}

fn upright(corners: &Corners) -> Corners {
    let [left, top, right, bottom] = bounds(corners);
    [[left, top], [right, top], [right, bottom], [left, bottom]]
}

/// Lengths of the upper and of the left side.
fn sides(corners: &Corners) -> (f64, f64) {
    let length =
        |a: [f64; 2], b: [f64; 2]| ((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1])).sqrt();
    (length(corners[0], corners[1]), length(corners[0], corners[3]))
}

fn enlarged(corners: &Corners, by: f64) -> Corners {
    let middle: [f64; 2] =
        std::array::from_fn(|axis| corners.iter().map(|corner| corner[axis]).sum::<f64>() / 4.0);
    corners.map(|corner| std::array::from_fn(|axis| middle[axis] + (corner[axis] - middle[axis]) * by))
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
