use track::Tracker;

use super::*;

const PERSON: u16 = 0;
const CAR: u16 = 2;

fn seen(class: u16, score: f32, [x0, y0, x1, y1]: [f32; 4]) -> Observation {
    Observation { class, score, bbox: FrameBox::new(x0, y0, x1, y1).expect("valid") }
}

fn person(x: f32) -> Observation {
    seen(PERSON, 0.9, [x, 100.0, x + 40.0, 200.0])
}

fn ms(at: u64) -> Duration {
    Duration::from_millis(at)
}

/// A tracker whose tracks are confirmed at once, and who chooses for it.
struct Camera {
    tracker: Tracker,
    choice: Choice,
}

impl Camera {
    fn new() -> Self {
        let settings = TrackerSettings { min_hits: 1, ..TrackerSettings::default() };
        let choice = Choice {
            person: PERSON,
            min_score: settings.high_score,
            min_iou: settings.min_iou,
            tracks: Vec::new(),
        };
        Self { tracker: Tracker::new(settings), choice }
    }

    /// The places that are looked at in a frame.
    fn frame(&mut self, at: u64, observations: &[Observation]) -> Vec<usize> {
        let chosen = self.choice.worth_a_look(ms(at), observations);
        let update = self.tracker.update(ms(at), observations);
        let looked = |track: &Track| chosen.iter().any(|&place| observations[place] == track.last_observed);
        self.choice.followed(ms(at), update.active, looked);
        chosen
    }
}

#[test]
fn one_alone_is_looked_at_once_a_second() {
    let mut camera = Camera::new();
    let looked: Vec<u64> =
        (0..30).map(|i| 100 * i).filter(|&at| !camera.frame(at, &[person(300.0)]).is_empty()).collect();
    assert_eq!(looked, [100, 1100, 2100], "not before there is a track, then as soon as there is one");
}

#[test]
fn who_overlaps_a_lost_track_is_looked_at() {
    let mut camera = Camera::new();
    for at in [0, 100, 200] {
        camera.frame(at, &[person(300.0)]);
    }
    assert_eq!(camera.frame(300, &[]), [0; 0]);
    assert_eq!(camera.frame(400, &[person(500.0), person(305.0)]), [1], "another one elsewhere is not");
    assert_eq!(camera.frame(500, &[person(305.0)]), [0; 0], "found again");
}

#[test]
fn two_over_one_track_and_one_over_two_tracks_are_looked_at() {
    let mut camera = Camera::new();
    let apart = [person(300.0), person(345.0)];
    for at in [0, 100, 200] {
        camera.frame(at, &apart);
    }
    assert_eq!(camera.frame(300, &apart), [0; 0], "they do not overlap");
    assert_eq!(camera.frame(400, &[person(321.0)]), [0], "it may be either");

    let mut camera = Camera::new();
    for at in [0, 100, 200] {
        camera.frame(at, &[person(300.0)]);
    }
    assert_eq!(camera.frame(300, &[person(300.0), person(322.0)]), [0, 1], "either may be it");
}

#[test]
fn who_is_covered_doubtful_or_no_person_is_never_looked_at() {
    let behind = seen(PERSON, 0.9, [300.0, 90.0, 340.0, 190.0]);
    let in_front = seen(PERSON, 0.8, [310.0, 100.0, 350.0, 210.0]);
    let faint = Observation { score: 0.2, ..in_front };
    let after = |observations: &[Observation]| {
        let mut camera = Camera::new();
        camera.frame(0, observations);
        camera.frame(100, observations)
    };
    assert_eq!(after(&[behind, in_front]), [1], "two thirds of it are covered, and the nearer one is free");
    assert_eq!(after(&[behind, faint]), [0], "as likely a second box of the same person");
    assert_eq!(after(&[Observation { score: 0.45, ..in_front }]), [0; 0]);
    assert_eq!(after(&[Observation { class: CAR, ..in_front }]), [0; 0]);
}

#[test]
fn the_contested_come_first_then_the_larger_and_no_more_than_a_few() {
    let mut camera = Camera::new();
    let sized = |i: u16| {
        let x = 100.0 * f32::from(i);
        seen(PERSON, 0.9, [x, 100.0, x + 40.0 + f32::from(i), 200.0])
    };
    let mut crowd: Vec<Observation> = (0..12).map(sized).collect();
    camera.frame(0, &crowd);
    assert_eq!(camera.frame(100, &crowd), [11, 10, 9, 8, 7, 6, 5, 4]);
    assert_eq!(camera.frame(200, &crowd), [3, 2, 1, 0], "those that are due still");
    crowd.push(seen(PERSON, 0.9, [25.0, 100.0, 60.0, 199.0]));
    assert_eq!(camera.frame(300, &crowd), [0, 12], "two over the smallest one's track");
}

#[test]
fn who_overlaps_no_track_is_not_looked_at() {
    let mut camera = Camera::new();
    assert_eq!(camera.frame(0, &[person(300.0)]), [0; 0]);
    camera.frame(100, &[person(300.0)]);
    assert_eq!(camera.frame(200, &[person(300.0), person(400.0)]), [0; 0]);
}
