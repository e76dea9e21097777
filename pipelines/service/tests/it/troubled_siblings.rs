//! One camera that does not exist, one with a damaged model, one with a bad block, and a broker that refuses: each has a
//! state by name, and the healthy camera beside them streams.

use std::fs;

use proto::v1 as pb;

use crate::harness::{TestBox, any_box, model_store, people_camera, people_clip, people_stream};

#[tokio::test(flavor = "multi_thread")]
async fn trouble_has_a_name_and_stays_where_it_is() {
    let (Some(store), Some(clip)) = (model_store(), people_clip()) else { return };
    // A store in which the second model's file has the right name and length and one wrong byte.
    let damaged = tempfile::tempdir().expect("temporary folder");
    let cards = models::builtin_cards().expect("cards");
    let good = models::find(&cards, models::DEFAULT_MODEL).expect("card");
    let other = cards.iter().find(|card| card.id != good.id).expect("a second card");
    fs::copy(store.join(&good.artifact.file), damaged.path().join(&good.artifact.file)).expect("copied");
    fs::write(damaged.path().join(&other.artifact.file), vec![0; other.artifact.bytes as usize])
        .expect("written");

    let server = people_stream(&clip);
    let config = any_box(damaged.path())
        // Port 1 of loopback refuses.
        + "[delivery.mqtt]\nbroker = \"mqtt://127.0.0.1:1\"\n"
        + &people_camera("healthy", &server.url("/people"))
        + &people_camera("absent", "rtsp://127.0.0.1:1/none")
        + &people_camera("damaged", &server.url("/people")).replacen("url =", &format!("model = \"{}\"\nurl =", other.id), 1)
        + &people_camera("misspelt", &server.url("/people")).replacen("url =", "required = false\nur =", 1);
    let edge = TestBox::start(&config);

    let cameras = edge
        .wait_for_cameras("streaming beside trouble", |cameras| {
            let healthy = cameras.iter().any(|camera| camera.id == "healthy" && 10 <= camera.frames_inferred);
            let absent = cameras
                .iter()
                .any(|camera| camera.id == "absent" && camera.state() == pb::CameraState::NoRoute);
            healthy && absent
        })
        .await;
    let report = |id: &str| cameras.iter().find(|camera| camera.id == id).expect("reported");
    assert_eq!(report("healthy").state(), pb::CameraState::Streaming);
    assert!(report("healthy").decoder.contains("264"), "{:?}", report("healthy").decoder);
    assert!(!report("absent").reason.is_empty());
    let damaged = report("damaged");
    assert_eq!(damaged.state(), pb::CameraState::Disabled);
    assert!(damaged.reason.contains(&other.artifact.sha256.to_string()), "{}", damaged.reason);
    let misspelt = report("misspelt");
    assert_eq!(misspelt.state(), pb::CameraState::Disabled);
    assert!(misspelt.reason.contains("did you mean `url`?"), "{}", misspelt.reason);

    let status = edge.client().await.status(pb::StatusRequest {}).await.expect("answers").into_inner();
    assert!(!status.ready, "a required camera is disabled");
    assert!(status.not_ready.iter().any(|reason| reason.contains("damaged")), "{:?}", status.not_ready);
    let broker = status.destinations.iter().find(|destination| destination.name == "mqtt").expect("listed");
    assert_eq!(broker.settled, 0);
    assert!(!broker.last_error.is_empty(), "{broker:?}");

    let (code, body) = edge.get("/readyz");
    assert_eq!(code, 503);
    assert!(body.contains("damaged"), "{body}");
    assert!(!body.contains("misspelt"), "it is not required: {body}");
    let (code, metrics) = edge.get("/metrics");
    assert_eq!(code, 200);
    assert!(metrics.contains("cairn_camera_state{camera=\"absent\",state=\"no_route\"} 1"), "{metrics}");
}
