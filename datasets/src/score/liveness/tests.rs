use super::*;

fn presented(species: Option<&str>, scores: &[f64]) -> Vec<PresentationOutcome> {
    scores.iter().map(|&score| match_presentation(species, Response::Score(score))).collect()
}

fn scored(presentations: &[PresentationOutcome], threshold: f64) -> LivenessScores {
    score(&presentations.iter().collect::<Vec<_>>(), threshold, None)
}

fn example() -> Vec<PresentationOutcome> {
    let mut all = presented(None, &[0.9, 0.8, 0.5, 0.4, 0.2]);
    all.extend(presented(Some("print"), &[0.5, 0.3, 0.1, 0.1]));
    all.extend(presented(Some("replay"), &[0.6, 0.1]));
    all.push(match_presentation(Some("replay"), Response::Missing));
    all.push(match_presentation(None, Response::Score(f64::NAN)));
    all
}

#[test]
fn each_species_has_its_rate_and_the_worst_counts() {
    let scores = scored(&example(), 0.5);
    assert_eq!((scores.attacks, scores.bona_fide), (7, 6));
    assert_eq!(scores.apcer, BTreeMap::from([("print".to_owned(), 0.25), ("replay".to_owned(), 0.5)]));
    assert_eq!(scores.apcer_worst, Some(0.5));
    assert_eq!(scores.worst_species.as_deref(), Some("replay"));
    // 0.4 and 0.2 of five that got a response.
    assert_eq!(scores.bpcer, Some(0.4));
    assert_eq!(scores.apnrr["replay"], 1.0 / 3.0);
    assert_eq!(scores.apnrr["print"], 0.0);
    assert_eq!(scores.bpnrr, Some(1.0 / 6.0));
    assert_eq!(scores.intervals["bpcer"], wilson(2, 5).unwrap());
    assert_eq!(scores.intervals["apcer_worst"], wilson(1, 2).unwrap());
    assert_eq!(scores.intervals["apnrr.replay"], wilson(1, 3).unwrap());
}

#[test]
fn bpcer_is_taken_where_no_species_passes_too_often() {
    let scores = scored(&example(), 0.5);
    // No attack at all may pass: above the replay at 0.6.
    assert_eq!(scores.threshold_at["1e-2"], 0.6_f64.next_up());
    assert_eq!(scores.bpcer_at["1e-2"], 0.6);
    // Two replays prove nothing.
    assert_eq!(scores.unproved["1e-1"], 1.0);
}

#[test]
fn one_of_twenty_is_five_percent() {
    let mut all = presented(None, &[0.75, 0.65, 0.5]);
    let attacks: Vec<f64> = (0..20).map(|i| 0.7 - 0.03125 * f64::from(i)).collect();
    all.extend(presented(Some("mask"), &attacks));
    let scores = scored(&all, 0.0);
    assert_eq!(scores.threshold_at["5e-2"], attacks[1].next_up());
    assert_eq!(scores.threshold_at["1e-1"], attacks[2].next_up());
    assert_eq!(scores.threshold_at["1e-2"], attacks[0].next_up());
    assert_eq!(scores.bpcer_at["1e-2"], 2.0 / 3.0);
    assert_eq!(scores.bpcer_at["1e-1"], 1.0 / 3.0);
    // 3 / 20 is above each.
    assert_eq!(scores.unproved.len(), 3);
}

#[test]
fn equal_scores_fall_together() {
    let mut all = presented(None, &[0.5, 0.6]);
    all.extend(presented(Some("print"), &[0.5; 100]));
    let scores = scored(&all, 0.5);
    assert_eq!(scores.apcer_worst, Some(1.0));
    assert_eq!(scores.threshold_at["1e-1"], 0.5_f64.next_up());
    assert_eq!(scores.bpcer_at["1e-1"], 0.5);
    assert_eq!(scores.unproved, BTreeMap::from([("1e-2".to_owned(), 0.03)]));
}

#[test]
fn without_one_kind_there_is_no_rate_of_it() {
    let bona_fide = scored(&presented(None, &[0.5]), 0.5);
    assert_eq!((bona_fide.bpcer, bona_fide.apcer_worst), (Some(0.0), None));
    assert!(bona_fide.bpcer_at.is_empty() && bona_fide.threshold_at.is_empty());
    let attacks = scored(&presented(Some("print"), &[0.5]), 0.5);
    assert_eq!((attacks.bpcer, attacks.bpnrr, attacks.apcer_worst), (None, None, Some(1.0)));
    assert!(attacks.bpcer_at.is_empty());
    assert_eq!(scored(&[], 0.5), LivenessScores { threshold: 0.5, ..LivenessScores::default() });
    let silent = scored(&[match_presentation(Some("print"), Response::Missing)], 0.5);
    assert_eq!((silent.apnrr["print"], silent.apcer_worst), (1.0, None));
}

#[test]
fn a_weight_is_a_repetition() {
    let all = example();
    let refs: Vec<_> = all.iter().collect();
    let weights: Vec<u32> = (0..all.len() as u32).map(|i| i % 3).collect();
    let repeated: Vec<_> = refs
        .iter()
        .zip(&weights)
        .flat_map(|(one, &times)| std::iter::repeat_n(*one, times as usize))
        .collect();
    let expected = LivenessScores { intervals: BTreeMap::new(), ..score(&repeated, 0.3, None) };
    assert_eq!(score(&refs, 0.3, Some(&weights)), expected);
}

#[test]
fn stored_presentations_score_the_same() {
    let all = example();
    let text = serde_json::to_string(&all).unwrap();
    assert_eq!(serde_json::from_str::<Vec<PresentationOutcome>>(&text).unwrap(), all);
}
