//! Samples for a locator: plates on a background, each with its four corners, among texts that are no plates.

use serde::Serialize;

use super::backgrounds::{Background, Backgrounds, Part};
use super::camera::{Corners, Pose, bounds, paste};
use super::canvas::{Area, Canvas, Rgb};
use super::chance::Chance;
use super::distractor::{Distractor, on_vehicle, time_stamp};
use super::effect::{Effect, Effects};
use super::face::Faces;
use super::lens::take;
use super::mixture::{Mixture, Odds};
use super::plate::Plate;
use super::reader::{flat_scale, hundredths};
use super::surroundings::bodywork;
use super::text::PlateText;
use super::{SynthError, SynthSettings, wear};

/// Longest side of a scene in pixels.
pub const SCENE_SIDE: usize = 480;

/// Pixels between two plates, and between a plate and the picture's edge, at least.
const APART: f64 = 4.0;

/// Width of a plate by which a scene's blur is scaled, pixels.
const FOCUS: f64 = 110.0;

/// Width of the widest plates, pixels.
const WIDEST: f64 = 300.0;

/// Places tried for a plate before the scene goes without it.
const TRIES: usize = 12;

/// A picture with any number of plates.
pub struct SceneSample {
    /// The picture as a JPEG file.
    pub jpeg: Vec<u8>,
    /// What is in it.
    pub label: SceneLabel,
}

/// Ground truth of a scene; a line of the index.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SceneLabel {
    /// Number of the sample.
    pub index: u64,
    /// Width and height in pixels.
    pub size: [usize; 2],
    /// File of the background; none when it is made up.
    pub background: Option<String>,
    /// What of the background it shows; none when it is made up.
    pub part: Option<Part>,
    /// Every plate whose corners are known. No other plate is in a made-up background; in a picture from outside, only if
    /// its boxes do not tell of it.
    pub plates: Vec<ScenePlate>,
    /// Texts that are no plates.
    pub distractors: Vec<Distractor>,
    /// The set's seed.
    pub seed: u64,
    /// What was done to the whole picture, with strengths.
    pub effects: Effects,
}

/// A plate in a scene.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScenePlate {
    /// Corners in pixels of the picture, all inside of it.
    pub corners: Corners,
    /// What a reader is to read, line by line.
    pub lines: Vec<String>,
    /// ISO 3166-1 alpha-2.
    pub country: &'static str,
    /// Name of the syntax.
    pub syntax: String,
    /// Name of the layout.
    pub layout: &'static str,
    /// Name of the colours.
    pub colour: &'static str,
    /// Name of the colours of ground and characters.
    pub scheme: &'static str,
    /// What was done to this plate, with strengths.
    pub effects: Effects,
}

impl SceneSample {
    /// Scene `index` of the set, on one of `backgrounds` or a made-up one, with plates from `text`.
    ///
    /// # Errors
    /// [`SynthError`] when a text does not fit its layout, no face can draw it, or a background cannot be read; and those of
    /// `text`.
    pub fn draw<E: From<SynthError>>(
        index: u64,
        text: &mut impl FnMut(&mut Chance) -> Result<PlateText, E>,
        faces: &Faces,
        backgrounds: Option<&Backgrounds>,
        settings: SynthSettings,
        chance: &mut Chance,
    ) -> Result<Self, E> {
        let (mut scene, places, background, part, enlarged) = match backgrounds {
            Some(backgrounds) => {
                let mut background = backgrounds.drawn(SCENE_SIDE, chance)?;
                for plate in &background.plates {
                    paint_over(&mut background.canvas, *plate);
                }
                let places = places(&background, chance);
                let Background { canvas, name, part, scale, .. } = background;
                (canvas, places, Some(name), Some(part), scale.max(1.0))
            }
            None => {
                let height = SCENE_SIDE * 3 / 4;
                let places = free_places(SCENE_SIDE, height, chance);
                (bodywork(SCENE_SIDE, height, chance), places, None, None, 1.0)
            }
        };
        let mut distractors = Vec::new();
        for _ in 0..chance.below(5) {
            let at = (chance.unit() * scene.width as f64, chance.unit() * scene.height as f64);
            distractors.extend(on_vehicle(&mut scene, at, faces, chance));
        }
        // Nothing may hide a plate: a stamp is a place that is taken.
        let mut taken_places = Vec::new();
        if chance.happens(0.3) {
            let stamp = time_stamp(&mut scene, faces, chance);
            taken_places.push(bounds(&stamp.corners));
            distractors.push(stamp);
        }
        let mixture = Mixture { jpeg: Odds { share: 1.0, range: [35.0, 96.0] }, ..settings.mixture };
        let is_infrared = mixture.infrared.drawn(chance).is_some();
        let mut plates: Vec<ScenePlate> = Vec::new();
        for place in places {
            let text = text(chance)?;
            let Some(corners) = fitting(&place, &text, &taken_places, &scene, chance) else { continue };
            taken_places.push(bounds(&corners));
            plates.push(put(&mut scene, &text, corners, faces, &mixture, enlarged, chance)?);
        }
        let mut effects = Effects::default();
        if is_infrared {
            effects.note(Effect::Infrared, 1.0);
            wear::infrared(&mut scene, 1.0);
        }
        let size = [scene.width, scene.height];
        let taken = take(scene, &mixture, FOCUS, index, &mut effects, chance)
            .map_err(|source| SynthError::Picture { name: index.to_string(), source })?;
        for distractor in &mut distractors {
            distractor.corners = distractor.corners.map(|corner| corner.map(hundredths));
        }
        let label =
            SceneLabel { index, size, background, part, plates, distractors, seed: settings.seed, effects };
        #[expect(clippy::expect_used, reason = "coded with probability 1")]
        let jpeg = taken.jpeg.expect("coded");
        Ok(Self { jpeg, label })
    }
}

/// Where a plate may come: its middle, how far it may depart from it, and how wide it is from in front; pixels.
struct Place {
    middle: (f64, f64),
    spread: (f64, f64),
    width: f64,
}

/// On plates that were painted over, else on vehicles, else anywhere.
fn places(background: &Background, chance: &mut Chance) -> Vec<Place> {
    let mut places = Vec::new();
    for plate in &background.plates {
        let width = (plate.right - plate.left) * chance.between(0.9, 1.3);
        places.push(Place { middle: plate.middle(), spread: (2.0, 2.0), width: width.clamp(20.0, WIDEST) });
    }
    if places.is_empty() {
        for vehicle in background.vehicles.iter().filter(|vehicle| 60.0 <= vehicle.right - vehicle.left) {
            let (wide, high) = (vehicle.right - vehicle.left, vehicle.bottom - vehicle.top);
            let middle = (vehicle.middle().0, vehicle.top + 0.72 * high);
            let width = wide * chance.between(0.16, 0.4);
            places.push(Place {
                middle,
                spread: (0.2 * wide, 0.15 * high),
                width: width.clamp(20.0, WIDEST),
            });
        }
    }
    if places.is_empty() {
        return free_places(background.canvas.width, background.canvas.height, chance);
    }
    places
}

/// None in one of eight, else one to three; one of three times a single one that is near.
fn free_places(width: usize, height: usize, chance: &mut Chance) -> Vec<Place> {
    if chance.happens(0.33) {
        let (wide, high) = (width as f64, height as f64);
        let near = (wide * chance.between(0.3, 0.8)).clamp(20.0, WIDEST);
        return vec![Place {
            middle: (wide / 2.0, high / 2.0),
            spread: (wide / 3.0, high / 3.0),
            width: near,
        }];
    }
    let count = *chance.pick(&[0, 1, 1, 1, 1, 1, 2, 3]);
    let (wide, high) = (width as f64, height as f64);
    let mut one = || Place {
        middle: (wide / 2.0, high / 2.0),
        spread: (wide / 2.0, high / 2.0),
        width: 20.0 + 220.0 * chance.unit() * chance.unit(),
    };
    (0..count).map(|_| one()).collect()
}

/// Corners at `place` that are inside the scene and off what is `taken`; `None` when there was no room.
fn fitting(
    place: &Place,
    text: &PlateText,
    taken: &[[f64; 4]],
    scene: &Canvas,
    chance: &mut Chance,
) -> Option<Corners> {
    (0..TRIES).find_map(|_| {
        let x = place.middle.0 + place.spread.0 * chance.between(-1.0, 1.0);
        let y = place.middle.1 + place.spread.1 * chance.between(-1.0, 1.0);
        let corners = Pose::drawn(chance)
            .corners(text.layout.size_mm(), place.width)
            .map(|corner| [corner[0] + x, corner[1] + y]);
        let [left, top, right, bottom] = bounds(&corners);
        let is_inside = APART <= left
            && APART <= top
            && right <= scene.width as f64 - APART
            && bottom <= scene.height as f64 - APART;
        let is_free = taken.iter().all(|&[l, t, r, b]| {
            right + APART < l || r + APART < left || bottom + APART < t || b + APART < top
        });
        (is_inside && is_free).then_some(corners)
    })
}

/// Pastes one plate, as sharp as a background that was `enlarged`, and may hide some of it.
fn put(
    scene: &mut Canvas,
    text: &PlateText,
    corners: Corners,
    faces: &Faces,
    mixture: &Mixture,
    enlarged: f64,
    chance: &mut Chance,
) -> Result<ScenePlate, SynthError> {
    let [left, _, right, _] = bounds(&corners);
    let mut effects = Effects::default();
    let worn = wear::worn(mixture, &mut effects, chance);
    let scale = flat_scale(right - left, text) / enlarged;
    let mut plate = Plate::draw(text, faces, scale, worn, chance)?;
    wear::wear(&mut plate.canvas, mixture, &mut effects, chance);
    wear::light(&mut plate.canvas, mixture, &mut effects, chance);
    // A plate has the light of what it is mounted on.
    let light = chance.between(0.55, 1.0) as f32;
    plate.canvas.pixels.iter_mut().flatten().for_each(|value| *value *= light);
    paste(scene, &plate.canvas, None, &corners)
        .ok_or_else(|| SynthError::Pose { text: text.lines.join(" ") })?;
    if let Some(share) = mixture.hidden.drawn(chance) {
        effects.note(Effect::Hidden, share);
        hide(scene, &corners, share, chance);
    }
    Ok(ScenePlate {
        corners: corners.map(|corner| corner.map(hundredths)),
        lines: text.read_lines(),
        country: text.country.code(),
        syntax: text.syntax.clone(),
        layout: text.layout.name(),
        colour: text.scheme.colour().name(),
        scheme: text.scheme.name(),
        effects,
    })
}

/// Something before `share` of a plate's width or height, from one of its sides: a tow bar, a bag, another vehicle.
fn hide(scene: &mut Canvas, corners: &Corners, share: f64, chance: &mut Chance) {
    let [left, top, right, bottom] = bounds(corners);
    let (wide, high) = (right - left, bottom - top);
    let beyond = high * chance.between(0.1, 0.8);
    let mut area =
        Area { left: left - beyond, top: top - beyond, right: right + beyond, bottom: bottom + beyond };
    match chance.below(4) {
        0 => area.right = left + share * wide,
        1 => area.left = right - share * wide,
        2 => area.bottom = top + share * high,
        _ => area.top = bottom - share * high,
    }
    let colour = if chance.happens(0.6) {
        [chance.between(0.03, 0.6) as f32; 3]
    } else {
        std::array::from_fn(|_| chance.between(0.03, 0.85) as f32)
    };
    scene.rectangle(area, chance.between(0.0, 0.5) * high, colour, 1.0);
}

/// Hides a plate that has a box and no corners: its place, a tenth wider, in the mean colour of its rim.
fn paint_over(scene: &mut Canvas, plate: Area) {
    let (wide, high) = ((plate.right - plate.left) * 0.05, (plate.bottom - plate.top) * 0.05);
    let area = Area {
        left: plate.left - wide - 1.0,
        top: plate.top - high - 1.0,
        right: plate.right + wide + 1.0,
        bottom: plate.bottom + high + 1.0,
    };
    let (mut sum, mut count): (Rgb, f32) = ([0.0; 3], 0.0);
    for step in 0..32 {
        let part = f64::from(step) / 31.0;
        let (x, y) =
            (area.left + part * (area.right - area.left), area.top + part * (area.bottom - area.top));
        for (x, y) in [(x, area.top), (x, area.bottom), (area.left, y), (area.right, y)] {
            // Beyond the edge there is the plate's own colour again.
            let is_seen = (0.0..scene.width as f64).contains(&x) && (0.0..scene.height as f64).contains(&y);
            if !is_seen {
                continue;
            }
            let colour = scene.at(x, y);
            sum = std::array::from_fn(|i| sum[i] + colour[i]);
            count += 1.0;
        }
    }
    scene.rectangle(area, 2.0, sum.map(|value| value / count.max(1.0)), 1.0);
}

impl Area {
    fn middle(&self) -> (f64, f64) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }
}
