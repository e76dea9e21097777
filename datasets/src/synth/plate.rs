//! One plate, flat, as it leaves the press: ground, border, characters, screws.

mod ground;

use super::SynthError;
use super::canvas::{Area, Canvas, Rgb, mix};
use super::chance::Chance;
use super::face::{Face, Faces, Shape};
use super::layout::{Layout, Row, Trim};
use super::text::{PlateText, is_separator};

/// A plate's picture and where its characters are.
pub(super) struct Plate {
    pub(super) canvas: Canvas,
    /// Pixels of `canvas` per millimetre.
    pub(super) scale: f64,
    /// Box of each character that is read, in millimetres, line after line.
    pub(super) boxes: Vec<CharacterBox>,
    pub(super) faces: Vec<&'static str>,
}

/// Where a character was drawn: the box around its ink.
#[derive(Clone, Copy, Debug)]
pub(super) struct CharacterBox {
    pub(super) character: char,
    pub(super) line: usize,
    /// Millimetres from the plate's upper left corner.
    pub(super) area: Area,
}

/// How one plate departs from its layout.
struct Make<'a> {
    latin: &'a Face,
    hanzi: Option<&'a Face>,
    /// Of the characters' width and height, around 1.
    width: f64,
    height: f64,
    gap: f64,
    /// Shift of all characters, millimetres.
    shift: (f64, f64),
    /// Light on raised edges from above left, 0 to 1.
    emboss: f64,
    /// Of the strokes' thickness: so much of a character's height is added on each side.
    weight: f64,
    /// Ground and ink as printed, and faded.
    fade: f64,
    /// Of the ground, which is not always fresh.
    light: f32,
    /// How much of their ink characters may have lost.
    worn: f64,
    screws: bool,
    border: bool,
    /// The band of [`Trim::Band`].
    has_band: bool,
    /// What a European plate has between its groups: an upper and a lower seal.
    seals: Option<[Rgb; 2]>,
}

impl<'a> Make<'a> {
    fn new(text: &PlateText, faces: &'a Faces, worn: f64, chance: &mut Chance) -> Result<Self, SynthError> {
        let of_kind = |hanzi: bool| {
            let all = text.lines.iter().flat_map(|line| line.chars());
            all.filter(move |&c| !is_separator(c) && is_hanzi(c) == hanzi)
        };
        let can_all = |face: &Face, hanzi: bool| of_kind(hanzi).all(|c| face.has(c));
        let missing = |faces: &[Face], hanzi: bool| {
            let drawn = |c: char| faces.iter().any(|face| face.has(c));
            let character = of_kind(hanzi).find(|&c| !drawn(c)).or(of_kind(hanzi).next()).unwrap_or_default();
            SynthError::NoGlyph { character, text: text.shown() }
        };
        let latin: Vec<&Face> = faces.latin().iter().filter(|face| can_all(face, false)).collect();
        let hanzi: Vec<&Face> = faces.hanzi().iter().filter(|face| can_all(face, true)).collect();
        let needs_hanzi = of_kind(true).next().is_some();
        if latin.is_empty() {
            return Err(missing(faces.latin(), false));
        }
        if needs_hanzi && hanzi.is_empty() {
            return Err(missing(faces.hanzi(), true));
        }
        Ok(Self {
            latin: *chance.pick(&latin),
            hanzi: needs_hanzi.then(|| *chance.pick(&hanzi)),
            width: chance.between(0.92, 1.06),
            height: chance.between(0.95, 1.03),
            gap: chance.between(0.72, 1.15),
            shift: (chance.between(-3.0, 3.0), chance.between(-2.0, 2.0)),
            emboss: if chance.happens(0.7) { chance.between(0.1, 0.6) } else { 0.0 },
            weight: chance.between(-0.022, 0.012),
            fade: if chance.happens(0.3) { chance.between(0.0, 0.25) } else { 0.0 },
            light: if chance.happens(0.4) { chance.between(0.72, 1.0) as f32 } else { 1.0 },
            worn,
            screws: chance.happens(0.7),
            border: chance.happens(0.9),
            has_band: chance.happens(0.75),
            seals: chance
                .happens(0.6)
                .then(|| [0, 1].map(|_| [0.0; 3].map(|_: f64| chance.between(0.1, 0.85) as f32))),
        })
    }

    /// Paint that the sun has bleached and dust has dulled.
    fn faded(&self, mut colour: Rgb) -> Rgb {
        mix(&mut colour, [0.66, 0.65, 0.62], self.fade as f32);
        colour
    }

    /// Left of the number's part of the plate, in millimetres.
    fn inset(&self, layout: &Layout) -> f64 {
        match layout.trim {
            Some(Trim::Band(width)) if self.has_band => width,
            _ => 0.0,
        }
    }

    fn face(&self, character: char) -> &'a Face {
        match self.hanzi {
            Some(face) if is_hanzi(character) => face,
            _ => self.latin,
        }
    }
}

fn is_hanzi(character: char) -> bool {
    !character.is_ascii() && !is_separator(character) && character != 'Đ'
}

impl Plate {
    /// Draws `text` at `scale` pixels per millimetre; characters have lost up to `worn` of their ink.
    pub(super) fn draw(
        text: &PlateText,
        faces: &Faces,
        scale: f64,
        worn: f64,
        chance: &mut Chance,
    ) -> Result<Self, SynthError> {
        let layout = text.layout.layout();
        if text.lines.len() != layout.rows.len() {
            return Err(SynthError::Lines {
                text: text.shown(),
                layout: text.layout.name(),
                actual: text.lines.len(),
                expected: layout.rows.len(),
            });
        }
        let make = Make::new(text, faces, worn, chance)?;
        let mut plate = Self {
            canvas: ground::ground(text, layout, scale, &make, chance),
            scale,
            boxes: Vec::new(),
            faces: std::iter::once(make.latin.id).chain(make.hanzi.map(|face| face.id)).collect(),
        };
        let mut place = 0;
        for (line, (shown, row)) in text.lines.iter().zip(layout.rows).enumerate() {
            place += plate.write(text, line, shown, row, place, &make, chance);
        }
        if make.screws {
            plate.screws(layout, chance);
        }
        Ok(plate)
    }

    /// Writes `line`, whose first character is the plate's `first`-th, and gives the number of characters that are read.
    #[expect(clippy::too_many_arguments, reason = "one line of one plate, called once")]
    fn write(
        &mut self,
        text: &PlateText,
        line: usize,
        shown: &str,
        row: &Row,
        first: usize,
        make: &Make<'_>,
        chance: &mut Chance,
    ) -> usize {
        let scheme = text.scheme.scheme();
        let [ink, accent] = [scheme.ink, scheme.accent].map(|ink| make.faded(ink));
        let layout = text.layout.layout();
        let Spacing { mut x, character, gap, separator } = Spacing::of(shown, row, layout, make);
        let height = row.height * make.height;
        let top = row.top + (row.height - height) / 2.0 + make.shift.1;
        let first_read = text.lines.iter().flat_map(|line| line.chars()).next().unwrap_or_default();
        let mut place = first;
        let mut last_was_character = false;
        for c in shown.chars() {
            if is_separator(c) {
                if c == ' ' {
                    self.seals(x + separator / 2.0, top, height, make);
                } else {
                    self.separator(c, x + separator / 2.0, top, height, ink);
                }
                x += separator;
                last_was_character = false;
                continue;
            }
            if last_was_character {
                x += gap;
            }
            let face = make.face(c);
            // A narrow character stays narrow: it is stretched as a broad one of the face is.
            let stretch = (character / (height * face.aspect('0').max(0.2))).min(1.6);
            let width = character.min(height * face.aspect(c) * stretch);
            let left = x + (character - width) / 2.0;
            let colour = if text.scheme.is_accent(c, place, first_read) { accent } else { ink };
            let area = Area { left, top, right: left + width, bottom: top + height };
            if let Some(shape) = face.shape(c, width * self.scale, height * self.scale) {
                // Hanzi have thin strokes close together: half of it is as much to them.
                let weight = if is_hanzi(c) { make.weight / 2.0 } else { make.weight };
                let shape = shape.weighed(weight * height * self.scale);
                let share = 1.0 - make.worn * chance.unit();
                self.stamp(&shape, area, colour, share as f32, make.emboss);
            }
            self.boxes.push(CharacterBox { character: c, line, area });
            x += character;
            place += 1;
            last_was_character = true;
        }
        place - first
    }

    /// Inks a character with `share` of its colour, and light and shade on its edges.
    fn stamp(&mut self, shape: &Shape, area: Area, colour: Rgb, share: f32, emboss: f64) {
        let (left, top) = ((area.left * self.scale).round() as i64, (area.top * self.scale).round() as i64);
        let ink = |x: i64, y: i64| {
            let inside = 0 <= x && 0 <= y && (x as usize) < shape.width && (y as usize) < shape.height;
            if inside { shape.ink[y as usize * shape.width + x as usize] } else { 0.0 }
        };
        for y in -1..=shape.height as i64 {
            for x in -1..=shape.width as i64 {
                // Raised characters: the edge towards the light is brighter, the other darker.
                let slope = (ink(x + 1, y + 1) - ink(x - 1, y - 1)) * emboss as f32;
                let cover = ink(x, y);
                if 0.0 < cover {
                    self.canvas.blend(left + x, top + y, colour, share * cover);
                }
                if 0.02 < slope.abs() {
                    let light = if 0.0 < slope { [1.0; 3] } else { [0.0; 3] };
                    self.canvas.blend(left + x, top + y, light, slope.abs() * 0.35);
                }
            }
        }
    }

    fn separator(&mut self, c: char, middle: f64, top: f64, height: f64, ink: Rgb) {
        let s = self.scale;
        match c {
            '-' => {
                let (half, y) = (height * 0.12, top + height * 0.5);
                let area = Area {
                    left: (middle - half) * s,
                    right: (middle + half) * s,
                    top: (y - height * 0.05) * s,
                    bottom: (y + height * 0.05) * s,
                };
                self.canvas.rectangle(area, 0.0, ink, 1.0);
            }
            '.' => self.canvas.disc(middle * s, (top + height * 0.88) * s, height * 0.075 * s, ink, 1.0),
            _ => self.canvas.disc(middle * s, (top + height * 0.5) * s, height * 0.056 * s, ink, 1.0),
        }
    }

    fn seals(&mut self, middle: f64, top: f64, height: f64, make: &Make<'_>) {
        let Some(seals) = make.seals else { return };
        for (seal, at) in seals.into_iter().zip([0.3, 0.68]) {
            let radius = 0.15 * height * self.scale;
            self.canvas.disc(middle * self.scale, (top + at * height) * self.scale, radius, seal, 0.9);
        }
    }

    fn screws(&mut self, layout: &Layout, chance: &mut Chance) {
        let radius = chance.between(3.0, 6.0) * self.scale;
        let colour =
            *chance.pick(&[[0.62, 0.62, 0.62], [0.25, 0.25, 0.25], [0.85, 0.85, 0.84], [0.45, 0.32, 0.22]]);
        for &(x, y) in layout.screws {
            let (x, y) = (x * self.scale, y * self.scale);
            self.canvas.disc(x + 0.25 * radius, y + 0.25 * radius, radius, [0.0; 3], 0.45);
            self.canvas.disc(x, y, radius, colour, 1.0);
            self.canvas.disc(x - 0.25 * radius, y - 0.25 * radius, 0.45 * radius, [1.0; 3], 0.35);
        }
    }
}

/// Where a line begins and how close its characters are, in millimetres.
struct Spacing {
    x: f64,
    character: f64,
    gap: f64,
    separator: f64,
}

impl Spacing {
    fn of(shown: &str, row: &Row, layout: &Layout, make: &Make<'_>) -> Self {
        let (mut characters, mut gaps, mut separators) = (0.0, 0.0, 0.0);
        let mut last_was_character = false;
        for c in shown.chars() {
            if is_separator(c) {
                separators += 1.0;
                last_was_character = false;
            } else {
                characters += 1.0;
                gaps += if last_was_character { 1.0 } else { 0.0 };
                last_was_character = true;
            }
        }
        let wide = |width: f64, gap: f64| characters * width + gaps * gap + separators * row.separator;
        let (width, gap) = (row.character * make.width, row.gap * make.gap);
        let inset = make.inset(layout);
        let room = layout.width - inset - 2.0 * row.margin;
        let squeeze = (room / wide(width, gap)).min(1.0);
        let used = wide(width, gap) * squeeze;
        let spare = (layout.width - inset - used) / 2.0 - 6.0;
        let shift = make.shift.0.clamp(-spare.max(0.0), spare.max(0.0));
        Self {
            x: inset + (layout.width - inset - used) / 2.0 + shift,
            character: width * squeeze,
            gap: gap * squeeze,
            separator: row.separator * squeeze,
        }
    }
}
