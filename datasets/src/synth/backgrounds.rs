use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use vision::{Picture, PictureLimits, SizePx};

use super::SynthError;
use super::canvas::{Area, Canvas};
use super::chance::Chance;

/// What a background may cost to read.
const LIMITS: PictureLimits = PictureLimits { size: SizePx::new(8192, 8192), pixels: 1 << 25 };

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

/// One background, at the size of the scene.
pub(super) struct Background {
    pub(super) name: String,
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

    /// One of them, mirrored or not, its longest side `longest` pixels.
    pub(super) fn drawn(&self, longest: usize, chance: &mut Chance) -> Result<Background, SynthError> {
        let file = chance.pick(&self.files);
        let bytes = std::fs::read(file).map_err(|source| SynthError::Io { path: file.clone(), source })?;
        let picture = Picture::decode(&bytes, LIMITS)
            .map_err(|source| SynthError::Picture { name: file.display().to_string(), source })?;
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let size = picture.size();
        let scale = longest as f64 / f64::from(size.width.max(size.height));
        let is_mirrored = chance.happens(0.5);
        let canvas = resized(&picture, scale, is_mirrored);
        let mut background = Background { name, canvas, plates: Vec::new(), vehicles: Vec::new() };
        let width = background.canvas.width as f64;
        for mark in self.marks.get(&background.name).into_iter().flatten() {
            let area = mark.area.scaled(scale);
            let area = if is_mirrored {
                Area { left: width - area.right, right: width - area.left, ..area }
            } else {
                area
            };
            if mark.is_plate { background.plates.push(area) } else { background.vehicles.push(area) }
        }
        Ok(background)
    }
}

impl Area {
    fn scaled(self, scale: f64) -> Self {
        let Self { left, top, right, bottom } = self;
        Self { left: left * scale, top: top * scale, right: right * scale, bottom: bottom * scale }
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

/// `picture` at `scale`, the mean of four places for each pixel.
fn resized(picture: &Picture, scale: f64, is_mirrored: bool) -> Canvas {
    let size = picture.size();
    let source = Canvas::from_rgb8(size.width as usize, size.height as usize, picture.rgb());
    let side = |side: u32| ((f64::from(side) * scale).round() as usize).max(1);
    let mut canvas = Canvas::new(side(size.width), side(size.height), [0.0; 3]);
    let width = canvas.width;
    for (y, row) in canvas.pixels.chunks_exact_mut(width).enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            let x = if is_mirrored { width - 1 - x } else { x };
            for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
                let colour = source.at((x as f64 + dx) / scale, (y as f64 + dy) / scale);
                for (value, part) in pixel.iter_mut().zip(colour) {
                    *value += part / 4.0;
                }
            }
        }
    }
    canvas
}
