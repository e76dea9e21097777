mod sets;
mod tracks;

use std::path::Path;
use std::sync::LazyLock;

use vision::{Picture, PictureLimits, SizePx};

use super::camera::{Pose, bounds, paste};
use super::canvas::{Canvas, luma};
use super::plate::Plate;
use super::reader::{View, flat_scale, rectified};
use super::*;

/// The faces that `scripts/setup.sh --tests` installs; `None` means: return from the test.
fn faces() -> Option<Faces> {
    let ids = ["dejavu-sans-bold", "droid-fallback"].map(str::to_owned);
    match Faces::load(Path::new("/usr/share/fonts"), Some(&ids)) {
        Ok(faces) => Some(faces),
        Err(error @ SynthError::FaceFile { .. }) => {
            let needs = format!("{}: {error}", std::thread::current().name().unwrap_or("test"));
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{needs}");
            eprintln!("SKIPPED: {needs}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

static SETTINGS: LazyLock<SynthSettings> =
    LazyLock::new(|| SynthSettings { seed: 7, ..SynthSettings::default() });
static CLEAN: LazyLock<SynthSettings> =
    LazyLock::new(|| SynthSettings { mixture: Mixture::documented(0.0), ..*SETTINGS });

/// Any country's plate, every syntax of a grammar as often as any other.
fn any_text(chance: &mut Chance) -> PlateText {
    let country = *chance.pick(&Country::ALL);
    let Some(known) = plates::grammar::all().country(country.code()) else {
        return latin_text(country, chance).expect("a form of its own");
    };
    let plate = chance.pick(&known.syntaxes).generate((chance.unit() * 9e15) as u64);
    let colours = plate.colours.name();
    PlateText::printed(country, &plate.syntax, plate.lines, colours, chance).expect("a plate of this country")
}

fn any_text_or_why_not(chance: &mut Chance) -> Result<PlateText, SynthError> {
    Ok(any_text(chance))
}

fn sample(index: u64, faces: &Faces, settings: SynthSettings) -> ReaderSample {
    let mut chance = Chance::new(settings.seed, index);
    let text = any_text(&mut chance);
    ReaderSample::draw(index, &text, faces, settings, &mut chance).expect("drawn")
}

fn scene(index: u64, faces: &Faces, settings: SynthSettings) -> SceneSample {
    let mut chance = Chance::new(settings.seed, index);
    SceneSample::draw(index, &mut any_text_or_why_not, faces, None, settings, &mut chance).expect("drawn")
}

fn decoded(jpeg: &[u8]) -> Picture {
    Picture::decode(jpeg, PictureLimits { size: SizePx::new(4096, 4096), pixels: 1 << 24 })
        .expect("a picture")
}

/// Texts until each layout and each scheme was seen `times` times.
fn texts_of_every_kind(times: usize) -> Vec<PlateText> {
    let mut chance = Chance::new(3, 0);
    let mut texts: Vec<PlateText> = Vec::new();
    for _ in 0..4000 {
        texts.push(any_text(&mut chance));
    }
    for layout in LayoutId::ALL {
        assert!(times <= texts.iter().filter(|text| text.layout == layout).count(), "{}", layout.name());
    }
    for scheme in SchemeId::ALL {
        assert!(times <= texts.iter().filter(|text| text.scheme == scheme).count(), "{}", scheme.name());
    }
    let mut seen: Vec<(LayoutId, SchemeId, String)> = Vec::new();
    texts.retain(|text| {
        let kind = (text.layout, text.scheme, text.syntax.clone());
        let is_wanted = seen.iter().filter(|other| **other == kind).count() < times;
        seen.push(kind);
        is_wanted
    });
    texts
}

#[test]
fn the_same_seed_gives_the_same_bytes_in_any_order() {
    let Some(faces) = faces() else { return };
    let forwards: Vec<ReaderSample> = (0..12).map(|index| sample(index, &faces, *SETTINGS)).collect();
    for index in (0..12).rev() {
        let again = sample(index, &faces, *SETTINGS);
        let first = &forwards[index as usize];
        assert!(
            again.jpeg().expect("coded") == first.jpeg().expect("coded") && again.crop == first.crop,
            "sample {index}"
        );
        assert_eq!(again.label, first.label);
        let other = sample(index, &faces, SynthSettings { seed: 8, ..*SETTINGS });
        assert!(other.crop != first.crop, "sample {index} does not depend on the seed");
    }
    let scenes = [0, 1, 2].map(|index| scene(index, &faces, *SETTINGS));
    let again = [0, 1, 2].map(|index| scene(index, &faces, *SETTINGS));
    assert!(scenes.iter().zip(&again).all(|(a, b)| a.jpeg == b.jpeg && a.label == b.label));
}

#[test]
fn every_layout_keeps_its_characters_apart_and_on_the_plate() {
    let Some(faces) = faces() else { return };
    for (index, text) in texts_of_every_kind(8).iter().enumerate() {
        let plate = Plate::draw(text, &faces, 1.0, 0.0, &mut Chance::new(5, index as u64)).expect("drawn");
        let (width, height) = text.layout.size_mm();
        let name = format!("{} {}", text.layout.name(), text.shown());
        let read: String = plate.boxes.iter().map(|at| at.character).collect();
        assert_eq!(read.replace('Đ', "D"), text.read_lines().concat(), "{name}");
        for at in &plate.boxes {
            let area = at.area;
            assert!(
                4.0 <= area.left && area.right <= width - 4.0,
                "{name}: {at:?} is off the plate's {width} mm"
            );
            assert!(
                4.0 <= area.top && area.bottom <= height - 4.0,
                "{name}: {at:?} is off the plate's {height} mm"
            );
        }
        for pair in plate.boxes.windows(2) {
            let (first, second) = (pair[0], pair[1]);
            if first.line == second.line {
                assert!(first.area.right < second.area.left, "{name}: {first:?} touches {second:?}");
            } else {
                assert!(first.area.bottom < second.area.top, "{name}: {first:?} touches {second:?}");
            }
        }
    }
}

#[test]
fn every_character_of_a_fresh_plate_stands_out_from_its_ground() {
    let Some(faces) = faces() else { return };
    for (index, text) in texts_of_every_kind(4).iter().enumerate() {
        let plate = Plate::draw(text, &faces, 1.0, 0.0, &mut Chance::new(6, index as u64)).expect("drawn");
        for at in &plate.boxes {
            let mut lights = Vec::new();
            for y in at.area.top as usize..at.area.bottom as usize {
                for x in at.area.left as usize..at.area.right as usize {
                    lights.push(luma(plate.canvas.pixels[y * plate.canvas.width + x]));
                }
            }
            lights.sort_by(f32::total_cmp);
            let [dark, bright] = [lights[lights.len() / 20], lights[lights.len() * 19 / 20]];
            let name = format!("`{}` of {} {}", at.character, text.scheme.name(), text.shown());
            // A one is a bar that fills its box, and a seven almost does not.
            let least = if matches!(at.character, '1' | 'I') { 0.0 } else { 0.2 };
            assert!(least <= bright - dark, "{name}: from {dark} to {bright}");
            let ground = plate.canvas.at(at.area.left - 2.0, (at.area.top + at.area.bottom) / 2.0);
            let farthest = (luma(ground) - dark).abs().max((luma(ground) - bright).abs());
            assert!(0.15 < farthest, "{name}: {dark} to {bright} on {}", luma(ground));
        }
    }
}

#[test]
fn a_pasted_plate_is_where_its_corners_say() {
    let mut chance = Chance::new(11, 0);
    let marker = Canvas::new(260, 55, [1.0, 0.0, 1.0]);
    for _ in 0..40 {
        let seen = Pose::drawn(&mut chance).corners((520.0, 110.0), chance.between(60.0, 200.0));
        let [left, top, ..] = bounds(&seen);
        let corners = seen.map(|[x, y]| [x - left + 20.3, y - top + 10.7]);
        let mut scene = Canvas::new(260, 180, [0.5; 3]);
        paste(&mut scene, &marker, None, &corners).expect("a quadrilateral");
        for (place, pixel) in scene.pixels.iter().enumerate() {
            let middle = [(place % scene.width) as f64 + 0.5, (place / scene.width) as f64 + 0.5];
            let depth = depth(&corners, middle);
            if 1.0 < depth {
                assert_eq!(*pixel, [1.0, 0.0, 1.0], "{middle:?} is {depth} px inside of {corners:?}");
            } else if depth < -1.0 {
                assert_eq!(*pixel, [0.5; 3], "{middle:?} is {depth} px outside of {corners:?}");
            }
        }
    }
}

/// How far inside of a convex quadrilateral a point is; negative outside.
fn depth(corners: &Corners, [x, y]: [f64; 2]) -> f64 {
    (0..4)
        .map(|side| {
            let ([ax, ay], [bx, by]) = (corners[side], corners[(side + 1) % 4]);
            let (dx, dy) = (bx - ax, by - ay);
            (dx * (y - ay) - dy * (x - ax)) / (dx * dx + dy * dy).sqrt()
        })
        .fold(f64::INFINITY, f64::min)
}

#[test]
fn a_picture_rectified_by_its_true_corners_is_the_plate() {
    let Some(faces) = faces() else { return };
    let mut seen = 0;
    for index in 0..60 {
        let mut chance = Chance::new(CLEAN.seed, index);
        let text = any_text(&mut chance);
        let mut ahead = chance.clone();
        let width_px = View::drawn(&text, *CLEAN, &mut ahead).width_px;
        let mut press = ahead.split();
        let worn = super::wear::worn(&CLEAN.mixture, &mut Effects::default(), &mut press);
        let scale = flat_scale(width_px, &text);
        let plate = Plate::draw(&text, &faces, scale, worn, &mut press).expect("drawn");
        if width_px < 90.0 {
            continue;
        }
        seen += 1;
        let sample = ReaderSample::draw(index, &text, &faces, *CLEAN, &mut chance).expect("drawn");
        let flat_size = SizePx::new(plate.canvas.width as u32, plate.canvas.height as u32);
        let flat_picture = Picture::new(flat_size, plate.canvas.to_rgb8()).expect("a picture");
        let (w, h) = (f64::from(flat_size.width), f64::from(flat_size.height));
        let expected = rectified(&flat_picture, &[[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]]).expect("a map");
        let picture = decoded(&sample.jpeg().expect("coded"));
        let likeness = |shift: f64| {
            let corners = sample.label.plate.as_ref().expect("a plate").corners.map(|[x, y]| [x + shift, y]);
            correlation(&rectified(&picture, &corners).expect("a map"), &expected)
        };
        let right = likeness(0.0);
        assert!(0.8 < right, "sample {index}, {}: {right}", text.shown());
        // A character's stroke is a fortieth of the plate's width or more.
        let shift = width_px / 25.0;
        assert!(likeness(shift) < right && likeness(-shift) < right, "sample {index}, {}", text.shown());
    }
    assert!(15 < seen, "{seen} plates were wide enough");
}

/// Pearson's correlation of two crops.
fn correlation(a: &[u8], b: &[u8]) -> f64 {
    let mean = |crop: &[u8]| crop.iter().map(|&value| f64::from(value)).sum::<f64>() / crop.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (&a, &b) in a.iter().zip(b) {
        let (a, b) = (f64::from(a) - mean_a, f64::from(b) - mean_b);
        (ab, aa, bb) = (ab + a * b, aa + a * a, bb + b * b);
    }
    ab / (aa * bb).sqrt()
}

#[test]
fn effects_come_with_spoiling_alone_and_stay_in_their_ranges() {
    let Some(faces) = faces() else { return };
    let mut spoilt = 0;
    for index in 0..150 {
        let clean = sample(index, &faces, *CLEAN).label.effects;
        assert!(clean.strength(Effect::Jpeg).is_none_or(|quality| (35.0..96.0).contains(&quality)));
        assert!(clean.strength(Effect::Noise).is_none() && clean.strength(Effect::Dirt).is_none());
        let effects = sample(index, &faces, *SETTINGS).label.effects;
        for (effect, range) in [
            (Effect::Dirt, 0.1..=0.7),
            (Effect::Defocus, 0.16..=2.2),
            (Effect::MotionBlur, 0.6..=7.0),
            (Effect::Noise, 0.03..=14.0),
        ] {
            if let Some(strength) = effects.strength(effect) {
                assert!(range.contains(&strength), "{}: {strength}", effect.name());
                spoilt += 1;
            }
        }
    }
    assert!(150 < spoilt, "{spoilt} effects");
}

#[test]
fn plates_of_a_scene_are_whole_and_apart_and_texts_that_are_none_are_told() {
    let Some(faces) = faces() else { return };
    let (mut plates, mut distractors, mut empty) = (0, 0, 0);
    for index in 0..60 {
        let scene = scene(index, &faces, *SETTINGS);
        let label = &scene.label;
        let size = decoded(&scene.jpeg).size();
        assert_eq!([size.width as usize, size.height as usize], label.size);
        for (place, plate) in label.plates.iter().enumerate() {
            let [left, top, right, bottom] = bounds(&plate.corners);
            assert!(0.0 < left && 0.0 < top && right < label.size[0] as f64 && bottom < label.size[1] as f64);
            for other in &label.plates[..place] {
                let [l, t, r, b] = bounds(&other.corners);
                assert!(right < l || r < left || bottom < t || b < top, "scene {index}: two plates overlap");
            }
        }
        plates += label.plates.len();
        distractors += label.distractors.len();
        empty += usize::from(label.plates.is_empty());
    }
    assert!(30 < plates && 60 < distractors && 0 < empty && empty < 30, "{plates} {distractors} {empty}");
}

#[test]
fn plates_of_a_background_are_painted_over_and_its_vehicles_get_new_ones() {
    let Some(faces) = faces() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    // A grey picture with a magenta plate: none of its magenta may be left.
    let mut canvas = Canvas::new(SCENE_SIDE, 300, [0.5; 3]);
    canvas.rectangle(
        super::canvas::Area { left: 200.0, top: 150.0, right: 300.0, bottom: 180.0 },
        0.0,
        [1.0, 0.0, 1.0],
        1.0,
    );
    let picture = Picture::new(SizePx::new(SCENE_SIDE as u32, 300), canvas.to_rgb8()).expect("a picture");
    std::fs::write(folder.path().join("road.jpg"), picture.to_jpeg(95).expect("coded")).expect("written");
    let line = r#"{"image": "road.jpg", "boxes": [[200, 150, 300, 180]], "labels": ["plate"]}"#;
    std::fs::write(folder.path().join("road.jsonl"), line).expect("written");
    let backgrounds = Backgrounds::open(folder.path()).expect("one background");
    let (mut pasted, mut parts) = (0, Vec::new());
    for index in 0..30 {
        let mut chance = Chance::new(1, index);
        let scene = SceneSample::draw(
            index,
            &mut any_text_or_why_not,
            &faces,
            Some(&backgrounds),
            *CLEAN,
            &mut chance,
        )
        .expect("drawn");
        let label = &scene.label;
        assert_eq!(label.background.as_deref(), Some("road.jpg"));
        parts.extend(label.part);
        for plate in label.plates.iter().filter(|_| label.part == Some(Part::Whole)) {
            let [left, top, right, bottom] = bounds(&plate.corners);
            let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
            // Mirrored or not.
            let is_there =
                [250.0, 230.0].iter().any(|x| (middle.0 - x).abs() < 15.0) && (middle.1 - 165.0).abs() < 15.0;
            assert!(is_there, "a plate came to {middle:?}");
            pasted += 1;
        }
        let distance = |pixel: &[u8]| {
            (i32::from(pixel[0]) - 255).abs() + i32::from(pixel[1]) + (i32::from(pixel[2]) - 255).abs()
        };
        if scene.label.distractors.is_empty() {
            assert!(
                decoded(&scene.jpeg).rgb().chunks(3).all(|pixel| 150 < distance(pixel)),
                "scene {index} shows the old plate"
            );
        }
    }
    assert!(5 < pasted && parts.contains(&Part::Piece), "{pasted} plates, {parts:?}");
    for index in 0..20 {
        let piece = backgrounds.without_plate(&mut Chance::new(2, index)).expect("readable");
        let is_magenta = |pixel: &[f32; 3]| 0.8 < pixel[0] && pixel[1] < 0.2;
        assert!(!piece.expect("room").pixels.iter().any(is_magenta), "piece {index} shows the plate");
    }
    std::fs::write(folder.path().join("road.jsonl"), "{\"image\": 3}").expect("written");
    let error = Backgrounds::open(folder.path()).err().expect("refused").to_string();
    assert!(error.ends_with("road.jsonl` line 1: expected `image`, `boxes` and `labels`"), "{error}");
}

#[test]
fn a_crop_without_a_plate_has_nothing_to_read_and_corners_may_be_true_or_upright() {
    let Some(faces) = faces() else { return };
    let mut kinds = Vec::new();
    for index in 0..40 {
        let mut chance = Chance::new(2, index);
        let text = any_text(&mut chance);
        let sample =
            ReaderSample::draw_no_plate(index, &text, &faces, None, *SETTINGS, &mut chance).expect("drawn");
        let label = &sample.label;
        assert!(
            label.lines.is_empty() && label.plate.is_none() && label.colour_class() == Ground::None.class()
        );
        assert_eq!(sample.crop.len(), 3 * CROP_WIDTH * CROP_HEIGHT);
        kinds.extend(label.no_plate);
        if label.no_plate == Some(NoPlate::PartOfPlate) {
            continue;
        }
        let line = serde_json::to_value(label).expect("a line");
        assert_eq!((line.get("country"), &line["colour"]), (None, &serde_json::json!("none")));
    }
    assert_eq!(kinds.len(), 40);
    kinds.sort();
    kinds.dedup();
    assert!(3 < kinds.len(), "{kinds:?}");
    for index in 0..20 {
        let exact = SynthSettings { corner_error: 0.0, upright: 0.0, ..*CLEAN };
        let label = sample(index, &faces, exact).label;
        assert_eq!(label.crop_corners, label.plate.expect("a plate").corners);
        let boxed = sample(index, &faces, SynthSettings { upright: 1.0, ..exact }).label;
        let [left, top, right, bottom] = bounds(&boxed.plate.expect("a plate").corners);
        assert_eq!(boxed.crop_corners, [[left, top], [right, top], [right, bottom], [left, bottom]]);
    }
}

#[test]
fn a_grammars_plate_gets_a_size_and_colours_of_its_country() {
    let mut chance = Chance::new(1, 0);
    let mut printed = |country, syntax: &str, lines: &[&str], colours: &str| {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        let plate = PlateText::printed(country, syntax, lines, colours, &mut chance)?;
        Some((plate.layout, plate.scheme))
    };
    let (vn, cn) = (Country::Vietnam, Country::China);
    let motorcycle = printed(vn, "motorcycle", &["29-AA", "123.45"], "black-on-white");
    assert_eq!(motorcycle, Some((LayoutId::VnMotorcycle, SchemeId::VnWhite)));
    let foreign = printed(vn, "foreign", &["80-NN", "123-45"], "black-on-white").expect("a plate");
    assert_eq!((foreign.0.lines(), foreign.1), (2, SchemeId::VnForeign));
    let new_energy = printed(cn, "new-energy-small", &["桂F·D12345"], "black-on-green");
    assert_eq!(new_energy, Some((LayoutId::CnNewEnergy, SchemeId::CnGreen)));
    let lorry = printed(cn, "standard", &["桂·F", "12345"], "black-on-yellow");
    assert_eq!(lorry, Some((LayoutId::CnTwoLine, SchemeId::CnYellow)));
    assert_eq!(printed(vn, "car", &["30A-123.45"], "black-on-green"), None);
    assert_eq!(printed(cn, "standard", &["桂", "F", "12345"], "white-on-blue"), None);
    for index in 0..2000 {
        let mut chance = Chance::new(2, index);
        let text = any_text(&mut chance);
        assert_eq!(text.layout.country(), text.country, "{}", text.shown());
    }
}

#[test]
fn what_cannot_be_drawn_is_named() {
    let Some(faces) = faces() else { return };
    let mut text = any_text(&mut Chance::new(1, 1));
    (text.lines, text.layout) = (vec!["30A".to_owned(), "123.45".to_owned()], LayoutId::VnCarLong);
    let draw = |text: &PlateText| {
        Plate::draw(text, &faces, 1.0, 0.0, &mut Chance::new(1, 1)).err().expect("refused").to_string()
    };
    assert_eq!(draw(&text), "plate `30A 123.45` has 2 lines, layout `vn-car-long` has 1");
    text.lines = vec!["30\u{10ffff}".to_owned()];
    assert_eq!(draw(&text), "no chosen face can draw `\u{10ffff}` of the plate `30\u{10ffff}`");
    let load = |folder: &Path, id: &str| {
        Faces::load(folder, Some(&[id.to_owned()])).err().expect("refused").to_string()
    };
    assert!(load(Path::new("/"), "comic").starts_with("no face `comic`, known are `dejavu-sans-bold`, `"));
    let error = load(Path::new("/nowhere"), "osp-din");
    assert!(
        error.contains("/nowhere/truetype/opendin/OSP-DIN.ttf") && error.contains("`fonts-opendin`"),
        "{error}"
    );
}
