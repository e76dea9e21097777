use std::path::{Path, PathBuf};

use ab_glyph::{Font as _, FontVec, PxScale, ScaleFont as _, point};

use super::SynthError;

/// A font file of a Debian package, by a name of our own.
#[derive(Clone, Copy, Debug)]
struct Source {
    id: &'static str,
    package: &'static str,
    /// Below the folder of fonts, `/usr/share/fonts` on Debian.
    file: &'static str,
    hanzi: bool,
}

const fn latin(id: &'static str, package: &'static str, file: &'static str) -> Source {
    Source { id, package, file, hanzi: false }
}

const fn hanzi(id: &'static str, package: &'static str, file: &'static str) -> Source {
    Source { id, package, file, hanzi: true }
}

/// Bold upright faces without serifs: what plates are stamped with, and what is near it.
static SOURCES: [Source; 11] = [
    latin("dejavu-sans-bold", "fonts-dejavu-core", "truetype/dejavu/DejaVuSans-Bold.ttf"),
    latin("liberation-sans-bold", "fonts-liberation", "truetype/liberation/LiberationSans-Bold.ttf"),
    latin("liberation-narrow-bold", "fonts-liberation", "truetype/liberation/LiberationSansNarrow-Bold.ttf"),
    latin("roboto-bold", "fonts-roboto-unhinted", "truetype/roboto/unhinted/RobotoTTF/Roboto-Bold.ttf"),
    latin("roboto-medium", "fonts-roboto-unhinted", "truetype/roboto/unhinted/RobotoTTF/Roboto-Medium.ttf"),
    latin(
        "roboto-condensed-bold",
        "fonts-roboto-unhinted",
        "truetype/roboto/unhinted/RobotoCondensed-Bold.ttf",
    ),
    latin("osp-din", "fonts-opendin", "truetype/opendin/OSP-DIN.ttf"),
    latin("bebas-neue-bold", "fonts-bebas-neue", "opentype/bebas-neue/BebasNeue-Bold.otf"),
    hanzi("droid-fallback", "fonts-droid-fallback", "truetype/droid/DroidSansFallbackFull.ttf"),
    hanzi("wqy-zenhei", "fonts-wqy-zenhei", "truetype/wqy/wqy-zenhei.ttc"),
    hanzi("wqy-microhei", "fonts-wqy-microhei", "truetype/wqy/wqy-microhei.ttc"),
];

/// Names of all faces, in the order in which they are chosen from.
pub fn face_ids() -> impl Iterator<Item = &'static str> {
    SOURCES.iter().map(|source| source.id)
}

/// The faces that plates are lettered with.
pub struct Faces {
    latin: Vec<Face>,
    hanzi: Vec<Face>,
}

/// One face: outlines of characters.
pub(super) struct Face {
    /// The name by which it was asked for.
    pub(super) id: &'static str,
    font: FontVec,
}

/// A character's shape as ink coverage: the tight box around its outline, stretched to a size.
pub(super) struct Shape {
    pub(super) width: usize,
    pub(super) height: usize,
    /// `[height, width]`, row-major, 0 to 1.
    pub(super) ink: Vec<f32>,
}

impl Shape {
    /// With strokes `by` pixels thicker on each side, thinner when below 0; its size stays.
    pub(super) fn weighed(self, by: f64) -> Self {
        let (whole, part) = (by.abs() as usize, by.abs().fract() as f32);
        let near = self.spread(whole, 0.0 < by);
        let far = near.spread(1, 0.0 < by);
        let ink = near.ink.iter().zip(&far.ink).map(|(near, far)| near + (far - near) * part).collect();
        Self { ink, ..self }
    }

    /// The most, or the least, ink within `reach` pixels along each axis.
    fn spread(&self, reach: usize, most: bool) -> Self {
        let extreme = |values: &mut dyn Iterator<Item = f32>| {
            if most { values.fold(0.0, f32::max) } else { values.fold(1.0, f32::min) }
        };
        let (width, height) = (self.width, self.height);
        let mut across = Vec::with_capacity(self.ink.len());
        for row in self.ink.chunks_exact(width.max(1)) {
            across.extend((0..width).map(|x| {
                let around = &row[x.saturating_sub(reach)..(x + reach + 1).min(width)];
                extreme(&mut around.iter().copied())
            }));
        }
        let mut ink = Vec::with_capacity(self.ink.len());
        for y in 0..height {
            let rows = y.saturating_sub(reach)..(y + reach + 1).min(height);
            ink.extend((0..width).map(|x| extreme(&mut rows.clone().map(|y| across[y * width + x]))));
        }
        Self { width, height, ink }
    }
}

impl Faces {
    /// Reads the faces `ids` below `folder`; `None` is all. A face that is not there is an error rather than left out,
    /// because the same seed is to give the same bytes on every machine.
    ///
    /// # Errors
    /// [`SynthError::UnknownFace`], [`SynthError::FaceFile`], [`SynthError::FaceSyntax`], and [`SynthError::NoLatinFace`] when none has
    /// letters and digits.
    pub fn load(folder: &Path, ids: Option<&[String]>) -> Result<Self, SynthError> {
        for id in ids.into_iter().flatten() {
            if !face_ids().any(|known| known == id) {
                let known = face_ids().collect::<Vec<_>>().join("`, `");
                return Err(SynthError::UnknownFace { id: id.clone(), known });
            }
        }
        let mut faces = Self { latin: Vec::new(), hanzi: Vec::new() };
        for source in &SOURCES {
            if ids.is_some_and(|ids| ids.iter().all(|id| id != source.id)) {
                continue;
            }
            let file = folder.join(source.file);
            let face = Face { id: source.id, font: read(source, &file)? };
            if source.hanzi { faces.hanzi.push(face) } else { faces.latin.push(face) }
        }
        if faces.latin.is_empty() {
            return Err(SynthError::NoLatinFace);
        }
        Ok(faces)
    }

    /// Faces with letters and digits; at least one.
    pub(super) fn latin(&self) -> &[Face] {
        &self.latin
    }

    /// Faces with Chinese characters.
    pub(super) fn hanzi(&self) -> &[Face] {
        &self.hanzi
    }

    /// Names of the faces, letters and digits first.
    pub fn ids(&self) -> Vec<&'static str> {
        self.latin.iter().chain(&self.hanzi).map(|face| face.id).collect()
    }
}

fn read(source: &Source, file: &Path) -> Result<FontVec, SynthError> {
    let path = || PathBuf::from(file);
    let bytes = std::fs::read(file).map_err(|error| SynthError::FaceFile {
        id: source.id,
        package: source.package,
        file: path(),
        source: error,
    })?;
    FontVec::try_from_vec_and_index(bytes, 0)
        .map_err(|_| SynthError::FaceSyntax { id: source.id, file: path() })
}

impl Face {
    /// Whether it can draw `character`.
    pub(super) fn has(&self, character: char) -> bool {
        self.font.glyph_id(character).0 != 0
    }

    /// Width over height of the box around `character`; 0 without ink.
    pub(super) fn aspect(&self, character: char) -> f64 {
        let bounds = self.font.outline(self.font.glyph_id(character)).map(|outline| outline.bounds);
        bounds.map_or(0.0, |bounds| f64::from(bounds.width().abs() / bounds.height().abs().max(1e-6)))
    }

    /// `character`, its tight box stretched to `width` × `height` pixels; `None` without ink.
    pub(super) fn shape(&self, character: char, width: f64, height: f64) -> Option<Shape> {
        let glyph = self.font.glyph_id(character);
        let bounds = self.font.outline(glyph)?.bounds;
        // A scale is the height of the whole face in pixels; outlines are in its own units.
        let unit = self.font.height_unscaled();
        let scale = PxScale {
            x: width as f32 / bounds.width().abs().max(1e-6) * unit,
            y: height as f32 / bounds.height().abs().max(1e-6) * unit,
        };
        let outlined = self.font.outline_glyph(glyph.with_scale_and_position(scale, point(0.0, 0.0)))?;
        let drawn = outlined.px_bounds();
        let (width, height) = (drawn.width() as usize, drawn.height() as usize);
        let mut ink = vec![0.0; width * height];
        outlined.draw(|x, y, coverage| {
            if let Some(place) = ink.get_mut(y as usize * width + x as usize) {
                *place = coverage.clamp(0.0, 1.0);
            }
        });
        Some(Shape { width, height, ink })
    }

    /// `text` on one line as the face spaces it, `height` pixels from the top of its tallest to the bottom of its deepest
    /// characters.
    pub(super) fn word(&self, text: &str, height: f64) -> Shape {
        let scale = PxScale::from(height as f32);
        let scaled = self.font.as_scaled(scale);
        let (mut x, mut glyphs) = (0.0, Vec::new());
        for character in text.chars() {
            let id = self.font.glyph_id(character);
            glyphs.push(id.with_scale_and_position(scale, point(x, scaled.ascent())));
            x += scaled.h_advance(id);
        }
        let (width, height) = ((x.ceil() as usize).max(1), (scaled.height().ceil() as usize).max(1));
        let mut ink = vec![0.0f32; width * height];
        for outlined in glyphs.into_iter().filter_map(|glyph| self.font.outline_glyph(glyph)) {
            let (left, top) = (outlined.px_bounds().min.x as i64, outlined.px_bounds().min.y as i64);
            outlined.draw(|x, y, coverage| {
                let (x, y) = (left + i64::from(x), top + i64::from(y));
                if (0..width as i64).contains(&x) && (0..height as i64).contains(&y) {
                    let place = &mut ink[y as usize * width + x as usize];
                    *place = place.max(coverage.clamp(0.0, 1.0));
                }
            });
        }
        Shape { width, height, ink }
    }
}
