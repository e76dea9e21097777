#![expect(clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use datasets::BoxPx;
use datasets::score::detection::{
    DetectionScores, FoundBox, IouThreshold, PictureMatches, TruthBox, match_picture, precision_recall, score,
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::oracle::{TOLERANCE, ask};

type Corners = [f64; 4];

#[derive(Clone, Debug, Default, Serialize)]
struct Case {
    classes: Vec<String>,
    pictures: Vec<Picture>,
}

#[derive(Clone, Debug, Default, Serialize)]
struct Picture {
    truth: Vec<(String, Corners, f64, bool)>,
    found: Vec<(String, f64, Corners)>,
}

/// Of the reference; `None` stands for its -1.
#[derive(Debug, Deserialize)]
struct Answer {
    stats: [Option<f64>; 12],
    /// AP, AP50, AR100.
    per_class: BTreeMap<String, [Option<f64>; 3]>,
    curve: Vec<f64>,
}

#[test]
fn generated_pictures_score_as_with_pycocotools() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let cases: Vec<_> = (0..400).map(|index| generated(&mut random, index)).collect();
    check("generated_pictures_score_as_with_pycocotools", &cases);
}

#[test]
fn degenerate_pictures_score_as_with_pycocotools() {
    let classes = vec!["a".to_owned(), "b".to_owned()];
    let box_px = [10.0, 10.0, 40.0, 40.0];
    let truth = |class: &str, crowd| (class.to_owned(), box_px, 1600.0, crowd);
    let found = |class: &str, score| (class.to_owned(), score, box_px);
    let picture = |truth: &[_], found: &[_]| Picture { truth: truth.to_vec(), found: found.to_vec() };
    let nothing = Picture::default();
    let pictures = [
        vec![nothing.clone()],
        vec![nothing.clone(), nothing.clone()],
        vec![picture(&[truth("a", false)], &[])],
        vec![picture(&[], &[found("a", 0.5)])],
        vec![picture(&[truth("a", false)], &[found("b", 0.5)])],
        vec![picture(&[truth("a", false)], &[found("a", 0.0)])],
        vec![picture(&[truth("a", true)], &[])],
        vec![picture(&[truth("a", true)], &[found("a", 0.5), found("a", 0.5)])],
        vec![picture(&[truth("a", true), truth("a", false)], &[found("a", 0.5), found("a", 0.5)])],
        vec![picture(&[truth("a", false)], &[found("a", 0.5), found("a", 0.25)]), nothing],
        vec![picture(&[truth("a", false)], &[]), picture(&[], &[found("a", 0.5)])],
    ];
    let cases: Vec<_> = pictures.map(|pictures| Case { classes: classes.clone(), pictures }).into();
    check("degenerate_pictures_score_as_with_pycocotools", &cases);
}

/// Pictures in which one tie or one last bit decides.
#[test]
fn close_decisions_are_those_of_pycocotools() {
    let [left, right] = [[0.0, 0.0, 40.0, 40.0], [20.0, 0.0, 40.0, 40.0]];
    let truth = |at: Corners| ("a".to_owned(), at, at[2] * at[3], false);
    let found = |score, at| ("a".to_owned(), score, at);
    let pictures = [
        // The sure one overlaps both truths alike and takes the last, which leaves nothing for the other.
        (vec![truth(left), truth(right)], vec![found(0.9, [10.0, 0.0, 40.0, 40.0]), found(0.5, right)]),
        (vec![truth(left), truth(right)], vec![found(0.9, [10.0, 0.0, 40.0, 40.0]), found(0.5, left)]),
        // Zero has two signs but is one score: the first, which is wrong, stays first.
        (vec![truth(left)], vec![found(-0.0, [300.0, 0.0, 40.0, 40.0]), found(0.0, left)]),
        // 0.27 / 0.3 is one unit below 0.9, and so is the ninth threshold.
        (vec![truth([0.0, 0.0, 0.3, 1.0])], vec![found(0.5, [0.0, 0.0, 0.27, 1.0])]),
    ];
    let cases = pictures.map(|(truth, found)| Case {
        classes: vec!["a".to_owned()],
        pictures: vec![Picture { truth, found }],
    });
    check("close_decisions_are_those_of_pycocotools", &cases);
}

#[test]
fn published_pictures_score_as_with_pycocotools_and_as_published() {
    let test = "published_pictures_score_as_with_pycocotools_and_as_published";
    let folder = models::testkit::mirror().join(models::home::FOOTAGE).join("coco_eval");
    if !folder.exists() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{test} needs {}", folder.display());
        eprintln!("SKIPPED: {test}: needs {}", folder.display());
        return;
    }
    let sets = [
        (
            "val2014_100/instances_val2014_100.json",
            "val2014_100/fakebbox100_results.json",
            "val2014_100/expected.json",
        ),
        ("tiny3/gt.json", "tiny3/dt.json", "tiny3/expected.json"),
        (
            "voc2007_images/gt_coco.json",
            "voc2007_images/dt_reference.json",
            "voc2007_images/expected_for_dt_reference.json",
        ),
    ];
    let cases = sets.map(|(truth, found, _)| {
        let found: Vec<_> = read(folder.join(found));
        published(&read(folder.join(truth)), &found)
    });
    for (case, (truth, _, expected)) in cases.iter().zip(sets) {
        let (scores, _) = ours(case);
        let expected: serde_json::Value = read(folder.join(expected));
        let expected = &expected["pycocotools_2.0.11"];
        let names = ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"];
        for (name, ours) in names.iter().zip(twelve(&scores)) {
            // Published to eight digits.
            let theirs = expected[name].as_f64().unwrap_or_else(|| panic!("{truth}: no {name}"));
            let same = ours.map_or(theirs == -1.0, |ours| (ours - theirs).abs() < 6e-9);
            assert!(same, "{truth} {name}: {ours:?}, not {theirs}");
        }
    }
    check(test, &cases);
}

fn check(test: &str, cases: &[Case]) {
    let Some(answers) = ask::<_, Vec<Answer>>(test, "coco.py", &cases) else {
        return;
    };
    assert_eq!(answers.len(), cases.len());
    for (index, (case, answer)) in cases.iter().zip(&answers).enumerate() {
        let (scores, curve) = ours(case);
        let context = |what: &str| format!("case {index}, {what}");
        for (number, (ours, theirs)) in twelve(&scores).into_iter().zip(answer.stats).enumerate() {
            assert_same(ours, theirs, &context(&format!("number {number}")));
        }
        for (class, theirs) in &answer.per_class {
            let ours = scores.per_class.get(class).cloned().unwrap_or_default();
            for (ours, &theirs) in [ours.ap, ours.ap50, ours.ar100].into_iter().zip(theirs) {
                assert_same(ours, theirs, &context(class));
            }
        }
        assert_eq!(curve.len(), answer.curve.len(), "{}", context("curve"));
        for ((_, ours), &theirs) in curve.into_iter().zip(&answer.curve) {
            assert_same(Some(ours), Some(theirs), &context("curve"));
        }
    }
}

fn assert_same(ours: Option<f64>, theirs: Option<f64>, context: &str) {
    let same = match (ours, theirs) {
        (Some(ours), Some(theirs)) => (ours - theirs).abs() <= TOLERANCE,
        (ours, theirs) => ours.is_none() && theirs.is_none(),
    };
    assert!(same, "{context}: {ours:?}, not {theirs:?}");
}

/// Scores by way of what a run stores.
fn ours(case: &Case) -> (DetectionScores, Vec<(f64, f64)>) {
    let bbox = |[left, top, width, height]: Corners| BoxPx { left, top, width, height };
    let matches = case.pictures.iter().map(|picture| {
        let truth = picture.truth.iter().cloned().map(|(class, at, area, crowd)| TruthBox {
            class,
            bbox: bbox(at),
            area,
            crowd,
        });
        let found =
            picture.found.iter().cloned().map(|(class, score, at)| FoundBox { class, score, bbox: bbox(at) });
        let matches = match_picture(&case.classes, &truth.collect::<Vec<_>>(), &found.collect::<Vec<_>>());
        serde_json::from_slice(&serde_json::to_vec(&matches).expect("is written")).expect("is read")
    });
    let matches: Vec<PictureMatches> = matches.collect();
    let pictures: Vec<_> = matches.iter().collect();
    (score(&pictures, None), precision_recall(&pictures, None, IouThreshold::AT_50))
}

/// In COCO's order.
fn twelve(scores: &DetectionScores) -> [Option<f64>; 12] {
    let DetectionScores { ap, ap50, ap75, ap_small, ap_medium, ap_large, .. } = *scores;
    let DetectionScores { ar1, ar10, ar100, ar_small, ar_medium, ar_large, .. } = *scores;
    [ap, ap50, ap75, ap_small, ap_medium, ap_large, ar1, ar10, ar100, ar_small, ar_medium, ar_large]
}

/// Each case has one trait that another lacks: ties of scores, whole-pixel boxes that tie in overlap, more than a
/// hundred detections, sizes on the borders of the area ranges, crowds, empty boxes, annotated areas below the box's.
fn generated(random: &mut ChaCha8Rng, index: usize) -> Case {
    let classes: Vec<_> = (0..1 + index % 4).map(|class| format!("class {class}")).collect();
    let tied_scores = index.is_multiple_of(2);
    let whole_pixels = index.is_multiple_of(3);
    let many = index.is_multiple_of(25);
    let crowds = index.is_multiple_of(5) || index.is_multiple_of(7);
    let pictures = (0..random.random_range(1..7)).map(|_| {
        let truths = random.random_range(0..if many { 20 } else { 7 });
        let truth: Vec<_> = (0..truths)
            .map(|_| {
                let at = any_box(random, whole_pixels);
                let area =
                    at[2] * at[3] * if random.random_bool(0.5) { 1.0 } else { random.random_range(0.3..1.0) };
                (any_class(random, &classes), at, area, crowds && random.random_bool(0.2))
            })
            .collect();
        let others = random.random_range(0..if many { 260 } else { 9 });
        let mut found: Vec<(String, f64, Corners)> = Vec::new();
        for (class, at, ..) in &truth {
            for _ in 0..random.random_range(0..4) {
                let class = if random.random_bool(0.9) { class.clone() } else { any_class(random, &classes) };
                found.push((class, any_score(random, tied_scores), near(random, *at, whole_pixels)));
            }
        }
        for _ in 0..others {
            let at = any_box(random, whole_pixels);
            found.push((any_class(random, &classes), any_score(random, tied_scores), at));
        }
        Picture { truth, found }
    });
    let pictures = pictures.collect();
    Case { classes, pictures }
}

fn any_class(random: &mut ChaCha8Rng, classes: &[String]) -> String {
    classes[random.random_range(0..classes.len())].clone()
}

fn any_score(random: &mut ChaCha8Rng, tied: bool) -> f64 {
    if tied { f64::from(random.random_range(0..5_u8)) / 4.0 } else { random.random() }
}

fn any_box(random: &mut ChaCha8Rng, whole_pixels: bool) -> Corners {
    let sides = [0.0, 1.0, 16.0, 31.0, 32.0, 33.0, 64.0, 95.0, 96.0, 97.0, 200.0];
    let mut side = || match whole_pixels || random.random_bool(0.3) {
        true => sides[random.random_range(0..sides.len())],
        false => random.random_range(1.0..220.0),
    };
    let (width, height) = (side(), side());
    let mut edge = || match whole_pixels {
        // A coarse grid: boxes touch, coincide and tie.
        true => f64::from(random.random_range(0..6_u8)) * 32.0,
        false => random.random_range(0.0..300.0),
    };
    [edge(), edge(), width, height]
}

fn near(random: &mut ChaCha8Rng, [left, top, width, height]: Corners, whole_pixels: bool) -> Corners {
    if random.random_bool(0.2) {
        return [left, top, width, height];
    }
    let mut shift = |side: f64| {
        let shift = side * random.random_range(-0.3..0.3);
        if whole_pixels { shift.round() } else { shift }
    };
    [
        left + shift(width),
        top + shift(height),
        (width + shift(width)).max(0.0),
        (height + shift(height)).max(0.0),
    ]
}

fn read<T: DeserializeOwned>(path: PathBuf) -> T {
    let text = std::fs::read(&path).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|err| panic!("{}: {err}", path.display()))
}

#[derive(Deserialize)]
struct CocoTruth {
    images: Vec<CocoId>,
    annotations: Vec<CocoAnnotation>,
    categories: Vec<CocoId>,
}

#[derive(Deserialize)]
struct CocoId {
    id: u64,
}

#[derive(Deserialize)]
struct CocoAnnotation {
    image_id: u64,
    category_id: u64,
    bbox: Corners,
    area: f64,
    iscrowd: u8,
}

#[derive(Deserialize)]
struct CocoResult {
    image_id: u64,
    category_id: u64,
    bbox: Corners,
    score: f64,
}

/// Classes by their numbers; pictures in order of theirs, as the reference takes them.
fn published(truth: &CocoTruth, found: &[CocoResult]) -> Case {
    let mut pictures: BTreeMap<u64, Picture> =
        truth.images.iter().map(|image| (image.id, Picture::default())).collect();
    for truth in &truth.annotations {
        let picture = pictures.get_mut(&truth.image_id).expect("annotation of a picture");
        picture.truth.push((truth.category_id.to_string(), truth.bbox, truth.area, truth.iscrowd == 1));
    }
    for found in found {
        let picture = pictures.get_mut(&found.image_id).expect("result of a picture");
        picture.found.push((found.category_id.to_string(), found.score, found.bbox));
    }
    let classes = truth.categories.iter().map(|category| category.id.to_string()).collect();
    Case { classes, pictures: pictures.into_values().collect() }
}
