//! What holds for any input and all settings.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// One frame: its time in milliseconds, and observations with their embeddings.
pub(super) type Shown = (u64, Vec<(Observation, Option<[f32; 2]>)>);

/// The settings that laws are held to.
pub(super) fn any_settings() -> impl Strategy<Value = TrackerSettings> {
    let base = prop_oneof![
        Just(TrackerSettings::default()),
        Just(TrackerSettings::sort()),
        Just(TrackerSettings::byte_track()),
        Just(TrackerSettings::oc_sort()),
        Just(TrackerSettings { low_score: 0.1, clock: Clock::Times, ..TrackerSettings::oc_sort() }),
        Just(TrackerSettings { association: Association::OcSort, ..TrackerSettings::default() }),
    ];
    base.prop_map(|base| TrackerSettings { class_groups: vec![vec![0, 1]], ..base })
}

/// Anything at any time: equal times, backwards and far ahead.
fn chaos() -> impl Strategy<Value = Vec<Shown>> {
    let observation = (0u16..3, 0.0f32..1.0, -50.0f32..150.0, -50.0f32..150.0, 0.0f32..80.0, 0.0f32..80.0);
    let observation = observation.prop_filter_map("valid", |(class, score, x, y, w, h)| {
        Some(Observation { class, score, bbox: FrameBox::new(x, y, x + w, y + h)? })
    });
    let at = prop_oneof![0u64..5_000, Just(1_000), Just(u64::MAX / 2)];
    let shown = (observation, any_look());
    proptest::collection::vec((at, proptest::collection::vec(shown, 0..8)), 0..25)
}

/// Few looks, so that some are the same.
fn any_look() -> impl Strategy<Value = Option<[f32; 2]>> {
    prop_oneof![Just(None), Just(Some([1.0, 0.0])), Just(Some([0.6, 0.8])), Just(Some([0.0, -1.0]))]
}

/// People who walk, are missed now and then, and may stand in each other's way.
fn walkers() -> impl Strategy<Value = Vec<Shown>> {
    let walker = (-20.0f32..200.0, -15.0f32..15.0, 0u16..2, any_look());
    let frame = (20u64..60, proptest::collection::vec((-3.0f32..3.0, 0.05f32..1.0, 0u8..4), 5));
    (proptest::collection::vec(walker, 1..5), proptest::collection::vec(frame, 1..40)).prop_map(
        |(walkers, frames)| {
            let mut at = 0;
            let mut shown = Vec::new();
            for (number, (step, noises)) in frames.iter().enumerate() {
                at += step;
                let look =
                    |((x, speed, class, look), (noise, score, miss)): (&(_, _, _, _), &(f32, _, _))| {
                        let x: f32 = x + speed * number as f32 + noise;
                        let bbox = FrameBox::new(x, *noise, x + 40.0, 80.0 + noise)?;
                        (*miss != 0).then_some((Observation { class: *class, score: *score, bbox }, *look))
                    };
                shown.push((at, walkers.iter().zip(noises).filter_map(look).collect()));
            }
            shown
        },
    )
}

pub(super) fn any_frames() -> impl Strategy<Value = Vec<Shown>> {
    prop_oneof![chaos(), walkers()]
}

pub(super) fn show(tracker: &mut Tracker, (at, shown): &Shown) -> (Vec<Track>, Vec<Track>) {
    let observations: Vec<_> = shown.iter().map(|(observation, _)| *observation).collect();
    let looks: Vec<_> = shown.iter().map(|(_, look)| look.as_ref().map(|look| &look[..])).collect();
    let update = tracker.update_with_appearance(ms(*at), &observations, &looks).expect("looks of length 1");
    (update.active.to_vec(), update.ended.to_vec())
}

fn run(settings: &TrackerSettings, frames: &[Shown]) -> Vec<(Vec<Track>, Vec<Track>)> {
    let mut tracker = Tracker::new(settings.clone());
    let mut steps: Vec<_> = frames.iter().map(|frame| show(&mut tracker, frame)).collect();
    steps.push((Vec::new(), tracker.finish()));
    steps
}

/// The least overlap that `track`, known before this frame as `before` and expected where `expected` is, must have had
/// with what it was observed as; and the overlap it had.
fn gate(settings: &TrackerSettings, before: &Track, expected: &Track, now: &Track) -> (f32, f32) {
    let observed = &now.last_observed;
    let iou = expected.bbox.iou(&observed.bbox);
    let sure = settings.high_score <= observed.score;
    match settings.association {
        Association::Byte if sure && !before.confirmed => (settings.min_iou_tentative, iou),
        Association::Sort | Association::Byte if sure => (settings.min_iou, iou),
        Association::OcSort if sure => {
            (settings.min_iou, iou.max(before.last_observed.bbox.iou(&observed.bbox)))
        }
        Association::Sort | Association::Byte | Association::OcSort => (settings.min_iou_low, iou),
    }
}

proptest! {
    #[test]
    fn the_same_input_gives_the_same_tracks_in_any_order_of_observations(
        settings in any_settings(),
        frames in any_frames(),
        turn in 0usize..8,
    ) {
        let turned: Vec<Shown> = frames.iter().cloned().map(|(at, mut shown)| {
            let count = shown.len().max(1);
            if !shown.is_empty() { shown.rotate_left(turn % count); }
            shown.reverse();
            (at, shown)
        }).collect();
        let tracks = run(&settings, &frames);
        prop_assert_eq!(&tracks, &run(&settings, &frames));
        prop_assert_eq!(&tracks, &run(&settings, &turned));
    }

    #[test]
    fn a_track_never_jumps_over_the_gate(settings in any_settings(), frames in any_frames()) {
        let mut tracker = Tracker::new(settings.clone());
        let mut before: Vec<Track> = Vec::new();
        for frame in &frames {
            // Where everything is expected in this frame shows in a copy to which the frame is empty.
            let (expected, given_up) = show(&mut tracker.clone(), &(frame.0, Vec::new()));
            let (active, _) = show(&mut tracker, frame);
            for now in active.iter().filter(|track| track.seen_now) {
                let Some(before) = before.iter().find(|track| track.id == now.id) else { continue };
                let expected = expected.iter().chain(&given_up).find(|track| track.id == now.id);
                let expected = expected.expect("a track that lived before is expected or given up");
                let (least, iou) = gate(&settings, before, expected, now);
                prop_assert!(0.0 < iou && least <= iou, "{iou} below {least}: {before:?} {expected:?} {now:?}");
            }
            before = active;
        }
    }

    #[test]
    fn each_id_is_new_lives_once_and_ends_once_with_finite_boxes(
        settings in any_settings(),
        frames in any_frames(),
    ) {
        let (mut born, mut over) = (BTreeSet::new(), BTreeSet::new());
        for (active, ended) in run(&settings, &frames) {
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
