//! The calls a box serves: answers, refusals, and what becomes of a cut picture.

use proto::v1 as pb;
use proto::v1::event_feed_client::EventFeedClient;
use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::harness::{PATIENCE, TestBox, local_box, model_store, people_camera, people_clip, people_stream};

#[tokio::test(flavor = "multi_thread")]
async fn a_box_answers_and_refuses_by_the_contract() {
    let (Some(store), Some(clip)) = (model_store(), people_clip()) else { return };
    let server = people_stream(&clip);
    let mut edge = TestBox::start(&(local_box(&store) + &people_camera("people", &server.url("/people"))));
    edge.wait_for_cameras("a person in the picture", |cameras| 1 <= cameras[0].passages_opened).await;

    pictures(&edge).await;
    feed(&edge).await;
    health(&edge).await;
    reflection(&edge).await;
    let (code, body) = edge.get("/readyz");
    assert_eq!((code, body.as_str()), (200, "ready\n"));
    assert_eq!(edge.get("/healthz").0, 200);
    assert!(edge.get("/metrics").1.contains("cairn_passages_opened_total{camera=\"people\"}"));
    assert_eq!(edge.process.stop(), Some(0), "{}", edge.process.log());
}

async fn pictures(edge: &TestBox) {
    let mut client = edge.client().await;
    let unknown = pb::SnapshotRequest { camera_id: "nobody".to_owned() };
    let refused = client.snapshot(unknown).await.expect_err("no such camera");
    assert_eq!(refused.code(), Code::NotFound);

    let snapshot = pb::SnapshotRequest { camera_id: "people".to_owned() };
    let jpeg = client.snapshot(snapshot).await.expect("a frame is there").into_inner().jpeg;
    let detect = |picture: Vec<u8>| pb::DetectRequest { picture, model: String::new(), min_score: 0.3 };
    let seen = client.detect(detect(jpeg.clone())).await.expect("detects").into_inner();
    assert_eq!((seen.width_px, seen.height_px), (768, 432));

    for (picture, code) in [
        (jpeg[..jpeg.len() / 2].to_vec(), Code::InvalidArgument),
        (b"no picture".to_vec(), Code::InvalidArgument),
        (Vec::new(), Code::InvalidArgument),
        (huge_png(), Code::ResourceExhausted),
        (vec![0; 17 << 20], Code::ResourceExhausted),
    ] {
        let length = picture.len();
        let refused = client.detect(detect(picture)).await.expect_err("refused");
        assert_eq!(refused.code(), code, "{length} bytes: {refused:?}");
        if length < 16 << 20 {
            assert!(refused.message().starts_with("picture: "), "{}", refused.message());
        }
    }
    let other = pb::DetectRequest { model: "none".to_owned(), ..detect(jpeg.clone()) };
    assert_eq!(client.detect(other).await.expect_err("not loaded").code(), Code::FailedPrecondition);
    client.detect(detect(jpeg)).await.expect("the box goes on");
}

/// The header of a PNG of 30,000 × 30,000 pixels, with its checksum, and nothing else.
fn huge_png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x75\x30\0\0\x75\x30\x08\x02\0\0\0".to_vec();
    bytes.extend(crc32(&bytes[12..]).to_be_bytes());
    bytes.extend(b"\0\0\0\0IDAT");
    bytes.extend(crc32(b"IDAT").to_be_bytes());
    bytes
}

/// CRC-32 as PNG's annex D defines it.
fn crc32(bytes: &[u8]) -> u32 {
    let step =
        |crc: u32| (0..8).fold(crc, |crc, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 });
    !bytes.iter().fold(!0, |crc: u32, &byte| step((crc ^ u32::from(byte)) & 0xff) ^ (crc >> 8))
}

async fn feed(edge: &TestBox) {
    let mut client = EventFeedClient::connect(edge.grpc_url()).await.expect("box listens");
    let wrong = pb::SubscribeRequest { kinds: vec!["gossip".to_owned()], ..Default::default() };
    let refused = client.subscribe(wrong).await.expect_err("no such kind");
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().starts_with("kinds: got `gossip`"), "{}", refused.message());

    let replay = pb::ReplayRequest { from_sequence: 1, ..Default::default() };
    let all: Vec<pb::Event> = client
        .replay(replay)
        .await
        .expect("replays")
        .into_inner()
        .map(|event| event.expect("whole"))
        .collect()
        .await;
    let sequences: Vec<u64> = all.iter().map(|event| event.key.as_ref().expect("key").sequence).collect();
    assert_eq!(sequences, (1..=sequences.len() as u64).collect::<Vec<_>>(), "no gap from the first on");

    let passages = pb::SubscribeRequest {
        from_sequence: 1,
        kinds: vec!["passage".to_owned()],
        consumer: "test".to_owned(),
    };
    let mut stream = client.subscribe(passages).await.expect("subscribes").into_inner();
    let first = tokio::time::timeout(PATIENCE, stream.message())
        .await
        .expect("in time")
        .expect("open")
        .expect("event");
    assert!(matches!(first.body, Some(pb::event::Body::Passage(_))));
    let sequence = first.key.expect("key").sequence;
    drop(stream);

    let acknowledge = |sequence| pb::AcknowledgeRequest { consumer: "test".to_owned(), sequence };
    let held = client.acknowledge(acknowledge(sequence)).await.expect("held").into_inner().sequence;
    assert_eq!(held, sequence);
    let back = client.acknowledge(acknowledge(1)).await.expect("held").into_inner().sequence;
    assert_eq!(back, sequence, "never moves back");
    let refused = client.acknowledge(acknowledge(u64::MAX)).await.expect_err("not there yet");
    assert_eq!(refused.code(), Code::InvalidArgument);
}

async fn reflection(edge: &TestBox) {
    let channel =
        tonic::transport::Endpoint::from_shared(edge.grpc_url()).expect("url").connect().await.expect("up");
    let mut client = ServerReflectionClient::new(channel);
    let list = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers =
        client.server_reflection_info(tokio_stream::once(list)).await.expect("answers").into_inner();
    let answer = answers.message().await.expect("open").expect("answer").message_response;
    let Some(MessageResponse::ListServicesResponse(services)) = answer else { panic!("{answer:?}") };
    let names: Vec<&str> = services.service.iter().map(|service| service.name.as_str()).collect();
    for name in ["cairn.v1.Box", "cairn.v1.EventFeed", "grpc.health.v1.Health"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
}

async fn health(edge: &TestBox) {
    let channel =
        tonic::transport::Endpoint::from_shared(edge.grpc_url()).expect("url").connect().await.expect("up");
    let mut client = HealthClient::new(channel);
    let watch = HealthCheckRequest { service: String::new() };
    let mut statuses = client.watch(watch).await.expect("watches").into_inner();
    let serving = async {
        while let Some(status) = statuses.message().await.expect("open") {
            if status.status() == ServingStatus::Serving {
                return;
            }
        }
        panic!("health ended");
    };
    tokio::time::timeout(PATIENCE, serving).await.expect("serving in time");
}
