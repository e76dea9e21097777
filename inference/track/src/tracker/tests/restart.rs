//! A tracker that goes on from a checkpoint.

use proptest::prelude::*;

use super::laws::{Shown, any_frames, any_settings, show};
use super::*;

/// Through the bytes of a file and back.
fn written_and_read(state: &TrackerState) -> TrackerState {
    let json = serde_json::to_vec(state).expect("plain data");
    serde_json::from_slice(&json).expect("what was written")
}

fn without_looks(frames: Vec<Shown>) -> Vec<Shown> {
    let bare = |shown: Vec<_>| shown.into_iter().map(|(observation, _)| (observation, None)).collect();
    frames.into_iter().map(|(at, shown)| (at, bare(shown))).collect()
}

proptest! {
    #[test]
    fn a_restored_tracker_goes_on_bit_for_bit(
        settings in any_settings(),
        frames in any_frames(),
        cut in 0usize..40,
    ) {
        let frames = without_looks(frames);
        let (before, after) = frames.split_at(cut.min(frames.len()));
        let mut tracker = Tracker::new(settings.clone());
        before.iter().for_each(|frame| drop(show(&mut tracker, frame)));
        let state = tracker.snapshot();
        let read = written_and_read(&state);
        prop_assert_eq!(&read, &state);
        let mut restored = Tracker::restored(settings, read).expect("its own state");
        for frame in after {
            prop_assert_eq!(show(&mut restored, frame), show(&mut tracker, frame));
        }
        prop_assert_eq!(restored.snapshot(), tracker.snapshot());
        prop_assert_eq!(restored.finish(), tracker.finish());
    }
}

fn walked() -> TrackerState {
    let mut tracker = Tracker::new(TrackerSettings::oc_sort());
    for i in 0..5u16 {
        let pair = [seen(CAR, 0.9, f32::from(i), 100.0), seen(PERSON, 0.8, 300.0 - f32::from(i), 100.0)];
        tracker.update(ms(100 * u64::from(i)), &pair);
    }
    tracker.snapshot()
}

#[test]
fn other_settings_take_the_tracks_over_unless_the_motion_differs() {
    let settings = TrackerSettings { motion: MotionModel::Area, ..TrackerSettings::default() };
    let mut tracker = Tracker::restored(settings, walked()).expect("the same motion model");
    let update = tracker.update(ms(500), &[seen(CAR, 0.9, 5.0, 100.0)]);
    assert_eq!(
        update.active.iter().map(|track| (track.id, track.seen_now)).collect::<Vec<_>>(),
        [(1, true), (2, false)]
    );
    assert_eq!(
        Tracker::restored(TrackerSettings::default(), walked()).expect_err("another motion").to_string(),
        "state of track 1 has motion Area, expected Size as in the settings"
    );
}

#[test]
fn what_no_tracker_writes_is_refused() {
    let refused = |change: fn(&mut TrackerState)| {
        let mut state = walked();
        change(&mut state);
        Tracker::restored(TrackerSettings::oc_sort(), state).expect_err("refused").to_string()
    };
    assert_eq!(
        refused(|state| state.tracks.reverse()),
        "state has track 1 after track 2 with next id 3, expected ids to rise from 1"
    );
    assert_eq!(
        refused(|state| state.next_id = 2),
        "state has track 2 after track 1 with next id 2, expected ids to rise from 1"
    );
    let prefix = "state of track 1 holds what no tracker writes: ";
    for (change, what) in [
        (
            (|state| state.tracks[0].score_sum = f64::NAN) as fn(&mut TrackerState),
            "a score that is not finite, or a box without area",
        ),
        (
            |state| state.tracks[0].track.last_observed.score = f32::INFINITY,
            "a score that is not finite, or a box without area",
        ),
    ] {
        assert_eq!(refused(change), format!("{prefix}{what}"));
    }
    let mut json = serde_json::to_value(walked()).expect("plain data");
    json["tracks"][0]["track"]["bbox"] = serde_json::json!([9.0, 0.0, 1.0, 1.0]);
    let told = serde_json::from_value::<TrackerState>(json).expect_err("swapped edges").to_string();
    assert!(told.contains("swapped or infinite edges"), "{told}");
}
