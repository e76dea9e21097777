use super::*;

fn at(x: f32) -> FrameBox {
    FrameBox::new(x, 100.0, x + 40.0, 200.0).expect("valid")
}

/// 60 px/s to the right, seen at these times.
fn follow(times_s: &[f64]) -> Motion {
    let mut motion = Motion::starting_at(MotionModel::Size, &at(0.0));
    for pair in times_s.windows(2) {
        motion.predict(Duration::from_secs_f64(pair[1] - pair[0]));
        motion.correct(&at(60.0 * pair[1] as f32));
    }
    motion
}

#[test]
fn velocity_is_learned_at_any_frame_interval() {
    let even: Vec<f64> = (0..=20).map(|i| f64::from(i) * 0.1).collect();
    let uneven: Vec<f64> = (0..=20).map(|i| f64::from(i) * 0.1 + f64::from(i % 3) * 0.03).collect();
    for times in [even, uneven] {
        let mut motion = follow(&times);
        let last_s = times[20];
        motion.predict(Duration::from_secs_f64(0.5));
        let expected = 60.0 * (last_s as f32 + 0.5);
        let x0 = motion.bbox().expect("finite").x0();
        assert!((x0 - expected).abs() < 2.0, "{x0} instead of {expected}");
    }
}

#[test]
fn no_time_moves_nothing() {
    let mut motion = follow(&[0.0, 0.1, 0.2, 0.3]);
    let before = motion.bbox();
    motion.predict(Duration::from_secs_f64(0.0));
    assert_eq!(motion.bbox(), before);
}

#[test]
fn a_shrinking_box_never_turns_inside_out() {
    let mut motion = Motion::starting_at(MotionModel::Size, &at(0.0));
    motion.predict(Duration::from_secs_f64(0.1));
    motion.correct(&FrameBox::new(10.0, 140.0, 14.0, 150.0).expect("valid"));
    motion.predict(Duration::from_secs_f64(30.0));
    let bbox = motion.bbox().expect("finite");
    assert!(0.9 < bbox.width() && 0.9 < bbox.height(), "{bbox:?}");
}
