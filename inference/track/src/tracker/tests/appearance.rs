//! Looks tell two people apart who overlap, and are gone with their track.

use super::*;

const RED: [f32; 3] = [1.0, 0.0, 0.0];
const BLUE: [f32; 3] = [0.0, 0.8, 0.6];

/// Two who stand close and change sides between two frames.
fn changing_sides(settings: TrackerSettings, looks: bool) -> Tracker {
    let mut tracker = Tracker::new(settings);
    for frame in 0..6 {
        let (red, blue) = if frame < 5 { (100.0, 108.0) } else { (108.0, 100.0) };
        let pair = [seen(PERSON, 0.9, red, 100.0), seen(PERSON, 0.8, blue, 100.0)];
        let shown = [Some(&RED[..]), Some(&BLUE[..])];
        let shown = if looks { shown } else { [None, None] };
        tracker.update_with_appearance(ms(33 * frame), &pair, &shown).expect("of length 1");
    }
    tracker
}

#[test]
fn looks_decide_between_two_who_overlap() {
    for settings in [TrackerSettings::default(), TrackerSettings::sort(), TrackerSettings::oc_sort()] {
        let red_at = |looks| {
            let tracker = changing_sides(settings.clone(), looks);
            tracker.living[0].tracked.track.last_observed.bbox.x0()
        };
        assert_eq!(red_at(true), 108.0, "{settings:?}");
        assert_eq!(red_at(false), 100.0, "by overlap alone each keeps its side: {settings:?}");
    }
}

#[test]
fn looks_say_nothing_about_a_pair_that_overlaps_too_little() {
    let mut tracker = Tracker::new(quick());
    let person = seen(PERSON, 0.9, 100.0, 100.0);
    tracker.update_with_appearance(ms(0), &[person], &[Some(&RED)]).expect("of length 1");
    tracker.update_with_appearance(ms(33), &[person], &[Some(&RED)]).expect("of length 1");
    // A third of a shared area for who looks alike, a little under a half for who does not.
    let pair = [seen(PERSON, 0.9, 120.0, 100.0), seen(PERSON, 0.9, 85.0, 100.0)];
    tracker.update_with_appearance(ms(66), &pair, &[Some(&RED), Some(&BLUE)]).expect("of length 1");
    assert_eq!(tracker.living[0].tracked.track.last_observed.bbox.x0(), 85.0);
}

#[test]
fn of_equal_observations_looks_settle_the_order() {
    let person = seen(PERSON, 0.9, 100.0, 100.0);
    let first_looks_like = |looks: [&[f32]; 2]| {
        let mut tracker = Tracker::new(quick());
        tracker.update_with_appearance(ms(0), &[person; 2], &looks.map(Some)).expect("of length 1");
        tracker.living[0].appearance.distance(&RED)
    };
    assert_eq!(first_looks_like([&RED, &BLUE]), first_looks_like([&BLUE, &RED]));
}

#[test]
fn looks_are_neither_printed_nor_written_down_and_end_with_the_track() {
    let mut tracker = changing_sides(TrackerSettings::default(), true);
    assert!(tracker.living[1].appearance.distance(&BLUE).is_some_and(|distance| distance < 1e-6));
    for told in [format!("{tracker:?}"), serde_json::to_string(&tracker.snapshot()).expect("plain data")] {
        assert!(!told.contains("0.8, 0.6") && !told.contains("0.8,0.6"), "{told}");
    }
    let restored = Tracker::restored(TrackerSettings::default(), tracker.snapshot()).expect("its own state");
    assert!(restored.living.iter().all(|living| living.appearance.distance(&BLUE).is_none()));
    tracker.finish();
    tracker.update(ms(300), &[seen(PERSON, 0.9, 100.0, 100.0)]);
    assert_eq!(tracker.living[0].appearance.distance(&BLUE), None, "its room was another's");
}

#[test]
fn a_checkpoint_is_the_same_byte_for_byte_whether_anybody_looked() {
    let checkpoint = |looks: [Option<&[f32]>; 2]| {
        let mut tracker = Tracker::new(TrackerSettings::default());
        let apart = [seen(PERSON, 0.9, 100.0, 100.0), seen(PERSON, 0.8, 400.0, 100.0)];
        for frame in 0..6 {
            tracker.update_with_appearance(ms(33 * frame), &apart, &looks).expect("of length 1");
        }
        let known = tracker.living.iter().filter(|living| living.appearance.distance(&RED).is_some());
        (known.count(), serde_json::to_vec(&tracker.snapshot()).expect("plain data"))
    };
    let (looked, unlooked) = (checkpoint([Some(&RED), Some(&BLUE)]), checkpoint([None, None]));
    assert_eq!((looked.0, unlooked.0), (2, 0), "looks that are known");
    assert_eq!(looked.1, unlooked.1);
}

#[test]
fn a_frame_with_looks_that_do_not_fit_changes_nothing() {
    let mut tracker = changing_sides(TrackerSettings::default(), true);
    let before = tracker.snapshot();
    let one = [seen(PERSON, 0.9, 100.0, 100.0)];
    for looks in [&[Some(&[1.0, 0.0][..])][..], &[Some(&[2.0, 0.0, 0.0])], &[]] {
        tracker.update_with_appearance(ms(300), &one, looks).expect_err("refused");
        assert_eq!(tracker.snapshot(), before);
    }
}
