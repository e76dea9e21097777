use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vision::{Picture, PictureLimits, SizePx};

use super::SynthError;
use super::canvas::{Area, Canvas};
use super::chance::Chance;

/// What a background may cost to read.
const LIMITS: PictureLimits = PictureLimits { size: SizePx::new(8192, 8192), pixels: 1 << 25 };

/// How much a background is enlarged at most.
const MOST_ENLARGED: f64 = 2.2;

/// Places tried for a piece without a plate.
const TRIES: usize = 12;

/// Pictures of a folder that plates are pasted on.
///
/// A `*.jsonl` file beside them may tell, one picture a line, what is where: `image`, `boxes` as left, top, right, bottom in
/// its pixels, and `labels`, of which `plate` is painted over, so that no plate goes without its corners, and `vehicle`,
/// `car`, `bus`, `truck` and `motorcycle` get plates where vehicles have them.
pub struct Backgrounds {
    /// In the order of their names.
    files: Vec<PathBuf>,
    marks: BTreeMap<String, Vec<Mark>>,
}

/// Something known of a background.
#[derive(Clone, Copy, Debug)]
struct Mark {
    is_plate: bool,
    area: Area,
}

/// What of a background is in a scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// All of it.
    Whole,
    /// One vehicle and a little around it, as a detector would cut it out.
    Vehicle,
    /// Any part, so near that a plate may fill much of it.
    Piece,
}

/// One background, at the size of the scene.
pub(super) struct Background {
    pub(super) name: String,
    pub(super) part: Part,
    /// Pixels of the scene per pixel of the picture.
    pub(super) scale: f64,
    pub(super) canvas: Canvas,
    pub(super) plates: Vec<Area>,
    pub(super) vehicles: Vec<Area>,
}

/// A line of boxes.
#[derive(Deserialize)]
struct Line {
    image: String,
    boxes: Vec<[f64; 4]>,
    labels: Vec<String>,
}

impl Backgrounds {
    /// The JPEG and PNG pictures in `folder`, not below it.
    ///
    /// # Errors
    /// [`SynthError::Io`], [`SynthError::Boxes`] and [`SynthError::NoBackground`].
    pub fn open(folder: &Path) -> Result<Self, SynthError> {
        let io = |source| SynthError::Io { path: folder.to_owned(), source };
        let mut all = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(io)? {
            all.push(entry.map_err(io)?.path());
        }
        all.sort();
        let has = |file: &Path, extensions: &[&str]| {
            let own = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            extensions.iter().any(|extension| own.eq_ignore_ascii_case(extension))
        };
        let mut marks = BTreeMap::new();
        for file in all.iter().filter(|file| has(file, &["jsonl"])) {
            read_marks(file, &mut marks)?;
        }
        all.retain(|file| has(file, &["jpg", "jpeg", "png"]));
        if all.is_empty() {
            return Err(SynthError::NoBackground { folder: folder.to_owned() });
        }
        Ok(Self { files: all, marks })
    }

    /// One of them or a part of it, mirrored or not, its longest side `longest` pixels or less.
    pub(super) fn drawn(&self, longest: usize, chance: &mut Chance) -> Result<Background, SynthError> {
        let (name, picture) = self.read(chance)?;
        let marks = self.marks.get(&name).map(Vec::as_slice).unwrap_or_default();
        let (part, area) = cut(&picture, marks, chance);
        let (wide, high) = (area.right - area.left, area.bottom - area.top);
        // More than that would be blur alone.
        let scale = (longest as f64 / wide.max(high)).min(MOST_ENLARGED);
        let is_mirrored = chance.happens(0.5);
        let canvas = resized(&picture, area, scale, is_mirrored);
        let mut background =
            Background { name, part, scale, canvas, plates: Vec::new(), vehicles: Vec::new() };
        let width = background.canvas.width as f64;
        for mark in marks.iter().filter(|mark| mark.area.meets(area)) {
            let place = mark.area.seen_in(area, scale);
            let place = if is_mirrored {
                Area { left: width - place.right, right: width - place.left, ..place }
            } else {
                place
            };
            if mark.is_plate { background.plates.push(place) } else { background.vehicles.push(place) }
        }
        Ok(background)
    }

    /// A piece without a plate; `None` when no place was found that is off all plates.
    pub(super) fn without_plate(&self, chance: &mut Chance) -> Result<Option<Canvas>, SynthError> {
        let (name, picture) = self.read(chance)?;
        let marks = self.marks.get(&name).map(Vec::as_slice).unwrap_or_default();
        let size = picture.size();
        let (most_wide, most_high) = (f64::from(size.width), f64::from(size.height));
        let found = (0..TRIES).find_map(|_| {
            let wide = chance.between(0.08, 0.5) * most_wide;
            let high = (wide / chance.between(1.2, 5.0)).min(most_high);
            let (left, top) = (chance.unit() * (most_wide - wide), chance.unit() * (most_high - high));
            let area = Area { left, top, right: left + wide, bottom: top + high };
            let is_free = marks.iter().filter(|mark| mark.is_plate).all(|mark| !mark.area.meets(area));
            (is_free && 12.0 <= high).then_some(area)
        });
        let scale = |area: Area| (80.0 / (area.right - area.left)).max(1.0);
        Ok(found.map(|area| resized(&picture, area, scale(area), chance.happens(0.5))))
    }

    fn read(&self, chance: &mut Chance) -> Result<(String, Picture), SynthError> {
        let file = chance.pick(&self.files);
        let bytes = std::fs::read(file).map_err(|source| SynthError::Io { path: file.clone(), source })?;
        let picture = Picture::decode(&bytes, LIMITS)
            .map_err(|source| SynthError::Picture { name: file.display().to_string(), source })?;
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok((name, picture))
    }
}

/// What of `picture` a scene shows.
fn cut(picture: &Picture, marks: &[Mark], chance: &mut Chance) -> (Part, Area) {
    let size = picture.size();
    let whole = Area { left: 0.0, top: 0.0, right: f64::from(size.width), bottom: f64::from(size.height) };
    let vehicles: Vec<Area> = marks
        .iter()
        .filter(|mark| !mark.is_plate && 80.0 <= mark.area.right - mark.area.left)
        .map(|mark| mark.area)
        .collect();
    let draw = chance.unit();
    if draw < 0.35 {
        return (Part::Whole, whole);
    }
    if draw < 0.7 && !vehicles.is_empty() {
        let vehicle = *chance.pick(&vehicles);
        let (wide, high) = (vehicle.right - vehicle.left, vehicle.bottom - vehicle.top);
        let mut around = |side: f64| side * chance.between(0.0, 0.12);
        let area = Area {
            left: (vehicle.left - around(wide)).max(0.0),
            top: (vehicle.top - around(high)).max(0.0),
            right: (vehicle.right + around(wide)).min(whole.right),
            bottom: (vehicle.bottom + around(high)).min(whole.bottom),
        };
        return (Part::Vehicle, area);
    }
    let share = chance.between(0.3, 0.7);
    let (wide, high) = (share * whole.right, share * chance.between(0.7, 1.0) * whole.bottom);
    let (left, top) = (chance.unit() * (whole.right - wide), chance.unit() * (whole.bottom - high));
    (Part::Piece, Area { left, top, right: left + wide, bottom: top + high })
}

impl Area {
    /// Where it is in a scene that shows `part` at `scale`.
    fn seen_in(self, part: Self, scale: f64) -> Self {
        let (x, y) = (|x: f64| (x - part.left) * scale, |y: f64| (y - part.top) * scale);
        Self { left: x(self.left), top: y(self.top), right: x(self.right), bottom: y(self.bottom) }
    }

    fn meets(self, other: Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
}

fn read_marks(file: &Path, marks: &mut BTreeMap<String, Vec<Mark>>) -> Result<(), SynthError> {
    let text =
        std::fs::read_to_string(file).map_err(|source| SynthError::Io { path: file.to_owned(), source })?;
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: Line = serde_json::from_str(line).map_err(|source| SynthError::Boxes {
            file: file.to_owned(),
            line: index + 1,
            source,
        })?;
        let of_image = marks.entry(line.image).or_default();
        for ([left, top, right, bottom], label) in line.boxes.into_iter().zip(&line.labels) {
            let is_plate = label == "plate";
            if is_plate || matches!(label.as_str(), "vehicle" | "car" | "bus" | "truck" | "motorcycle") {
                of_image.push(Mark { is_plate, area: Area { left, top, right, bottom } });
            }
        }
    }
    Ok(())
}

/// `area` of `picture` at `scale`, the mean of four places for each pixel.
fn resized(picture: &Picture, area: Area, scale: f64, is_mirrored: bool) -> Canvas {
    let size = picture.size();
    let source = Canvas::from_rgb8(size.width as usize, size.height as usize, picture.rgb());
    let side = |side: f64| ((side * scale).round() as usize).max(1);
    let mut canvas = Canvas::new(side(area.right - area.left), side(area.bottom - area.top), [0.0; 3]);
    let width = canvas.width;
    for (y, row) in canvas.pixels.chunks_exact_mut(width).enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            let x = if is_mirrored { width - 1 - x } else { x };
            for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
                let colour =
                    source.at(area.left + (x as f64 + dx) / scale, area.top + (y as f64 + dy) / scale);
                for (value, part) in pixel.iter_mut().zip(colour) {
                    *value += part / 4.0;
                }
            }
        }
    }
    canvas
}
