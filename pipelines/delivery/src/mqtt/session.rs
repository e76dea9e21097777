//! One connection to the broker.
//!
//! Nothing tells which publish got which packet id, but `Outgoing::Publish(id)` comes in the order of the request
//! channel: a queue of what was put into the channel and a map from id to it name the publish of each PUBACK.

use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::time::Duration;

use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnAck, PubAck, PubAckReason, Publish, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, Event, EventLoop, Incoming, MqttOptions};
use tokio::sync::watch;
use tokio::time::timeout;

use super::envelope::{BoxState, Envelope};
use super::requests::{MqttRequest, RequestHandler};
use crate::destination::{CameraBoard, FAREWELL, Halt, Lane, Shown};
use crate::error::chain;

/// Bytes of the packet id, which `Publish::size` leaves out before it is given.
const PACKET_ID_BYTES: usize = 2;

/// A publish that waits for its PUBACK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Event(u64),
    Online,
    Camera,
    Offline,
}

struct Session<'a> {
    client: AsyncClient,
    envelope: &'a Envelope,
    cameras: &'a CameraBoard,
    requests: Option<&'a RequestHandler>,
    lane: &'a mut Lane,
    /// In the request channel, in its order.
    queued: VecDeque<Slot>,
    /// On the wire.
    unacknowledged: HashMap<u16, Slot>,
    limit: usize,
    /// Largest packet the broker takes, in bytes.
    max_packet: usize,
    shown: Shown,
}

pub(super) async fn run(
    options: MqttOptions,
    in_flight: u16,
    patience: Duration,
    envelope: &Envelope,
    cameras: &CameraBoard,
    requests: Option<&RequestHandler>,
    lane: &mut Lane,
) -> Result<(), Halt> {
    // One place more than can be in flight, and one for each subscription, so that the channel is never found full.
    let subscriptions = requests.map_or(0, |requests| requests.names.len());
    let (client, mut events) = AsyncClient::new(options, usize::from(in_flight) + 1 + subscriptions);
    let connack = tokio::select! {
        connack = connect(&mut events) => connack?,
        () = lane.stopped() => return Ok(()),
    };
    let granted = connack.properties.as_ref();
    let receive_max = granted.and_then(|granted| granted.receive_max).unwrap_or(u16::MAX);
    if receive_max == 0 {
        return Err(Halt::Lost("broker takes no publish at a time".to_owned()));
    }
    let max_packet = granted.and_then(|granted| granted.max_packet_size).unwrap_or(u32::MAX);
    let mut session = Session {
        client,
        envelope,
        cameras,
        requests,
        lane,
        queued: VecDeque::new(),
        unacknowledged: HashMap::new(),
        limit: usize::from(in_flight.min(receive_max)),
        max_packet: usize::try_from(max_packet).unwrap_or(usize::MAX),
        shown: Shown::new(),
    };
    session.lane.connected();
    session.ask_for_requests()?;
    session.say(BoxState::Online, Slot::Online)?;
    session.deliver(&mut events, patience).await?;
    match timeout(FAREWELL, session.take_leave(&mut events)).await {
        Ok(left) => left,
        Err(_) => {
            tracing::warn!("broker did not take the farewell in {FAREWELL:?}; it will publish the last will");
            Ok(())
        }
    }
}

async fn connect(events: &mut EventLoop) -> Result<ConnAck, Halt> {
    match events.poll().await {
        Ok(Event::Incoming(Incoming::ConnAck(connack))) => Ok(connack),
        Ok(other) => Err(Halt::Lost(format!("broker answered the connect with {other:?}"))),
        Err(error) => Err(Halt::Lost(chain(&error))),
    }
}

impl Session<'_> {
    /// Until a stop is carried out.
    async fn deliver(&mut self, events: &mut EventLoop, patience: Duration) -> Result<(), Halt> {
        let mut camera_changes = self.cameras.changes();
        loop {
            let event = {
                // A dropped poll may leave half a packet behind, so one future is kept until it is ready.
                let mut poll = pin!(events.poll());
                loop {
                    self.send_what_fits().await?;
                    if self.lane.is_done() {
                        return Ok(());
                    }
                    tokio::select! {
                        event = &mut poll => break event,
                        waited = self.lane.wait(self.limit, patience) => waited?,
                        () = changed(&mut camera_changes) => {}
                    }
                }
            };
            self.take(event.map_err(|error| Halt::Lost(chain(&error)))?).await?;
        }
    }

    async fn send_what_fits(&mut self) -> Result<(), Halt> {
        while self.outstanding() < self.limit {
            // One camera at a time: a flickering one must not take the window from the events.
            if !self.is_outstanding(Slot::Camera)
                && let Some((camera, json)) = self.cameras.next(&mut self.shown)
            {
                let topic = self.envelope.camera_topic(&camera);
                self.publish(Publish::new(topic, QoS::AtLeastOnce, json, None), true, Slot::Camera)?;
                continue;
            }
            let Some(entry) = self.lane.next_to_send(self.limit) else { break };
            let sequence = entry.sequence;
            let publish = self.envelope.event(entry);
            let bytes = publish.size() + PACKET_ID_BYTES;
            if self.max_packet < bytes {
                // Sent, it would end this connection and every one after it.
                let reason = format!("packet of {bytes} bytes, the broker takes {}", self.max_packet);
                self.lane.bury(sequence, reason).await?;
                continue;
            }
            self.publish(publish, false, Slot::Event(sequence))?;
        }
        Ok(())
    }

    /// Says goodbye and waits until the broker has it.
    async fn take_leave(&mut self, events: &mut EventLoop) -> Result<(), Halt> {
        self.say(BoxState::Offline, Slot::Offline)?;
        let mut leaving = false;
        loop {
            let event = events.poll().await.map_err(|error| Halt::Lost(chain(&error)))?;
            if event == Event::Outgoing(Outgoing::Disconnect) {
                return Ok(());
            }
            self.take(event).await?;
            if !leaving && !self.is_outstanding(Slot::Offline) {
                leaving = true;
                let asked = self.client.try_disconnect();
                asked.map_err(|error| Halt::Lost(chain(&error)))?;
            }
        }
    }

    async fn take(&mut self, event: Event) -> Result<(), Halt> {
        match event {
            Event::Outgoing(Outgoing::Publish(packet_id)) => {
                let Some(slot) = self.queued.pop_front() else {
                    return Err(Halt::Lost(format!("packet id {packet_id} belongs to no publish")));
                };
                self.unacknowledged.insert(packet_id, slot);
                Ok(())
            }
            Event::Incoming(Incoming::PubAck(ack)) => self.take_acknowledgement(&ack).await,
            Event::Incoming(Incoming::Publish(publish)) => {
                self.take_request(publish);
                Ok(())
            }
            Event::Incoming(Incoming::SubAck(ack)) => {
                if !ack.return_codes.iter().all(|code| matches!(code, SubscribeReasonCode::Success(_))) {
                    tracing::error!(codes = ?ack.return_codes, "broker lets the box read no requests");
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn take_acknowledgement(&mut self, ack: &PubAck) -> Result<(), Halt> {
        let Some(slot) = self.unacknowledged.remove(&ack.pkid) else {
            self.lane.count_unknown();
            return Ok(());
        };
        let verdict = Verdict::of(ack.reason);
        let reason = || {
            let said = ack.properties.as_ref().and_then(|properties| properties.reason_string.as_deref());
            format!(
                "broker answered {:?}{}",
                ack.reason,
                said.map_or(String::new(), |said| format!(": {said}"))
            )
        };
        match (slot, verdict) {
            (Slot::Event(sequence), Verdict::Taken) => self.lane.settle(sequence),
            (Slot::Event(sequence), Verdict::Never) => self.lane.bury(sequence, reason()).await?,
            // Behind a refusal the library may wait for ever (a packet id in collision is not released), and order
            // asks for this event first: start over from it.
            (Slot::Event(sequence), Verdict::NotNow) => {
                return Err(Halt::Lost(format!("event {sequence}: {}", reason())));
            }
            (Slot::Online | Slot::Camera | Slot::Offline, Verdict::Taken) => {}
            (Slot::Online | Slot::Camera | Slot::Offline, Verdict::Never | Verdict::NotNow) => {
                tracing::warn!(?slot, reason = reason(), "retained status refused");
            }
        }
        Ok(())
    }

    fn ask_for_requests(&self) -> Result<(), Halt> {
        for name in self.requests.map_or(&[][..], |requests| requests.names) {
            let topic = self.envelope.request_topic(name);
            let asked = self.client.try_subscribe(topic, QoS::AtLeastOnce);
            asked.map_err(|error| Halt::Lost(chain(&error)))?;
        }
        Ok(())
    }

    fn take_request(&self, publish: Publish) {
        let Some(requests) = self.requests else { return };
        let asked = requests.names.iter().find(|name| publish.topic == self.envelope.request_topic(name));
        match asked {
            Some(name) => {
                (requests.take)(MqttRequest { name: (*name).to_owned(), payload: publish.payload.to_vec() });
            }
            None => tracing::warn!(topic = ?publish.topic, "broker sent what was not asked for"),
        }
    }

    fn say(&mut self, state: BoxState, slot: Slot) -> Result<(), Halt> {
        let json = self.envelope.box_status(state, self.lane.journal().bounds());
        self.publish(Publish::new(self.envelope.status_topic(), QoS::AtLeastOnce, json, None), true, slot)
    }

    fn publish(&mut self, publish: Publish, retain: bool, slot: Slot) -> Result<(), Halt> {
        let Publish { qos, payload, properties, .. } = publish;
        let topic = String::from_utf8_lossy(&publish.topic).into_owned();
        let properties = properties.unwrap_or_default();
        let queued = self.client.try_publish_with_properties(topic, qos, retain, payload, properties);
        queued.map_err(|error| Halt::Lost(chain(&error)))?;
        self.queued.push_back(slot);
        Ok(())
    }

    fn outstanding(&self) -> usize {
        self.queued.len() + self.unacknowledged.len()
    }

    fn is_outstanding(&self, slot: Slot) -> bool {
        self.queued.contains(&slot) || self.unacknowledged.values().any(|held| *held == slot)
    }
}

/// What a PUBACK means for the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Taken,
    /// The broker may take it at another time: a right or a quota can change.
    NotNow,
    /// It will be refused for ever as it is.
    Never,
}

impl Verdict {
    fn of(reason: PubAckReason) -> Self {
        match reason {
            PubAckReason::Success | PubAckReason::NoMatchingSubscribers => Self::Taken,
            PubAckReason::TopicNameInvalid | PubAckReason::PayloadFormatInvalid => Self::Never,
            PubAckReason::UnspecifiedError
            | PubAckReason::ImplementationSpecificError
            | PubAckReason::NotAuthorized
            | PubAckReason::PacketIdentifierInUse
            | PubAckReason::QuotaExceeded => Self::NotNow,
        }
    }
}

/// Ends with the next change; the board outlives every session.
async fn changed(changes: &mut watch::Receiver<u64>) {
    if changes.changed().await.is_err() {
        std::future::pending().await
    }
}
