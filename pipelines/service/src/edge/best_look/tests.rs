use std::time::Duration;

use track::{Observation, Tracker, TrackerSettings};
use vision::{NormPoint, Picture, Planes as _};

use super::*;

const SIZE: SizePx = SizePx::new(640, 360);

/// Checks of `field` pixels and of this contrast.
fn frame(field: u64, contrast: u8) -> Picture {
    let grey = |i: u64| {
        let (x, y) = (i % 640, i / 640);
        if (x / field + y / field).is_multiple_of(2) { [128 + contrast; 3] } else { [128 - contrast; 3] }
    };
    Picture::new(SIZE, (0..SIZE.area_px()).flat_map(grey).collect()).expect("fits")
}

fn bbox(x0: f32, y0: f32, x1: f32, y1: f32) -> FrameBox {
    FrameBox::new(x0, y0, x1, y1).expect("valid")
}

fn clocks(at_ns: u64) -> FrameClocks {
    FrameClocks { received_ns: at_ns, wall_unix_ns: 0, sensor_unix_ns: None, recorded: true }
}

/// Confirmed tracks at `boxes`.
fn tracks(boxes: &[FrameBox]) -> Vec<Track> {
    let settings = TrackerSettings { min_hits: 1, ..TrackerSettings::default() };
    let mut tracker = Tracker::new(settings);
    let seen: Vec<_> = boxes.iter().map(|&bbox| Observation { class: 0, score: 0.9, bbox }).collect();
    tracker.update(Duration::ZERO, &seen).active.to_vec()
}

fn score_of(picture: &Picture, boxes: &[FrameBox], redaction: &Redaction) -> f32 {
    let tracks = tracks(boxes);
    let subject = tracks.iter().find(|track| track.bbox == boxes[0]).expect("tracked");
    let looked = Looked { view: picture.view(), clocks: &clocks(0), tracks: &tracks, people: &[] };
    score(looked, Some(subject.id), &boxes[0], redaction)
}

#[test]
fn larger_sharper_freer_and_whole_looks_are_better() {
    let (sharp, soft) = (frame(4, 60), frame(4, 5));
    let small = bbox(100.0, 100.0, 140.0, 200.0);
    let of = |picture: &Picture, boxes: &[FrameBox]| score_of(picture, boxes, &Redaction::default());
    let best = of(&sharp, &[small]);
    assert!(best < of(&sharp, &[bbox(100.0, 100.0, 180.0, 300.0)]), "larger");
    assert!(of(&soft, &[small]) < best, "softer");
    let covered = of(&sharp, &[small, bbox(120.0, 110.0, 200.0, 260.0)]);
    assert!((covered / best - 0.55).abs() < 0.1, "{covered} of {best}: the nearer one covers almost a half");
    assert_eq!(
        of(&sharp, &[small, bbox(120.0, 20.0, 200.0, 190.0)]),
        best,
        "who stands behind covers nothing"
    );
    let cut = of(&sharp, &[bbox(0.0, 100.0, 40.0, 200.0)]);
    assert!(cut < 0.6 * best, "{cut} of {best}");
}

#[test]
fn what_a_privacy_zone_hides_is_no_good_look() {
    let picture = frame(4, 60);
    let hidden = [(0.1, 0.2), (0.3, 0.2), (0.3, 0.7), (0.1, 0.7)].map(|(x, y)| NormPoint { x, y });
    let redaction = Redaction::hiding(vec![hidden.to_vec()]);
    assert_eq!(score_of(&picture, &[bbox(100.0, 100.0, 140.0, 200.0)], &redaction), 0.0);
}

#[test]
fn the_best_look_stays_until_a_better_one_and_is_a_copy_of_its_frame() {
    let (sharp, soft) = (frame(4, 60), frame(4, 5));
    let (near, far) = (bbox(200.0, 100.0, 280.0, 300.0), bbox(100.0, 100.0, 140.0, 200.0));
    let mut looks = BestLooks::default();
    let mut watch = |picture: &Picture, object: FrameBox, at: u64| {
        let tracks = tracks(&[object]);
        let clocks = clocks(at);
        let looked = Looked { view: picture.view(), clocks: &clocks, tracks: &tracks, people: &[] };
        looks.watch(looked, &Redaction::default(), |_| true, 0.05);
        let look = looks.worth_beside(1, 0.0).expect("a look");
        (look.clocks.received_ns, look.rect, Picture::from_view(&look.planes.view()))
    };
    assert_eq!(watch(&sharp, far, 1).0, 1);
    let (at, rect, copied) = watch(&sharp, near, 2);
    assert_eq!((at, rect), (2, FrameRect::new(196, 90, 88, 220)));
    let there = near.grown(0.05);
    assert_eq!(copied, Picture::crop(&sharp.view(), &there));
    assert_eq!(watch(&sharp, far, 3).0, 2, "smaller");
    assert_eq!(watch(&soft, near, 4).0, 2, "softer");
    assert_eq!(watch(&sharp, near, 5).0, 2, "no better");
    let score = looks.worth_beside(1, 0.0).expect("a look").score;
    assert!(looks.worth_beside(1, score / 1.2).is_none(), "not by the margin");
    assert!(looks.worth_beside(1, score / 1.3).is_some());
    looks.retain(|track| track != 1);
    assert_eq!(looks.len(), 0);
}

#[test]
fn memory_is_bounded_in_objects_and_pixels() {
    let picture = frame(4, 60);
    let boxes: Vec<FrameBox> = (0..MAX_TRACKS as u32 + 5)
        .map(|i| {
            let x = 28.0 * i as f32 + 3.0;
            bbox(x, 50.0, x + 24.0, 120.0)
        })
        .collect();
    let tracks = tracks(&boxes);
    let clocks = clocks(0);
    let looked = Looked { view: picture.view(), clocks: &clocks, tracks: &tracks, people: &[] };
    let mut looks = BestLooks::default();
    looks.watch(looked, &Redaction::default(), |_| true, 0.05);
    assert_eq!(looks.len(), MAX_TRACKS);
    let mut of_no_rule = BestLooks::default();
    of_no_rule.watch(looked, &Redaction::default(), |_| false, 0.05);
    assert_eq!(of_no_rule.len(), 0, "no rule is about the class");
    let large = SizePx::new(1600, 1200);
    let picture = Picture::new(large, vec![9; 3 * large.area_px() as usize]).expect("fits");
    let whole = tracks_of_whole(large);
    let looked = Looked { view: picture.view(), tracks: &whole, ..looked };
    let mut looks = BestLooks::default();
    looks.watch(looked, &Redaction::default(), |_| true, 0.05);
    assert_eq!(looks.len(), 0, "too many pixels");
}

fn tracks_of_whole(size: SizePx) -> Vec<Track> {
    tracks(&[FrameBox::whole(size)])
}
