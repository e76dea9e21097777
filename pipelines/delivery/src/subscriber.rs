//! The other end of the broker: takes what boxes publish, for a command centre, a demonstration or a test.
//!
//! The broker keeps the session while the subscriber is away, so what is published meanwhile is delivered later. Each
//! message is delivered at least once; receivers drop repeats by their key.

use std::time::Duration;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, Event, Incoming, MqttOptions};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::error::chain;

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where to.
    pub topic: String,
    /// The bytes.
    pub payload: Vec<u8>,
    /// Whether it was held by the broker from before the subscription.
    pub retained: bool,
}

/// A broker, and what is wanted of it.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// MQTT client id: the name of the session that the broker keeps.
    pub client_id: String,
    /// Topic filters.
    pub filters: Vec<String>,
}

/// A running subscription; dropping it ends it.
#[derive(Debug)]
#[must_use = "dropping it ends the subscription"]
pub struct Subscriber {
    subscribed: watch::Receiver<bool>,
    task: JoinHandle<()>,
}

const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// Between two attempts: a subscriber is alone with its broker, so the pause need not grow.
const PAUSE: Duration = Duration::from_millis(500);
/// The broker keeps the session of an absent subscriber for a day.
const SESSION_EXPIRY_S: u32 = 86_400;
/// Evidence pictures are the largest messages.
const MAX_PACKET_BYTES: u32 = 16 << 20;
/// Subscribing is the only request ever made.
const REQUESTS: usize = 4;

impl Subscriber {
    /// Subscribes on the current tokio runtime and passes each message to `messages`, whose bound holds the broker
    /// back. Reconnects for ever; ends when `messages` is closed.
    pub fn start(subscription: Subscription, messages: mpsc::Sender<Message>) -> Self {
        let (told, subscribed) = watch::channel(false);
        Self { subscribed, task: tokio::spawn(keep_up(subscription, messages, told)) }
    }

    /// Waits until the broker has taken the subscription for the first time: what is published from then on arrives.
    pub async fn subscribed(&mut self) {
        // An error means that nobody wants messages any more; then there is nothing to wait for.
        self.subscribed.wait_for(|subscribed| *subscribed).await.ok();
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn keep_up(
    subscription: Subscription,
    messages: mpsc::Sender<Message>,
    subscribed: watch::Sender<bool>,
) {
    while !messages.is_closed() {
        if let Err(reason) = session(&subscription, &messages, &subscribed).await {
            tracing::debug!(client = subscription.client_id, reason, "subscription lost");
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = messages.closed() => return,
        }
    }
}

/// One connection; all its state goes with it. `Ok` when nobody wants messages any more.
async fn session(
    subscription: &Subscription,
    messages: &mpsc::Sender<Message>,
    subscribed: &watch::Sender<bool>,
) -> Result<(), String> {
    let mut options = MqttOptions::new(&subscription.client_id, &subscription.host, subscription.port);
    options
        .set_keep_alive(KEEP_ALIVE)
        .set_clean_start(false)
        .set_session_expiry_interval(Some(SESSION_EXPIRY_S))
        .set_max_packet_size(Some(MAX_PACKET_BYTES));
    let (client, mut events) = AsyncClient::new(options, REQUESTS);
    loop {
        let event = tokio::select! {
            event = events.poll() => event.map_err(|error| chain(&error))?,
            () = messages.closed() => return Ok(()),
        };
        match event {
            Event::Incoming(Incoming::ConnAck(_)) => {
                // Also when the broker says that it has kept the session: it may have kept it without this.
                let filters = subscription.filters.iter().map(|filter| Filter::new(filter, QoS::AtLeastOnce));
                client.try_subscribe_many(filters).map_err(|error| chain(&error))?;
            }
            Event::Incoming(Incoming::SubAck(granted)) => {
                let refused = |code: &&SubscribeReasonCode| !matches!(code, SubscribeReasonCode::Success(_));
                if let Some(code) = granted.return_codes.iter().find(refused) {
                    return Err(format!("broker refused the subscription: {code:?}"));
                }
                subscribed.send_replace(true);
            }
            Event::Incoming(Incoming::Publish(publish)) => {
                let message = Message {
                    topic: String::from_utf8_lossy(&publish.topic).into_owned(),
                    payload: publish.payload.to_vec(),
                    retained: publish.retain,
                };
                if messages.send(message).await.is_err() {
                    return Ok(());
                }
            }
            _ => {}
        }
    }
}
