//! `datasets::score::tracking` against `trackeval`, and `motmetrics` where both mean the same.

mod cases;

use std::num::NonZeroU32;

use datasets::score::tracking::{
    BlockScores, SequenceMatches, Settings, TrackingScores, match_sequence, score, score_blocks, thresholds,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use track::Assignment;

use crate::oracle::{TOLERANCE, agrees, ask};
use cases::{Case, Second, assignments, degenerate, generated, recorded};

const SCRIPT: &str = "tracking.py";

#[derive(Serialize)]
struct Questions<'a> {
    sequences: &'a [Case],
    /// Indices of sequences to combine.
    groups: &'a [Vec<usize>],
    assignments: &'a [cases::Problem],
}

#[derive(Deserialize)]
struct Answers {
    sequences: Vec<Map<String, Value>>,
    groups: Vec<Map<String, Value>>,
    assignments: Vec<Vec<(usize, usize)>>,
    thresholds: Vec<f64>,
}

#[test]
fn recorded_sequences_score_as_the_references_do() {
    let Some(sequences) = recorded("recorded_sequences_score_as_the_references_do") else { return };
    let groups = [(0..sequences.len()).collect()];
    check("recorded_sequences_score_as_the_references_do", &sequences, &groups);
}

#[test]
fn generated_sequences_score_as_the_references_do() {
    let sequences = generated();
    // Groups of two to five, and all.
    let mut groups: Vec<Vec<usize>> = (0..60).map(|at| (at * 5..at * 5 + 2 + at % 4).collect()).collect();
    groups.push((0..sequences.len()).collect());
    check("generated_sequences_score_as_the_references_do", &sequences, &groups);
}

#[test]
fn degenerate_sequences_score_as_the_references_do() {
    let sequences = degenerate();
    let each = (0..sequences.len()).map(|at| vec![at]);
    let pairs = (0..sequences.len()).flat_map(|a| (0..a).map(move |b| vec![b, a]));
    check(
        "degenerate_sequences_score_as_the_references_do",
        &sequences,
        &each.chain(pairs).collect::<Vec<_>>(),
    );
}

#[test]
fn of_equal_pairings_the_same_is_taken_as_by_scipy() {
    let test = "of_equal_pairings_the_same_is_taken_as_by_scipy";
    let problems = assignments();
    let questions = Questions { sequences: &[], groups: &[], assignments: &problems };
    let Some(answers) = ask::<_, Answers>(test, SCRIPT, &questions) else { return };
    let mut solver = Assignment::default();
    for (problem, theirs) in problems.iter().zip(answers.assignments) {
        let costs: Vec<f64> = problem.weights.iter().map(|weight| -weight).collect();
        assert_eq!(solver.least_cost(problem.rows, problem.columns, &costs), theirs, "{problem:?}");
    }
}

fn check(test: &str, sequences: &[Case], groups: &[Vec<usize>]) {
    let questions = Questions { sequences, groups, assignments: &[] };
    let Some(answers) = ask::<_, Answers>(test, SCRIPT, &questions) else { return };
    assert_eq!(answers.thresholds, thresholds());
    let matched: Vec<_> = sequences.iter().map(matches_of).collect();
    for ((case, matches), theirs) in sequences.iter().zip(&matched).zip(&answers.sequences) {
        let ours = score(&[matches]);
        // Alone, the reference calls MOTA 0 when there is no true box; combined, it does not.
        compare(&case.name, &ours, theirs, 0 < ours.objects);
        let identities = [ours.true_identities, ours.found_identities];
        assert_eq!(theirs["identities"], serde_json::json!(identities), "{}", case.name);
        compare_second(case, &ours, &theirs["motmetrics"]);
    }
    for (group, theirs) in groups.iter().zip(&answers.groups) {
        let members: Vec<_> = group.iter().map(|&at| &matched[at]).collect();
        let ours = score(&members);
        compare(&format!("group {group:?}"), &ours, theirs, true);
        assert_blocks_agree(&members, &ours);
    }
}

fn matches_of(case: &Case) -> SequenceMatches {
    let settings = Settings { block_frames: NonZeroU32::MIN.saturating_add(6), ..Settings::default() };
    match_sequence(case.frames, &case.boxes(&case.truth), &case.boxes(&case.found), settings).expect("boxes")
}

fn compare(name: &str, ours: &TrackingScores, theirs: &Map<String, Value>, with_mota: bool) {
    let counts = [
        ("CLR_TP", ours.tp),
        ("CLR_FP", ours.fp),
        ("CLR_FN", ours.fn_),
        ("IDSW", ours.ids),
        ("Frag", ours.fm),
        ("MT", ours.mt),
        ("PT", ours.pt),
        ("ML", ours.ml),
        ("IDTP", ours.idtp),
        ("IDFP", ours.idfp),
        ("IDFN", ours.idfn),
    ];
    for (key, count) in counts {
        assert_eq!(theirs[key].as_f64(), Some(count as f64), "{name}: {key}");
    }
    let rates = [
        ("MOTP", ours.motp),
        ("CLR_Re", ours.recall),
        ("CLR_Pr", ours.precision),
        ("IDF1", ours.idf1),
        ("IDP", ours.idp),
        ("IDR", ours.idr),
    ];
    let mota = [("MOTA", ours.mota)].into_iter().filter(|_| with_mota);
    for (key, rate) in rates.into_iter().chain(mota) {
        assert_agrees(name, key, rate, &theirs[key]);
    }
    let curves =
        [("HOTA", ours.hota_at), ("DetA", ours.deta_at), ("AssA", ours.assa_at), ("LocA", ours.loca_at)];
    for (key, curve) in curves {
        curve.iter().enumerate().for_each(|(at, value)| assert_agrees(name, key, *value, &theirs[key][at]));
    }
    let means = [
        ("HOTA", ours.hota),
        ("DetA", ours.deta),
        ("AssA", ours.assa),
        ("LocA", ours.loca),
        ("DetRe", ours.detre),
        ("DetPr", ours.detpr),
        ("AssRe", ours.assre),
        ("AssPr", ours.asspr),
    ];
    for (key, mean) in means {
        let curve = theirs[key].as_array().expect("a curve");
        let sum: f64 = curve.iter().map(|value| value.as_f64().expect("a number")).sum();
        assert_agrees(name, key, mean, &(sum / curve.len() as f64).into());
    }
}

fn compare_second(case: &Case, ours: &TrackingScores, theirs: &Value) {
    let name = &format!("{}, motmetrics", case.name);
    assert_agrees(name, "transfers", ours.transfers as f64, &theirs["transfers"]);
    assert_agrees(name, "ascends", ours.ascends as f64, &theirs["ascends"]);
    assert_agrees(name, "migrates", ours.migrates as f64, &theirs["migrates"]);
    assert_agrees(name, "motp_distance", ours.motp_distance.unwrap_or(f64::NAN), &theirs["motp_distance"]);
    let Some(summary) = theirs.get("summary") else { return };
    let identity = [
        ("idf1", ours.idf1),
        ("idp", ours.idp),
        ("idr", ours.idr),
        ("idtp", ours.idtp as f64),
        ("idfp", ours.idfp as f64),
        ("idfn", ours.idfn as f64),
        ("num_objects", ours.objects as f64),
        ("num_predictions", ours.predictions as f64),
        ("num_unique_objects", ours.true_identities as f64),
        ("num_transfer", ours.transfers as f64),
        ("num_ascend", ours.ascends as f64),
        ("num_migrate", ours.migrates as f64),
    ];
    let clear = [
        ("mota", ours.mota),
        ("recall", ours.recall),
        ("precision", ours.precision),
        ("num_false_positives", ours.fp as f64),
        ("num_misses", ours.fn_ as f64),
        ("num_switches", ours.ids as f64),
    ];
    let clear = clear.into_iter().filter(|_| case.second == Second::ClearToo);
    for (key, value) in identity.into_iter().chain(clear) {
        assert_agrees(name, key, value, &summary[key]);
    }
}

fn assert_agrees(name: &str, key: &str, ours: f64, theirs: &Value) {
    assert!(agrees(ours, theirs.as_f64()), "{name}: {key} is {ours}, expected {theirs} to {TOLERANCE}");
}

fn assert_blocks_agree(members: &[&SequenceMatches], whole: &TrackingScores) {
    let blocks = members.iter().map(|matches| matches.blocks.len()).sum();
    let ours = score_blocks(members, &vec![1; blocks]);
    let TrackingScores { mota, motp, idf1, hota, deta, assa, .. } = *whole;
    assert_eq!(ours, BlockScores { mota, motp, idf1, hota, deta, assa });
}
