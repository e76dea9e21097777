use std::time::Duration;

use delivery::spawn_mqtt;
use delivery::testkit::Mosquitto;
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::support::journal::{append, open};
use crate::support::mqtt::{Subscriber, destination};
use crate::support::wait::status_is;

const GRACE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn the_retained_status_says_online_and_the_last_will_says_offline() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    append(&journal, 2);
    let broker = Mosquitto::start().unwrap();
    let mut subscriber = Subscriber::connect(broker.port(), "cairn/v1/+/status").await;
    let (_shutdown, shut_down) = watch::channel(false);
    let forwarder = spawn_mqtt(journal.clone(), destination(broker.port()), shut_down.clone()).unwrap();
    let online = subscriber.next().await.unwrap();
    assert_eq!(online.topic, "cairn/v1/box-7/status");
    let mut expected = json!({
        "state": "online", "version": "0.1.0", "boot_id": "boot-1", "first_sequence": 1, "last_sequence": 2,
    });
    assert_eq!(online.json(), expected);

    drop(forwarder);
    expected["state"] = "offline".into();
    assert_eq!(subscriber.next().await.unwrap().json(), expected);
    let mut latecomer = Subscriber::connect(broker.port(), "cairn/v1/box-7/status").await;
    let retained = latecomer.next().await.unwrap();
    assert!(retained.retain);
    assert_eq!(retained.json(), expected);
}

#[tokio::test]
async fn a_clean_stop_says_offline_with_the_last_sequence_and_leaves_the_will_unused() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    let broker = Mosquitto::start().unwrap();
    let mut subscriber = Subscriber::connect(broker.port(), "cairn/v1/+/status").await;
    let (_shutdown, shut_down) = watch::channel(false);
    for last_sequence in [3, 6] {
        let forwarder = spawn_mqtt(journal.clone(), destination(broker.port()), shut_down.clone()).unwrap();
        assert_eq!(subscriber.next().await.unwrap().json()["state"], "online");
        append(&journal, 3);
        forwarder.stop(GRACE).await;
        let offline = subscriber.next().await.unwrap().json();
        assert_eq!(offline["state"], "offline");
        // The will was written at the connect and knows only what was held then.
        assert_eq!(offline["last_sequence"], last_sequence);
    }
}

#[tokio::test]
async fn a_shutdown_of_the_process_is_a_clean_stop() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    let broker = Mosquitto::start().unwrap();
    let mut subscriber = Subscriber::connect(broker.port(), "cairn/v1/+/status").await;
    let (shutdown, shut_down) = watch::channel(false);
    let forwarder = spawn_mqtt(journal.clone(), destination(broker.port()), shut_down).unwrap();
    assert_eq!(subscriber.next().await.unwrap().json()["state"], "online");
    append(&journal, 1);
    shutdown.send_replace(true);
    assert_eq!(subscriber.next().await.unwrap().json()["last_sequence"], 1);
    forwarder.stop(GRACE).await;
}

#[tokio::test]
async fn a_camera_status_is_retained_and_said_again_to_a_new_broker() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    let mut broker = Mosquitto::start().unwrap();
    let mut subscriber = Subscriber::connect(broker.port(), "cairn/v1/+/cameras/#").await;
    let (_shutdown, shut_down) = watch::channel(false);
    let forwarder = spawn_mqtt(journal, destination(broker.port()), shut_down).unwrap();
    forwarder.set_camera_status("north", r#"{"state":"frozen"}"#.to_owned()).unwrap();
    let status = subscriber.next().await.unwrap();
    assert_eq!(status.topic, "cairn/v1/box-7/cameras/north/status");
    assert_eq!(status.text(), r#"{"state":"frozen"}"#);
    forwarder.set_camera_status("north", r#"{"state":"streaming"}"#.to_owned()).unwrap();
    assert_eq!(subscriber.next().await.unwrap().text(), r#"{"state":"streaming"}"#);
    assert!(forwarder.set_camera_status("a/b", "{}".to_owned()).is_err());

    // It kept nothing, so whatever a latecomer is told was said anew.
    broker.kill();
    let broker = Mosquitto::start_on(broker.port()).unwrap();
    let mut latecomer = Subscriber::connect(broker.port(), "cairn/v1/+/cameras/#").await;
    assert_eq!(latecomer.next().await.unwrap().text(), r#"{"state":"streaming"}"#);
    let mut last = Subscriber::connect(broker.port(), "cairn/v1/box-7/cameras/north/status").await;
    assert!(last.next().await.unwrap().retain);
    status_is(&forwarder, |status| status.last_error.is_some()).await;
    forwarder.stop(GRACE).await;
}
