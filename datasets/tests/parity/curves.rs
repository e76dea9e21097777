//! Intervals against scipy and numpy, verification curves against scikit-learn, plates and liveness against a few lines
//! of Python.

#![expect(clippy::unwrap_used, reason = "all of it is a test")]

use std::collections::BTreeMap;

use datasets::score::interval::{Bootstrap, Interval, poisson_rate, quantile, wilson};
use datasets::score::{faces, liveness, plates};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::oracle::{agrees, ask};

const DRAWS: usize = 40;

#[derive(Serialize)]
struct Cases {
    wilson: Vec<(u64, u64)>,
    poisson: Vec<(u64, f64)>,
    quantiles: Vec<(Vec<f64>, Vec<f64>)>,
    verification: Vec<VerificationCase>,
    /// Same, score, fold.
    ten_fold: Vec<Vec<(u8, f64, u8)>>,
    edits: Vec<(String, String)>,
    liveness: Vec<LivenessCase>,
}

#[derive(Serialize)]
struct VerificationCase {
    name: &'static str,
    pairs: Vec<(u32, u32, f64)>,
    draws: Vec<Vec<u32>>,
}

#[derive(Serialize)]
struct LivenessCase {
    attacks: BTreeMap<&'static str, Vec<f64>>,
    live: Vec<f64>,
    threshold: f64,
}

#[derive(Deserialize)]
struct Answers {
    wilson: Vec<(f64, f64)>,
    poisson: Vec<(f64, f64)>,
    quantiles: Vec<Vec<f64>>,
    verification: Vec<VerificationAnswer>,
    ten_fold: Vec<(f64, Option<f64>)>,
    edits: Vec<usize>,
    liveness: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct VerificationAnswer {
    fmr: Vec<Option<f64>>,
    fnmr: Vec<Option<f64>>,
    thresholds: Vec<f64>,
    det: Vec<(f64, f64)>,
    /// EER, then FNMR at each level.
    rates: Vec<f64>,
    intervals: Vec<(f64, f64)>,
}

#[test]
fn curves_and_intervals_equal_their_references() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let cases = Cases {
        wilson: [(0, 1), (1, 1), (3, 10), (0, 500), (500, 500), (7, 12_345), (999_999, 1_000_000)].into(),
        poisson: poisson_cases(),
        quantiles: quantile_cases(&mut random),
        verification: verification_cases(&mut random),
        ten_fold: (0..30).map(|i| ten_fold_case(&mut random, i)).collect(),
        edits: (0..300).map(|_| edit_case(&mut random)).collect(),
        liveness: (0..30).map(|_| liveness_case(&mut random)).collect(),
    };
    let Some(answers) = ask::<_, Answers>("curves_and_intervals_equal_their_references", "curves.py", &cases)
    else {
        return;
    };
    for (&(successes, trials), theirs) in cases.wilson.iter().zip(&answers.wilson) {
        same_interval(wilson(successes, trials), *theirs, &format!("wilson {successes}/{trials}"));
    }
    for (&(count, exposure), theirs) in cases.poisson.iter().zip(&answers.poisson) {
        same_interval(poisson_rate(count, exposure), *theirs, &format!("{count} in {exposure}"));
    }
    for ((values, qs), theirs) in cases.quantiles.iter().zip(&answers.quantiles) {
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        for (&q, &theirs) in qs.iter().zip(theirs) {
            same(quantile(&sorted, q).unwrap(), Some(theirs), &format!("quantile {q} of {values:?}"));
        }
    }
    for (case, theirs) in cases.verification.iter().zip(&answers.verification) {
        same_verification(case, theirs);
    }
    for (case, &(mean, standard_error)) in cases.ten_fold.iter().zip(&answers.ten_fold) {
        let pairs: Vec<_> = case
            .iter()
            .map(|&(same, score, fold)| faces::Pair {
                a: 0,
                b: u32::from(same == 0),
                same: same == 1,
                score,
                fold: Some(fold),
            })
            .collect();
        let ours = faces::ten_fold_accuracy(&pairs).unwrap();
        same(ours.mean, Some(mean), "accuracy");
        same(ours.standard_error.unwrap_or(f64::NAN), standard_error, "standard error");
    }
    for ((truth, read), &edits) in cases.edits.iter().zip(&answers.edits) {
        let plate =
            plates::PlateTruth { text: truth.clone(), country: "VN".to_owned(), lines: 1, bbox: None };
        let reading = plates::Reading::Read { text: read.clone(), confidence: 1.0 };
        let outcome = plates::match_plate(&plate, &reading, None);
        assert_eq!(outcome.exact, edits == 0, "{truth} {read}");
        let wrong = (outcome.characters - outcome.characters_right) as usize;
        assert_eq!(wrong, edits.min(outcome.characters as usize), "{truth} {read}");
    }
    for (case, theirs) in cases.liveness.iter().zip(&answers.liveness) {
        same_liveness(case, theirs);
    }
}

fn same(ours: f64, theirs: Option<f64>, what: &str) {
    assert!(agrees(ours, theirs), "{what}: {ours} is not {theirs:?}");
}

/// Within the tolerance of the bound itself, where a bound is above 1.
fn same_interval(ours: Option<Interval>, theirs: (f64, f64), what: &str) {
    let ours = ours.unwrap();
    for (ours, theirs) in [(ours.low, theirs.0), (ours.high, theirs.1)] {
        let scale = theirs.abs().max(1.0);
        same(ours / scale, Some(theirs / scale), what);
    }
}

fn same_verification(case: &VerificationCase, theirs: &VerificationAnswer) {
    let name = case.name;
    let of = |same: bool| -> Vec<f64> {
        case.pairs.iter().filter(|(a, b, _)| (a == b) == same).map(|pair| pair.2).collect()
    };
    let (genuine, impostors) = (of(true), of(false));
    let curve = faces::det_curve(&genuine, &impostors);
    assert_eq!(curve.len(), theirs.fmr.len(), "{name}");
    for (i, point) in curve.iter().enumerate() {
        same(point.fmr, theirs.fmr[i], &format!("{name}: FMR {i}"));
        same(point.fnmr, theirs.fnmr[i], &format!("{name}: FNMR {i}"));
        if let Some(before) = i.checked_sub(1) {
            same(point.threshold, Some(theirs.thresholds[before]), &format!("{name}: threshold {i}"));
        }
    }
    let found = verify(case);
    if theirs.rates.is_empty() {
        assert_eq!((found.eer, found.fnmr_at.len(), found.det.len()), (None, 0, 0), "{name}");
        return;
    }
    // `det_curve` begins where FNMR is last 0 and ends where FMR is last 0.
    let from = curve.iter().rposition(|point| point.fmr == 0.0).unwrap();
    let to = curve.iter().position(|point| point.fnmr == 0.0).unwrap();
    assert_eq!(to - from + 1, theirs.det.len(), "{name}");
    for (point, theirs) in curve[from..=to].iter().rev().zip(&theirs.det) {
        same(point.fmr, Some(theirs.0), name);
        same(point.fnmr, Some(theirs.1), name);
    }
    let keys = std::iter::once("eer".to_owned())
        .chain(faces::FMR_LEVELS.iter().map(|(key, _)| format!("fnmr_at.{key}")));
    for (i, key) in keys.enumerate() {
        let ours = match key.strip_prefix("fnmr_at.") {
            Some(level) => found.fnmr_at[level],
            None => found.eer.unwrap(),
        };
        same(ours, Some(theirs.rates[i]), &format!("{name}: {key}"));
        let interval = theirs.intervals[i];
        // Where nothing was seen to vary, the rule of three takes over, which the unit tests look at.
        if interval != (0.0, 0.0) && interval != (1.0, 1.0) {
            same_interval(Some(found.intervals[&key]), interval, &format!("{name}: interval of {key}"));
        }
    }
    same(faces::equal_error_rate(&genuine, &impostors).unwrap(), Some(theirs.rates[0]), name);
}

fn verify(case: &VerificationCase) -> faces::Verification {
    let mut all = faces::AllPairs::default();
    for &(a, b, score) in &case.pairs {
        if a == b {
            all.genuine.push((a, score));
        } else {
            all.impostors.push((a, b, score));
        }
    }
    let resampling = faces::Resampling { seed: 11, replicates: DRAWS };
    faces::match_faces(&[], Some(&all), resampling).all.unwrap().verification
}

fn same_liveness(case: &LivenessCase, theirs: &[f64]) {
    let attacks =
        case.attacks.iter().flat_map(|(name, scores)| scores.iter().map(move |&score| (Some(*name), score)));
    let outcomes: Vec<_> = attacks
        .chain(case.live.iter().map(|&score| (None, score)))
        .map(|(species, score)| liveness::match_presentation(species, liveness::Response::Score(score)))
        .collect();
    let scores = liveness::score(&outcomes.iter().collect::<Vec<_>>(), case.threshold, None);
    same(scores.apcer_worst.unwrap(), Some(theirs[0]), "APCER");
    same(scores.bpcer.unwrap(), Some(theirs[1]), "BPCER");
    for ((key, _), &theirs) in liveness::APCER_LEVELS.iter().zip(&theirs[2..]) {
        same(scores.bpcer_at[*key], Some(theirs), key);
    }
}

fn uniform(random: &mut ChaCha8Rng) -> f64 {
    f64::from(random.next_u32()) / 2_f64.powi(32)
}

fn below(random: &mut ChaCha8Rng, bound: u32) -> u32 {
    random.next_u32() % bound
}

fn poisson_cases() -> Vec<(u64, f64)> {
    let counts = (0..=40).chain([99, 100, 101, 1000, 12_345, 1_000_000, 100_000_000]);
    counts.flat_map(|count| [(count, 1.0), (count, 7.5)]).collect()
}

fn quantile_cases(random: &mut ChaCha8Rng) -> Vec<(Vec<f64>, Vec<f64>)> {
    let qs = vec![0.0, 0.025, 0.3, 0.5, 0.95, 0.975, 1.0];
    (1..30).map(|n| ((0..n).map(|_| 10.0 * uniform(random) - 5.0).collect(), qs.clone())).collect()
}

fn verification_cases(random: &mut ChaCha8Rng) -> Vec<VerificationCase> {
    let mut cases = vec![
        case("no genuine", vec![(0, 1, 0.5), (0, 2, 0.25)]),
        case("no impostors", vec![(0, 0, 0.5), (1, 1, 0.25)]),
        case("one pair", vec![(0, 0, 0.5)]),
        case("one of each", vec![(0, 0, 0.75), (0, 1, 0.25)]),
        case("one of each, equal", vec![(0, 0, 0.5), (0, 1, 0.5)]),
        case("all equal", vec![(0, 0, 0.5), (1, 1, 0.5), (0, 1, 0.5), (1, 2, 0.5), (2, 2, 0.5)]),
        case("apart", vec![(0, 0, 0.9), (1, 1, 0.8), (0, 1, 0.1), (1, 2, 0.2)]),
        case("reversed", vec![(0, 0, 0.1), (1, 1, 0.2), (0, 1, 0.9), (1, 2, 0.8)]),
    ];
    for people in [3, 8, 20, 40] {
        // Few levels make many ties.
        for levels in [4.0, 64.0, 1e9] {
            let mut pairs = Vec::new();
            for a in 0..people {
                for b in a..people {
                    // People differ in how well they match themselves.
                    let centre = if a == b { 0.35 + f64::from(a % 4) * 0.05 } else { 0.0 };
                    for _ in 0..if a == b { 5 } else { 2 } {
                        let score = centre + 0.6 * uniform(random);
                        pairs.push((a, b, (score * levels).round() / levels));
                    }
                }
            }
            cases.push(case("generated", pairs));
        }
    }
    cases
}

fn case(name: &'static str, pairs: Vec<(u32, u32, f64)>) -> VerificationCase {
    // Every number up to the highest is in use, so a person's number is their place in a draw.
    let people = pairs.iter().map(|(a, b, _)| a.max(b) + 1).max().unwrap() as usize;
    let mut bootstrap = Bootstrap::new(11, DRAWS);
    let draws = (0..DRAWS).map(|_| bootstrap.weights(people)).collect();
    VerificationCase { name, pairs, draws }
}

fn ten_fold_case(random: &mut ChaCha8Rng, i: u32) -> Vec<(u8, f64, u8)> {
    let folds = if i < 3 { 2 } else { 10 };
    let levels = if i.is_multiple_of(2) { 16.0 } else { 1e9 };
    (0..20 + 10 * i)
        .map(|number| {
            let same = (number / folds) % 2;
            let score = 0.3 * f64::from(same) + 0.7 * uniform(random);
            (same as u8, (score * levels).round() / levels, (number % folds) as u8)
        })
        .collect()
}

fn edit_case(random: &mut ChaCha8Rng) -> (String, String) {
    let letters = ['5', '1', 'F', '9', 'Đ', '粤'];
    let mut text = |unreadable: u32| -> String {
        let length = below(random, 10);
        (0..length)
            .map(|_| if below(random, 10) < unreadable { '?' } else { letters[below(random, 6) as usize] })
            .collect()
    };
    (text(1), text(0))
}

fn liveness_case(random: &mut ChaCha8Rng) -> LivenessCase {
    let mut scores = |centre: f64| -> Vec<f64> {
        let n = 1 + below(random, 120);
        (0..n).map(|_| ((centre + uniform(random)) * 32.0).round() / 32.0).collect()
    };
    let attacks = BTreeMap::from([("mask", scores(0.2)), ("print", scores(0.0)), ("replay", scores(0.1))]);
    LivenessCase { attacks, live: scores(0.6), threshold: 0.75 }
}
