use PassageState::{Closed, Opened};

use super::*;

#[test]
fn forward_is_from_left_to_right_of_who_looks_along_the_line() {
    let crossing = |from: NormPoint, to: NormPoint, way: [(f32, f32); 2]| {
        let line = Line { id: "l".into(), from, to };
        let test = RuleTest::Line { line, directions: LineDirections::Both, hysteresis: 0.0 };
        walk(&mut scene(rule(test)), &way.map(Some))[0].direction
    };
    let (down, up) = ([(100.0, 30.0), (100.0, 70.0)], [(100.0, 70.0), (100.0, 30.0)]);
    // Along the picture from left to right: the left hand points up, y = 30, the right hand down, y = 70.
    assert_eq!(crossing(point(0.0, 0.5), point(1.0, 0.5), down), Direction::Forward);
    assert_eq!(crossing(point(0.0, 0.5), point(1.0, 0.5), up), Direction::Backward);
    assert_eq!(crossing(point(1.0, 0.5), point(0.0, 0.5), up), Direction::Forward);
    // From the bottom to the top: the left hand points to the picture's left, x = 60.
    let right = [(60.0, 50.0), (140.0, 50.0)];
    assert_eq!(crossing(point(0.5, 1.0), point(0.5, 0.0), right), Direction::Forward);
    assert_eq!(crossing(point(0.5, 0.0), point(0.5, 1.0), right), Direction::Backward);
}

#[test]
fn a_crossing_opens_once_and_closes_with_the_track() {
    let passages = walk(&mut scene(line_rule(LineDirections::Both)), &heights(&[20.0, 40.0, 60.0, 80.0]));
    let forward = Direction::Forward;
    assert_eq!(outline(&passages), [(forward, Opened, 1, 300), (forward, Closed, 2, 500)]);
}

#[test]
fn only_the_wanted_direction_counts() {
    for (directions, expected) in [
        (LineDirections::Forward, vec![Direction::Forward]),
        (LineDirections::Backward, vec![Direction::Backward]),
        (LineDirections::Both, vec![Direction::Forward, Direction::Backward]),
    ] {
        let passages = walk(&mut scene(line_rule(directions)), &heights(&[40.0, 60.0, 40.0]));
        let opened = passages.iter().filter(|p| p.state == Opened);
        assert_eq!(opened.map(|p| p.direction).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn jitter_on_the_line_is_one_crossing() {
    // The hysteresis is one pixel of this frame.
    let ys = [45.0, 49.5, 50.5, 49.2, 50.9, 49.5, 50.5, 52.0, 50.5, 49.5, 50.5, 49.1, 53.0];
    let passages = walk(&mut scene(line_rule(LineDirections::Both)), &heights(&ys));
    let forward = Direction::Forward;
    assert_eq!(outline(&passages), [(forward, Opened, 1, 800), (forward, Closed, 2, 1400)]);
}

#[test]
fn standing_on_the_line_is_no_crossing() {
    let ys = [50.0, 50.5, 49.5, 50.0, 50.9, 49.1];
    assert_eq!(walk(&mut scene(line_rule(LineDirections::Both)), &heights(&ys)), []);
    let back_out = [40.0, 50.0, 50.9, 40.0];
    assert_eq!(walk(&mut scene(line_rule(LineDirections::Both)), &heights(&back_out)), []);
}

#[test]
fn crossing_back_closes_the_first_passage_and_opens_a_second() {
    let passages = walk(&mut scene(line_rule(LineDirections::Both)), &heights(&[40.0, 60.0, 40.0]));
    let (forward, backward) = (Direction::Forward, Direction::Backward);
    let expected = [
        (forward, Opened, 1, 200),
        (forward, Closed, 2, 300),
        (backward, Opened, 1, 300),
        (backward, Closed, 2, 400),
    ];
    assert_eq!(outline(&passages), expected);
    assert_eq!(passages.iter().map(|p| p.ordinal).collect::<Vec<_>>(), [1, 1, 2, 2]);
    assert_eq!(passages[1].close_reason, Some("crossed back"));
}

#[test]
fn only_the_segment_counts_not_its_prolongation() {
    let line = Line { id: "gate".into(), from: point(0.25, 0.5), to: point(0.75, 0.5) };
    let test = RuleTest::Line { line, directions: LineDirections::Both, hysteresis: DEFAULT_HYSTERESIS };
    let crossings = |way: &[(f32, f32)]| {
        let way: Vec<_> = way.iter().copied().map(Some).collect();
        let passages = walk(&mut scene(rule(test.clone())), &way);
        passages.iter().filter(|p| p.state == Opened).map(|p| p.direction).collect::<Vec<_>>()
    };
    assert_eq!(crossings(&[(100.0, 40.0), (100.0, 60.0)]), [Direction::Forward]);
    assert_eq!(crossings(&[(20.0, 40.0), (20.0, 60.0)]), []);
    // Around the end, then back through the gate.
    let around = [(100.0, 40.0), (20.0, 45.0), (20.0, 60.0), (100.0, 60.0), (100.0, 40.0)];
    assert_eq!(crossings(&around), [Direction::Backward]);
}

#[test]
fn a_crossing_between_two_sights_is_one_crossing() {
    let mut way = heights(&[20.0, 30.0]);
    way.extend([None; 4]);
    way.extend(heights(&[80.0, 90.0]));
    let passages = walk(&mut scene(line_rule(LineDirections::Both)), &way);
    let forward = Direction::Forward;
    assert_eq!(outline(&passages), [(forward, Opened, 1, 700), (forward, Closed, 2, 900)]);
}

#[test]
fn where_an_unseen_object_is_expected_is_no_crossing() {
    let mut scene = scene(line_rule(LineDirections::Both));
    let track = first_sight(1, ms(0), PERSON, box_at(100.0, 40.0));
    scene.judge(FrameInfo::new(ms(0), FRAME), &[track], &[]);
    let coasting = Track { seen_now: false, bbox: box_at(100.0, 90.0), ..track };
    assert!(scene.judge(FrameInfo::new(ms(100), FRAME), &[coasting], &[]).passages.is_empty());
}

#[test]
fn a_crossing_before_confirmation_waits_for_it() {
    let mut rule = line_rule(LineDirections::Both);
    rule.confirm = NOfM { n: 4, m: 5 };
    let mut way = heights(&[40.0, 60.0]);
    way.push(None);
    way.extend(heights(&[70.0, 75.0, 80.0]));
    let passages = walk(&mut scene(rule.clone()), &way);
    let forward = Direction::Forward;
    assert_eq!(outline(&passages), [(forward, Opened, 1, 500), (forward, Closed, 2, 700)]);
    assert_eq!((passages[0].occurred_at, passages[0].opened_at), (ms(200), ms(500)));
    assert_eq!(walk(&mut scene(rule), &heights(&[40.0, 60.0, 70.0])), [], "ended before it was confirmed");
}

#[test]
fn a_crossing_undone_before_confirmation_is_forgotten() {
    let mut rule = line_rule(LineDirections::Forward);
    rule.confirm = NOfM { n: 4, m: 4 };
    assert_eq!(walk(&mut scene(rule), &heights(&[40.0, 60.0, 40.0, 30.0, 20.0])), []);
}

#[test]
fn the_foot_crosses_where_it_stands() {
    let mut rule = line_rule(LineDirections::Both);
    rule.anchor = Anchor::Foot;
    // Boxes are 20 high: the foot is 10 below the centre.
    let passages = walk(&mut scene(rule), &heights(&[35.0, 38.0, 42.0]));
    assert_eq!(passages[0].at, ms(300));
}
