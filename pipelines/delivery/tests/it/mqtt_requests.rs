//! Requests over the broker reach their handler, also after the broker was away, and none of them harms the events.

use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use delivery::testkit::Mosquitto;
use delivery::{MqttDestination, MqttRequest, RequestHandler, spawn_mqtt};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::{AsyncClient, Event, Incoming, MqttOptions};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::support::journal::{append, open};
use crate::support::mqtt::destination;
use crate::support::wait::{status_is, within};

const TOPIC: &str = "cairn/v1/box-7/requests/feedback";

/// A box that takes requests over the broker, and what it was asked.
fn taking(port: u16) -> (MqttDestination, Receiver<MqttRequest>) {
    let (asked, requests) = sync_channel(16);
    let handler = RequestHandler::new(&["feedback"], move |request| asked.try_send(request).unwrap());
    (MqttDestination { requests: Some(handler), ..destination(port) }, requests)
}

/// Publishes at QoS 1 and returns when the broker has taken it.
async fn publish(port: u16, topic: &str, payload: Vec<u8>) {
    let (client, mut events) = AsyncClient::new(MqttOptions::new("centre", "127.0.0.1", port), 4);
    client.publish(topic, QoS::AtLeastOnce, false, payload).await.unwrap();
    loop {
        if let Event::Incoming(Incoming::PubAck(_)) = within("acknowledgement", events.poll()).await.unwrap()
        {
            return;
        }
    }
}

async fn next(requests: &Receiver<MqttRequest>) -> MqttRequest {
    let mut period = tokio::time::interval(Duration::from_millis(10));
    let ask = async {
        loop {
            period.tick().await;
            if let Ok(request) = requests.try_recv() {
                return request;
            }
        }
    };
    within("request", ask).await
}

#[tokio::test]
async fn a_request_reaches_its_handler_and_what_is_none_does_not() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    append(&journal, 3);
    let broker = Mosquitto::start().unwrap();
    let (_shutdown, shut_down) = watch::channel(false);
    let (spec, requests) = taking(broker.port());
    let forwarder = spawn_mqtt(journal.clone(), spec, shut_down).unwrap();
    status_is(&forwarder, |status| status.settled == 3).await;

    publish(broker.port(), "cairn/v1/box-7/requests/other", b"not asked for".to_vec()).await;
    publish(broker.port(), "cairn/v1/box-8/requests/feedback", b"of another box".to_vec()).await;
    // Larger than the box takes: the broker does not pass it on, and the link lives.
    publish(broker.port(), TOPIC, vec![b'x'; 100_000]).await;
    publish(broker.port(), TOPIC, b"one".to_vec()).await;
    let expected = MqttRequest { name: "feedback".to_owned(), payload: b"one".to_vec() };
    assert_eq!(next(&requests).await, expected);
    append(&journal, 2);
    status_is(&forwarder, |status| status.settled == 5).await;
    assert_eq!(forwarder.status().resent, 0, "the link was never lost");
    assert!(requests.try_recv().is_err(), "nothing else was asked");
}

#[tokio::test]
async fn a_broker_that_comes_back_brings_requests_again() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    append(&journal, 1);
    let broker = Mosquitto::start().unwrap();
    let port = broker.port();
    let (_shutdown, shut_down) = watch::channel(false);
    let (spec, requests) = taking(port);
    let forwarder = spawn_mqtt(journal.clone(), spec, shut_down).unwrap();
    status_is(&forwarder, |status| status.settled == 1).await;
    drop(broker);
    append(&journal, 1);
    let _broker = Mosquitto::start_on(port).unwrap();
    status_is(&forwarder, |status| status.settled == 2).await;
    publish(port, TOPIC, b"two".to_vec()).await;
    assert_eq!(next(&requests).await.payload, b"two");
}
