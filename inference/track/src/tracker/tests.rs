use std::collections::BTreeSet;

use proptest::prelude::*;
use vision::FrameBox;

use super::*;

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
fn only_classes_of_one_group_continue_each_other_and_the_majority_names_the_track() {
    let settings = TrackerSettings { class_groups: vec![vec![CAR, BUS]], ..quick() };
    let mut tracker = Tracker::new(settings);
    for (i, class) in [BUS, CAR, CAR].into_iter().enumerate() {
        tracker.update(ms(100 * i as u64), &[seen(class, 0.8, 100.0, 100.0)]);
    }
    let update = tracker.update(ms(300), &[seen(PERSON, 0.9, 100.0, 100.0)]);
    let [car, person] = update.active else { panic!("two tracks, got {:?}", update.active) };
    assert_eq!((car.class, car.seen_now, car.class_share), (CAR, false, 2.0 / 3.0));
    assert_eq!((person.class, person.seen_now), (PERSON, true));
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

type Frames = Vec<(u64, Vec<Observation>)>;

fn any_frames() -> impl Strategy<Value = Frames> {
    let observation = (0u16..3, 0.0f32..1.0, -50.0f32..150.0, -50.0f32..150.0, 0.0f32..80.0, 0.0f32..80.0);
    let observation = observation.prop_filter_map("valid", |(class, score, x, y, w, h)| {
        Some(Observation { class, score, bbox: FrameBox::new(x, y, x + w, y + h)? })
    });
    // Times are free: equal, backwards and far ahead.
    let at = prop_oneof![0u64..5_000, Just(1_000), Just(u64::MAX / 2)];
    proptest::collection::vec((at, proptest::collection::vec(observation, 0..8)), 0..25)
}

fn run(frames: &Frames) -> Vec<(Vec<Track>, Vec<Track>)> {
    let settings = TrackerSettings { class_groups: vec![vec![0, 1]], ..TrackerSettings::default() };
    let mut tracker = Tracker::new(settings);
    let mut steps = Vec::new();
    for (at, observations) in frames {
        let update = tracker.update(ms(*at), observations);
        steps.push((update.active.to_vec(), update.ended.to_vec()));
    }
    steps.push((Vec::new(), tracker.finish()));
    steps
}

proptest! {
    #[test]
    fn the_same_input_gives_the_same_tracks_in_any_order_of_observations(frames in any_frames(), turn in 0usize..8) {
        let turned: Frames = frames.iter().cloned().map(|(at, mut observations)| {
            let count = observations.len().max(1);
            if !observations.is_empty() { observations.rotate_left(turn % count); }
            observations.reverse();
            (at, observations)
        }).collect();
        let tracks = run(&frames);
        prop_assert_eq!(&tracks, &run(&frames));
        prop_assert_eq!(&tracks, &run(&turned));
    }

    #[test]
    fn each_id_is_new_lives_once_and_ends_once_with_finite_boxes(frames in any_frames()) {
        let (mut born, mut over) = (BTreeSet::new(), BTreeSet::new());
        for (active, ended) in run(&frames) {
            for track in &active {
                prop_assert!(!over.contains(&track.id), "{} came back", track.id);
                prop_assert!(born.contains(&track.id) || born.last().is_none_or(|&last: &u64| last < track.id));
                born.insert(track.id);
                prop_assert!(track.seen_now == (track.state == TrackState::Confirmed)
                    || track.state == TrackState::Tentative);
                prop_assert!(0.0 < track.class_share && track.class_share <= 1.0);
                prop_assert!(track.mean_score <= track.best_score + 1e-6);
            }
            for track in &ended {
                prop_assert!(track.state == TrackState::Ended && over.insert(track.id));
            }
            for track in active.iter().chain(&ended) {
                let bbox = track.bbox;
                let edges = [bbox.x0(), bbox.y0(), bbox.x1(), bbox.y1()];
                prop_assert!(edges.iter().all(|edge| edge.is_finite()) && 0.0 < bbox.area());
            }
        }
        prop_assert_eq!(born, over);
    }
}
