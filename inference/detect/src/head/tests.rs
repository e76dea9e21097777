use proptest::prelude::*;

use super::*;
use crate::nms;

const CLASSES: usize = 3;
const INPUT: SizePx = SizePx::new(64, 32);

fn yolox() -> Head {
    Head::Yolox { strides: vec![8, 16, 32] }
}

fn nanodet_plus() -> Head {
    Head::NanodetPlus { strides: vec![8, 16, 32, 64], bins: 8 }
}

/// A tensor in which no row is a candidate.
fn silence(head: &Head, input: SizePx) -> Vec<f32> {
    vec![0.0; head.rows(input) * head.row_len(CLASSES)]
}

fn decoded(head: &Head, output: &[f32], input: SizePx, min_score: f32) -> Vec<Candidate> {
    let mut out = Vec::new();
    head.decode(output, input, CLASSES, min_score, &mut out).expect("shape fits");
    out
}

fn assert_near(bbox: InputBox, expected: [f32; 4]) {
    let actual = [bbox.x0, bbox.y0, bbox.x1, bbox.y1];
    let near = actual.iter().zip(expected).all(|(a, e)| (a - e).abs() < 1e-3);
    assert!(near, "got {actual:?}, expected {expected:?}");
}

#[test]
fn rows_of_the_known_models() {
    let input = SizePx::new(416, 416);
    assert_eq!((yolox().rows(input), yolox().row_len(80)), (3549, 85));
    assert_eq!((nanodet_plus().rows(input), nanodet_plus().row_len(80)), (3598, 112));
}

#[test]
fn a_grid_that_does_not_divide_the_input_is_rounded_up() {
    // 100 x 60 at strides 8, 16, 32, 64: 13 x 8, 7 x 4, 4 x 2, 2 x 1.
    assert_eq!(nanodet_plus().rows(SizePx::new(100, 60)), 104 + 28 + 8 + 2);
}

#[test]
fn yolox_centre_is_an_offset_from_the_cell_and_size_a_logarithm() {
    let head = yolox();
    let mut output = silence(&head, INPUT);
    // Stride 16 comes after the 8 x 4 cells of stride 8 and has 4 columns: cell (3, 1).
    let row = 32 + 4 + 3;
    let values = [0.5, 0.25, 2f32.ln(), 0.0, 0.9, 0.1, 0.2, 0.8];
    output[row * 8..][..8].copy_from_slice(&values);
    let found = decoded(&head, &output, INPUT, 0.3);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].class, 2);
    assert!((found[0].score - 0.72).abs() < 1e-6, "score {}", found[0].score);
    // Centre ((0.5 + 3) * 16, (0.25 + 1) * 16) = (56, 20), size (32, 16).
    assert_near(found[0].bbox, [40.0, 12.0, 72.0, 28.0]);
}

#[test]
fn nanodet_distances_are_expectations_from_the_cells_origin() {
    let head = nanodet_plus();
    let mut output = silence(&head, INPUT);
    // Stride 32 comes after 8 x 4 and 4 x 2 cells and has 2 columns: cell (1, 0), whose origin is (32, 0).
    let row = 32 + 8 + 1;
    let row = &mut output[row * 35..][..35];
    row[1] = 0.6;
    // Left: all weight on bin 1; top: even over all bins, 3.5; right: half on 0 and half on 7; bottom: bin 2.
    let sides = [[1, 1], [0, 0], [0, 7], [2, 2]];
    for (side, bins) in sides.into_iter().enumerate().filter(|&(side, _)| side != 1) {
        for bin in bins {
            row[3 + 8 * side + bin] = 200.0;
        }
    }
    let found = decoded(&head, &output, INPUT, 0.35);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].class, found[0].score), (1, 0.6));
    assert_near(found[0].bbox, [0.0, -112.0, 144.0, 64.0]);
}

#[test]
fn the_bound_itself_is_enough_and_the_first_of_equal_classes_wins() {
    let head = yolox();
    let mut output = silence(&head, INPUT);
    output[..8].copy_from_slice(&[0.0, 0.0, 0.0, 0.0, 1.0, 0.25, 0.5, 0.5]);
    let found = decoded(&head, &output, INPUT, 0.5);
    assert_eq!(found.iter().map(|c| (c.class, c.score)).collect::<Vec<_>>(), [(1, 0.5)]);
    assert!(decoded(&head, &output, INPUT, 0.500_001).is_empty());
}

#[test]
fn factors_out_of_range_do_not_make_a_score() {
    let head = yolox();
    for (objectness, probability) in [(-0.9, -1.0), (20.0, 0.04), (0.5, 1.8)] {
        let mut output = silence(&head, INPUT);
        output[4..8].copy_from_slice(&[objectness, probability, f32::NEG_INFINITY, f32::NEG_INFINITY]);
        let found = decoded(&head, &output, INPUT, -1.0);
        assert!(found.iter().all(|c| c.score == 0.0), "{objectness} · {probability} gave {:?}", found[0]);
    }
}

#[test]
fn a_wrong_shape_is_told_with_both_sides_and_leaves_nothing() {
    let input = SizePx::new(416, 416);
    let mut out = decoded(&yolox(), &silence(&yolox(), INPUT), INPUT, 0.0);
    assert!(!out.is_empty());
    let error = yolox().decode(&[0.0; 100], input, 80, 0.3, &mut out).expect_err("short");
    assert_eq!(
        error.to_string(),
        "`yolox` output holds 100 values, expected 3549 rows of 85 for a 416x416 input"
    );
    assert!(out.is_empty());
}

#[test]
fn impossible_settings_are_refused_by_name() {
    let refused = |head: Head, classes| {
        head.decode(&[], INPUT, classes, 0.3, &mut Vec::new()).expect_err("refused").to_string()
    };
    let expected = "`yolox` head has strides [8, 0], expected at least one, none of them 0";
    assert_eq!(refused(Head::Yolox { strides: vec![8, 0] }, 1), expected);
    assert_eq!(refused(yolox(), 0), "`yolox` head has classes 0, expected 1 to 65535");
    let head = Head::NanodetPlus { strides: vec![8], bins: 1 };
    assert_eq!(refused(head, 1), "`nanodet-plus` head has bins 1, expected 2 to 1024");
}

/// Any bit pattern, often an awkward one, often a plausible probability.
fn hostile_value() -> impl Strategy<Value = f32> {
    prop_oneof![
        3 => 0.0f32..=1.0,
        2 => -20.0f32..100.0,
        1 => any::<u32>().prop_map(f32::from_bits),
        1 => prop::sample::select(vec![
            f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, f32::MIN_POSITIVE, 1e-45, -0.0,
        ]),
    ]
}

fn any_head() -> impl Strategy<Value = Head> {
    prop::sample::select(vec![yolox(), nanodet_plus()])
}

fn head_and_hostile_tensor() -> impl Strategy<Value = (Head, Vec<f32>)> {
    any_head().prop_flat_map(|head| {
        let len = head.rows(INPUT) * head.row_len(CLASSES);
        (Just(head), prop::collection::vec(hostile_value(), len))
    })
}

/// The rule for scores, written the slow way: class and score of each row that may become a candidate.
fn scores_by_hand(head: &Head, output: &[f32]) -> Vec<(u16, f32)> {
    let score = |row: &[f32]| match head {
        Head::Yolox { .. } => (row[4], row[5..].to_vec()),
        Head::NanodetPlus { .. } => (1.0, row[..CLASSES].to_vec()),
    };
    let mut scores = Vec::new();
    for row in output.chunks_exact(head.row_len(CLASSES)) {
        let (objectness, classes) = score(row);
        for (class, probability) in (0u16..).zip(classes) {
            scores.push((class, objectness * probability));
        }
    }
    scores
}

proptest! {
    #[test]
    fn hostile_tensors_leak_nothing(
        (head, output) in head_and_hostile_tensor(),
        min_score in prop_oneof![hostile_value(), 0.0f32..0.9],
    ) {
        let found = decoded(&head, &output, INPUT, min_score);
        for Candidate { class, score, bbox } in &found {
            prop_assert!(usize::from(*class) < CLASSES);
            prop_assert!(min_score <= *score && (0.0..=1.0).contains(score), "score {score}");
            let edges = [bbox.x0, bbox.y0, bbox.x1, bbox.y1];
            prop_assert!(edges.iter().all(|edge| edge.is_finite()), "{bbox:?}");
            prop_assert!(bbox.x0 < bbox.x1 && bbox.y0 < bbox.y1, "{bbox:?}");
        }
        let scores = scores_by_hand(&head, &output);
        prop_assert!(found.iter().all(|c| scores.contains(&(c.class, c.score))));

        let mut survivors = found.clone();
        nms(&mut survivors, 0.5);
        prop_assert!(survivors.iter().all(|survivor| found.contains(survivor)));
        let letterbox = vision::Letterbox::fit(SizePx::new(640, 360), INPUT, vision::PadSide::Both);
        let back = letterbox.expect("not empty").frame_from_input();
        for detection in crate::to_frame(&survivors, &back) {
            prop_assert!(0.0 < detection.bbox.area() && detection.bbox.x1() <= 640.0);
        }
    }

    #[test]
    fn every_sound_row_above_the_bound_is_found(
        head in any_head(),
        rows in prop::collection::vec((0.0f32..=1.0, 0.0f32..=1.0, 0usize..CLASSES), 42),
        min_score in 0.05f32..0.9,
    ) {
        let row_len = head.row_len(CLASSES);
        let mut output = silence(&head, INPUT);
        let mut expected = Vec::new();
        for (row, &(objectness, probability, class)) in output.chunks_exact_mut(row_len).zip(&rows) {
            let score = match head {
                Head::Yolox { .. } => {
                    row[4] = objectness;
                    row[5 + class] = probability;
                    objectness * probability
                }
                Head::NanodetPlus { .. } => {
                    row[class] = probability;
                    probability
                }
            };
            if min_score <= score {
                expected.push((class as u16, score));
            }
        }
        let found = decoded(&head, &output, INPUT, min_score);
        prop_assert_eq!(found.iter().map(|c| (c.class, c.score)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn any_other_length_is_an_error(head in any_head(), len in 0usize..3000) {
        let right = head.rows(INPUT) * head.row_len(CLASSES);
        let result = head.decode(&vec![0.5; len], INPUT, CLASSES, 0.3, &mut Vec::new());
        prop_assert_eq!(result.is_ok(), len == right);
    }
}
