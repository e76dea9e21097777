use super::*;

const MODELS: [MotionModel; 2] = [MotionModel::Size, MotionModel::Area];

fn at(x: f32) -> FrameBox {
    FrameBox::new(x, 100.0, x + 40.0, 200.0).expect("valid")
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// 60 px/s to the right, seen at these times.
fn follow(model: MotionModel, times_s: &[f64]) -> Motion {
    let mut motion = Motion::starting_at(model, &at(0.0));
    for pair in times_s.windows(2) {
        motion.predict(seconds(pair[1] - pair[0]));
        motion.correct(&at(60.0 * pair[1] as f32));
    }
    motion
}

#[test]
fn velocity_is_learned_at_any_frame_interval() {
    let even: Vec<f64> = (0..=20).map(|i| f64::from(i) * 0.1).collect();
    let uneven: Vec<f64> = (0..=20).map(|i| f64::from(i) * 0.1 + f64::from(i % 3) * 0.03).collect();
    for (model, times) in MODELS.into_iter().flat_map(|model| [(model, &even), (model, &uneven)]) {
        let mut motion = follow(model, times);
        let last_s = times[20];
        motion.predict(seconds(0.5));
        let expected = 60.0 * (last_s as f32 + 0.5);
        let x0 = motion.bbox().expect("finite").x0();
        assert!((x0 - expected).abs() < 2.0, "{x0} instead of {expected}, {model:?}");
    }
}

#[test]
fn no_time_moves_nothing() {
    for model in MODELS {
        let mut motion = follow(model, &[0.0, 0.1, 0.2, 0.3]);
        let before = motion.bbox();
        motion.predict(Duration::ZERO);
        assert_eq!(motion.bbox(), before);
    }
}

#[test]
fn when_the_camera_turns_the_way_turns_with_it() {
    let quarter = CameraMotion::new([0.0, 1.0], [500.0, 0.0]).expect("sound");
    for model in MODELS {
        let times: Vec<f64> = (0..=20).map(|i| f64::from(i) * 0.1).collect();
        let mut motion = follow(model, &times);
        let before = motion.bbox().expect("finite").centre();
        motion.moved(&quarter);
        motion.predict(seconds(0.5));
        let after = motion.bbox().expect("finite").centre();
        let expected = (500.0 - before.y, before.x + 30.0);
        assert!((after.x - expected.0).abs() < 1.0, "{after:?} instead of {expected:?}, {model:?}");
        assert!((after.y - expected.1).abs() < 1.0, "{after:?} instead of {expected:?}, {model:?}");
    }
}

#[test]
fn a_shrinking_box_never_turns_inside_out() {
    for model in MODELS {
        let mut motion = Motion::starting_at(model, &at(0.0));
        motion.predict(seconds(0.1));
        motion.correct(&FrameBox::new(10.0, 140.0, 14.0, 150.0).expect("valid"));
        motion.predict(seconds(30.0));
        let bbox = motion.bbox().expect("finite");
        assert!(0.9 < bbox.width() && 0.9 < bbox.height(), "{bbox:?}, {model:?}");
    }
}

/// The matrices of the paper's filter, multiplied out, for three numbers: x, area and aspect ratio.
#[test]
fn one_frame_of_the_area_model_is_one_step_of_the_filter_as_written_in_matrices() {
    let mut motion = Motion::starting_at(MotionModel::Area, &at(0.0));
    motion.predict(crate::PUBLISHED_FRAME);
    // F P0 Fᵀ + Q has 10 + 1e4 + 1 for a position with a velocity, and 10 + 1 for the aspect ratio.
    let (gain_centre, gain_area, gain_aspect) = (10_011.0 / 10_012.0, 10_011.0 / 10_021.0, 11.0 / 21.0);
    motion.correct(&FrameBox::new(12.0, 100.0, 62.0, 200.0).expect("valid"));
    let (area, aspect) = (4000.0 + gain_area * 1000.0, 0.4 + gain_aspect * 0.1);
    let centre = 20.0 + gain_centre * 17.0;
    let width: f64 = f64::sqrt(area * aspect);
    let bbox = motion.bbox().expect("finite");
    assert!((f64::from(bbox.x0()) - (centre - width / 2.0)).abs() < 1e-4, "{bbox:?}");
    assert!((f64::from(bbox.height()) - area / width).abs() < 1e-4, "{bbox:?}");
    // The velocity comes by the covariance of 1e4 that a frame has brought in: K = 1e4 / 10,012 of 17 px.
    motion.predict(crate::PUBLISHED_FRAME);
    let next = motion.bbox().expect("finite").centre();
    assert!((f64::from(next.x) - (centre + 1e4 / 10_012.0 * 17.0)).abs() < 1e-3, "{next:?}");
}
