//! A plate without its number: ground, printed line, band, strip and town.

use super::Make;
use crate::degrade::math::{cos_turns, sin_turns};
use crate::synth::canvas::{Area, Canvas, Rgb, mix};
use crate::synth::chance::Chance;
use crate::synth::face::Shape;
use crate::synth::layout::{Layout, Trim};
use crate::synth::text::PlateText;

const BLUE: Rgb = [0.02, 0.20, 0.62];
const GOLD: Rgb = [0.95, 0.82, 0.10];
const LIGHT: Rgb = [0.93, 0.93, 0.92];
const DARK: Rgb = [0.08, 0.08, 0.09];

const TOWNS: [&str; 12] = [
    "SP-SAO PAULO",
    "RJ-RIO DE JANEIRO",
    "BA-SALVADOR",
    "PR-CURITIBA",
    "MG-BELO HORIZONTE",
    "ES-VITORIA",
    "RS-PORTO ALEGRE",
    "CE-FORTALEZA",
    "BA-CAMACARI",
    "SC-JOINVILLE",
    "DF-BRASILIA",
    "GO-GOIANIA",
];

const COUNTRIES: [(&str, &str); 17] = [
    ("de", "D"),
    ("fr", "F"),
    ("it", "I"),
    ("es", "E"),
    ("nl", "NL"),
    ("pl", "PL"),
    ("gb", "GB"),
    ("cz", "CZ"),
    ("sk", "SK"),
    ("hr", "HR"),
    ("at", "A"),
    ("hu", "H"),
    ("ro", "RO"),
    ("be", "B"),
    ("pt", "P"),
    ("se", "S"),
    ("ch", "CH"),
];

/// The plate before its number is written, at `scale` pixels per millimetre.
pub(super) fn ground(
    text: &PlateText,
    layout: &Layout,
    scale: f64,
    make: &Make<'_>,
    chance: &mut Chance,
) -> Canvas {
    let scheme = text.scheme.scheme();
    let width = ((layout.width * scale).ceil() as usize).max(2);
    let height = ((layout.height * scale).ceil() as usize).max(2);
    let mut canvas = Canvas::new(width, height, scheme.ground[0]);
    let hue = [0.0; 3].map(|_: f64| chance.between(-0.035, 0.035) as f32);
    let paint =
        |base: Rgb| make.faded(std::array::from_fn(|i| (base[i] * make.light + hue[i]).clamp(0.0, 1.0)));
    // Where the third character's ground begins.
    let prefix = scheme.prefix_ground.map(|ground| ((layout.width * 0.29 * scale) as usize, paint(ground)));
    for (y, row) in canvas.pixels.chunks_exact_mut(width).enumerate() {
        let mut colour = scheme.ground[0];
        mix(&mut colour, scheme.ground[1], y as f32 / height as f32);
        row.fill(paint(colour));
        if let Some((columns, colour)) = prefix {
            row[..columns.min(width)].fill(colour);
        }
    }
    match layout.trim {
        Some(Trim::Band(band)) if make.has_band => {
            self::band(&mut canvas, &text.syntax, (band, layout.height), scale, make, chance);
        }
        Some(Trim::Town(high)) => {
            let town = make.latin.word(chance.pick::<&str>(&TOWNS), 0.55 * high * scale);
            let left = (layout.width * scale - town.width as f64) / 2.0 + layout.width * scale * 0.02;
            write(&mut canvas, &town, (left, 0.3 * high * scale), make.faded(scheme.ink));
            if chance.happens(0.6) {
                let seal = [0.75, 0.15, 0.12].map(|value: f64| (value * chance.between(0.6, 1.2)) as f32);
                let (x, y) = (0.13 * layout.width * scale, 0.55 * high * scale);
                canvas.disc(x, y, 0.26 * high * scale, seal, 0.8);
            }
        }
        Some(Trim::Strip(high)) => {
            let area = Area { left: 0.0, top: 0.0, right: layout.width * scale, bottom: high * scale };
            canvas.rectangle(area, 0.0, make.faded(BLUE), 1.0);
            let name = make.latin.word("BRASIL", 0.72 * high * scale);
            let left = (layout.width * scale - name.width as f64) / 2.0;
            write(&mut canvas, &name, (left, 0.15 * high * scale), LIGHT);
        }
        Some(Trim::Band(_)) | None => {}
    }
    if let (Some((inset, thick)), true) = (layout.border, make.border) {
        let area = Area {
            left: inset * scale,
            top: inset * scale,
            right: (layout.width - inset) * scale,
            bottom: (layout.height - inset) * scale,
        };
        canvas.ring(area, (layout.radius - inset).max(1.0) * scale, thick * scale, make.faded(scheme.ink));
    }
    canvas
}

/// The band at the left: mostly blue with a ring of stars over the country's letters, sometimes in the plate's own colour
/// with a coat of arms.
fn band(
    canvas: &mut Canvas,
    syntax: &str,
    (wide, high): (f64, f64),
    scale: f64,
    make: &Make<'_>,
    chance: &mut Chance,
) {
    let middle = wide / 2.0 + 1.0;
    let is_blue = chance.happens(0.85);
    if is_blue {
        let area = Area { left: 0.0, top: 0.0, right: wide * scale, bottom: high * scale };
        canvas.rectangle(area, 0.0, make.faded(BLUE), 1.0);
        let radius = 0.27 * wide;
        for star in 0..12 {
            let turns = f64::from(star) / 12.0;
            let (x, y) = (middle + radius * cos_turns(turns), 0.33 * high + radius * sin_turns(turns));
            canvas.disc(x * scale, y * scale, 0.05 * wide * scale, GOLD, 1.0);
        }
    } else {
        let coat = [0.0; 3].map(|_: f64| chance.between(0.1, 0.8) as f32);
        let area = Area {
            left: (middle - 0.25 * wide) * scale,
            right: (middle + 0.25 * wide) * scale,
            top: 0.2 * high * scale,
            bottom: 0.5 * high * scale,
        };
        canvas.rectangle(area, 3.0 * scale, coat, 1.0);
    }
    let letters = COUNTRIES.iter().find(|(id, _)| *id == syntax).unwrap_or_else(|| chance.pick(&COUNTRIES)).1;
    let word = make.latin.word(letters, 0.26 * high.min(130.0) * scale);
    let left = middle * scale - word.width as f64 / 2.0;
    write(canvas, &word, (left, 0.62 * high * scale), if is_blue { LIGHT } else { DARK });
}

/// Inks `shape` with its upper left corner at a place in pixels.
fn write(canvas: &mut Canvas, shape: &Shape, (left, top): (f64, f64), colour: Rgb) {
    let (left, top) = (left.round() as i64, top.round() as i64);
    for (y, row) in shape.ink.chunks_exact(shape.width).enumerate() {
        for (x, &ink) in row.iter().enumerate().filter(|(_, ink)| 0.0 < **ink) {
            canvas.blend(left + x as i64, top + y as i64, colour, ink);
        }
    }
}
