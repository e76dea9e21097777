use proptest::prelude::*;
use track::{Observation, TrackState};
use vision::{FrameBox, NormPoint, SizePx};

use super::*;
use crate::{Anchor, GroundPoint, Zone};

/// Ten pixels are a hundredth of the height on both axes.
const SIZE: SizePx = SizePx::new(1000, 1000);
const CAR: u16 = 2;
const TRUCK: u16 = 7;

/// From the top of the picture to the stop line at nine tenths of its height.
fn lane() -> Lane {
    let polygon = [(0.4, 0.1), (0.6, 0.1), (0.6, 0.92), (0.4, 0.92)].map(|(x, y)| NormPoint { x, y });
    Lane {
        id: "inbound".to_owned(),
        zone: Zone { id: "inbound".to_owned(), polygon: polygon.to_vec() },
        from: NormPoint { x: 0.5, y: 0.1 },
        to: NormPoint { x: 0.5, y: 0.9 },
        classes: vec![CAR, TRUCK],
        min_score: 0.4,
        anchor: Anchor::Centre,
        standing_below: 0.02,
        standing_below_mps: 1.0,
        queue_gap: 0.1,
        queue_gap_m: 4.0,
        period: Duration::from_secs(60),
    }
}

/// Seen straight from above, 20 metres to the picture's side.
fn plane() -> GroundPlane {
    let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
    let image = corners.map(|(x, y)| NormPoint { x, y });
    GroundPlane::new(image, corners.map(|(x, y)| GroundPoint { x: 20.0 * x, y: 20.0 * y })).expect("a square")
}

fn flow() -> Flow {
    Flow::new(lane(), None).expect("a lane")
}

/// A vehicle of 100 pixels whose middle is at `y`.
fn vehicle(id: u64, class: u16, y: f32) -> Track {
    vehicle_at(id, class, 500.0, y)
}

fn vehicle_at(id: u64, class: u16, x: f32, y: f32) -> Track {
    let bbox = FrameBox::new(x - 40.0, y - 50.0, x + 40.0, y + 50.0).expect("valid");
    Track {
        id,
        state: TrackState::Confirmed,
        confirmed: true,
        class,
        class_share: 1.0,
        bbox,
        seen_now: true,
        last_observed: Observation { class, score: 0.9, bbox },
        best_score: 0.9,
        mean_score: 0.9,
        observations: 9,
        first_at: Duration::ZERO,
        last_at: Duration::ZERO,
        first_bbox: bbox,
    }
}

fn info(ms: u64) -> FrameInfo {
    FrameInfo::new(Duration::from_millis(ms), SIZE)
}

/// Shows `tracks` ten times a second until `until_ms`, and what was due.
fn play(flow: &mut Flow, until_ms: u64, tracks: impl Fn(u64) -> Vec<Track>) -> Vec<FlowReport> {
    let mut due = Vec::new();
    for ms in (0..=until_ms).step_by(100) {
        flow.judge(info(ms), &tracks(ms), &mut due);
    }
    due
}

/// Where a vehicle is that moves at one tenth of the height a second from `y` on, at `ms`.
fn driven(y: f32, ms: u64) -> f32 {
    y + 0.1 * ms as f32
}

#[test]
fn vehicles_are_counted_once_by_class_and_direction() {
    let mut flow = flow();
    let mut due = play(&mut flow, 59_900, |ms| {
        let mut there = vec![vehicle(1, CAR, driven(110.0, ms).min(905.0))];
        // Comes later, the other way, and turns round behind the middle: one vehicle all the same.
        if 10_000 <= ms {
            let up = 890.0 - 0.1 * (ms - 10_000) as f32;
            there.push(vehicle(2, TRUCK, if up < 300.0 { (600.0 - up).min(880.0) } else { up }));
        }
        // Of too low a score, beside the lane, of another class, and not yet believed.
        there.push(Track { mean_score: 0.39, ..vehicle(6, CAR, driven(110.0, ms)) });
        there.push(vehicle_at(3, CAR, 700.0, driven(110.0, ms)));
        there.push(vehicle(4, 0, driven(110.0, ms)));
        there.push(Track {
            confirmed: false,
            state: TrackState::Tentative,
            ..vehicle(5, CAR, driven(110.0, ms))
        });
        there
    });
    assert_eq!(due, [], "no report within the period");
    flow.judge(info(60_000), &[], &mut due);
    let [report] = &due[..] else { panic!("{due:?}") };
    assert_eq!((report.period, report.partial, report.entered), (Duration::from_secs(60), None, 2));
    let count = |class, direction| LaneCount { class, direction, vehicles: 1 };
    assert_eq!(report.counts, [count(CAR, Direction::Forward), count(TRUCK, Direction::Backward)]);
    assert_eq!(report.waits.passed, 1, "the truck never came to the stop line from before it");
}

#[test]
fn occupancy_and_cover_are_shares_of_the_time_seen() {
    let mut flow = flow();
    // One vehicle for 15 seconds, a second one right behind it for the last 5 of them, on a lane of 800 pixels.
    let mut due = play(&mut flow, 59_900, |ms| match ms {
        0..10_000 => vec![vehicle(1, CAR, 300.0)],
        10_000..15_000 => vec![vehicle(1, CAR, 300.0), vehicle(2, CAR, 200.0)],
        _ => Vec::new(),
    });
    flow.judge(info(60_000), &[], &mut due);
    let report = &due[0];
    assert!((report.occupancy - 15.0 / 60.0).abs() < 1e-4, "{report:?}");
    let expected = (10.0 * 100.0 + 5.0 * 200.0) / 800.0 / 60.0;
    assert!((report.covered - expected).abs() < 1e-4, "{} of {expected}", report.covered);
    assert_eq!((report.observed, report.counts.len()), (Duration::from_secs(60), 0));
}

/// A queue of three behind the stop line: they stop at these times and pass it at those, in seconds, and the wait counts
/// from the stop.
const STOPS: [(u64, u64); 3] = [(5, 30), (8, 33), (12, 47)];

/// Vehicle `index` of that queue: comes at a quarter of the height a second, stops behind the one in front with a free way of
/// 30 pixels, and is over the line in the frame in which it may go.
fn queued(index: usize, ms: u64) -> Option<Track> {
    let (stop_s, go_s) = STOPS[index];
    let place = 840.0 - 130.0 * index as f32;
    let (stop, go) = (1000 * stop_s, 1000 * go_s);
    let y = if ms < stop {
        place - 0.25 * (stop - ms) as f32
    } else if ms < go {
        place
    } else {
        905.0 + 0.1 * (ms - go) as f32
    };
    (60.0..1000.0).contains(&y).then(|| vehicle(index as u64 + 1, CAR, y))
}

fn queue_report(plane: Option<GroundPlane>) -> FlowReport {
    let mut flow = Flow::new(lane(), plane).expect("a lane");
    let mut due = play(&mut flow, 60_000, |ms| (0..3).filter_map(|index| queued(index, ms)).collect());
    assert_eq!(due.len(), 1);
    due.remove(0)
}

#[test]
fn a_queue_of_known_waits_gives_their_quantiles_exactly() {
    let report = queue_report(None);
    assert_eq!((report.waits.passed, report.waits.waited, report.waits.sample()), (3, 3, 3));
    let waits = STOPS.map(|(stop, go)| Duration::from_secs(go - stop));
    let mut sorted = waits;
    sorted.sort();
    assert_eq!(report.waits.quantile(0.5), Some(sorted[1]));
    assert_eq!(report.waits.quantile(0.95), Some(sorted[2]));
    assert_eq!((report.queue_max, report.queue_m), (3, None));
}

#[test]
fn a_queue_on_the_ground_has_metres_from_the_stop_line_to_its_tail() {
    let report = queue_report(Some(plane()));
    let (mean, longest) = report.queue_m.expect("a ground plane");
    // The last one stands at 580 and reaches to 530; the stop line is at 900, and 1000 pixels are 20 metres.
    assert!((longest - 0.02 * (900.0 - 530.0)).abs() < 1e-3, "{longest}");
    assert!(0.0 < mean && mean < longest, "{mean}");
}

#[test]
fn only_who_stands_connected_is_in_the_queue() {
    let mut flow = flow();
    let mut due = play(&mut flow, 59_900, |ms| {
        vec![
            vehicle(1, CAR, 840.0),
            // 30 pixels of free way, then 140 where 100 are the bound.
            vehicle(2, CAR, 710.0),
            vehicle(3, CAR, 470.0),
            // Between them, moving up and down the lane.
            vehicle_at(4, CAR, 560.0, 590.0 + 40.0 * (ms as f32 / 300.0).sin()),
        ]
    });
    flow.judge(info(60_000), &[], &mut due);
    assert_eq!(due[0].queue_max, 2);
    assert_eq!(due[0].waits.passed, 0);
    assert_eq!(due[0].waits.quantile(0.5), None);
}

#[test]
fn a_queue_that_does_not_reach_the_stop_line_is_none() {
    let mut flow = flow();
    let mut due = play(&mut flow, 59_900, |_| vec![vehicle(1, CAR, 500.0), vehicle(2, CAR, 390.0)]);
    flow.judge(info(60_000), &[], &mut due);
    assert_eq!((due[0].queue_max, due[0].occupancy), (0, 1.0));
}

#[test]
fn a_vehicle_that_is_not_seen_for_a_while_still_stands_there() {
    let mut flow = flow();
    let mut due = play(&mut flow, 59_900, |ms| {
        let hidden = 20_000 < ms && ms < 40_000;
        let state = if hidden { TrackState::Lost } else { TrackState::Confirmed };
        vec![Track { seen_now: !hidden, state, ..vehicle(1, CAR, 840.0) }]
    });
    flow.judge(info(60_000), &[], &mut due);
    assert_eq!(due[0].occupancy, 1.0);
    assert!((due[0].queue_mean - 59.0 / 60.0).abs() < 0.01, "{:?}", due[0]);
}

#[test]
fn periods_follow_each_other_and_a_cut_one_says_why() {
    let mut flow = flow();
    let mut due = play(&mut flow, 130_000, |_| vec![vehicle(1, CAR, 840.0)]);
    assert_eq!(due.iter().map(|report| report.at.as_secs()).collect::<Vec<_>>(), [60, 120]);
    assert_eq!(due[1].entered, 0, "it came in the period before");
    assert_eq!(due[1].queue_max, 1, "and stands still");
    due.clear();
    flow.finish("stream ended", &mut due);
    let [last] = &due[..] else { panic!("{due:?}") };
    assert_eq!((last.partial, last.period), (Some("stream ended"), Duration::from_secs(10)));
    due.clear();
    flow.finish("stream ended", &mut due);
    assert_eq!(due, [], "nothing since");
}

#[test]
fn a_pause_is_not_time_that_was_seen() {
    let mut flow = flow();
    let mut due = Vec::new();
    flow.judge(info(0), &[vehicle(1, CAR, 840.0)], &mut due);
    flow.judge(info(30_000), &[], &mut due);
    flow.judge(info(60_000), &[], &mut due);
    let report = &due[0];
    assert_eq!((report.observed, report.occupancy), (2 * LONGEST_STEP, 0.5));
    due.clear();
    // Longer than a period: it ended with the last frame.
    flow.judge(info(70_000), &[], &mut due);
    flow.judge(info(200_000), &[], &mut due);
    assert_eq!((due[0].partial, due[0].at.as_secs()), (Some("no frames"), 70));
    due.clear();
    flow.judge(info(201_000), &[], &mut due);
    flow.judge(info(5_000), &[], &mut due);
    assert_eq!(due[0].partial, Some("clock set back"));
}

#[test]
fn a_lane_that_cannot_be_measured_is_refused() {
    let no_class = Lane { classes: Vec::new(), ..lane() };
    assert!(matches!(Flow::new(no_class, None), Err(SceneError::LaneWithoutClass { .. })));
    let no_way = Lane { to: lane().from, ..lane() };
    assert!(matches!(Flow::new(no_way, None), Err(SceneError::LineWithoutLength { .. })));
    let no_time = Lane { period: Duration::ZERO, ..lane() };
    assert!(matches!(Flow::new(no_time, None), Err(SceneError::OutOfRange { name: "period", .. })));
    // A road that runs to a horizon at three tenths of the height.
    let image = [(0.2, 0.9), (0.8, 0.9), (0.6, 0.5), (0.4, 0.5)].map(|(x, y)| NormPoint { x, y });
    let ground = [(0.0, 0.0), (6.0, 0.0), (6.0, 20.0), (0.0, 20.0)].map(|(x, y)| GroundPoint { x, y });
    let road = GroundPlane::new(image, ground).expect("a road");
    assert!(matches!(Flow::new(lane(), Some(road)), Err(SceneError::LaneOffGround { .. })));
}

/// Milliseconds since the frame before, and id and place of each vehicle.
type Step = (u64, Vec<(u64, f32, f32)>);

/// Vehicles that appear, go and stop anywhere; in steps of up to three seconds.
fn traffic() -> impl Strategy<Value = Vec<Step>> {
    let one = (1u64..6, 300.0f32..700.0, 0.0f32..1000.0);
    proptest::collection::vec((1u64..3000, proptest::collection::vec(one, 0..5)), 1..120)
}

proptest! {
    #[test]
    fn shares_are_shares_and_who_passes_has_come_in(frames in traffic()) {
        let short = Lane { period: Duration::from_secs(10), ..lane() };
        let (mut flow, mut shuffled) =
            (Flow::new(short.clone(), Some(plane())).expect("a lane"), Flow::new(short, Some(plane())).expect("a lane"));
        let (mut due, mut again) = (Vec::new(), Vec::new());
        let mut at = 0;
        for (step, seen) in &frames {
            at += step;
            let mut tracks: Vec<Track> = Vec::new();
            for &(id, x, y) in seen {
                if tracks.iter().all(|track| track.id != id) {
                    tracks.push(vehicle_at(id, CAR, x, y));
                }
            }
            flow.judge(info(at), &tracks, &mut due);
            tracks.reverse();
            shuffled.judge(info(at), &tracks, &mut again);
        }
        flow.finish("stream ended", &mut due);
        shuffled.finish("stream ended", &mut again);
        prop_assert_eq!(&due, &again, "the order of the tracks matters");
        let (mut counted, mut passed, mut entered, mut told) = (0, 0, 0, Duration::ZERO);
        for report in &due {
            prop_assert!((0.0..=1.0).contains(&report.occupancy) && (0.0..=1.0).contains(&report.covered));
            prop_assert!(report.queue_mean <= report.queue_max as f32 + 1e-3);
            let (mean, longest) = report.queue_m.unwrap_or_default();
            prop_assert!(mean <= longest + 1e-3 && longest <= 16.0 + 1e-3, "{mean} {longest}");
            prop_assert!(report.observed <= report.period);
            prop_assert!(report.partial.is_some() || report.period == Duration::from_secs(10));
            counted += report.counts.iter().map(|count| count.vehicles).sum::<u32>();
            passed += report.waits.passed;
            entered += report.entered;
            told += report.period;
            // Of all vehicles so far.
            prop_assert!(counted <= entered && passed <= entered);
            prop_assert!(report.waits.waited <= report.waits.passed);
        }
        prop_assert!(told <= Duration::from_millis(at));
    }
}
