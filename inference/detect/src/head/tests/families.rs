//! One row of each family, worked out by hand.

use vision::InputPoint;

use super::*;

#[test]
fn yolox_centre_is_an_offset_from_the_cell_and_size_a_logarithm() {
    let head = yolox();
    let mut outputs = Outputs::silent(&head, INPUT, 0);
    // Stride 16 comes after the 8 x 4 cells of stride 8 and has 4 columns: cell (3, 1).
    let row = 32 + 4 + 3;
    let values = [0.5, 0.25, 2f32.ln(), 0.0, 0.9, 0.1, 0.2, 0.8];
    outputs.values[0][row * 8..][..8].copy_from_slice(&values);
    let found = outputs.decoded(&head, 0.3);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].class, found[0].points), (2, Points::None));
    assert!((found[0].score - 0.72).abs() < 1e-6, "score {}", found[0].score);
    // Centre ((0.5 + 3) * 16, (0.25 + 1) * 16) = (56, 20), size (32, 16).
    assert_near(found[0].bbox, [40.0, 12.0, 72.0, 28.0]);
}

#[test]
fn nanodet_distances_are_expectations_from_the_cells_origin() {
    let head = nanodet_plus();
    let mut outputs = Outputs::silent(&head, INPUT, 0);
    // Stride 32 comes after 8 x 4 and 4 x 2 cells and has 2 columns: cell (1, 0), whose origin is (32, 0).
    let row = 32 + 8 + 1;
    let row = &mut outputs.values[0][row * 35..][..35];
    row[1] = 0.6;
    // Left: all weight on bin 1; top: even over all bins, 3.5; right: half on 0 and half on 7; bottom: bin 2.
    let sides = [[1, 1], [0, 0], [0, 7], [2, 2]];
    for (side, bins) in sides.into_iter().enumerate().filter(|&(side, _)| side != 1) {
        for bin in bins {
            row[3 + 8 * side + bin] = 200.0;
        }
    }
    let found = outputs.decoded(&head, 0.35);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].class, found[0].score), (1, 0.6));
    assert_near(found[0].bbox, [0.0, -112.0, 144.0, 64.0]);
}

#[test]
fn rtmdet_rows_are_corners_and_those_that_fill_up_are_none() {
    let mut outputs = Outputs::silent(&Head::Rtmdet, INPUT, 3);
    outputs.values[0][5..10].copy_from_slice(&[-1.0, 2.0, 30.0, 28.5, 0.75]);
    outputs.values[0][10..15].copy_from_slice(&[0.0, 0.0, 9.0, 9.0, 0.25]);
    let found = outputs.decoded(&Head::Rtmdet, 0.3);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].class, found[0].score, edges(found[0].bbox)), (0, 0.75, [-1.0, 2.0, 30.0, 28.5]));
    assert_eq!(outputs.decoded(&Head::Rtmdet, 0.0).len(), 2);
}

#[test]
fn yunet_maps_belong_to_their_level_and_points_are_offsets_in_strides() {
    let head = yunet();
    let mut outputs = Outputs::silent(&head, INPUT, 0);
    // The maps of stride 16 are the second of each kind; cell (3, 1) of 4 columns.
    let cell = 4 + 3;
    outputs.values[1][cell] = 0.5;
    outputs.values[3 + 1][cell] = 0.32;
    outputs.values[6 + 1][cell * 4..][..4].copy_from_slice(&[0.5, 0.25, 2f32.ln(), 0.0]);
    let landmarks = [-0.5, 0.0, 1.0, 0.0, 0.25, 0.5, -0.25, 0.75, 0.75, 0.75];
    outputs.values[9 + 1][cell * 10..][..10].copy_from_slice(&landmarks);
    let found = outputs.decoded(&head, 0.3);
    assert_eq!(found.len(), 1);
    assert!((found[0].score - 0.4).abs() < 1e-6, "the root of 0.16, not {}", found[0].score);
    assert_near(found[0].bbox, [40.0, 12.0, 72.0, 28.0]);
    let at = |x, y| InputPoint { x, y };
    let points = [at(40.0, 16.0), at(64.0, 16.0), at(52.0, 24.0), at(44.0, 28.0), at(60.0, 28.0)];
    assert_eq!(found[0].points, Points::Landmarks(points));
}

#[test]
fn plate_rows_are_in_input_pixels_with_their_corners() {
    let head = Head::Yolov5Corners;
    let mut outputs = Outputs::silent(&head, INPUT, 2);
    let corners = [20.0, 10.0, 44.0, 12.0, 44.0, 22.0, 20.0, 20.0];
    let row = &mut outputs.values[0][16..];
    row[..5].copy_from_slice(&[32.0, 16.0, 24.0, 12.0, 0.9]);
    row[5..13].copy_from_slice(&corners);
    row[13..].copy_from_slice(&[0.1, 0.5, 0.2]);
    let found = outputs.decoded(&head, 0.3);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].class, found[0].score), (1, 0.45));
    assert_near(found[0].bbox, [20.0, 10.0, 44.0, 22.0]);
    let at = |place: usize| InputPoint { x: corners[place], y: corners[place + 1] };
    assert_eq!(found[0].points, Points::Corners([at(0), at(2), at(4), at(6)]));
}

#[test]
fn yolov8_candidates_are_columns() {
    let head = Head::Yolov8;
    // More than one block, the last not full.
    let columns = 300;
    let mut outputs = Outputs::silent(&head, INPUT, columns);
    for (column, class, score) in [(5, 2, 0.5), (299, 0, 0.75), (130, 1, 0.25)] {
        for (row, place) in [32.0, 16.0, 24.0, 12.0].into_iter().enumerate() {
            outputs.values[0][row * columns + column] = place;
        }
        outputs.values[0][(4 + class) * columns + column] = score;
    }
    let found = outputs.decoded(&head, 0.3);
    let said: Vec<_> = found.iter().map(|c| (c.class, c.score, edges(c.bbox))).collect();
    let place = [20.0, 10.0, 44.0, 22.0];
    assert_eq!(said, [(2, 0.5, place), (0, 0.75, place)]);
}

#[test]
fn a_query_speaks_for_each_class_that_scores_enough_and_the_best_stay() {
    for kind in [Scores::Probabilities, Scores::Logits] {
        let head = detr(kind);
        let mut outputs = Outputs::silent(&head, INPUT, 2);
        // The sigmoid of ln 3 is 0.75, of 0 is 0.5, of -ln 3 is 0.25.
        let third = 3f32.ln();
        let logits = [third, 0.0, -100.0, -third, third, -100.0];
        outputs.values[0] = match kind {
            Scores::Probabilities => vec![0.75, 0.5, 0.0, 0.25, 0.75, 0.0],
            Scores::Logits => logits.to_vec(),
        };
        outputs.values[1] = vec![0.5, 0.5, 0.25, 0.5, 0.25, 0.5, 0.5, 1.0];
        let said = |min_score| -> Vec<_> {
            let found = outputs.decoded(&head, min_score);
            found.iter().map(|c| (c.class, (c.score * 100.0).round(), edges(c.bbox))).collect()
        };
        let (first, second) = ([24.0, 8.0, 40.0, 24.0], [0.0, 0.0, 32.0, 32.0]);
        // Two queries, so two of the three.
        assert_eq!(said(0.45), [(0, 75.0, first), (1, 75.0, second)], "{kind:?}");
        assert_eq!(said(0.8), []);
    }
}

#[test]
fn the_bound_itself_is_enough_and_the_first_of_equal_classes_wins() {
    for (head, row) in [
        (yolox(), vec![0.0, 0.0, 0.0, 0.0, 1.0, 0.25, 0.5, 0.5]),
        (nanodet_plus(), [vec![0.25, 0.5, 0.5], vec![0.0; 32]].concat()),
        (Head::Rtmdet, vec![0.0, 0.0, 1.0, 1.0, 0.5]),
        (Head::Yolov5Corners, [vec![1.0; 13], vec![0.25, 0.5, 0.5]].concat()),
        (Head::Yolov8, vec![1.0, 1.0, 1.0, 1.0, 0.25, 0.5, 0.5]),
        // Logits whose sigmoid is 0.5 and a little less.
        (detr(Scores::Logits), vec![-0.1, 0.0, -0.1]),
        (detr(Scores::Probabilities), vec![0.25, 0.5, 0.25]),
    ] {
        let mut outputs = Outputs::silent(&head, INPUT, 1);
        outputs.values[0][..row.len()].copy_from_slice(&row);
        if let Some(boxes) = outputs.values.get_mut(1) {
            boxes.fill(0.5);
        }
        let found = outputs.decoded(&head, 0.5);
        let class = u16::from(head != Head::Rtmdet);
        assert_eq!(found.iter().map(|c| (c.class, c.score)).collect::<Vec<_>>(), [(class, 0.5)], "{head:?}");
        assert!(outputs.decoded(&head, 0.500_001).is_empty(), "{head:?}");
    }
}

#[test]
fn factors_out_of_range_do_not_make_a_score() {
    for (objectness, probability) in [(-0.9, -1.0), (20.0, 0.04), (0.5, 1.8)] {
        for (head, place) in [(yolox(), 4), (Head::Yolov5Corners, 4)] {
            let mut outputs = Outputs::silent(&head, INPUT, 1);
            let first_class = head.output_shapes(INPUT, 0)[0][1] as usize;
            outputs.values[0][..4].fill(1.0);
            outputs.values[0][place] = objectness;
            let classes = [probability, f32::NEG_INFINITY, f32::NEG_INFINITY];
            outputs.values[0][first_class..][..3].copy_from_slice(&classes);
            let found = outputs.decoded(&head, -1.0);
            assert!(found.iter().all(|c| c.score == 0.0), "{objectness} · {probability} gave {:?}", found[0]);
        }
        let mut outputs = Outputs::silent(&yunet(), INPUT, 0);
        (outputs.values[0][0], outputs.values[3][0]) = (objectness, probability);
        let found = outputs.decoded(&yunet(), -1.0);
        assert!(found.iter().all(|c| c.score == 0.0), "{objectness} · {probability} gave {:?}", found[0]);
    }
}
