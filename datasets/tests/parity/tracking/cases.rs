//! Sequences to compare on: recorded, generated and degenerate.

use std::path::Path;

use datasets::BoxPx;
use datasets::score::tracking::TrackBox;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// Frame, id, whether ignored, left, top, width, height.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Row(u32, u64, u8, f64, f64, f64, f64);

#[derive(Debug, Serialize)]
pub(crate) struct Case {
    #[serde(skip)]
    pub(crate) name: String,
    pub(crate) frames: u32,
    pub(crate) truth: Vec<Row>,
    pub(crate) found: Vec<Row>,
    #[serde(rename = "summary", serialize_with = "has_summary")]
    pub(crate) second: Second,
}

/// What is asked of `motmetrics`, whose summary takes long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Second {
    /// Changes of identity.
    Changes,
    /// Its summary, of which identity and changes are compared.
    Summary,
    /// CLEAR-MOT as well: matches are forced, or known to be the same.
    ClearToo,
}

#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) weights: Vec<f64>,
}

fn has_summary<S: serde::Serializer>(second: &Second, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(*second != Second::Changes)
}

impl Case {
    pub(crate) fn boxes(&self, rows: &[Row]) -> Vec<TrackBox> {
        let item = |&Row(frame, id, ignored, left, top, width, height): &Row| TrackBox {
            frame,
            id,
            bbox: BoxPx { left, top, width, height },
            ignored: ignored != 0,
        };
        rows.iter().map(item).collect()
    }
}

/// `None`: there is no mirror, return from `test`.
pub(crate) fn recorded(test: &str) -> Option<Vec<Case>> {
    const TUD: &str = "mot_metrics/TUD-Campus";
    const PETS: &str = "people_pets09_s2l1";
    let files = [
        (TUD, "gt.txt", "cem_result.txt", 71),
        (TUD, "gt.txt", "sort_output.txt", 71),
        (PETS, "gt/gt.txt", "ref/sort_output.txt", 795),
    ];
    let footage = models::testkit::mirror().join("footage");
    if !footage.join(TUD).exists() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{test} needs {footage:?}");
        eprintln!("SKIPPED: {test}: needs {footage:?}");
        return None;
    }
    let case = |(folder, truth, found, frames): (&str, &str, &str, u32)| Case {
        name: format!("{folder}/{found}"),
        frames,
        truth: rows(&footage.join(folder).join(truth)),
        found: rows(&footage.join(folder).join(found)),
        second: Second::ClearToo,
    };
    Some(files.into_iter().map(case).collect())
}

/// Rows `frame,id,left,top,width,height,…`.
fn rows(path: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
    let row = |line: &str| {
        let v: Vec<f64> =
            line.split(',').take(6).map(|value| value.trim().parse().expect("a number")).collect();
        Row(v[0] as u32, v[1] as u64, 0, v[2], v[3], v[4], v[5])
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(row).collect()
}

/// How a generated sequence looks.
#[derive(Clone, Copy)]
struct Scene {
    objects: u32,
    /// Objects start on a lattice of this many pixels.
    lattice: i32,
    /// Points of the lattice per side.
    side: i32,
    /// Longest sequence.
    frames: u32,
    /// Pixels that an object moves per frame at most.
    step: i32,
    /// Fractions of a pixel in found boxes; without, equal IoUs are common.
    fractions: bool,
    /// Per box: probability not to be found, or not to be there.
    dropout: f64,
    /// Per frame: probability that two tracks change places.
    swap: f64,
    /// Per frame, at most.
    false_positives: u32,
    /// Per object: probability to be ignored.
    ignored: f64,
    second: Second,
}

const SIZE: i32 = 24;

pub(crate) fn generated() -> Vec<Case> {
    let mut random = ChaCha8Rng::seed_from_u64(31);
    let crowd = Scene {
        objects: 9,
        lattice: 12,
        side: 8,
        frames: 40,
        step: 6,
        fractions: true,
        dropout: 0.1,
        swap: 0.15,
        false_positives: 2,
        ignored: 0.0,
        second: Second::Changes,
    };
    let ties = Scene { fractions: false, side: 5, ..crowd };
    let scenes = [
        ("crowd", crowd, 50),
        ("ties", ties, 80),
        ("all in one place", Scene { side: 1, lattice: 6, ..ties }, 40),
        // So alike that rounding decides.
        ("heap", Scene { side: 2, lattice: 6, frames: 5, step: 0, dropout: 0.0, swap: 1.0, ..ties }, 60),
        ("thick crowd", Scene { objects: 26, side: 12, ..ties }, 30),
        ("thick crowd with fractions", Scene { objects: 26, side: 9, ..crowd }, 20),
        ("false positives", Scene { objects: 4, false_positives: 30, ..ties }, 30),
        ("one object in a crowd", Scene { objects: 1, false_positives: 24, side: 3, ..ties }, 20),
        ("dropouts", Scene { dropout: 0.5, second: Second::Summary, ..crowd }, 20),
        ("swaps", Scene { swap: 1.0, objects: 3, second: Second::Summary, ..ties }, 20),
        ("ignored", Scene { ignored: 0.4, ..crowd }, 40),
        ("ignored ties", Scene { ignored: 0.4, ..ties }, 40),
        // Too far from each other for any choice.
        ("apart", Scene { lattice: 100, side: 9, step: 0, second: Second::ClearToo, ..crowd }, 40),
    ];
    let each = scenes.iter().flat_map(|&(name, scene, count)| (0..count).map(move |at| (name, scene, at)));
    each.map(|(name, scene, at)| scene.play(format!("{name} {at}"), &mut random)).collect()
}

impl Scene {
    fn play(self, name: String, random: &mut ChaCha8Rng) -> Case {
        let frames = random.random_range(1..=self.frames);
        let place = |random: &mut ChaCha8Rng| self.lattice * random.random_range(0..self.side);
        let apart = SIZE < self.lattice;
        let mut places: Vec<(i32, i32)> = Vec::new();
        while places.len() < self.objects as usize {
            let at = (place(random), place(random));
            if !(apart && places.contains(&at)) {
                places.push(at);
            }
        }
        let ignored: Vec<bool> = places.iter().map(|_| random.random_bool(self.ignored)).collect();
        // Not in order, so that order of ids is not order of boxes.
        let mut track_of: Vec<u64> = (0..u64::from(self.objects)).map(|id| 7 * id % 31).collect();
        let (mut truth, mut found) = (Vec::new(), Vec::new());
        for frame in 1..=frames {
            if random.random_bool(self.swap) && 1 < self.objects {
                let a = random.random_range(0..track_of.len());
                let b = random.random_range(0..track_of.len());
                track_of.swap(a, b);
            }
            for (object, place) in places.iter_mut().enumerate() {
                let step = |random: &mut ChaCha8Rng| self.step * random.random_range(-1..=1);
                *place = (place.0 + step(random), place.1 + step(random));
                let (left, top) = (f64::from(place.0), f64::from(place.1));
                if !random.random_bool(self.dropout) {
                    let size = f64::from(SIZE);
                    truth.push(Row(frame, object as u64 + 1, ignored[object].into(), left, top, size, size));
                }
                if !random.random_bool(self.dropout) {
                    found.push(self.found(frame, track_of[object], (left, top), random));
                }
            }
            for extra in 0..random.random_range(0..=self.false_positives) {
                // Far away where nothing may be chosen.
                let away = if apart { -5000.0 } else { 0.0 };
                let at = (away + f64::from(place(random)), f64::from(place(random)));
                found.push(self.found(frame, 100 + u64::from(extra), at, random));
            }
        }
        Case { name, frames, truth, found, second: self.second }
    }

    fn found(&self, frame: u32, id: u64, (left, top): (f64, f64), random: &mut ChaCha8Rng) -> Row {
        let mut near = |value: f64| {
            let whole = 6.0 * f64::from(random.random_range(-1..=1));
            value + whole + if self.fractions { random.random_range(-3.0..3.0) } else { 0.0 }
        };
        let (left, top) = (near(left), near(top));
        let (width, height) = if self.fractions { (near(24.0), near(24.0)) } else { (24.0, 24.0) };
        Row(frame, id, 0, left, top, width, height)
    }
}

pub(crate) fn degenerate() -> Vec<Case> {
    let at = |frame: u32, id: u64, left: f64| Row(frame, id, 0, left, 0.0, 10.0, 20.0);
    let one: Vec<Row> = (1..=9).map(|frame| at(frame, 4, f64::from(frame))).collect();
    let two: Vec<Row> = one.iter().flat_map(|row| [*row, at(row.0, 5, 200.0)]).collect();
    let swapping: Vec<Row> = two.iter().map(|row| Row { 1: row.1 ^ u64::from(row.0 % 2), ..*row }).collect();
    let new_each_frame: Vec<Row> = one.iter().map(|row| Row { 1: u64::from(row.0), ..*row }).collect();
    let threshold: Vec<Row> =
        (1..=9).map(|frame| Row(frame, 4, 0, f64::from(frame), 0.0, 10.0, 10.0)).collect();
    let no_area: Vec<Row> = one.iter().map(|row| Row { 5: 0.0, ..*row }).collect();
    let far: Vec<Row> = one.iter().map(|row| Row { 3: row.3 + 900.0, ..*row }).collect();
    let ignored: Vec<Row> = one.iter().map(|row| Row { 2: 1, ..*row }).collect();
    let cases: [(&str, u32, &[Row], &[Row]); 18] = [
        ("neither", 9, &[], &[]),
        ("no frames", 0, &[], &[]),
        ("no ground truth", 9, &[], &two),
        ("no detections", 9, &two, &[]),
        ("one frame", 1, &one[..1], &one[..1]),
        ("one frame, nothing right", 1, &one[..1], &far[..1]),
        ("one object", 9, &one, &one),
        ("one object, frames without anything after it", 30, &one, &one),
        ("one object, never found", 9, &one, &far),
        ("one object among two", 9, &one, &two),
        ("two, one found", 9, &two, &one),
        ("ids swap every frame", 9, &two, &swapping),
        ("an id for every frame", 9, &one, &new_each_frame),
        ("found in the first half only", 9, &two, &two[..8]),
        ("overlap exactly at the threshold", 9, &one, &threshold),
        ("no area", 9, &one, &no_area),
        ("all ignored", 9, &ignored, &one),
        ("nothing but ignored, not found", 9, &ignored, &[]),
    ];
    let case = |(name, frames, truth, found): (&str, u32, &[Row], &[Row])| Case {
        name: name.to_owned(),
        frames,
        truth: truth.to_vec(),
        found: found.to_vec(),
        second: Second::Changes,
    };
    cases.into_iter().map(case).collect()
}

/// Small whole weights: most have many best pairings.
pub(crate) fn assignments() -> Vec<Problem> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let problem = |_| {
        let (rows, columns) = (random.random_range(1..=12), random.random_range(1..=12));
        let values = random.random_range(1..=6);
        let weight = |_| f64::from(random.random_range(0..values)) * 0.1;
        Problem { rows, columns, weights: (0..rows * columns).map(weight).collect() }
    };
    (0..3000).map(problem).collect()
}
