//! A subscriber at a real broker.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use delivery::MqttDestination;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Publish;
use rumqttc::v5::{AsyncClient, Event, EventLoop, Incoming, MqttOptions};

use super::journal::BOX;
use super::wait::within;

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) topic: String,
    pub(crate) retain: bool,
    pub(crate) payload: Vec<u8>,
    pub(crate) attributes: HashMap<String, String>,
    pub(crate) content_type: Option<String>,
}

impl Message {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.payload).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.payload).unwrap()
    }
}

/// Subscribes with QoS 0: the broker writes such a message to the socket before it acknowledges it to the sender.
pub(crate) struct Subscriber {
    client: AsyncClient,
    events: EventLoop,
    filter: String,
    read: VecDeque<Message>,
}

impl Subscriber {
    pub(crate) async fn connect(port: u16, filter: &str) -> Self {
        let mut options = MqttOptions::new(format!("subscriber-{filter}"), "127.0.0.1", port);
        options.set_max_packet_size(Some(1 << 20));
        let (client, events) = AsyncClient::new(options, 8);
        let mut subscriber = Self { client, events, filter: filter.to_owned(), read: VecDeque::new() };
        subscriber.reconnect().await;
        subscriber
    }

    /// Connects and subscribes; messages from before the loss are kept.
    pub(crate) async fn reconnect(&mut self) {
        self.client.try_subscribe(self.filter.clone(), QoS::AtMostOnce).unwrap();
        loop {
            match within("subscription", self.events.poll()).await.unwrap() {
                Event::Incoming(Incoming::SubAck(_)) => return,
                Event::Incoming(Incoming::Publish(publish)) => self.read.push_back(message(publish)),
                _ => {}
            }
        }
    }

    /// The next message; `None` when the broker is gone.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        if let Some(message) = self.read.pop_front() {
            return Some(message);
        }
        loop {
            match within("message", self.events.poll()).await {
                Ok(Event::Incoming(Incoming::Publish(publish))) => return Some(message(publish)),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }
}

pub(crate) fn destination(port: u16) -> MqttDestination {
    MqttDestination {
        host: "127.0.0.1".to_owned(),
        port,
        client_id: "cairn-box-7".to_owned(),
        box_id: BOX.to_owned(),
        site: "hill".to_owned(),
        username: None,
        password: None,
        keep_alive: Duration::from_secs(5),
        in_flight: 16,
        version: "0.1.0".to_owned(),
        boot_id: "boot-1".to_owned(),
        max_backoff: Duration::from_millis(50),
        requests: None,
    }
}

fn message(publish: Publish) -> Message {
    let properties = publish.properties.unwrap_or_default();
    Message {
        topic: String::from_utf8(publish.topic.to_vec()).unwrap(),
        retain: publish.retain,
        payload: publish.payload.to_vec(),
        attributes: properties.user_properties.into_iter().collect(),
        content_type: properties.content_type,
    }
}
