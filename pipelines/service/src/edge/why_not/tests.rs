use delivery::Decision;

use super::*;

const S: i64 = 1_000_000_000;
const WINDOW: Window = Window { from: 100 * S, to: 110 * S };

fn span(state: pb::CameraState, from: i64, to: i64, frames: u64) -> pb::CameraSpan {
    let (from_unix_ns, to_unix_ns) = (from * S, to * S);
    pb::CameraSpan { state: state.into(), from_unix_ns, to_unix_ns, frames, ..pb::CameraSpan::default() }
}

fn consideration(outcome: pb::Outcome, track_id: u64, first: i64, last: i64) -> pb::Consideration {
    pb::Consideration {
        outcome: outcome.into(),
        rule_id: "gate".to_owned(),
        track_id,
        first_seen_unix_ns: first * S,
        last_seen_unix_ns: last * S,
        ..pb::Consideration::default()
    }
}

fn held(considerations: Vec<pb::Consideration>, spans: Vec<pb::CameraSpan>) -> Around {
    let bodies = considerations.into_iter().map(pb::kept_decision::Body::Consideration);
    let bodies = bodies.chain(spans.into_iter().map(pb::kept_decision::Body::Span));
    let decision = |body| Decision {
        camera: "c".to_owned(),
        from_unix_ns: 0,
        to_unix_ns: 0,
        key: None,
        bytes: pb::KeptDecision { body: Some(body) }.encode_to_vec(),
    };
    Around { decisions: bodies.map(decision).collect(), ..Around::default() }
}

fn kinds(response: &pb::WhyNotResponse) -> Vec<pb::CameraReasonKind> {
    response.reasons.iter().map(pb::CameraReason::kind).collect()
}

fn asked(held: Around) -> pb::WhyNotResponse {
    answer(WINDOW, held, Some(Living::default()), None)
}

#[test]
fn a_camera_that_looked_and_followed_nothing_says_so() {
    let response = asked(held(vec![], vec![span(pb::CameraState::Streaming, 60, 120, 900)]));
    assert_eq!(kinds(&response), [pb::CameraReasonKind::NothingTracked]);
    assert!(response.reasons[0].summary.starts_with("nothing was followed: 900 frames"), "{response:#?}");
    let followed = pb::CameraSpan { most_tracks: 3, ..span(pb::CameraState::Streaming, 60, 120, 900) };
    let response = asked(held(vec![], vec![followed]));
    assert!(response.reasons[0].summary.starts_with("nothing came near a rule"), "{response:#?}");
}

#[test]
fn a_camera_that_was_down_or_frozen_or_slow_says_so_once_with_its_time() {
    let down = |from, to| pb::CameraSpan {
        reason: "refused".to_owned(),
        ..span(pb::CameraState::NoRoute, from, to, 0)
    };
    let slow = pb::CameraSpan { frames_unanswered: 4, ..span(pb::CameraState::Streaming, 106, 108, 16) };
    let spans =
        vec![down(40, 102), down(102, 104), span(pb::CameraState::Frozen, 104, 106, 0), slow, down(108, 120)];
    let response = asked(held(vec![consideration(pb::Outcome::Rejected, 1, 106, 107)], spans));
    use pb::CameraReasonKind as Kind;
    assert_eq!(
        kinds(&response),
        [Kind::NotStreaming, Kind::Frozen, Kind::FramesNotInferred, Kind::NotStreaming]
    );
    assert_eq!(response.reasons[0].summary, "the camera was `no_route`: refused");
    assert_eq!((response.reasons[0].from_unix_ns, response.reasons[0].to_unix_ns), (100 * S, 104 * S));
    assert!(response.reasons[2].summary.starts_with("4 of 20 frames"), "{response:#?}");
}

#[test]
fn a_time_of_which_nothing_is_held_is_either_forgotten_or_was_never_looked_at() {
    let response = asked(Around::default());
    assert_eq!(kinds(&response), [pb::CameraReasonKind::NotRunning]);
    let forgotten = Around { forgotten_to_unix_ns: Some(200 * S), ..Around::default() };
    assert_eq!(kinds(&asked(forgotten)), [pb::CameraReasonKind::Forgotten]);
    // Held from the middle of the time on: what is before it was let go.
    let spans = vec![span(pb::CameraState::Streaming, 105, 120, 90)];
    let half = Around { forgotten_to_unix_ns: Some(104 * S), ..held(vec![], spans) };
    let response = asked(half);
    assert_eq!(kinds(&response), [pb::CameraReasonKind::Forgotten, pb::CameraReasonKind::NothingTracked]);
    assert_eq!(response.reasons[0].to_unix_ns, 105 * S);
    let unknown =
        answer(WINDOW, held(vec![], vec![span(pb::CameraState::Streaming, 60, 120, 9)]), None, None);
    assert!(kinds(&unknown).contains(&pb::CameraReasonKind::LivingUnknown));
}

#[test]
fn each_track_is_told_once_however_often_it_was_written_down() {
    let passage = |id: &str, last| pb::Consideration {
        passage_id: id.to_owned(),
        ..consideration(pb::Outcome::Passage, 1, 101, last)
    };
    let kept = vec![
        passage("p1", 103),
        passage("p1", 109),
        consideration(pb::Outcome::Rejected, 2, 101, 104),
        // The same id, before a restart.
        consideration(pb::Outcome::Rejected, 3, 60, 101),
    ];
    let alive = vec![
        consideration(pb::Outcome::Passage, 1, 101, 110),
        consideration(pb::Outcome::Alive, 2, 101, 104),
        consideration(pb::Outcome::Alive, 3, 105, 110),
        consideration(pb::Outcome::Alive, 4, 111, 112),
    ];
    let living = Living { considerations: alive, span: Some(span(pb::CameraState::Streaming, 60, 120, 9)) };
    let response = answer(WINDOW, held(kept, vec![]), Some(living), None);
    let told: Vec<(pb::Outcome, u64, i64)> =
        response.considerations.iter().map(|c| (c.outcome(), c.track_id, c.last_seen_unix_ns / S)).collect();
    use pb::Outcome::{Alive, Passage, Rejected};
    assert_eq!(told, [(Passage, 1, 109), (Rejected, 3, 101), (Rejected, 2, 104), (Alive, 3, 110)]);
    assert_eq!(response.reasons, []);
    assert!(response.considerations.iter().all(|c| !c.summary.is_empty()));
}

#[test]
fn a_rule_out_of_force_is_named() {
    let clause = pb::Clause { name: "schedule".to_owned(), bound: 1.0, ..pb::Clause::default() };
    let rejected =
        pb::Consideration { clauses: vec![clause], ..consideration(pb::Outcome::Rejected, 1, 101, 102) };
    let response = asked(held(vec![rejected], vec![span(pb::CameraState::Streaming, 60, 120, 9)]));
    assert_eq!(kinds(&response), [pb::CameraReasonKind::RuleNotInForce]);
    assert_eq!(response.reasons[0].summary, "rule `gate` was not in force (clause `schedule`)");
}
