//! What people say of alarms is kept, over gRPC and over the broker, and comes out as ground truth.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Instant;

use datasets::feedback::{EVENTS, Verdict};
use datasets::truth::events;
use delivery::testkit::Mosquitto;
use prost::Message as _;
use proto::v1 as pb;
use proto::v1::box_service_client::BoxServiceClient;
use proto::v1::event_feed_client::EventFeedClient;
use proto::v1::feedback_request::About;
use tonic::Code;

use crate::harness::{PATIENCE, any_box, model_store, output, people_camera, people_clip, run_in};

/// 2026-01-01T00:00:00Z
const RECORDED_AT: i64 = 1_767_225_600_000_000_000;
const S: i64 = 1_000_000_000;

fn said(verdict: pb::Verdict, author: &str, told: i64, about: About) -> pb::FeedbackRequest {
    pb::FeedbackRequest {
        verdict: verdict.into(),
        author: author.to_owned(),
        comment: "seen on the spot".to_owned(),
        told_unix_ns: told,
        about: Some(about),
    }
}

/// Publishes over MQTT 3.1.1 at QoS 1, as any tool would, and returns when the broker has it.
fn publish(port: u16, topic: &str, payload: &[u8]) {
    let text = |text: &str| [&(text.len() as u16).to_be_bytes()[..], text.as_bytes()].concat();
    let packet = |kind: u8, body: Vec<u8>| {
        let length = body.len();
        assert!(length < 16_384, "two bytes of length are enough");
        [vec![kind, 0x80 | (length % 128) as u8, (length / 128) as u8], body].concat()
    };
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("broker");
    let connect = [text("MQTT"), vec![4, 2, 0, 60], text("centre")].concat();
    stream.write_all(&packet(0x10, connect)).expect("sent");
    let mut connack = [0; 4];
    stream.read_exact(&mut connack).expect("answered");
    assert_eq!(connack, [0x20, 2, 0, 0]);
    let body = [text(topic), vec![0, 1], payload.to_vec()].concat();
    stream.write_all(&packet(0x32, body)).expect("sent");
    let mut puback = [0; 4];
    stream.read_exact(&mut puback).expect("acknowledged");
    assert_eq!(puback, [0x40, 2, 0, 1]);
}

/// Waits until so many verdicts are held in `data`, beside the box that runs.
async fn verdicts(data: &Path, count: usize, what: &str) -> Vec<delivery::Verdict> {
    let begun = Instant::now();
    let mut period = tokio::time::interval(std::time::Duration::from_millis(50));
    loop {
        period.tick().await;
        let held = delivery::read_verdicts(data).expect("readable while the box runs");
        if count <= held.len() {
            return held;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}: {} verdicts", held.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn feedback_is_kept_once_and_comes_out_as_ground_truth() {
    let (Some(store), Some(clip)) = (model_store(), people_clip()) else { return };
    let broker = Mosquitto::start().expect("mosquitto");
    let dir = tempfile::tempdir().expect("temporary folder");
    let config = any_box(&store)
        + &format!(
            "[delivery.mqtt]\nbroker = \"mqtt://127.0.0.1:{}\"\nrequests = \"trust-broker\"\n",
            broker.port()
        )
        + &people_camera("people", &format!("file:{}", clip.display())).replacen(
            "url =",
            "recorded-at = 2026-01-01T00:00:00Z\nurl =",
            1,
        );
    let mut edge = run_in(dir.path(), &config, &[]);
    let url = format!("http://{}", edge.first_line["grpc"].as_str().expect("address"));
    let mut client = BoxServiceClient::connect(url.clone()).await.expect("listens");

    let mut feed = EventFeedClient::connect(url).await.expect("listens");
    let asked = pb::SubscribeRequest { kinds: vec!["passage".to_owned()], ..pb::SubscribeRequest::default() };
    let mut events_of_box = feed.subscribe(asked).await.expect("streams").into_inner();
    let event = tokio::time::timeout(PATIENCE, events_of_box.message()).await.expect("in time");
    let event = event.expect("an event").expect("not the end");
    let Some(pb::event::Body::Passage(passage)) = &event.body else {
        panic!("asked for passages: {event:?}")
    };
    let key = event.key.clone().expect("key");
    let mut tell = async |request: &pb::FeedbackRequest| {
        client.feedback(request.clone()).await.map(tonic::Response::into_inner)
    };

    let dismissed = said(pb::Verdict::Dismissed, "lan", 10 * S, About::Event(key.clone()));
    let answer = tell(&dismissed).await.expect("taken");
    assert_eq!((answer.subject.as_str(), answer.duplicate), (passage.passage_id.as_str(), false));
    assert!(tell(&dismissed).await.expect("taken").duplicate, "the same again changes nothing");
    let confirmed = said(pb::Verdict::Confirmed, "lan", 20 * S, About::PassageId(passage.passage_id.clone()));
    assert!(!tell(&confirmed).await.expect("taken").duplicate, "another verdict is one more");
    let missed = pb::MissedEvent {
        camera_id: "people".to_owned(),
        wall_unix_ns: RECORDED_AT + 3 * S,
        object_class: "person".to_owned(),
        rule_id: "person-at-table".to_owned(),
    };
    let was_missed = said(pb::Verdict::Missed, "lan", 30 * S, About::Missed(missed.clone()));
    assert!(tell(&was_missed).await.expect("taken").subject.starts_with("missed-"));

    // Over the broker; sent again, as QoS 1 may, it is still one.
    let centre = said(pb::Verdict::Dismissed, "centre", 5 * S, About::Event(key.clone()));
    for _ in 0..2 {
        publish(broker.port(), "cairn/v1/test-box/requests/feedback", &centre.encode_to_vec());
    }
    publish(broker.port(), "cairn/v1/test-box/requests/feedback", b"no protobuf \xff");
    let last = said(pb::Verdict::Dismissed, "last", 6 * S, About::Event(key.clone()));
    publish(broker.port(), "cairn/v1/test-box/requests/feedback", &last.encode_to_vec());
    let held = verdicts(&dir.path().join("data"), 5, "over the broker").await;
    let authors: Vec<&str> = held.iter().map(|verdict| verdict.author.as_str()).collect();
    assert_eq!(authors, ["lan", "lan", "lan", "centre", "last"], "each once, in order");

    let unknown = About::Event(pb::EventKey { sequence: 1_000_000, ..key.clone() });
    for (request, code) in [
        (said(pb::Verdict::Dismissed, "lan", S, unknown), Code::NotFound),
        (said(pb::Verdict::Dismissed, "lan", S, About::PassageId("none".to_owned())), Code::NotFound),
        (
            said(
                pb::Verdict::Missed,
                "lan",
                S,
                About::Missed(pb::MissedEvent { camera_id: "x".to_owned(), ..missed.clone() }),
            ),
            Code::NotFound,
        ),
        (said(pb::Verdict::Missed, "lan", S, About::Event(key.clone())), Code::InvalidArgument),
        (said(pb::Verdict::Confirmed, "lan", S, About::Missed(missed)), Code::InvalidArgument),
        (said(pb::Verdict::Dismissed, "", S, About::Event(key.clone())), Code::InvalidArgument),
        (said(pb::Verdict::Dismissed, "lan", 0, About::Event(key)), Code::InvalidArgument),
    ] {
        let status = tell(&request).await.expect_err("refused");
        assert_eq!(status.code(), code, "{request:?}: {status}");
    }
    assert_eq!(verdicts(&dir.path().join("data"), 5, "refused").await.len(), 5);
    edge.stop();

    let out = dir.path().join("out");
    let config_file = dir.path().join("edge.toml");
    let (config_file, out_text) = (config_file.display().to_string(), out.display().to_string());
    let exported = output(&["datasets", "export", &config_file, "--out", &out_text]);
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let feedback = datasets::feedback::read(&out).expect("readable");
    let told: Vec<(&str, Verdict, usize)> =
        feedback.iter().map(|one| (one.author.as_str(), one.verdict, one.earlier.len())).collect();
    assert_eq!(
        told,
        [
            ("lan", Verdict::Confirmed, 1),
            ("lan", Verdict::Missed, 0),
            ("centre", Verdict::Dismissed, 0),
            ("last", Verdict::Dismissed, 0)
        ]
    );
    assert!(feedback[0].decision.iter().any(|clause| clause.name == "dwell_s"), "{:?}", feedback[0]);
    assert_eq!(feedback[0].pictures.len(), 2, "crop and snapshot");
    assert!(feedback[0].pictures.iter().all(|picture| out.join(picture).is_file()));
    assert!(!feedback[1].reasons.is_empty(), "nobody was there: {:?}", feedback[1]);

    let weighed = output(&["eval", "--feedback", &out_text]);
    let weighed = String::from_utf8_lossy(&weighed.stdout);
    assert!(weighed.starts_with("1 confirmed, 2 dismissed, 1 missed\n"), "{weighed}");

    let text = std::fs::read_to_string(out.join(EVENTS)).expect("written");
    let rows = events::read(Path::new(EVENTS), &text).expect("the evaluator's own format");
    let truth: Vec<events::TrueEvent> =
        rows.iter().map(|row| row.in_seconds(Some(10.0), Some(1394)).expect("in the clip")).collect();
    assert_eq!(truth.len(), 2, "what was confirmed last, and what was missed: {truth:?}");
    // The first visitor comes at frame 61 of 10 a second.
    assert!((5.0..9.0).contains(&truth[0].start_s), "{truth:?}");
    assert_eq!((truth[0].clip.as_str(), truth[0].kind.as_str(), truth[1].start_s), ("people", "person", 3.0));
}
