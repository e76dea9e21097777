//! A run that has something of everything, matched by the real matchers on made-up results.

use std::collections::BTreeMap;

use datasets::BoxPx;
use datasets::report::{
    DatasetId, Document, Exhibit, Failure, Mistake, ModelUse, Options, Pace, SCHEMA, Speed, Unit,
};
use datasets::score::detection::{FoundBox, PictureMatches, TruthBox, match_picture};
use datasets::score::events::{ClipEvents, FoundEvent, TrueEvent, match_clip};
use datasets::score::faces::{AllPairs, FaceMatches, Pair, Resampling, match_faces};
use datasets::score::plates::{PlateOutcome, PlateTruth, Reading, match_plate};
use datasets::score::tracking::{SequenceMatches, Settings, TrackBox, match_sequence};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use vision::{FrameBox, Picture, SizePx};

const DETECTOR: &str = "yolox-nano";
const OTHER_DETECTOR: &str = "nanodet-plus";
const CLASSES: [&str; 5] = ["person", "car", "truck", "bus", "bicycle"];
const DEGRADATIONS: [&str; 4] = ["night:0.5", "night:1", "rain:0.5", "motion-blur:0.5"];

/// The document of the run.
pub(crate) fn document() -> Document {
    let mut units = Vec::new();
    let mut add = |item: &str, model: &str, degradation: Option<&str>, tags: &[&str]| {
        let mut unit = Unit {
            job: units.len() as u32,
            item: item.to_owned(),
            model: model.to_owned(),
            counts: model != OTHER_DETECTOR,
            degradation: degradation.map(str::to_owned),
            degraded_too: degradation.is_none() && item != "yard",
            tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
            frames: 300,
            superseded: 0,
            detect: Vec::new(),
            track: None,
            events: None,
            trails: None,
            plates: Vec::new(),
            faces: None,
        };
        let loss = match degradation {
            None => 0.0,
            Some("night:1") => 0.45,
            Some("night:0.5") => 0.25,
            Some("rain:0.5") => 0.15,
            Some(_) => 0.1,
        };
        let mut random = Random::new(units.len() as u64);
        let skill = if model == OTHER_DETECTOR { 0.7 } else { 0.85 } - loss;
        match item {
            "plates" => unit.plates = plates(&mut random, skill),
            "faces" => unit.faces = Some(faces(&mut random, skill)),
            "yard" => unit.detect = pictures(&mut random, skill),
            _ => {
                unit.detect = pictures(&mut random, skill);
                unit.track = Some(tracks(&mut random, skill));
                unit.events = Some(events(&mut random, skill));
            }
        }
        units.push(unit);
    };
    for degradation in std::iter::once(None).chain(DEGRADATIONS.map(Some)) {
        add("lane-north", DETECTOR, degradation, &["day", "crowd"]);
        if degradation.is_none() {
            add("lane-north", OTHER_DETECTOR, degradation, &["day", "crowd"]);
            add("lane-south", DETECTOR, degradation, &["night"]);
            add("yard", DETECTOR, degradation, &["day", "rain"]);
        }
        add("plates", "plate-reader", degradation, &["day"]);
        add("faces", "face-embedder", degradation, &["indoors"]);
    }
    Document {
        schema: SCHEMA.to_owned(),
        cairn: serde_json::json!({ "version": "0.1.0", "commit": "28ecea5" }),
        machine: Some(
            serde_json::json!({ "cpu": "sample", "cores": 2, "memory_mb": 8192, "arch": "x86_64" }),
        ),
        dataset: DatasetId { id: "border-sample".to_owned(), sha256: "5e".repeat(32), seed: 7 },
        config_sha256: Some("c0".repeat(32)),
        models: ["face-embedder", OTHER_DETECTOR, "plate-reader", DETECTOR]
            .map(|id| ModelUse { id: id.to_owned(), sha256: "ab".repeat(32), provider: "cpu".to_owned() })
            .into(),
        options: Options {
            tasks: vec!["all".to_owned()],
            items: Vec::new(),
            model: None,
            input: None,
            limit: Some(300),
            pace: Pace::Lockstep,
            degradations: DEGRADATIONS.map(str::to_owned).into(),
            shard: None,
        },
        jobs: units.len() as u32,
        speed: Some(speed()),
        failed: vec![Failure {
            job: Some(9),
            item: "lane-west".to_owned(),
            model: Some("yolox-nano-416".to_owned()),
            degradation: None,
            reason: "clip is Undecodable: no decoder for its stream".to_owned(),
        }],
        units,
    }
}

/// Pictures of every kind of mistake, one of them broken.
pub(crate) fn exhibits() -> Vec<Exhibit> {
    let kinds = [
        (Mistake::FalseAlarm, "lane-north", 4),
        (Mistake::MissedEvent, "lane-south", 2),
        (Mistake::MissedObject, "yard", 4),
        (Mistake::WrongPlate, "plates", 5),
        (Mistake::FalseMatch, "faces", 2),
        (Mistake::FalseNonMatch, "faces", 2),
    ];
    let exhibit = |(mistake, item, count): (Mistake, &str, u32)| {
        let item = item.to_owned();
        (0..count).map(move |number| Exhibit {
            mistake,
            item: item.clone(),
            caption: format!("car at {:.1} s, rule “entry” & exit", 2.5 + 7.3 * f64::from(number)),
            weight: -f64::from(number),
            // The last plate's picture could not be made.
            jpeg: if mistake == Mistake::WrongPlate && number == 4 { Vec::new() } else { jpeg(number) },
        })
    };
    Exhibit::worst(kinds.into_iter().flat_map(exhibit).collect())
}

fn jpeg(number: u32) -> Vec<u8> {
    let size = SizePx::new(160, 100);
    let rgb = (0..size.height).flat_map(|y| {
        (0..size.width).flat_map(move |x| [(x + 30 * number) as u8, 90 + y as u8, 160 - (y / 2) as u8])
    });
    let mut picture = Picture::new(size, rgb.collect()).unwrap();
    let left = 20.0 + 15.0 * number as f32;
    picture.draw_box(&FrameBox::new(left, 30.0, left + 50.0, 75.0).unwrap(), [230, 60, 40], 3);
    picture.to_jpeg(80).unwrap()
}

fn pictures(random: &mut Random, skill: f64) -> Vec<PictureMatches> {
    let picture = |_| {
        let mut truth = Vec::new();
        let mut found = Vec::new();
        for _ in 0..6 {
            // The first class is by far the most frequent.
            let class = CLASSES[(random.unit() * random.unit() * CLASSES.len() as f64) as usize].to_owned();
            let height = 10.0 * 40.0_f64.powf(random.unit());
            let bbox = BoxPx {
                left: 1200.0 * random.unit(),
                top: 600.0 * random.unit(),
                width: 0.6 * height,
                height,
            };
            let sees = skill * (height / 60.0).powf(0.35).min(1.1);
            if random.unit() < sees {
                let shift = 0.16 * height * (random.unit() - 0.5);
                let bbox = BoxPx { left: bbox.left + shift, top: bbox.top + 0.6 * shift, ..bbox };
                found.push(FoundBox { class: class.clone(), score: 0.35 + 0.65 * random.unit(), bbox });
            }
            if random.unit() < 0.25 {
                let bbox = BoxPx { left: bbox.left + 3.0 * bbox.width, ..bbox };
                found.push(FoundBox { class: class.clone(), score: 0.8 * random.unit(), bbox });
            }
            truth.push(TruthBox { class, bbox, area: bbox.width * bbox.height, crowd: false });
        }
        match_picture(&CLASSES, &truth, &found)
    };
    (0..80).map(picture).collect()
}

fn tracks(random: &mut Random, skill: f64) -> SequenceMatches {
    let (mut truth, mut found) = (Vec::new(), Vec::new());
    for object in 0..12_u64 {
        let begin = (random.unit() * 500.0) as u32;
        let lane = 90.0 * object as f64;
        let mut id = object;
        for step in 0..150_u32 {
            let bbox = BoxPx { left: 6.0 * f64::from(step), top: lane, width: 60.0, height: 40.0 };
            let frame = begin + step + 1;
            truth.push(TrackBox { frame, id: object, bbox, ignored: false });
            // Now and then the tracker takes the object for a new one.
            if random.unit() < 0.006 {
                id += 100;
            }
            if random.unit() < skill {
                let bbox =
                    BoxPx { left: bbox.left + 12.0 * random.unit(), top: lane + 5.0 * random.unit(), ..bbox };
                found.push(TrackBox { frame, id, bbox, ignored: false });
            }
            if random.unit() < 0.04 {
                let bbox = BoxPx { top: lane + 45.0, ..bbox };
                found.push(TrackBox {
                    frame,
                    id: 10_000 + 200 * object + u64::from(step / 20),
                    bbox,
                    ignored: false,
                });
            }
        }
    }
    match_sequence(700, &truth, &found, Settings::default()).unwrap()
}

fn events(random: &mut Random, skill: f64) -> ClipEvents {
    let event = |at_s: f64, confirmed_s: f64| FoundEvent {
        kind: "car".to_owned(),
        rule: Some("entry".to_owned()),
        direction: Some("forward".to_owned()),
        at_s,
        confirmed_s,
    };
    let (mut truths, mut found) = (Vec::new(), Vec::new());
    for index in 0..24 {
        let at_s = 20.0 + 35.0 * f64::from(index);
        truths.push(TrueEvent {
            kind: "car".to_owned(),
            rule: Some("entry".to_owned()),
            direction: Some("forward".to_owned()),
            start_s: at_s,
            end_s: at_s + 2.0,
            tolerance_s: 0.5,
        });
        if random.unit() < skill + 0.08 {
            let late = at_s + random.unit() - 0.3;
            found.push(event(late, late + 0.4 + 2.2 * random.unit() * random.unit()));
        }
        if random.unit() < 0.08 {
            found.push(event(at_s + 12.0, at_s + 12.6));
        }
    }
    match_clip(900.0, truths, found)
}

fn plates(random: &mut Random, skill: f64) -> Vec<PlateOutcome> {
    let plate = |index: u32| {
        let country = ["VN", "CN", "KZ", "DE"][(random.unit() * random.unit() * 4.0) as usize];
        let truth = PlateTruth {
            text: format!("51F{:05}", 10_007 * index % 100_000),
            country: country.to_owned(),
            lines: if index.is_multiple_of(3) { 2 } else { 1 },
            bbox: None,
        };
        let reading = if random.unit() < 0.07 {
            let reason = ["blurred", "too small", "not a plate"][(3.0 * random.unit()) as usize];
            Reading::Rejected { reason: reason.to_owned() }
        } else {
            let right = random.unit() < skill - 0.15 * f64::from(truth.lines - 1);
            let text = if right { truth.text.clone() } else { truth.text.replace('1', "7") };
            Reading::Read { text, confidence: random.unit() }
        };
        match_plate(&truth, &reading, None)
    };
    (0..240).map(plate).collect()
}

fn faces(random: &mut Random, skill: f64) -> FaceMatches {
    let people: Vec<u32> = (0..160).map(|picture| picture / 4).collect();
    let mut similarity = |same: bool| {
        let noise = (0..6).map(|_| random.unit()).sum::<f64>() / 6.0 - 0.5;
        if same { 0.75 * skill + 1.1 * noise } else { 0.05 + 0.8 * noise }
    };
    let all = AllPairs::compare(&people, |a, b| similarity(people[a] == people[b]));
    let listed: Vec<Pair> = (0..300)
        .map(|index| {
            let (a, same) = (index % 40, index % 2 == 0);
            let b = if same { a } else { (a + 7) % 40 };
            Pair { a, b, same, score: similarity(same), fold: Some((index / 30) as u8) }
        })
        .collect();
    match_faces(&listed, Some(&all), Resampling { seed: 7, replicates: 60 })
}

fn speed() -> Speed {
    let bins = |middle: f64, seed: u64| {
        let mut random = Random::new(seed);
        let mut bins = BTreeMap::new();
        for _ in 0..2000 {
            // Skewed, with a few stragglers, as times are.
            let slow = if random.unit() < 0.004 { 4.0 } else { 1.0 };
            let ms = slow * middle * (0.7 + 0.5 * random.unit() + 0.4 * random.unit().powi(4));
            *bins.entry(ms as u32 + 1).or_default() += 1;
        }
        bins
    };
    let latency_ms = BTreeMap::from([
        (DETECTOR.to_owned(), bins(21.0, 1)),
        (OTHER_DETECTOR.to_owned(), bins(38.0, 2)),
        ("plate-reader".to_owned(), bins(6.0, 3)),
    ]);
    Speed::new(6000, 92.4, 171.3, latency_ms)
}

/// Numbers that are the same on every machine.
struct Random(ChaCha8Rng);

impl Random {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// From 0 up to 1.
    fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
