//! One plate, flat, as it leaves the press: ground, border, characters, screws.

use super::SynthError;
use super::canvas::{Area, Canvas, Rgb, mix};
use super::chance::Chance;
use super::face::{Face, Faces, Shape};
use super::layout::{Layout, LayoutId, Row};
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
    /// Ground and ink as printed, and faded.
    fade: f64,
    screws: bool,
    border: bool,
}

impl<'a> Make<'a> {
    fn new(text: &PlateText, faces: &'a Faces, chance: &mut Chance) -> Result<Self, SynthError> {
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
            gap: chance.between(0.85, 1.12),
            shift: (chance.between(-3.0, 3.0), chance.between(-2.0, 2.0)),
            emboss: if chance.happens(0.7) { chance.between(0.1, 0.6) } else { 0.0 },
            fade: if chance.happens(0.3) { chance.between(0.0, 0.25) } else { 0.0 },
            screws: chance.happens(0.7),
            border: chance.happens(0.9),
        })
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
    /// Draws `text` at `scale` pixels per millimetre.
    pub(super) fn draw(
        text: &PlateText,
        faces: &Faces,
        scale: f64,
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
        let make = Make::new(text, faces, chance)?;
        let mut plate = Self {
            canvas: ground(text, layout, scale, &make, chance),
            scale,
            boxes: Vec::new(),
            faces: std::iter::once(make.latin.id).chain(make.hanzi.map(|face| face.id)).collect(),
        };
        let mut place = 0;
        for (line, (shown, row)) in text.lines.iter().zip(layout.rows).enumerate() {
            place += plate.write(text, line, shown, row, place, &make);
        }
        if make.screws {
            plate.screws(layout, chance);
        }
        Ok(plate)
    }

    /// Writes one line and gives the number of characters that are read.
    fn write(
        &mut self,
        text: &PlateText,
        line: usize,
        shown: &str,
        row: &Row,
        first: usize,
        make: &Make<'_>,
    ) -> usize {
        let scheme = text.scheme.scheme();
        let [ink, accent] = [scheme.ink, scheme.accent].map(|ink| faded(ink, make.fade));
        let layout = text.layout.layout();
        let Spacing { mut x, character, gap, separator } = Spacing::of(shown, row, layout, make);
        let height = row.height * make.height;
        let top = row.top + (row.height - height) / 2.0 + make.shift.1;
        let first_read = text.lines.iter().flat_map(|line| line.chars()).next().unwrap_or_default();
        let mut place = first;
        let mut last_was_character = false;
        for c in shown.chars() {
            if is_separator(c) {
                self.separator(c, x + separator / 2.0, top, height, ink);
                x += separator;
                last_was_character = false;
                continue;
            }
            if last_was_character {
                x += gap;
            }
            let face = make.face(c);
            // A narrow character stays narrow: only so much wider than its face has it.
            let width = character.min(height * face.aspect(c) * 1.6);
            let left = x + (character - width) / 2.0;
            let colour = if text.scheme.is_accent(c, place, first_read) { accent } else { ink };
            let area = Area { left, top, right: left + width, bottom: top + height };
            if let Some(shape) = face.shape(c, width * self.scale, height * self.scale) {
                self.stamp(&shape, area, colour, make.emboss);
            }
            self.boxes.push(CharacterBox { character: c, line, area });
            x += character;
            place += 1;
            last_was_character = true;
        }
        place - first
    }

    fn stamp(&mut self, shape: &Shape, area: Area, colour: Rgb, emboss: f64) {
        let (left, top) = ((area.left * self.scale).round() as i64, (area.top * self.scale).round() as i64);
        let ink = |x: i64, y: i64| {
            let inside = 0 <= x && 0 <= y && (x as usize) < shape.width && (y as usize) < shape.height;
            if inside { shape.ink[y as usize * shape.width + x as usize] } else { 0.0 }
        };
        for y in -1..=shape.height as i64 {
            for x in -1..=shape.width as i64 {
                // Raised characters: the edge towards the light is brighter, the other darker.
                let slope = (ink(x + 1, y + 1) - ink(x - 1, y - 1)) * emboss as f32;
                let share = ink(x, y);
                if 0.0 < share {
                    self.canvas.blend(left + x, top + y, colour, share);
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
        let room = layout.width - 2.0 * row.margin;
        let squeeze = (room / wide(width, gap)).min(1.0);
        let used = wide(width, gap) * squeeze;
        let spare = (layout.width - used) / 2.0 - 6.0;
        let shift = make.shift.0.clamp(-spare.max(0.0), spare.max(0.0));
        Self {
            x: (layout.width - used) / 2.0 + shift,
            character: width * squeeze,
            gap: gap * squeeze,
            separator: row.separator * squeeze,
        }
    }
}

fn ground(text: &PlateText, layout: &Layout, scale: f64, make: &Make<'_>, chance: &mut Chance) -> Canvas {
    let scheme = text.scheme.scheme();
    let (width, height) = ((layout.width * scale).ceil() as usize, (layout.height * scale).ceil() as usize);
    let mut canvas = Canvas::new(width.max(2), height.max(2), scheme.ground[0]);
    let hue = [0.0; 3].map(|_: f64| chance.between(-0.035, 0.035) as f32);
    let prefix = text.layout.prefix_mm();
    for (y, row) in canvas.pixels.chunks_exact_mut(width.max(2)).enumerate() {
        let down = (y as f64 / height as f64) as f32;
        let mut colour = scheme.ground[0];
        mix(&mut colour, scheme.ground[1], down);
        for (x, pixel) in row.iter_mut().enumerate() {
            let base = match scheme.prefix_ground {
                Some(prefix_ground) if (x as f64) < prefix * scale => prefix_ground,
                _ => colour,
            };
            *pixel = faded(std::array::from_fn(|i| (base[i] + hue[i]).clamp(0.0, 1.0)), make.fade);
        }
    }
    if let (Some((inset, thick)), true) = (layout.border, make.border) {
        border(&mut canvas, layout, scale, inset, thick, faded(scheme.ink, make.fade));
    }
    canvas
}

impl LayoutId {
    /// Where the third character's ground begins, millimetres from the left.
    fn prefix_mm(self) -> f64 {
        self.layout().width * 0.29
    }
}

/// Four straight lines with rounded corners: the ring between two rounded rectangles.
fn border(canvas: &mut Canvas, layout: &Layout, scale: f64, inset: f64, thick: f64, ink: Rgb) {
    let area = |inset: f64| Area {
        left: inset * scale,
        top: inset * scale,
        right: (layout.width - inset) * scale,
        bottom: (layout.height - inset) * scale,
    };
    let before = canvas.clone();
    canvas.rectangle(area(inset), (layout.radius - inset).max(1.0) * scale, ink, 1.0);
    // What is inside the ring is as it was.
    let mut inside = Canvas::new(canvas.width, canvas.height, [0.0; 3]);
    inside.rectangle(area(inset + thick), (layout.radius - inset - thick).max(1.0) * scale, [1.0; 3], 1.0);
    for ((pixel, old), share) in canvas.pixels.iter_mut().zip(&before.pixels).zip(&inside.pixels) {
        mix(pixel, *old, share[0]);
    }
}

/// Paint that the sun has bleached and dust has dulled.
fn faded(mut colour: Rgb, fade: f64) -> Rgb {
    mix(&mut colour, [0.66, 0.65, 0.62], fade as f32);
    colour
}
