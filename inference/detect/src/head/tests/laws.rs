//! What holds for every head and any tensor.

use proptest::prelude::*;

use super::*;
use crate::nms;

/// Rows of heads that have any number of them.
const ROWS: usize = 21;

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
    prop::sample::select(every_head().to_vec())
}

fn head_and_hostile_outputs() -> impl Strategy<Value = (Head, Outputs)> {
    any_head().prop_flat_map(|head| {
        let shapes = Outputs::silent(&head, INPUT, ROWS).shapes;
        let values: Vec<_> = shapes
            .iter()
            .map(|shape| prop::collection::vec(hostile_value(), shape.iter().product::<i64>() as usize))
            .collect();
        (Just(head), values.prop_map(move |values| Outputs { shapes: shapes.clone(), values }))
    })
}

/// Outputs with the probabilities of real ones, and places within a few strides, so that boxes overlap.
fn head_and_plausible_outputs() -> impl Strategy<Value = (Head, Outputs)> {
    any_head().prop_flat_map(|head| {
        let shapes = Outputs::silent(&head, INPUT, ROWS).shapes;
        let lengths = shapes.iter().map(|shape| shape.iter().product::<i64>() as usize);
        // Coarse, so that equal scores and equal boxes are common.
        let values: Vec<_> = lengths
            .map(|length| prop::collection::vec((0u8..=4).prop_map(|value| f32::from(value) / 4.0), length))
            .collect();
        (Just(head), values.prop_map(move |values| Outputs { shapes: shapes.clone(), values }))
    })
}

/// The rule for scores, written the slow way: class and score of each row that may become a candidate.
fn scores_by_hand(head: &Head, outputs: &Outputs) -> Vec<(u16, f32)> {
    let (first, columns) = (&outputs.values[0], outputs.shapes[0][1] as usize);
    let classes_at = |start: usize, objectness: &dyn Fn(&[f32]) -> f32| -> Vec<(u16, f32)> {
        let rows = first.chunks_exact(columns);
        let of_row = |row: &[f32]| -> Vec<_> {
            (0u16..).zip(&row[start..]).map(|(class, &value)| (class, objectness(row) * value)).collect()
        };
        rows.flat_map(of_row).collect()
    };
    match head {
        Head::Yolox { .. } => classes_at(5, &|row| row[4]),
        Head::Yolov5Corners => classes_at(13, &|row| row[4]),
        Head::NanodetPlus { .. } => {
            let rows = first.chunks_exact(columns);
            rows.flat_map(|row| (0u16..).zip(row[..CLASSES].iter().copied())).collect()
        }
        Head::Rtmdet => first.chunks_exact(5).map(|row| (0, row[4])).collect(),
        Head::Yunet { .. } => {
            let pairs = (0..3).flat_map(|level| outputs.values[level].iter().zip(&outputs.values[3 + level]));
            pairs.map(|(face, object)| (0, (face * object).sqrt())).collect()
        }
        Head::Yolov8 => {
            let rows = first.chunks_exact(columns).skip(4);
            (0u16..).zip(rows).flat_map(|(class, row)| row.iter().map(move |&score| (class, score))).collect()
        }
        Head::Detr { scores: Scores::Probabilities } => classes_at(0, &|_| 1.0),
        Head::Detr { scores: Scores::Logits } => {
            let logits = classes_at(0, &|_| 1.0).into_iter();
            logits.map(|(class, logit)| (class, 1.0 / (1.0 + (-logit).exp()))).collect()
        }
    }
}

/// Another order of rows or columns, for a head whose rows do not know where they stand.
fn turned(head: &Head, outputs: &Outputs, by: usize) -> Outputs {
    let mut turned = outputs.clone();
    for (shape, values) in outputs.shapes.iter().zip(&mut turned.values) {
        let columns = shape[1] as usize;
        match head {
            Head::Yolov8 => values.chunks_exact_mut(columns).for_each(|row| row.rotate_left(by)),
            _ => values.rotate_left(by * columns),
        }
    }
    turned
}

fn suppressed(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    nms(&mut candidates, 0.5);
    candidates
}

proptest! {
    #[test]
    fn hostile_tensors_leak_nothing(
        (head, outputs) in head_and_hostile_outputs(),
        min_score in prop_oneof![hostile_value(), 0.0f32..0.9],
    ) {
        let found = outputs.decoded(&head, min_score);
        for Candidate { class, score, bbox, points } in &found {
            prop_assert!(usize::from(*class) < classes_of(&head));
            prop_assert!(min_score <= *score && (0.0..=1.0).contains(score), "score {score}");
            prop_assert!(edges(*bbox).iter().all(|edge| edge.is_finite()), "{bbox:?}");
            prop_assert!(bbox.x0 < bbox.x1 && bbox.y0 < bbox.y1, "{bbox:?}");
            prop_assert!(points.as_slice().iter().all(|p| p.x.is_finite() && p.y.is_finite()), "{points:?}");
            let count = match head {
                Head::Yunet { .. } => 5,
                Head::Yolov5Corners => 4,
                _ => 0,
            };
            prop_assert_eq!(points.as_slice().len(), count);
        }
        let scores = scores_by_hand(&head, &outputs);
        prop_assert!(found.iter().all(|c| scores.contains(&(c.class, c.score))));

        let survivors = suppressed(found.clone());
        prop_assert!(survivors.iter().all(|survivor| found.contains(survivor)));
        let letterbox = vision::Letterbox::fit(SizePx::new(640, 360), INPUT, vision::PadSide::Both);
        let back = letterbox.expect("not empty").frame_from_input();
        for detection in crate::to_frame(&survivors, &back) {
            prop_assert!(0.0 < detection.bbox.area() && detection.bbox.x1() <= 640.0);
            prop_assert!(detection.points.as_slice().iter().all(|p| p.x.is_finite() && p.y.is_finite()));
        }
    }

    /// What is found does not depend on the bound but for what lies below it.
    #[test]
    fn a_higher_bound_only_leaves_out(
        (head, outputs) in head_and_plausible_outputs(), low in 0.0f32..0.5, more in 0.0f32..0.5,
    ) {
        let mut expected = outputs.decoded(&head, low);
        expected.retain(|candidate| low + more <= candidate.score);
        let mut found = outputs.decoded(&head, low + more);
        // Of too many queries the best are kept, in an order of their own.
        expected.sort_by(crate::nms::best_first);
        found.sort_by(crate::nms::best_first);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn the_order_of_candidates_and_of_free_rows_does_not_matter(
        (head, outputs) in head_and_plausible_outputs(), by in 1usize..ROWS, seed in any::<u64>(),
    ) {
        let found = outputs.decoded(&head, 0.2);
        let expected = suppressed(found.clone());
        let mut shuffled = found.clone();
        let mut state = seed | 1;
        for index in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(index, (state >> 33) as usize % (index + 1));
        }
        prop_assert_eq!(&suppressed(shuffled), &expected);
        if matches!(head, Head::Rtmdet | Head::Yolov5Corners | Head::Yolov8 | Head::Detr { .. }) {
            prop_assert_eq!(suppressed(turned(&head, &outputs, by).decoded(&head, 0.2)), expected);
        }
    }

    #[test]
    fn every_sound_row_above_the_bound_is_found(
        head in prop::sample::select(vec![
            yolox(), nanodet_plus(), Head::Rtmdet, Head::Yolov5Corners, Head::Yolov8,
        ]),
        rows in prop::collection::vec((0.0f32..=1.0, 0.0f32..=1.0, 0usize..CLASSES), ROWS),
        min_score in 0.05f32..0.9,
    ) {
        let mut outputs = Outputs::silent(&head, INPUT, ROWS);
        let columns = outputs.shapes[0][1] as usize;
        let values = &mut outputs.values[0];
        let mut expected = Vec::new();
        for (index, &(objectness, probability, class)) in rows.iter().enumerate() {
            let mut put = |column: usize, value: f32| values[index * columns + column] = value;
            let score = match head {
                Head::Yolox { .. } => {
                    put(4, objectness);
                    put(5 + class, probability);
                    objectness * probability
                }
                Head::NanodetPlus { .. } => {
                    put(class, probability);
                    probability
                }
                Head::Rtmdet => {
                    (2..4).for_each(|edge| put(edge, 1.0));
                    put(4, probability);
                    probability
                }
                Head::Yolov5Corners => {
                    (0..4).for_each(|place| put(place, 1.0));
                    put(4, objectness);
                    put(13 + class, probability);
                    objectness * probability
                }
                _ => {
                    (0..4).for_each(|row| values[row * ROWS + index] = 1.0);
                    values[(4 + class) * ROWS + index] = probability;
                    probability
                }
            };
            if min_score <= score {
                expected.push((if head == Head::Rtmdet { 0 } else { class as u16 }, score));
            }
        }
        let found = outputs.decoded(&head, min_score);
        prop_assert_eq!(found.iter().map(|c| (c.class, c.score)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn any_other_length_is_an_error(head in any_head(), len in 0usize..3000) {
        let right = Outputs::silent(&head, INPUT, ROWS);
        let mut wrong = right.clone();
        wrong.values[0] = vec![0.5; len];
        let result = head.decode(&wrong.tensors(), INPUT, classes_of(&head), 0.3, &mut Vec::new());
        prop_assert_eq!(result.is_ok(), len == right.values[0].len());
    }
}
