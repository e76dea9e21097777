//! Tracker and scene together on recorded ground truth; skipped where the recordings are missing.
#![expect(clippy::expect_used, reason = "a test: a malformed recording has to stop it")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use scene::{
    Anchor, Conditions, DEFAULT_HYSTERESIS, Direction, FrameInfo, Line, LineDirections, NOfM, Passage,
    PassageState, Profiles, Rule, RuleTest, Scene, Zone, ZoneEdge,
};
use track::{Observation, Tracker, TrackerSettings};
use vision::{FrameBox, NormPoint, SizePx};

const FRAME: SizePx = SizePx::new(768, 432);

/// Observations by frame number.
type Frames = BTreeMap<u64, Vec<Observation>>;

/// The ground truth of a clip as observations, or `None` where there is no such recording on this machine. Rows that
/// the annotators marked as hardly visible are left out.
fn ground_truth(test: &str, clip: &str) -> Option<Frames> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let mirror = std::env::var_os("CAIRN_MIRROR").map_or(beside, PathBuf::from);
    let Ok(text) = std::fs::read_to_string(mirror.join("footage").join(clip).join("gt/gt.txt")) else {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{test} needs footage/{clip}");
        eprintln!("SKIPPED: {test}: needs footage/{clip}");
        return None;
    };
    let mut frames = Frames::new();
    for line in text.lines() {
        let fields: Vec<f32> = line.split(',').map(|field| field.trim().parse().expect("a number")).collect();
        let bbox = FrameBox::new(fields[2], fields[3], fields[2] + fields[4], fields[3] + fields[5]);
        if 0.0 < fields[6] {
            let observation = Observation { class: 0, score: 0.9, bbox: bbox.expect("valid") };
            frames.entry(fields[0] as u64).or_default().push(observation);
        }
    }
    Some(frames)
}

/// Every revision of a clip of `frames` frames, one each `interval`; frame `n` is at `n` intervals.
fn judge(truth: &Frames, frames: u32, interval: Duration, rule: RuleTest) -> Vec<Passage> {
    let rule = Rule {
        id: "crossing".into(),
        version: 1,
        test: rule,
        classes: vec![0],
        anchor: Anchor::Centre,
        confirm: NOfM::default(),
        min_travel: 0.1,
        min_score: 0.5,
        conditions: Conditions::default(),
        profiles: Profiles::default(),
    };
    let mut tracker = Tracker::new(TrackerSettings::default());
    let mut scene = Scene::new(vec![rule]).expect("valid");
    let mut passages = Vec::new();
    for frame in 1..=frames {
        let at = interval * frame;
        let observations = truth.get(&u64::from(frame)).map_or(&[][..], Vec::as_slice);
        let update = tracker.update(at, observations);
        passages.extend(scene.judge(FrameInfo::new(at, FRAME), update.active, update.ended).passages);
    }
    passages.extend(scene.finish(interval * frames).passages);
    passages
}

fn in_state(passages: &[Passage], state: PassageState) -> Vec<&Passage> {
    passages.iter().filter(|passage| passage.state == state).collect()
}

/// The frame a time belongs to.
fn frame_of(at: Duration, interval: Duration) -> u128 {
    at.as_nanos() / interval.as_nanos()
}

#[test]
fn each_of_six_visits_is_one_stay_in_the_zone() {
    let Some(truth) = ground_truth("each_of_six_visits_is_one_stay_in_the_zone", "people_one_by_one") else {
        return;
    };
    let corner = |x, y| NormPoint { x, y };
    let polygon = vec![corner(0.0, 0.0), corner(1.0, 0.0), corner(1.0, 1.0), corner(0.0, 1.0)];
    let zone = Zone { id: "hall".into(), polygon };
    let interval = Duration::from_millis(100);
    let stay = RuleTest::Zone { zone, on: ZoneEdge::Enter, min_dwell: Duration::from_secs(1) };
    let passages = judge(&truth, 1394, interval, stay);
    let (opened, closed) =
        (in_state(&passages, PassageState::Opened), in_state(&passages, PassageState::Closed));
    // First and last frame of each visit, from the clip's events.
    let visits = [(61, 197), (228, 450), (503, 700), (746, 868), (922, 1198), (1236, 1358)];
    assert_eq!((opened.len(), closed.len()), (6, 6), "{opened:#?}");
    for ((opened, closed), (enter, leave)) in opened.iter().zip(&closed).zip(visits) {
        // 5 frames are the annotators' tolerance; up to 13 frames at either end are hardly visible and left out.
        let entered = frame_of(opened.occurred_at, interval);
        assert!((enter..=enter + 18).contains(&entered), "entered in {entered}, expected {enter}");
        let dwell = frame_of(closed.dwell, interval);
        let expected = leave - enter;
        assert!((expected - 18..=expected + 5).contains(&dwell), "stayed {dwell}, expected {expected}");
    }
}

#[test]
fn each_of_four_cars_crosses_once_in_its_direction_and_time() {
    let test = "each_of_four_cars_crosses_once_in_its_direction_and_time";
    let Some(truth) = ground_truth(test, "vehicle_overhead_lane") else { return };
    let line =
        Line { id: "middle".into(), from: NormPoint { x: 0.0, y: 0.5 }, to: NormPoint { x: 1.0, y: 0.5 } };
    let crossing = RuleTest::Line { line, directions: LineDirections::Both, hysteresis: DEFAULT_HYSTERESIS };
    let interval = Duration::from_millis(80);
    let passages = judge(&truth, 377, interval, crossing);
    let opened: Vec<_> = in_state(&passages, PassageState::Opened)
        .into_iter()
        .map(|p| (p.direction, frame_of(p.occurred_at, interval), frame_of(p.opened_at, interval)))
        .collect();
    let (up, down) = (Direction::Backward, Direction::Forward);
    let expected = [(up, 80u128), (down, 208), (up, 213), (down, 334)];
    assert_eq!(opened.iter().map(|o| o.0).collect::<Vec<_>>(), expected.map(|e| e.0), "{opened:?}");
    for ((_, occurred, decided), (_, frame)) in opened.iter().zip(expected) {
        // 4 frames are the annotators' tolerance.
        assert!(occurred.abs_diff(frame) <= 4, "crossed in {occurred}, expected {frame}");
        assert!(decided.abs_diff(frame) <= 6, "opened in {decided}, expected {frame}");
    }
    assert_eq!(in_state(&passages, PassageState::Closed).len(), 4);
}
