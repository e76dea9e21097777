//! "Why was there no alarm?" has an answer: the clause that lost a track, what a living one lacks, and what kept a camera
//! from looking.

use std::time::Instant;

use proto::v1 as pb;
use tonic::Code;

use crate::harness::{PATIENCE, TestBox, local_box, model_store, people_camera, people_clip, people_stream};

/// 2026-01-01T00:00:00Z
const RECORDED_AT: i64 = 1_767_225_600_000_000_000;
const S: i64 = 1_000_000_000;

/// A rule that no visitor satisfies: nobody moves two frame heights.
fn impossible(camera: &str) -> String {
    camera.replace("min-travel = 0.0", "min-travel = 2.0")
}

fn unix_ns() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_nanos()).expect("this century")
}

async fn ask(
    edge: &TestBox,
    camera: &str,
    at: i64,
    tolerance_ms: u32,
) -> Result<pb::WhyNotResponse, tonic::Status> {
    let request = pb::WhyNotRequest { camera_id: camera.to_owned(), wall_unix_ns: at, tolerance_ms };
    edge.client().await.why_not(request).await.map(tonic::Response::into_inner)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_track_that_was_no_passage_names_the_clause_that_lost_it() {
    let (Some(store), Some(clip)) = (model_store(), people_clip()) else { return };
    let camera = |id: &str| {
        people_camera(id, &format!("file:{}", clip.display())).replacen(
            "url =",
            "recorded-at = 2026-01-01T00:00:00Z\nurl =",
            1,
        )
    };
    let edge = TestBox::start(&(local_box(&store) + &impossible(&camera("impossible")) + &camera("usual")));
    // The first visitor is there from frame 61 to 197 of 10 a second, the second one from 228 on.
    edge.wait_for_cameras("first visit", |cameras| {
        cameras.len() == 2 && cameras.iter().all(|camera| 260 <= camera.frames_inferred)
    })
    .await;

    let answer = ask(&edge, "impossible", RECORDED_AT + 12 * S, 5_000).await.expect("answers");
    let rejected: Vec<&pb::Consideration> =
        answer.considerations.iter().filter(|c| c.outcome() == pb::Outcome::Rejected).collect();
    let visitor = rejected.iter().max_by_key(|c| c.last_seen_unix_ns - c.first_seen_unix_ns);
    let visitor = visitor.unwrap_or_else(|| panic!("nobody was considered: {answer:#?}"));
    assert_eq!((visitor.rule_id.as_str(), visitor.object_class.as_str()), ("person-at-table", "person"));
    let lost: Vec<&str> = visitor.clauses.iter().filter(|c| !c.held).map(|c| c.name.as_str()).collect();
    assert_eq!(lost, ["travel"], "{visitor:#?}");
    assert_eq!((visitor.clauses[0].name.as_str(), visitor.clauses[0].bound), ("travel", 2.0));
    assert_eq!(visitor.clauses[0].relation(), pb::Relation::AtLeast);
    assert!(visitor.summary.contains("clause `travel`"), "{}", visitor.summary);
    assert!(visitor.first_seen_unix_ns < RECORDED_AT + 12 * S, "{visitor:#?}");
    assert!(RECORDED_AT + 12 * S < visitor.last_seen_unix_ns, "{visitor:#?}");
    assert_eq!(answer.reasons, [], "the camera looked all the time");

    let answer = ask(&edge, "usual", RECORDED_AT + 12 * S, 5_000).await.expect("answers");
    let passage = answer.considerations.iter().find(|c| c.outcome() == pb::Outcome::Passage);
    let passage = passage.unwrap_or_else(|| panic!("the same visitor is a passage here: {answer:#?}"));
    assert!(passage.event.as_ref().is_some_and(|key| 0 < key.sequence), "{passage:#?}");
    assert!(passage.clauses.iter().all(|clause| clause.held), "{passage:#?}");

    // Before the clip there was nothing, and that is said.
    let answer = ask(&edge, "usual", RECORDED_AT - 60 * S, 0).await.expect("answers");
    let kinds: Vec<_> = answer.reasons.iter().map(pb::CameraReason::kind).collect();
    assert_eq!(kinds, [pb::CameraReasonKind::NotRunning], "{answer:#?}");
    let (_, metrics) = edge.get("/metrics");
    assert!(metrics.contains("cairn_decisions_shed_total{} 0"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_living_track_and_a_camera_that_is_down_have_their_answers_at_once() {
    let (Some(store), Some(clip)) = (model_store(), people_clip()) else { return };
    let server = people_stream(&clip);
    let edge = TestBox::start(
        &(local_box(&store)
            + &impossible(&people_camera("live", &server.url("/people")))
            + &people_camera("absent", "rtsp://127.0.0.1:1/none")),
    );
    let begun = Instant::now();
    let mut period = tokio::time::interval(std::time::Duration::from_millis(200));
    let alive = loop {
        period.tick().await;
        let answer = ask(&edge, "live", unix_ns(), 2_000).await.expect("answers");
        if let Some(alive) = answer.considerations.iter().find(|c| c.outcome() == pb::Outcome::Alive) {
            break alive.clone();
        }
        assert!(begun.elapsed() < PATIENCE, "nobody was followed: {answer:#?}\n{}", edge.process.log());
    };
    assert!(alive.clauses.iter().any(|clause| clause.name == "travel" && !clause.held), "{alive:#?}");
    assert!(alive.summary.contains("is still followed"), "{}", alive.summary);

    let answer = ask(&edge, "absent", unix_ns(), 1_000).await.expect("answers");
    let down = answer.reasons.iter().find(|r| r.kind() == pb::CameraReasonKind::NotStreaming);
    let down = down.unwrap_or_else(|| panic!("it is down: {answer:#?}"));
    assert!(down.summary.starts_with("the camera was `no_route`: "), "{}", down.summary);
    assert_eq!(answer.considerations, []);

    let unknown = ask(&edge, "nowhere", unix_ns(), 0).await.expect_err("no such camera");
    assert_eq!(unknown.code(), Code::NotFound, "{unknown}");
    let future = ask(&edge, "live", unix_ns() + 3_600 * S, 0).await.expect_err("not yet");
    assert_eq!(future.code(), Code::InvalidArgument, "{future}");
    let wide = ask(&edge, "live", unix_ns(), 600_001).await.expect_err("too wide");
    assert_eq!(wide.code(), Code::InvalidArgument, "{wide}");
}
