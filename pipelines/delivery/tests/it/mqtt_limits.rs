use std::fs;
use std::time::Duration;

use delivery::testkit::Mosquitto;
use delivery::{DeliveryError, LinkState, MqttDestination, spawn_mqtt};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::support::journal::{append, large_passage, open, sequence_in};
use crate::support::mqtt::{Subscriber, destination};
use crate::support::wait::status_is;

#[tokio::test]
async fn an_event_too_large_for_the_broker_becomes_a_dead_letter_and_the_rest_goes_on() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    append(&journal, 1);
    journal.append(large_passage(4_000)).unwrap();
    append(&journal, 1);
    let broker = Mosquitto::start_with("max_packet_size 2000").unwrap();
    let mut subscriber = Subscriber::connect(broker.port(), "cairn/v1/+/events/#").await;
    let (_shutdown, shut_down) = watch::channel(false);
    let forwarder = spawn_mqtt(journal.clone(), destination(broker.port()), shut_down).unwrap();
    for sequence in [1, 3] {
        assert_eq!(sequence_in(&subscriber.next().await.unwrap().payload), sequence);
    }
    let status = status_is(&forwarder, |status| status.settled == 3).await;
    assert_eq!((status.dead_letters, status.last_error), (1, None));
    let letters = journal.dead_letters(10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].destination.as_str(), letters[0].sequence), ("mqtt", 2));
    assert!(letters[0].reason.contains("the broker takes 2000"), "{}", letters[0].reason);
    forwarder.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_broker_that_takes_one_at_a_time_gets_everything() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    append(&journal, 100);
    let broker = Mosquitto::start_with("max_inflight_messages 1").unwrap();
    let (_shutdown, shut_down) = watch::channel(false);
    let forwarder = spawn_mqtt(journal, destination(broker.port()), shut_down).unwrap();
    let mut seen = forwarder.watch_status();
    loop {
        let status = seen.borrow_and_update().clone();
        assert!(status.in_flight <= 1, "{status:?}");
        if status.settled == 100 {
            assert_eq!(status.last_error, None);
            break;
        }
        status_is(&forwarder, |now| *now != status).await;
    }
    forwarder.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn an_event_the_broker_does_not_allow_is_tried_again_and_neither_lost_nor_buried() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    append(&journal, 1);
    let rights = dir.path().join("rights");
    fs::write(&rights, "topic write cairn/v1/box-7/status\n").unwrap();
    // The broker may run as a user that cannot look into our folder.
    let broker = Mosquitto::start_with(&format!("acl_file {}\nuser root", rights.display())).unwrap();
    let (_shutdown, shut_down) = watch::channel(false);
    let forwarder = spawn_mqtt(journal, destination(broker.port()), shut_down).unwrap();
    let status = status_is(&forwarder, |status| 2 <= status.resent).await;
    assert_eq!((status.settled, status.dead_letters), (0, 0));
    assert!(status.last_error.unwrap().contains("NotAuthorized"));
    forwarder.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn without_a_broker_the_state_says_so_and_a_stop_is_quick() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    append(&journal, 1);
    let port = {
        let mut broker = Mosquitto::start().unwrap();
        broker.kill();
        broker.port()
    };
    let (_shutdown, shut_down) = watch::channel(false);
    let spec = MqttDestination { max_backoff: Duration::from_secs(3_600), ..destination(port) };
    let forwarder = spawn_mqtt(journal, spec, shut_down).unwrap();
    let status = status_is(&forwarder, |status| status.state == LinkState::BackingOff).await;
    assert!(status.last_error.unwrap().contains("refused"));
    let begun = std::time::Instant::now();
    forwarder.stop(Duration::from_secs(600)).await;
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[tokio::test]
async fn settings_that_the_library_would_choke_on_are_refused() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    let good = destination(1);
    let bad = [
        MqttDestination { keep_alive: Duration::from_millis(4_999), ..good.clone() },
        MqttDestination { keep_alive: Duration::from_secs(65_536), ..good.clone() },
        MqttDestination { client_id: String::new(), ..good.clone() },
        MqttDestination { site: "hill/#".to_owned(), ..good.clone() },
        MqttDestination { box_id: "+".to_owned(), ..good.clone() },
        MqttDestination { box_id: "box-8".to_owned(), ..good.clone() },
        MqttDestination { in_flight: 0, ..good.clone() },
        MqttDestination { in_flight: 17, ..good.clone() },
        MqttDestination { host: String::new(), ..good.clone() },
        MqttDestination { port: 0, ..good.clone() },
        MqttDestination { max_backoff: Duration::ZERO, ..good.clone() },
    ];
    let (_shutdown, shut_down) = watch::channel(false);
    for spec in bad {
        let text = format!("{spec:?}");
        let refused = spawn_mqtt(journal.clone(), spec, shut_down.clone()).err();
        let is_named = matches!(refused, Some(DeliveryError::Setting { .. } | DeliveryError::Name { .. }));
        assert!(is_named, "{text} gave {refused:?}");
    }
    assert!(spawn_mqtt(journal, good, shut_down).is_ok());
}
