//! Eyes on the parts: what each of them says, as one stream of sightings.

use std::time::Duration;

use anyhow::Context as _;
use delivery::subscriber::{Message, Subscriber, Subscription};
use prost::Message as _;
use proto::v1 as pb;
use proto::v1::box_service_client::BoxServiceClient;
use proto::v1::event_feed_client::EventFeedClient;
use tokio::sync::mpsc;

use super::actor::Order;
use super::outage::{Outage, Part};

/// Something that one of the parts did or said.
pub(crate) enum Sighting {
    Up {
        part: Part,
        pid: Option<u32>,
    },
    Down {
        part: Part,
        for_s: u64,
    },
    /// The box has told its address.
    BoxReady {
        endpoint: String,
    },
    /// The ledger listens.
    LedgerReady,
    /// From the box's own feed: it is in the journal.
    Journalled(Box<pb::Event>),
    /// From the broker.
    Published(Box<pb::Event>),
    /// From the broker: the box's retained status.
    BoxSays {
        online: bool,
        last_sequence: u64,
    },
    /// From the ledger.
    Receipted {
        sequence: u64,
    },
    Figures {
        status: Box<pb::StatusResponse>,
        cameras: Vec<pb::CameraReport>,
    },
}

/// A call to the box that takes longer is given up: the next one comes in a second.
const CALL_LIMIT: Duration = Duration::from_secs(2);

/// Messages that the broker may be ahead.
const MESSAGES: usize = 256;

/// Subscribes to everything the box publishes, for as long as the answer is held.
pub(crate) fn broker(port: u16, sightings: mpsc::Sender<Sighting>) -> Subscriber {
    let (messages, mut received) = mpsc::channel::<Message>(MESSAGES);
    let subscription = Subscription {
        host: "127.0.0.1".to_owned(),
        port,
        client_id: "demo-centre".to_owned(),
        filters: vec!["cairn/v1/demo-box/#".to_owned()],
    };
    let subscriber = Subscriber::start(subscription, messages);
    tokio::spawn(async move {
        while let Some(message) = received.recv().await {
            let Some(sighting) = read_message(&message) else { continue };
            if sightings.send(sighting).await.is_err() {
                return;
            }
        }
    });
    subscriber
}

fn read_message(message: &Message) -> Option<Sighting> {
    if message.topic.contains("/events/") {
        return match pb::Event::decode(message.payload.as_slice()) {
            Ok(event) => Some(Sighting::Published(Box::new(event))),
            Err(error) => {
                println!("the broker delivered an event that is none: {error}");
                None
            }
        };
    }
    if message.topic.ends_with("demo-box/status") {
        let status: serde_json::Value = serde_json::from_slice(&message.payload).ok()?;
        return Some(Sighting::BoxSays {
            online: status["state"] == "online",
            last_sequence: status["last_sequence"].as_u64().unwrap_or(0),
        });
    }
    None
}

/// Reads a line that a part printed on standard output; most say nothing that is counted.
pub(crate) fn read_line(part: Part, line: &str) -> Option<Sighting> {
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    match part {
        Part::Broker => None,
        Part::Box => Some(Sighting::BoxReady { endpoint: format!("http://{}", value["grpc"].as_str()?) }),
        Part::Ledger => {
            if value.get("listening").is_some() {
                return Some(Sighting::LedgerReady);
            }
            let sequence = value["sequence"].as_u64()?;
            match value["status"].as_str()? {
                "accepted" | "duplicate" => Some(Sighting::Receipted { sequence }),
                _ => None,
            }
        }
    }
}

/// Follows the box's feed until the box goes away.
pub(crate) fn feed(endpoint: String, from_sequence: u64, sightings: mpsc::Sender<Sighting>) {
    tokio::spawn(async move {
        if let Err(error) = follow(endpoint, from_sequence, &sightings).await {
            tracing::debug!(error = format!("{error:#}"), "feed ended");
        }
    });
}

async fn follow(
    endpoint: String,
    from_sequence: u64,
    sightings: &mpsc::Sender<Sighting>,
) -> anyhow::Result<()> {
    let mut client = EventFeedClient::connect(endpoint).await.context("could not reach the box")?;
    let request = pb::SubscribeRequest { from_sequence, ..pb::SubscribeRequest::default() };
    let mut events = client.subscribe(request).await?.into_inner();
    while let Some(event) = events.message().await? {
        sightings.send(Sighting::Journalled(Box::new(event))).await?;
    }
    Ok(())
}

/// Asks the box for its figures, in the background.
pub(crate) fn figures(endpoint: String, sightings: mpsc::Sender<Sighting>) {
    tokio::spawn(async move { figures_now(endpoint, &sightings).await });
}

/// Asks the box for its figures; a box that does not answer in time is asked again by the next call.
pub(crate) async fn figures_now(endpoint: String, sightings: &mpsc::Sender<Sighting>) {
    let asked = async {
        let mut client = BoxServiceClient::connect(endpoint).await?;
        let status = client.status(pb::StatusRequest {}).await?.into_inner();
        let cameras = client.cameras(pb::CamerasRequest {}).await?.into_inner().cameras;
        anyhow::Ok((status, cameras))
    };
    if let Ok(Ok((status, cameras))) = tokio::time::timeout(CALL_LIMIT, asked).await {
        // An error means that nobody watches any more.
        sightings.send(Sighting::Figures { status: Box::new(status), cameras }).await.ok();
    }
}

/// Carries out the planned outages.
pub(crate) fn outages(
    outages: &[Outage],
    orders: Vec<(Part, mpsc::Sender<Order>)>,
    sightings: mpsc::Sender<Sighting>,
) {
    for &outage in outages {
        let order = orders.iter().find(|(part, _)| *part == outage.part).map(|(_, order)| order.clone());
        let sightings = sightings.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = tokio::time::sleep(outage.start) => {
                    if let Some(order) = order {
                        // An error means that the part is not kept up any more.
                        order.send(Order::Kill(outage.length)).await.ok();
                    }
                }
                () = sightings.closed() => {}
            }
        });
    }
}
