use proptest::prelude::*;

use super::*;
use crate::BoxPx;

fn bbox(left: f64, top: f64, width: f64, height: f64) -> BoxPx {
    BoxPx { left, top, width, height }
}

fn truth(class: &str, bbox: BoxPx) -> TruthBox {
    TruthBox { class: class.to_owned(), bbox, area: bbox.area(), crowd: false }
}

fn found(class: &str, score: f64, bbox: BoxPx) -> FoundBox {
    FoundBox { class: class.to_owned(), score, bbox }
}

/// A street with two people, one of them found, and a car that is taken for two.
fn street() -> PictureMatches {
    let truth = [
        truth("person", bbox(10.0, 10.0, 20.0, 60.0)),
        truth("person", bbox(100.0, 10.0, 10.0, 30.0)),
        truth("car", bbox(200.0, 50.0, 120.0, 90.0)),
    ];
    let found = [
        found("car", 0.5, bbox(200.0, 50.0, 100.0, 90.0)),
        found("car", 0.75, bbox(200.0, 50.0, 120.0, 80.0)),
        found("person", 0.625, bbox(10.0, 12.0, 20.0, 60.0)),
        found("dog", 0.9, bbox(0.0, 0.0, 9.0, 9.0)),
    ];
    match_picture(&["car", "person"], &truth, &found)
}

#[test]
fn a_class_that_is_not_judged_is_left_out() {
    let names: Vec<_> = street().classes.into_iter().map(|class| class.class).collect();
    assert_eq!(names, ["car", "person"]);
}

#[test]
fn a_picture_is_written_short_and_read_back_to_the_last_bit() {
    let mut picture = street();
    let text = serde_json::to_string(&picture).unwrap();
    // Eight thresholds up to 0.85 for all areas and large ones; out of the other ranges where nothing matched.
    assert!(text.starts_with(r#"[["car",[1,0,0,1],[["0.75","#), "{text}");
    assert!(text.contains(r#"["person",[2,1,1,0],[["0.625","#), "{text}");
    assert!(text.ends_with(r#"[["60","0.625"],["30",null]]]]"#), "{text}");
    // Numbers that a quick parser reads one unit off.
    for score in [0.1 + 0.2, 1.0 / 3.0, 8.533e-68, f64::from(0.431_418_f32), 5e-324, 0.999_999_999_999_999_9]
    {
        picture.classes[0].found[0].score = score;
        picture.classes[0].sizes[0].best_score = Some(score);
        let text = serde_json::to_string(&picture).unwrap();
        assert_eq!(serde_json::from_str::<PictureMatches>(&text).unwrap(), picture);
    }
}

#[test]
fn a_stored_score_that_is_no_number_is_refused_with_its_text() {
    for bad in ["high", "NaN", "inf"] {
        let text = format!(r#"[["car",[0,0,0,0],[["{bad}",0,0]],[]]]"#);
        let err = serde_json::from_str::<PictureMatches>(&text).unwrap_err().to_string();
        assert!(err.contains(&format!("`{bad}` is not a finite number")), "{err}");
    }
}

#[test]
fn a_curve_has_the_average_precision_as_its_mean() {
    let picture = street();
    let scores = score(&[&picture], None);
    for (class, wanted) in [(None, scores.ap50), (Some("person"), scores.per_class["person"].ap50)] {
        let curve = precision_recall(&[&picture], class, IouThreshold::AT_50);
        let mean = curve.iter().map(|&(_, precision)| precision).sum::<f64>() / curve.len() as f64;
        assert_eq!((curve.len(), curve[100].0), (101, 1.0));
        assert!((mean - wanted.unwrap()).abs() < 1e-12);
    }
    assert_eq!(precision_recall(&[&picture], Some("dog"), IouThreshold::AT_50), []);
}

#[test]
fn recall_goes_down_with_height_and_with_the_least_score() {
    let picture = street();
    let recall = |class, min_score| -> Vec<(u64, u64)> {
        let bins = recall_by_height(&[&picture], class, min_score, &[0.0, 30.0, 60.0, 1000.0]);
        bins.iter().map(|bin| (bin.truths, bin.found)).collect()
    };
    assert_eq!(recall(None, 0.0), [(0, 0), (1, 0), (2, 2)]);
    assert_eq!(recall(Some("person"), 0.625), [(0, 0), (1, 0), (1, 1)]);
    assert_eq!(recall(Some("person"), 0.63), [(0, 0), (1, 0), (1, 0)]);
}

#[test]
fn a_crowd_need_not_be_found_and_forgives_what_is_found_in_it() {
    let crowd = TruthBox { crowd: true, ..truth("person", bbox(0.0, 0.0, 400.0, 100.0)) };
    let boxes = [0.0, 50.0, 90.0].map(|left| found("person", 0.9, bbox(left, 10.0, 20.0, 50.0)));
    let one = truth("person", bbox(500.0, 0.0, 20.0, 50.0));
    let picture = match_picture(&["person"], &[crowd, one], &boxes);
    let scores = score(&[&picture], None);
    assert_eq!((scores.truths, scores.detections, scores.ap50), (1, 3, Some(0.0)));
    let forgiven = picture.classes[0].found.iter().all(|found| found.ignored & 1 == 1 && found.right == 0);
    assert!(forgiven && picture.classes[0].sizes.len() == 1);
}

#[test]
fn without_truth_there_is_no_score() {
    let picture = match_picture(&["person"], &[], &[found("person", 0.5, bbox(0.0, 0.0, 9.0, 9.0))]);
    let scores = score(&[&picture], None);
    assert_eq!((scores.ap, scores.ar100, scores.per_class["person"].ap), (None, None, None));
    assert_eq!((scores.pictures, scores.detections), (1, 1));
    assert_eq!(score(&[], None), DetectionScores::default());
    assert_eq!(serde_json::to_value(&scores).unwrap()["ap"], serde_json::Value::Null);
}

/// Pictures with few scores and few places, so that ties abound, each with a weight.
fn weighted_pictures() -> impl Strategy<Value = Vec<(PictureMatches, u32)>> {
    let class = prop_oneof![Just("person"), Just("car")];
    let side = prop_oneof![Just(20.0), Just(32.0), Just(100.0)];
    let place = (class, 0..3, side)
        .prop_map(|(class, step, side)| (class, bbox(f64::from(step) * 8.0, 0.0, side, side)));
    let truths = proptest::collection::vec((place.clone(), any::<bool>()), 0..4);
    let scores = prop_oneof![Just(0.25), Just(0.5), Just(0.75)];
    let found_boxes = proptest::collection::vec((place, scores), 0..6);
    let picture = (truths, found_boxes).prop_map(|(truths, boxes)| {
        let truths: Vec<_> = truths
            .into_iter()
            .map(|((class, bbox), crowd)| TruthBox { crowd, ..truth(class, bbox) })
            .collect();
        let boxes: Vec<_> =
            boxes.into_iter().map(|((class, bbox), score)| found(class, score, bbox)).collect();
        match_picture(&["person", "car"], &truths, &boxes)
    });
    proptest::collection::vec((picture, 0_u32..4), 0..6)
}

proptest! {
    #[test]
    fn a_weight_is_a_repetition(pictures in weighted_pictures()) {
        let (pictures, weights): (Vec<_>, Vec<_>) = pictures.iter().map(|(picture, weight)| (picture, *weight)).unzip();
        let repeated = pictures.iter().zip(&weights).flat_map(|(&picture, &weight)| (0..weight).map(move |_| picture));
        let repeated: Vec<_> = repeated.collect();
        let scores = score(&pictures, Some(&weights));
        prop_assert_eq!(&scores, &score(&repeated, None));
        let headline = Resampler::new(&pictures).headline(&weights);
        prop_assert_eq!(headline, Headline { ap: scores.ap, ap50: scores.ap50, ap75: scores.ap75 });
    }

    #[test]
    fn what_is_stored_is_what_was_matched(pictures in weighted_pictures()) {
        for (picture, _) in pictures {
            let text = serde_json::to_string(&picture).unwrap();
            prop_assert_eq!(serde_json::from_str::<PictureMatches>(&text).unwrap(), picture);
        }
    }
}
