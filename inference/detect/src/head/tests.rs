mod families;
mod laws;

use super::*;

const CLASSES: usize = 3;
const INPUT: SizePx = SizePx::new(64, 32);

fn yolox() -> Head {
    Head::Yolox { strides: vec![8, 16, 32] }
}

fn nanodet_plus() -> Head {
    Head::NanodetPlus { strides: vec![8, 16, 32, 64], bins: 8 }
}

fn yunet() -> Head {
    Head::Yunet { strides: vec![8, 16, 32] }
}

fn detr(scores: Scores) -> Head {
    Head::Detr { scores }
}

/// One of each family.
fn every_head() -> [Head; 8] {
    [
        yolox(),
        nanodet_plus(),
        Head::Rtmdet,
        yunet(),
        Head::Yolov5Corners,
        Head::Yolov8,
        detr(Scores::Probabilities),
        detr(Scores::Logits),
    ]
}

fn classes_of(head: &Head) -> usize {
    match head {
        Head::Rtmdet | Head::Yunet { .. } => 1,
        _ => CLASSES,
    }
}

/// Outputs of a head, made for a test.
#[derive(Clone, Debug)]
struct Outputs {
    shapes: Vec<Vec<i64>>,
    values: Vec<Vec<f32>>,
}

impl Outputs {
    /// In which nothing is a candidate, `any` wherever the head allows any length.
    fn silent(head: &Head, input: SizePx, any: usize) -> Self {
        let shapes = head.output_shapes(input, classes_of(head)).into_iter();
        let shapes: Vec<Vec<i64>> = shapes
            .map(|shape| shape.map(|length| if length == ANY { any as i64 } else { length }).into())
            .collect();
        let quiet = if matches!(head, Head::Detr { scores: Scores::Logits }) { -100.0 } else { 0.0 };
        let values = shapes.iter().map(|shape| vec![quiet; shape.iter().product::<i64>() as usize]).collect();
        Self { shapes, values }
    }

    fn tensors(&self) -> Vec<Tensor<'_>> {
        let outputs = self.shapes.iter().zip(&self.values);
        outputs.map(|(shape, data)| Tensor { name: "output", shape, data }).collect()
    }

    fn decoded(&self, head: &Head, min_score: f32) -> Vec<Candidate> {
        let mut out = Vec::new();
        head.decode(&self.tensors(), INPUT, classes_of(head), min_score, &mut out).expect("shapes fit");
        out
    }
}

fn edges(bbox: InputBox) -> [f32; 4] {
    [bbox.x0, bbox.y0, bbox.x1, bbox.y1]
}

fn assert_near(bbox: InputBox, expected: [f32; 4]) {
    let actual = edges(bbox);
    let near = actual.iter().zip(expected).all(|(a, e)| (a - e).abs() < 1e-3);
    assert!(near, "got {actual:?}, expected {expected:?}");
}

#[test]
fn shapes_of_the_known_models() {
    let square = |side| SizePx::new(side, side);
    assert_eq!(yolox().output_shapes(square(416), 80), [[3549, 85]]);
    assert_eq!(nanodet_plus().output_shapes(square(416), 80), [[3598, 112]]);
    assert_eq!(Head::Rtmdet.output_shapes(square(416), 1), [[ANY, 5]]);
    let faces = yunet().output_shapes(square(640), 1);
    assert_eq!(faces[..4], [[6400, 1], [1600, 1], [400, 1], [6400, 1]]);
    assert_eq!(faces[6..], [[6400, 4], [1600, 4], [400, 4], [6400, 10], [1600, 10], [400, 10]]);
    assert_eq!(Head::Yolov5Corners.output_shapes(square(640), 2), [[ANY, 15]]);
    assert_eq!(Head::Yolov8.output_shapes(square(640), 80), [[84, ANY]]);
    assert_eq!(detr(Scores::Logits).output_shapes(square(640), 80), [[ANY, 80], [ANY, 4]]);
}

#[test]
fn a_grid_that_does_not_divide_the_input_is_rounded_up() {
    // 100 x 60 at strides 8, 16, 32, 64: 13 x 8, 7 x 4, 4 x 2, 2 x 1.
    assert_eq!(nanodet_plus().output_shapes(SizePx::new(100, 60), 80), [[104 + 28 + 8 + 2, 112]]);
}

#[test]
fn a_wrong_shape_is_told_with_both_sides_and_leaves_nothing() {
    let input = SizePx::new(416, 416);
    let mut out = Outputs::silent(&yolox(), INPUT, 0).decoded(&yolox(), 0.0);
    assert!(!out.is_empty());
    let tensor = Tensor { name: "rows", shape: &[1, 20, 5], data: &[0.0; 100] };
    let error = yolox().decode(&[tensor], input, 80, 0.3, &mut out).expect_err("short");
    assert_eq!(
        error.to_string(),
        "`yolox` head got output `rows` of shape [1, 20, 5] with 100 values, expected [3549, 85] for a 416x416 input"
    );
    assert!(out.is_empty());
}

#[test]
fn each_head_refuses_what_is_not_its_own() {
    for head in every_head() {
        let classes = classes_of(&head);
        let right = Outputs::silent(&head, INPUT, 6);
        let decoded =
            |outputs: &Outputs| head.decode(&outputs.tensors(), INPUT, classes, 0.3, &mut Vec::new());
        assert_eq!(decoded(&right), Ok(()));

        let mut with_batch = right.clone();
        with_batch.shapes.iter_mut().for_each(|shape| shape.insert(0, 1));
        assert_eq!(decoded(&with_batch), Ok(()), "{head:?} takes a batch axis of one");

        for output in 0..right.shapes.len() {
            let refused = |spoil: &dyn Fn(&mut Vec<i64>, &mut Vec<f32>)| {
                let mut wrong = right.clone();
                spoil(&mut wrong.shapes[output], &mut wrong.values[output]);
                let refused = decoded(&wrong);
                assert!(matches!(refused, Err(DetectError::OutputShape { .. })), "{head:?}: {refused:?}");
            };
            refused(&|_, values| values.push(0.5));
            refused(&|_, values| values.clear());
            refused(&|shape, _| shape.insert(0, 2));
            refused(&|shape, _| shape[0] = -1);
            refused(&|shape, _| shape.clear());
            let fixed = head.output_shapes(INPUT, classes)[output].iter().position(|&length| length != ANY);
            refused(&|shape, values| {
                shape[fixed.expect("one axis is known")] += 1;
                values.resize(shape.iter().product::<i64>() as usize, 0.0);
            });
        }
        let mut fewer = right.clone();
        fewer.shapes.pop();
        let expected = right.shapes.len();
        let told = decoded(&fewer).expect_err("an output is missing");
        assert_eq!(told, DetectError::OutputCount { head: head.name(), expected, actual: expected - 1 });
    }
}

#[test]
fn scores_and_boxes_of_other_queries_do_not_go_together() {
    let head = detr(Scores::Probabilities);
    let boxes = Tensor { name: "boxes", shape: &[1, 3, 4], data: &[0.5; 12] };
    let scores = Tensor { name: "scores", shape: &[1, 2, 3], data: &[0.5; 6] };
    let told =
        head.decode(&[scores, boxes], INPUT, 3, 0.3, &mut Vec::new()).expect_err("refused").to_string();
    assert_eq!(
        told,
        "`detr` head got output `boxes` of shape [1, 3, 4] with 12 values, expected [2, 4] for a 64x32 input"
    );
}

#[test]
fn impossible_settings_are_refused_by_name() {
    let refused = |head: Head, classes| {
        head.decode(&[], INPUT, classes, 0.3, &mut Vec::new()).expect_err("refused").to_string()
    };
    let expected = "`yolox` head has strides [8, 0], expected at least one, none of them 0";
    assert_eq!(refused(Head::Yolox { strides: vec![8, 0] }, 1), expected);
    assert_eq!(refused(yolox(), 0), "`yolox` head has classes 0, expected 1 to 65535");
    assert_eq!(refused(Head::Rtmdet, 2), "`rtmdet` head has classes 2, expected 1");
    assert_eq!(refused(yunet(), 2), "`yunet` head has classes 2, expected 1");
    let head = Head::NanodetPlus { strides: vec![8], bins: 1 };
    assert_eq!(refused(head, 1), "`nanodet-plus` head has bins 1, expected 2 to 1024");
    assert_eq!(refused(Head::Yolov8, 1), "`yolov8` head got 0 outputs, expected 1");
}
