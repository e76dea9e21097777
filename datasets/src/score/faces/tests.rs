use super::*;

const ONCE: Resampling = Resampling { seed: 1, replicates: 200 };

fn pair(a: u32, b: u32, score: f64) -> Pair {
    Pair { a, b, same: a == b, score, fold: None }
}

/// Four genuine and five impostor comparisons with a tie across the classes at 0.5.
fn example() -> AllPairs {
    AllPairs {
        genuine: vec![(0, 0.9), (1, 0.7), (2, 0.5), (3, 0.2)],
        impostors: vec![(0, 1, 0.6), (0, 2, 0.5), (0, 3, 0.3), (1, 2, 0.1), (1, 3, 0.0)],
    }
}

fn verification(all: &AllPairs) -> Verification {
    match_faces(&[], Some(all), ONCE).all.unwrap().verification
}

#[test]
fn rates_step_at_each_score() {
    let genuine = [0.2, 0.9, 0.5];
    let rates: Vec<_> = det_curve(&genuine, &[0.5, 0.1])
        .iter()
        .map(|point| (point.threshold, point.fmr, point.fnmr))
        .collect();
    let expected = [
        (f64::INFINITY, 0.0, 1.0),
        (0.9, 0.0, 2.0 / 3.0),
        (0.5, 0.5, 1.0 / 3.0),
        (0.2, 0.5, 0.0),
        (0.1, 1.0, 0.0),
    ];
    assert_eq!(rates, expected);
}

#[test]
fn fnmr_is_taken_at_the_lowest_threshold_that_keeps_to_the_fmr() {
    let mut all = example();
    // 1 of 10 impostors at or above 0.6: exactly 1e-1, which is allowed. The next is at 0.5, with a genuine one.
    all.impostors.extend((0..5).map(|i| (2, 3, -0.1 * f64::from(i))));
    let found = verification(&all);
    assert_eq!(found.threshold_at["1e-1"], 0.5_f64.next_up());
    assert_eq!(found.fnmr_at["1e-1"], 0.5);
    // Nothing may match falsely: above 0.6, where two of four genuine are left.
    assert_eq!(found.threshold_at["1e-2"], 0.6_f64.next_up());
    assert_eq!(found.fnmr_at["1e-2"], 0.5);
    assert_eq!(found.unproved.len(), 6);
    assert_eq!(found.unproved["1e-6"], 0.3);
}

#[test]
fn equal_error_rate_is_where_the_steps_are_closest() {
    // At 0.5: FMR 2/5, FNMR 1/4, 0.15 apart; at 0.6: 1/5 and 2/4.
    let found = verification(&example());
    assert_eq!(found.eer, Some(f64::midpoint(0.4, 0.25)));
}

#[test]
fn of_two_equal_differences_the_stricter_threshold_gives_the_rate() {
    // From 0.9 (FMR 0, FNMR 1/2) to 0.5 (FMR 1, FNMR 1/2): both half apart.
    assert_eq!(equal_error_rate(&[0.9, 0.1], &[0.5]), Some(0.25));
}

#[test]
fn without_one_class_there_is_no_rate() {
    let all = example();
    let found = verification(&AllPairs { impostors: vec![], ..all.clone() });
    assert_eq!((found.genuine, found.impostors), (4, 0));
    assert_eq!(found, Verification { genuine: 4, identities: 4, ..Verification::default() });
    let found = verification(&AllPairs { genuine: vec![], ..all });
    assert_eq!(found.eer, None);
    assert!(found.fnmr_at.is_empty() && found.det.is_empty() && found.intervals.is_empty());
    assert_eq!(found.threshold_at["1e-3"], 0.6_f64.next_up());
    assert_eq!(equal_error_rate(&[], &[0.1]), None);
    assert_eq!(score(&[]), None);
    assert_eq!(score(&[&match_faces(&[], None, ONCE)]), None);
}

#[test]
fn scores_that_are_all_equal_separate_nobody() {
    let all = AllPairs { genuine: vec![(0, 0.5); 3], impostors: vec![(0, 1, 0.5); 7] };
    let found = verification(&all);
    assert_eq!(found.fnmr_at["1e-1"], 1.0);
    assert_eq!(found.eer, Some(0.5));
    assert_eq!(found.det, [(0.0, 1.0), (1.0, 0.0)]);
}

#[test]
fn one_pair_of_each_kind() {
    let found = verification(&AllPairs { genuine: vec![(0, 0.8)], impostors: vec![(0, 1, 0.2)] });
    assert_eq!(found.fnmr_at["1e-6"], 0.0);
    assert_eq!(found.eer, Some(0.0));
    // One person was compared with themselves: that proves nothing.
    assert_eq!(found.intervals["fnmr_at.1e-6"], Interval { low: 0.0, high: 1.0 });
}

#[test]
fn no_error_seen_is_bounded_by_the_rule_of_three_over_people() {
    let mut all = AllPairs { genuine: (0..30).map(|i| (i, 0.9)).collect(), impostors: vec![] };
    all.genuine.extend((0..30).map(|i| (i, 0.8)));
    all.impostors = (0..29).map(|i| (i, i + 1, 0.1)).collect();
    let found = verification(&all);
    assert_eq!(found.intervals["fnmr_at.1e-2"], Interval { low: 0.0, high: 0.1 });
    assert_eq!(found.intervals["eer"], Interval { low: 0.0, high: 0.1 });
}

/// People differ: who fails, fails on all pictures. A bootstrap over comparisons would be far too sure.
#[test]
fn the_bootstrap_draws_people() {
    let genuine: Vec<_> =
        (0..20).flat_map(|i| (0..50).map(move |_| (i, if i < 5 { 0.1 } else { 0.9 }))).collect();
    let impostors = (0..19).map(|i| (i, i + 1, 0.2)).collect();
    let found = verification(&AllPairs { genuine, impostors });
    assert_eq!(found.fnmr_at["1e-1"], 0.25);
    let interval = found.intervals["fnmr_at.1e-1"];
    // 5 of 20 people: about 0.25 ± 0.19, where 1000 free comparisons would give ± 0.03.
    assert!(interval.low < 0.13 && 0.37 < interval.high, "{interval:?}");
    assert!(0.0 <= interval.low && interval.high < 0.6, "{interval:?}");
}

#[test]
fn a_comparison_without_a_score_is_counted_apart() {
    let mut all = example();
    all.genuine.push((0, f64::NAN));
    all.impostors.push((0, 1, f64::INFINITY));
    let listed = [pair(0, 0, 0.9), pair(0, 1, f64::NAN)];
    let matches = match_faces(&listed, Some(&all), ONCE);
    assert_eq!(matches.unscored, 3);
    assert_eq!(matches.listed.len(), 1);
    let scores = score(&[&matches]).unwrap();
    assert_eq!((scores.pairs, scores.unscored, scores.source), (1, 3, Source::AllPairs));
    assert_eq!(scores.verification, verification(&example()));
}

#[test]
fn several_sets_pool_their_lists_and_keep_their_people_apart() {
    let first = match_faces(&[pair(0, 0, 0.9), pair(0, 1, 0.1)], Some(&example()), ONCE);
    let second = match_faces(&[pair(0, 0, 0.3), pair(0, 1, 0.4)], None, ONCE);
    let scores = score(&[&first, &second]).unwrap();
    assert_eq!((scores.source, scores.pairs), (Source::Listed, 4));
    assert_eq!((scores.verification.genuine, scores.verification.impostors), (2, 2));
    assert_eq!(scores.verification.identities, 4);
    assert_eq!(scores.verification.eer, Some(0.5));
}

#[test]
fn ten_folds_learn_their_threshold_from_the_others() {
    // Nine folds part at 0.5; the tenth has its different pair above: one of its two answers is right.
    let mut pairs = Vec::new();
    for fold in 0..10_u8 {
        let different = if fold == 9 { 0.8 } else { 0.4 };
        for (b, score) in [(0, 0.5), (1, different)] {
            pairs.push(Pair { fold: Some(fold), ..pair(0, b, score) });
        }
    }
    let found = ten_fold_accuracy(&pairs).unwrap();
    assert!((found.mean - 0.95).abs() < 1e-12);
    // The deviation of one 0.5 among nine 1.0 is 0.5 / sqrt(10).
    assert!((found.standard_error.unwrap() - 0.05).abs() < 1e-12);
}

#[test]
fn a_threshold_above_the_other_folds_is_no_higher_than_it_needs_to_be() {
    // Fold 1 has only a different pair, so fold 0 learns "above 0.4", which its own genuine pair at 0.6 passes.
    let pairs = [Pair { fold: Some(0), ..pair(0, 0, 0.6) }, Pair { fold: Some(1), ..pair(0, 1, 0.4) }];
    // Fold 1 learns 0.6 from the genuine pair: right too.
    assert_eq!(ten_fold_accuracy(&pairs).unwrap().mean, 1.0);
}

#[test]
fn pairs_without_folds_are_dealt_out_by_kind() {
    let pairs: Vec<_> = (0..20).map(|i| pair(0, u32::from(i % 2 == 0), f64::from(i))).collect();
    let folds: Vec<_> = folds::deal(0, &pairs).into_iter().map(|pair| pair.fold).collect();
    assert_eq!(folds, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9]);
    assert_eq!(ten_fold_accuracy(&pairs[..1]), None);
    assert_eq!(ten_fold_accuracy(&[]), None);
}

#[test]
fn all_pairs_compares_each_two_pictures_once() {
    let pairs = AllPairs::compare(&[4, 7, 4], |i, j| (10 * i + j) as f64);
    assert_eq!(pairs.genuine, [(4, 2.0)]);
    assert_eq!(pairs.impostors, [(4, 7, 1.0), (7, 4, 12.0)]);
}

#[test]
fn a_drawn_curve_has_at_most_two_hundred_points_of_the_curve() {
    let score = |i: u32| f64::from(i.wrapping_mul(2_654_435_761) >> 8);
    let all = AllPairs {
        genuine: (0..1000).map(|i| (i, score(i) * 1.3)).collect(),
        impostors: (0..999).map(|i| (i, i + 1, score(i + 5000))).collect(),
    };
    let genuine: Vec<_> = all.genuine.iter().map(|pair| pair.1).collect();
    let impostors: Vec<_> = all.impostors.iter().map(|pair| pair.2).collect();
    let curve: Vec<_> = det_curve(&genuine, &impostors).iter().map(|point| (point.fmr, point.fnmr)).collect();
    let drawn = verification(&all).det;
    assert!((100..=200).contains(&drawn.len()), "{}", drawn.len());
    assert!(drawn.iter().all(|point| curve.contains(point)));
    assert_eq!((drawn.first(), drawn.last()), (curve.first(), curve.last()));
}

#[test]
fn stored_matches_score_the_same() {
    let listed = [pair(0, 0, 0.9), pair(0, 1, 0.25), pair(1, 1, 0.5)];
    let matches = match_faces(&listed, Some(&example()), ONCE);
    let stored: FaceMatches = serde_json::from_str(&serde_json::to_string(&matches).unwrap()).unwrap();
    let scores = score(&[&matches]).unwrap();
    assert_eq!(score(&[&stored]).unwrap(), scores);
    let text = serde_json::to_value(&scores).unwrap();
    for key in ["fnmr_at", "eer", "accuracy_10fold", "pairs", "genuine", "intervals", "det"] {
        assert!(text.get(key).is_some(), "{key}");
    }
    assert_eq!(text["source"], "all-pairs");
}
