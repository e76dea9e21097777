use std::collections::BTreeMap;

use proptest::prelude::*;
use track::{Observation, TrackState};
use vision::{FrameBox, NormPoint, SizePx};

use super::*;
use crate::{
    Anchor, Conditions, DEFAULT_HYSTERESIS, Direction, Line, LineDirections, NOfM, Passage, PassageState,
    Profiles, RuleTest, Subject, Zone, ZoneEdge,
};

mod conditions;
mod crowds;
mod golden;
mod landings;
mod laws;
mod lines;
mod loitering;
mod merging;
mod objects_left;
mod parked;
mod rejections;
mod stage;
mod wrong_ways;
mod zones;

const FRAME: SizePx = SizePx::new(200, 100);
const PERSON: u16 = 0;
const DOG: u16 = 16;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn point(x: f32, y: f32) -> NormPoint {
    NormPoint { x, y }
}

fn rule(test: RuleTest) -> Rule {
    Rule {
        id: "rule".into(),
        version: 7,
        test,
        classes: Vec::new(),
        anchor: Anchor::Centre,
        confirm: NOfM { n: 1, m: 1 },
        min_travel: 0.0,
        min_score: 0.0,
        conditions: Conditions::default(),
        profiles: Profiles::default(),
    }
}

/// The line across the picture at half height, drawn from left to right: forward is down.
fn line_rule(directions: LineDirections) -> Rule {
    let line = Line { id: "fence".into(), from: point(0.0, 0.5), to: point(1.0, 0.5) };
    rule(RuleTest::Line { line, directions, hysteresis: DEFAULT_HYSTERESIS })
}

/// The middle of the picture: 50 to 150 by 20 to 80 pixels.
fn zone_rule(on: ZoneEdge) -> Rule {
    let polygon = vec![point(0.25, 0.2), point(0.75, 0.2), point(0.75, 0.8), point(0.25, 0.8)];
    rule(RuleTest::Zone { zone: Zone { id: "yard".into(), polygon }, on, min_dwell: Duration::ZERO })
}

/// A box of 10 by 20 pixels about a centre.
fn box_at(x: f32, y: f32) -> FrameBox {
    FrameBox::new(x - 5.0, y - 10.0, x + 5.0, y + 10.0).expect("valid")
}

fn first_sight(id: u64, at: Duration, class: u16, bbox: FrameBox) -> Track {
    Track {
        id,
        state: TrackState::Confirmed,
        confirmed: true,
        class,
        class_share: 1.0,
        bbox,
        seen_now: true,
        last_observed: Observation { class, score: 0.8, bbox },
        best_score: 0.8,
        mean_score: 0.8,
        observations: 1,
        first_at: at,
        last_at: at,
        first_bbox: bbox,
    }
}

/// The same track a frame later.
fn next_sight(track: &Track, at: Duration, bbox: FrameBox) -> Track {
    let last_observed = Observation { bbox, ..track.last_observed };
    let observations = track.observations + 1;
    Track { bbox, seen_now: true, last_observed, observations, last_at: at, ..*track }
}

/// Shows a scene one person, a frame every 100 ms, at these centres (`None`: unseen), then ends the track.
fn walk(scene: &mut Scene, centres: &[Option<(f32, f32)>]) -> Vec<Passage> {
    let mut passages = Vec::new();
    let mut track: Option<Track> = None;
    let mut at = Duration::ZERO;
    for centre in centres {
        at += ms(100);
        track = match (track, centre) {
            (None, Some((x, y))) => Some(first_sight(1, at, PERSON, box_at(*x, *y))),
            (Some(track), Some((x, y))) => Some(next_sight(&track, at, box_at(*x, *y))),
            (track, None) => track.map(|track| Track { seen_now: false, ..track }),
        };
        passages.extend(scene.judge(FrameInfo::new(at, FRAME), track.as_slice(), &[]).passages);
    }
    passages.extend(scene.judge(FrameInfo::new(at + ms(100), FRAME), &[], track.as_slice()).passages);
    passages
}

/// The way down the picture through these heights.
fn heights(ys: &[f32]) -> Vec<Option<(f32, f32)>> {
    ys.iter().map(|&y| Some((100.0, y))).collect()
}

fn scene(rule: Rule) -> Scene {
    Scene::new(vec![rule]).expect("valid")
}

/// Direction, state, revision and time in milliseconds of each revision.
fn outline(passages: &[Passage]) -> Vec<(Direction, PassageState, u32, u128)> {
    passages.iter().map(|p| (p.direction, p.state, p.revision, p.at.as_millis())).collect()
}

#[test]
fn unusable_rules_are_refused_with_their_reason() {
    let refused = |rules: Vec<Rule>| Scene::new(rules).expect_err("must be refused").to_string();
    let good = || line_rule(LineDirections::Both);
    assert_eq!(refused(vec![good(), good()]), "rule id `rule` is used twice, expected ids of their own");
    assert_eq!(refused(vec![Rule { id: String::new(), ..good() }]), "rule number 1 has an empty id");
    let never = Rule { confirm: NOfM { n: 3, m: 2 }, ..good() };
    assert_eq!(refused(vec![never]), "rule `rule`: confirm is 3 of 2, expected 1 <= n <= m <= 64");
    let too_sure = Rule { min_score: 1.5, ..good() };
    assert_eq!(refused(vec![too_sure]), "rule `rule`: `min_score` is 1.5, expected 0 to 1");
    let still = Rule { min_travel: f32::NAN, ..good() };
    assert_eq!(refused(vec![still]), "rule `rule`: `min_travel` is NaN, expected a finite number from 0");
    let line = Line { id: "dot".into(), from: point(0.5, 0.5), to: point(0.5, 0.5) };
    let dot = rule(RuleTest::Line { line, directions: LineDirections::Both, hysteresis: 0.0 });
    assert_eq!(refused(vec![dot]), "rule `rule`: line `dot` has no length, expected two different points");
}

#[test]
fn each_condition_alone_keeps_a_passage_from_opening() {
    let opens = |change: &dyn Fn(&mut Rule, &mut Track)| {
        let mut rule = line_rule(LineDirections::Both);
        let mut track = first_sight(1, ms(0), PERSON, box_at(100.0, 40.0));
        change(&mut rule, &mut track);
        let mut scene = scene(rule);
        scene.judge(FrameInfo::new(ms(0), FRAME), &[track], &[]);
        let crossed = next_sight(&track, ms(100), box_at(100.0, 60.0));
        !scene.judge(FrameInfo::new(ms(100), FRAME), &[crossed], &[]).passages.is_empty()
    };
    assert!(opens(&|_, _| ()));
    assert!(!opens(&|_, track| track.confirmed = false));
    assert!(!opens(&|rule, _| rule.classes = vec![DOG]));
    assert!(!opens(&|rule, _| rule.min_score = 0.9));
    assert!(!opens(&|rule, _| rule.min_travel = 0.21));
    assert!(!opens(&|rule, _| rule.confirm = NOfM { n: 3, m: 5 }));
    assert!(!opens(&|rule, track| {
        rule.classes = vec![PERSON];
        track.class = DOG;
    }));
    // The look of a moment does not count against the class of the whole track, but it is no sighting of that class.
    assert!(!opens(&|rule, track| {
        rule.classes = vec![PERSON];
        track.last_observed.class = DOG;
    }));
}

#[test]
fn the_decision_names_what_was_measured() {
    let mut rule = line_rule(LineDirections::Both);
    (rule.min_travel, rule.min_score) = (0.1, 0.5);
    let passages = walk(&mut scene(rule), &heights(&[40.0, 60.0]));
    let decision: Vec<_> = passages[0]
        .decision
        .iter()
        .map(|c| (c.name, (c.measured * 100.0).round(), c.bound, c.held))
        .collect();
    assert_eq!(
        decision,
        [
            ("beyond_line", 10.0, DEFAULT_HYSTERESIS, true),
            ("sightings", 100.0, 1.0, true),
            ("track_confirmed", 100.0, 1.0, true),
            ("class", 100.0, 1.0, true),
            ("mean_score", 80.0, 0.5, true),
            ("travel", 20.0, 0.1, true),
        ]
    );
}

#[test]
fn passages_carry_rule_place_and_track() {
    let passages = walk(&mut scene(line_rule(LineDirections::Both)), &heights(&[40.0, 60.0, 70.0]));
    let [opened, closed] = &passages[..] else { panic!("opened and closed, got {passages:?}") };
    assert_eq!(
        (opened.rule_id.as_str(), opened.rule_version, opened.place_id.as_str()),
        ("rule", 7, "fence")
    );
    assert_eq!((opened.subject, opened.ordinal, opened.class), (Subject::Track(1), 1, PERSON));
    assert_eq!((opened.bbox, opened.first_bbox), (box_at(100.0, 60.0), box_at(100.0, 40.0)));
    assert_eq!((opened.observations, opened.duration), (2, ms(100)));
    assert_eq!((closed.observations, closed.duration, closed.bbox), (3, ms(200), box_at(100.0, 70.0)));
    assert_eq!((opened.close_reason, closed.close_reason), (None, Some("track ended")));
}

#[test]
fn open_passages_close_when_their_track_vanishes_or_the_stream_ends() {
    for end_of_stream in [true, false] {
        let mut scene = scene(line_rule(LineDirections::Both));
        let track = first_sight(1, ms(0), PERSON, box_at(100.0, 40.0));
        scene.judge(FrameInfo::new(ms(0), FRAME), &[track], &[]);
        let crossed = next_sight(&track, ms(100), box_at(100.0, 60.0));
        scene.judge(FrameInfo::new(ms(100), FRAME), &[crossed], &[]);
        let closed = if end_of_stream {
            scene.finish(ms(200)).passages
        } else {
            scene.judge(FrameInfo::new(ms(200), FRAME), &[], &[]).passages
        };
        let reason = if end_of_stream { "stream ended" } else { "track ended" };
        assert_eq!(closed.iter().map(|p| p.close_reason).collect::<Vec<_>>(), [Some(reason)]);
        assert!(scene.finish(ms(300)).passages.is_empty());
    }
}

#[test]
fn a_track_that_is_said_to_live_and_to_have_ended_is_judged_and_then_closed() {
    let mut scene = scene(line_rule(LineDirections::Both));
    let track = first_sight(1, ms(0), PERSON, box_at(100.0, 40.0));
    scene.judge(FrameInfo::new(ms(0), FRAME), &[track], &[]);
    let crossed = next_sight(&track, ms(100), box_at(100.0, 60.0));
    let states: Vec<_> = scene
        .judge(FrameInfo::new(ms(100), FRAME), &[crossed], &[crossed])
        .passages
        .iter()
        .map(|p| p.state)
        .collect();
    assert_eq!(states, [PassageState::Opened, PassageState::Closed]);
}

#[test]
fn a_frame_without_pixels_judges_nothing_and_still_ends_tracks() {
    let mut scene = scene(line_rule(LineDirections::Both));
    let track = first_sight(1, ms(0), PERSON, box_at(100.0, 40.0));
    let crossed = next_sight(&track, ms(100), box_at(100.0, 60.0));
    scene.judge(FrameInfo::new(ms(0), FRAME), &[track], &[]);
    let empty = SizePx::new(0, 0);
    assert!(scene.judge(FrameInfo::new(ms(50), empty), &[crossed], &[]).passages.is_empty());
    assert_eq!(scene.judge(FrameInfo::new(ms(100), FRAME), &[crossed], &[]).passages.len(), 1);
    assert_eq!(scene.judge(FrameInfo::new(ms(200), empty), &[], &[crossed]).passages.len(), 1);
}
