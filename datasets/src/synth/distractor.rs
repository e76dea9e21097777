//! What looks like a plate to a locator and is none: lettering of lorries, badges, a recorder's time stamp.

use serde::Serialize;

use super::camera::{Corners, Pose, paste};
use super::canvas::{Area, Canvas, Rgb};
use super::chance::Chance;
use super::face::Faces;

/// Words on vehicles; telephone numbers and the like are drawn.
const WORDS: [&str; 14] = [
    "LOGISTICS",
    "TRANSPORT",
    "CARGO",
    "EXPRESS",
    "VAN TAI",
    "XE TAI 5T",
    "CONTAINER",
    "FRESH FOOD",
    "SERVICE 24H",
    "LIMITED",
    "XUAT NHAP KHAU",
    "LONG VEHICLE",
    "DANGER",
    "COLD CHAIN",
];
const BADGES: [&str; 12] =
    ["TURBO", "4x4", "V6", "2.0 GDI", "HYBRID", "1.5L", "SPORT", "GLX", "EURO 5", "AWD", "LX-300", "D-4D"];
const HANZI: [&str; 5] = ["物流", "运输", "快递", "冷链", "货运"];

/// What a distractor stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DistractorKind {
    /// A word or number on bodywork, with or without a panel.
    Lettering,
    /// Small bright letters.
    Badge,
    /// What a recorder writes into the picture.
    TimeStamp,
}

/// Something that is no plate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Distractor {
    /// What it stands for.
    pub kind: DistractorKind,
    /// What is written.
    pub text: String,
    /// In pixels of the picture.
    pub corners: Corners,
}

/// Writes something on bodywork at `x`, `y`, its middle; `None` when it would not be seen.
pub(super) fn on_vehicle(
    scene: &mut Canvas,
    (x, y): (f64, f64),
    faces: &Faces,
    chance: &mut Chance,
) -> Option<Distractor> {
    let is_badge = chance.happens(0.4);
    let (kind, height) = if is_badge {
        (DistractorKind::Badge, chance.between(6.0, 16.0))
    } else {
        (DistractorKind::Lettering, chance.between(10.0, 44.0))
    };
    let is_hanzi = !is_badge && !faces.hanzi().is_empty() && chance.happens(0.25);
    let face = chance.pick(if is_hanzi { faces.hanzi() } else { faces.latin() });
    let text = match (is_badge, is_hanzi) {
        (true, _) => (*chance.pick(&BADGES)).to_owned(),
        (_, true) => (*chance.pick(&HANZI)).to_owned(),
        _ if chance.happens(0.3) => telephone(chance),
        _ => (*chance.pick(&WORDS)).to_owned(),
    };
    let shape = face.word(&text, 1.5 * height);
    let ink: Rgb = if is_badge { [0.8; 3] } else { std::array::from_fn(|_| chance.unit() as f32) };
    let cover = Canvas {
        width: shape.width,
        height: shape.height,
        pixels: shape.ink.iter().map(|&ink| [ink; 3]).collect(),
    };
    let corners = Pose::drawn(chance)
        .corners((shape.width as f64, shape.height as f64), shape.width as f64 / 1.5)
        .map(|corner| [corner[0] + x, corner[1] + y]);
    if !is_badge && chance.happens(0.4) {
        let panel = Canvas::new(shape.width, shape.height, std::array::from_fn(|_| chance.unit() as f32));
        paste(scene, &panel, None, &corners)?;
    }
    paste(scene, &Canvas::new(shape.width, shape.height, ink), Some(&cover), &corners)?;
    Some(Distractor { kind, text, corners })
}

/// A recorder's date and time in a corner of the picture, straight and sharp.
pub(super) fn time_stamp(scene: &mut Canvas, faces: &Faces, chance: &mut Chance) -> Distractor {
    let mut two = |low: f64, high: f64| format!("{:02}", chance.between(low, high) as u32);
    let text = format!(
        "20{}-{}-{} {}:{}:{}",
        two(18.0, 30.0),
        two(1.0, 13.0),
        two(1.0, 29.0),
        two(0.0, 24.0),
        two(0.0, 60.0),
        two(0.0, 60.0)
    );
    let shape = chance.pick(faces.latin()).word(&text, chance.between(10.0, 22.0));
    let margin = chance.between(2.0, 12.0).round() as i64;
    let left =
        if chance.happens(0.5) { margin } else { (scene.width as i64 - shape.width as i64 - margin).max(0) };
    let top = if chance.happens(0.5) {
        margin
    } else {
        (scene.height as i64 - shape.height as i64 - margin).max(0)
    };
    let [x0, y0, x1, y1] =
        [left, top, left + shape.width as i64, top + shape.height as i64].map(|value| value as f64);
    if chance.happens(0.3) {
        scene.rectangle(Area { left: x0, top: y0, right: x1, bottom: y1 }, 0.0, [0.0; 3], 1.0);
    }
    for (y, row) in shape.ink.chunks_exact(shape.width).enumerate() {
        for (x, &ink) in row.iter().enumerate() {
            scene.blend(left + x as i64, top + y as i64, [1.0; 3], ink);
        }
    }
    Distractor { kind: DistractorKind::TimeStamp, text, corners: [[x0, y0], [x1, y0], [x1, y1], [x0, y1]] }
}

fn telephone(chance: &mut Chance) -> String {
    let mut digits = |count: usize| (0..count).map(|_| chance.letter("0123456789")).collect::<String>();
    format!("0{} {} {}", digits(3), digits(3), digits(3))
}
