mod appearance;
mod camera;
mod laws;
mod restart;

use vision::FrameBox;

use super::*;
use crate::MotionModel;

/// The defaults with two observations to confirm, which keeps the scripts short.
fn quick() -> TrackerSettings {
    TrackerSettings { min_hits: 2, ..TrackerSettings::default() }
}

const CAR: u16 = 2;
const BUS: u16 = 5;
const PERSON: u16 = 0;

fn seen(class: u16, score: f32, x: f32, y: f32) -> Observation {
    Observation { class, score, bbox: FrameBox::new(x, y, x + 40.0, y + 80.0).expect("valid") }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn a_track_is_tentative_confirmed_lost_and_ended_in_turn() {
    let mut tracker = Tracker::new(quick());
    let person = seen(PERSON, 0.9, 100.0, 100.0);
    let state = |update: Update<'_>| update.active.first().map(|track| track.state);
    assert_eq!(state(tracker.update(ms(0), &[person])), Some(TrackState::Tentative));
    assert_eq!(state(tracker.update(ms(100), &[person])), Some(TrackState::Confirmed));
    assert_eq!(state(tracker.update(ms(200), &[])), Some(TrackState::Lost));
    assert_eq!(state(tracker.update(ms(1100), &[])), Some(TrackState::Lost), "unseen for max_lost exactly");
    let update = tracker.update(ms(1200), &[]);
    assert!(update.active.is_empty());
    let [track] = update.ended else { panic!("one ended, got {:?}", update.ended) };
    assert_eq!((track.id, track.state, track.confirmed), (1, TrackState::Ended, true));
    assert_eq!((track.observations, track.first_at, track.last_at), (2, ms(0), ms(100)));
}

#[test]
fn a_lost_object_that_moves_on_comes_back_with_its_id() {
    let mut tracker = Tracker::new(quick());
    let walker = |i: u16| seen(PERSON, 0.9, f32::from(i) * 10.0, 100.0);
    for i in 0..10 {
        tracker.update(ms(100 * u64::from(i)), &[walker(i)]);
    }
    for i in 10u64..16 {
        tracker.update(ms(100 * i), &[]);
    }
    let update = tracker.update(ms(1600), &[walker(16)]);
    assert_eq!(
        update.active.iter().map(|t| (t.id, t.state)).collect::<Vec<_>>(),
        [(1, TrackState::Confirmed)]
    );
}

#[test]
fn a_tentative_track_ends_after_its_own_shorter_time_and_is_reported() {
    let mut tracker = Tracker::new(quick());
    tracker.update(ms(0), &[seen(PERSON, 0.9, 100.0, 100.0)]);
    assert_eq!(tracker.update(ms(200), &[]).active.len(), 1);
    let update = tracker.update(ms(300), &[]);
    assert_eq!(update.ended.iter().map(|t| (t.id, t.confirmed)).collect::<Vec<_>>(), [(1, false)]);
}

#[test]
fn slow_frames_still_confirm() {
    let mut tracker = Tracker::new(quick());
    let person = seen(PERSON, 0.9, 100.0, 100.0);
    tracker.update(ms(0), &[person]);
    let update = tracker.update(ms(700), &[person]);
    assert_eq!(
        update.active.iter().map(|t| (t.id, t.state)).collect::<Vec<_>>(),
        [(1, TrackState::Confirmed)]
    );
}

#[test]
fn a_doubtful_observation_carries_a_track_on_but_never_starts_or_revives_one() {
    let mut tracker = Tracker::new(quick());
    assert!(tracker.update(ms(0), &[seen(PERSON, 0.3, 300.0, 100.0)]).active.is_empty());
    let sure = seen(PERSON, 0.9, 100.0, 100.0);
    let doubtful = seen(PERSON, 0.2, 100.0, 100.0);
    tracker.update(ms(100), &[sure]);
    tracker.update(ms(200), &[sure]);
    assert!(tracker.update(ms(300), &[doubtful]).active[0].seen_now);
    assert!(!tracker.update(ms(400), &[]).active[0].seen_now);
    assert!(
        !tracker.update(ms(500), &[doubtful]).active[0].seen_now,
        "lost, and the observation is doubtful"
    );
}

#[test]
fn only_classes_of_one_group_continue_each_other_and_the_most_weight_names_the_track() {
    let settings = TrackerSettings { class_groups: vec![vec![CAR, BUS]], ..quick() };
    let mut tracker = Tracker::new(settings);
    for (i, class) in [BUS, CAR, CAR].into_iter().enumerate() {
        tracker.update(ms(100 * i as u64), &[seen(class, 0.8, 100.0, 100.0)]);
    }
    let update = tracker.update(ms(300), &[seen(PERSON, 0.9, 100.0, 100.0)]);
    let [car, person] = update.active else { panic!("two tracks, got {:?}", update.active) };
    assert_eq!((car.class, car.seen_now), (CAR, false));
    // Two of three, and a little more because the first look is the oldest.
    assert!((0.666..0.67).contains(&car.class_share), "{}", car.class_share);
    assert_eq!((person.class, person.seen_now), (PERSON, true));
}

#[test]
fn sort_reports_all_in_its_first_frames_and_later_only_who_was_seen_thrice_more_in_a_row() {
    let mut tracker = Tracker::new(TrackerSettings::sort());
    let (first, second) = (seen(PERSON, 0.9, 100.0, 100.0), seen(PERSON, 0.9, 300.0, 100.0));
    let mut states = |observations: &[Observation]| -> Vec<_> {
        // Times that do not advance: a frame is a frame.
        tracker.update(ms(0), observations).active.iter().map(|track| track.state).collect()
    };
    use TrackState::{Confirmed, Lost, Tentative};
    for _ in 0..3 {
        assert_eq!(states(&[first]), [Confirmed]);
    }
    for _ in 0..3 {
        assert_eq!(states(&[first, second]), [Confirmed, Tentative]);
    }
    assert_eq!(states(&[first, second]), [Confirmed, Confirmed]);
    assert_eq!(states(&[second]), [Lost, Confirmed]);
    for _ in 0..2 {
        assert_eq!(states(&[first, second]), [Tentative, Confirmed], "its streak is broken");
    }
    assert_eq!(states(&[first, second]), [Confirmed, Confirmed]);
    assert_eq!(states(&[second]).len(), 2);
    assert_eq!(states(&[second]).len(), 2, "two frames to the next observation are the most");
    assert_eq!(states(&[second]).len(), 1);
}

#[test]
fn oc_sort_finds_again_who_stopped_where_it_was_seen_last() {
    let walk_then_stop = |settings: TrackerSettings| {
        let mut tracker = Tracker::new(settings);
        for i in 0..10u16 {
            tracker.update(ms(0), &[seen(PERSON, 0.9, f32::from(i) * 12.0, 100.0)]);
        }
        for _ in 0..5 {
            tracker.update(ms(0), &[]);
        }
        tracker.update(ms(0), &[seen(PERSON, 0.9, 9.0 * 12.0, 100.0)]).active.last().map(|track| track.id)
    };
    assert_eq!(walk_then_stop(TrackerSettings::oc_sort()), Some(1));
    let without_recovery = TrackerSettings { association: Association::Sort, ..TrackerSettings::oc_sort() };
    assert_eq!(walk_then_stop(without_recovery), Some(2), "the expected box has gone on");
}

#[test]
fn after_a_gap_oc_sort_expects_what_it_would_had_it_seen_the_straight_line() {
    let stop_at = f32::from(9u8) * 12.0;
    let next_after = |seen_meanwhile: bool| {
        let mut tracker = Tracker::new(TrackerSettings::oc_sort());
        for i in 0..10u16 {
            tracker.update(ms(0), &[seen(PERSON, 0.9, f32::from(i) * 12.0, 100.0)]);
        }
        let standing = [seen(PERSON, 0.9, stop_at, 100.0)];
        for _ in 0..5 {
            tracker.update(ms(0), if seen_meanwhile { &standing } else { &[] });
        }
        tracker.update(ms(0), &standing);
        let [track] = tracker.update(ms(0), &[]).active else { panic!("one track") };
        track.bbox
    };
    let (expected, bbox) = (next_after(true), next_after(false));
    let off = (bbox.x0() - expected.x0()).abs().max((bbox.x1() - expected.x1()).abs());
    assert!(off < 0.01, "{bbox:?} instead of {expected:?}");
}

#[test]
fn oc_sort_goes_by_the_direction_of_travel_where_overlap_says_little() {
    let first_at = |association| {
        let mut tracker = Tracker::new(TrackerSettings { association, ..TrackerSettings::oc_sort() });
        for i in 0..20u16 {
            let step = f32::from(i) * 2.0;
            let pair = [seen(PERSON, 0.9, 110.0 + step, 100.0), seen(PERSON, 0.9, 190.5 - step, 100.0)];
            tracker.update(ms(0), &pair);
        }
        // Expected at 150 and 150.5; each going on, with some noise, is a little further from there than turning back.
        tracker.update(ms(0), &[seen(PERSON, 0.9, 157.0, 100.0), seen(PERSON, 0.9, 143.5, 100.0)]);
        tracker.finish()[0].last_observed.bbox.x0()
    };
    assert_eq!(first_at(Association::OcSort), 157.0);
    assert_eq!(first_at(Association::Sort), 143.5);
}

#[test]
fn frames_at_uneven_intervals_are_one_walk_in_every_way_of_association() {
    for association in [Association::Sort, Association::Byte, Association::OcSort] {
        for motion in [MotionModel::Size, MotionModel::Area] {
            let settings = TrackerSettings { association, motion, ..TrackerSettings::default() };
            let mut tracker = Tracker::new(settings);
            let mut at = 0;
            for frame in 0..60u64 {
                // Ten frames a second, then bursts and stalls; 100 px a second.
                at += if frame < 10 { 100 } else { 40 + 360 * u64::from(frame % 5 == 0) };
                let walker = seen(PERSON, 0.9, at as f32 / 10.0, 100.0);
                assert_eq!(tracker.update(ms(at), &[walker]).active.len(), 1);
            }
            assert_eq!(tracker.finish()[0].observations, 60, "{association:?} {motion:?}");
        }
    }
}

#[test]
fn two_that_pass_each_other_keep_their_ids() {
    let mut tracker = Tracker::new(quick());
    let mut last = Vec::new();
    for i in 0..40u16 {
        let x = f32::from(i) * 8.0;
        let pair = [seen(PERSON, 0.9, x, 100.0), seen(PERSON, 0.9, 312.0 - x, 110.0)];
        last = tracker.update(ms(100 * u64::from(i)), &pair).active.to_vec();
    }
    assert_eq!(last.len(), 2);
    assert!(last[0].first_bbox.x0() < 100.0 && 200.0 < last[0].bbox.x0(), "{last:?}");
    assert!(200.0 < last[1].first_bbox.x0() && last[1].bbox.x0() < 100.0, "{last:?}");
}

#[test]
fn after_a_long_gap_an_object_at_the_same_place_is_another_one() {
    let mut tracker = Tracker::new(quick());
    let person = seen(PERSON, 0.9, 100.0, 100.0);
    tracker.update(ms(0), &[person]);
    tracker.update(ms(100), &[person]);
    let update = tracker.update(ms(60_000), &[person]);
    assert_eq!((update.active[0].id, update.ended[0].id), (2, 1));
}

#[test]
fn a_clock_set_back_neither_ends_tracks_nor_keeps_them_for_ever() {
    let mut tracker = Tracker::new(quick());
    let person = seen(PERSON, 0.9, 100.0, 100.0);
    tracker.update(ms(3_600_000), &[person]);
    tracker.update(ms(3_600_100), &[person]);
    assert!(tracker.update(ms(0), &[person]).active[0].seen_now);
    tracker.update(ms(100), &[]);
    assert_eq!(tracker.update(ms(1200), &[]).ended.len(), 1);
}

#[test]
fn boxes_without_area_and_scores_that_are_no_numbers_are_ignored() {
    let mut tracker = Tracker::new(quick());
    let flat = FrameBox::new(10.0, 10.0, 50.0, 10.0).expect("valid");
    let huge = FrameBox::new(f32::MIN, f32::MIN, f32::MAX, f32::MAX).expect("valid");
    let bad = [
        Observation { class: 0, score: 0.9, bbox: flat },
        Observation { class: 0, score: 0.9, bbox: huge },
        seen(0, f32::NAN, 10.0, 10.0),
    ];
    assert!(tracker.update(ms(0), &bad).active.is_empty());
}

#[test]
fn finish_ends_all_and_ids_go_on() {
    let mut tracker = Tracker::new(quick());
    let person = seen(PERSON, 0.9, 100.0, 100.0);
    tracker.update(ms(0), &[person, seen(PERSON, 0.8, 300.0, 100.0)]);
    let ended = tracker.finish();
    assert_eq!(
        ended.iter().map(|t| (t.id, t.state)).collect::<Vec<_>>(),
        [1, 2].map(|id| (id, TrackState::Ended))
    );
    assert_eq!(tracker.update(ms(0), &[person]).active[0].id, 3);
}
