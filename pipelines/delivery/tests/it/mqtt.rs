use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use delivery::spawn_mqtt;
use delivery::testkit::Mosquitto;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::support::gate::Gate;
use crate::support::journal::{BOX, append, encode, open, passage, sequence_in};
use crate::support::mqtt::{Subscriber, destination};
use crate::support::wait::status_is;

const EVENTS: u64 = 2_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_killed_twice_loses_no_event() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    let mut broker = Mosquitto::start().unwrap();
    let gate = Gate::before(broker.port()).await;
    let mut subscriber = Subscriber::connect(broker.port(), "cairn/v1/+/events/#").await;
    let (_shutdown, shut_down) = watch::channel(false);
    let forwarder = spawn_mqtt(journal.clone(), destination(gate.port), shut_down).unwrap();
    let appender = {
        let journal = journal.clone();
        let work = move || append(&journal, EVENTS as usize);
        thread::Builder::new().name("appender".to_owned()).spawn(work).unwrap()
    };

    let mut seen = BTreeSet::new();
    let mut duplicates = 0;
    let mut kills = [600, 1_300].into_iter().peekable();
    while (seen.len() as u64) < EVENTS {
        let Some(message) = subscriber.next().await else {
            broker = Mosquitto::start_on(broker.port()).unwrap();
            subscriber.reconnect().await;
            gate.open();
            continue;
        };
        let sequence = sequence_in(&message.payload);
        if !seen.contains(&sequence) {
            let newest_before = seen.last().copied().unwrap_or(0);
            assert_eq!(sequence, newest_before + 1, "an event overtook another or was left out");
        }
        duplicates += u64::from(!seen.insert(sequence));
        if kills.next_if(|at| *at <= seen.len()).is_some() {
            gate.close();
            broker.kill();
        }
    }
    appender.join().unwrap();
    assert_eq!(kills.next(), None, "the broker was not killed twice");
    let status = status_is(&forwarder, |status| status.settled == EVENTS).await;
    assert_eq!((status.sent, status.dead_letters), (EVENTS, 0));
    assert!(duplicates <= status.resent, "{duplicates} duplicates, {} sent again", status.resent);
    assert!(status.last_error.is_some());
    forwarder.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn an_event_arrives_as_a_binary_cloud_event() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    let broker = Mosquitto::start().unwrap();
    let mut subscriber = Subscriber::connect(broker.port(), "cairn/v1/+/events/#").await;
    let (_shutdown, shut_down) = watch::channel(false);
    let forwarder = spawn_mqtt(journal.clone(), destination(broker.port()), shut_down).unwrap();
    journal.append(passage()).unwrap();

    let message = subscriber.next().await.unwrap();
    assert_eq!(message.topic, format!("cairn/v1/{BOX}/events/passage"));
    assert!(!message.retain);
    assert_eq!(message.payload, encode(1));
    assert_eq!(message.content_type.as_deref(), Some("application/protobuf"));
    let attribute = |name: &str| message.attributes[name].as_str();
    assert_eq!(attribute("specversion"), "1.0");
    assert_eq!(attribute("id"), "00000000000000000001");
    assert_eq!(attribute("sequence"), "00000000000000000001");
    assert_eq!(attribute("source"), "/cairn/hill/box-7");
    assert_eq!(attribute("type"), "vn.cairn.passage.v1");
    let time = attribute("time");
    assert!(time.len() == 30 && time.starts_with("20") && time.ends_with('Z'), "{time}");
    assert_eq!(message.attributes.len(), 6);
    forwarder.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn delivery_goes_on_where_it_was_after_a_restart() {
    let dir = TempDir::new().unwrap();
    let broker = Mosquitto::start().unwrap();
    let mut subscriber = Subscriber::connect(broker.port(), "cairn/v1/+/events/#").await;
    let (_shutdown, shut_down) = watch::channel(false);
    let mut expected = 1;
    for _ in 0..2 {
        let journal = open(dir.path());
        let forwarder = spawn_mqtt(journal.clone(), destination(broker.port()), shut_down.clone()).unwrap();
        append(&journal, 20);
        // A stop delivers what the journal holds when it is asked for.
        status_is(&forwarder, |status| status.state == delivery::LinkState::Connected).await;
        forwarder.stop(Duration::from_secs(10)).await;
        for _ in 0..20 {
            assert_eq!(sequence_in(&subscriber.next().await.unwrap().payload), expected);
            expected += 1;
        }
        journal.close();
    }
}
