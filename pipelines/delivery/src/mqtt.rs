//! Events to an MQTT 5 broker, QoS 1, as CloudEvents in binary mode.
//!
//! The library's own re-sending loses events when the broker forgets the session, so it is never relied on: any error
//! ends the connection and all its state, and the next one starts from the journal.

mod envelope;
mod requests;
mod session;

use std::sync::Arc;
use std::time::Duration;

use rumqttc::v5::MqttOptions;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::LastWill;
use tokio::sync::watch;

use crate::destination::{self, CameraBoard, Forwarder, Halt, Lane, Link, SentMeans};
use crate::error::DeliveryError;
use crate::journal::Journal;
use crate::name::check_name;
use crate::secret::Secret;
use envelope::{BoxState, Envelope};
pub use requests::{MqttRequest, RequestHandler};

/// Name of the destination in statuses, cursors and dead letters.
const NAME: &str = "mqtt";
/// Packet ids beyond this stay unused: a broker that acknowledges out of order is served best with few.
const MAX_IN_FLIGHT: u16 = 16;
/// The connection may take this long, from the first packet to the broker's word.
const CONNECT_LIMIT_S: u64 = 5;
/// Largest packet that the broker may send, where requests are taken; else it sends none but acknowledgements.
const MAX_REQUEST_PACKET: u32 = 64 << 10;

/// A broker, and how the box presents itself there.
#[derive(Clone, Debug)]
pub struct MqttDestination {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// MQTT client id; two clients of the same id throw each other out.
    pub client_id: String,
    /// Id of the box, the same as the journal's.
    pub box_id: String,
    /// Id of the site, for the source of the events.
    pub site: String,
    /// User name, if the broker wants one.
    pub username: Option<String>,
    /// Password, if the broker wants one.
    pub password: Option<Secret>,
    /// 5 s to 65,535 s. A broker that confirms nothing for twice this time counts as lost.
    pub keep_alive: Duration,
    /// Unacknowledged publishes, 1 to 16; the broker may allow fewer.
    pub in_flight: u16,
    /// Version of the program, for the status message.
    pub version: String,
    /// Id of this boot of the box, for the status message.
    pub boot_id: String,
    /// Longest pause between two attempts.
    pub max_backoff: Duration,
    /// Who takes requests that come over this broker; none are asked for without.
    pub requests: Option<RequestHandler>,
}

/// Starts the delivery to a broker on the current tokio runtime. It never gives up; see [`Forwarder::status`].
/// `shutdown` stops it with five seconds of grace by turning true or by losing its sender.
///
/// # Errors
/// [`DeliveryError::Setting`] or [`DeliveryError::Name`].
pub fn spawn_mqtt(
    journal: Journal,
    spec: MqttDestination,
    shutdown: watch::Receiver<bool>,
) -> Result<Forwarder, DeliveryError> {
    spec.check(&journal)?;
    let max_backoff = spec.max_backoff;
    let cameras = Arc::new(CameraBoard::new());
    let envelope = Envelope::new(&spec);
    let link = MqttLink { spec, envelope, cameras: Arc::clone(&cameras) };
    Ok(destination::spawn(NAME, journal, link, max_backoff, shutdown, Some(cameras)))
}

struct MqttLink {
    spec: MqttDestination,
    envelope: Envelope,
    cameras: Arc<CameraBoard>,
}

impl Link for MqttLink {
    const SENT_MEANS: SentMeans = SentMeans::Confirmed;

    async fn session(&mut self, lane: &mut Lane) -> Result<(), Halt> {
        let options = self.options(lane.journal());
        let in_flight = self.spec.in_flight;
        let patience = 2 * self.spec.keep_alive;
        let requests = self.spec.requests.as_ref();
        session::run(options, in_flight, patience, &self.envelope, &self.cameras, requests, lane).await
    }
}

impl MqttLink {
    fn options(&self, journal: &Journal) -> MqttOptions {
        let spec = &self.spec;
        let mut options = MqttOptions::new(&spec.client_id, &spec.host, spec.port);
        let offline = self.envelope.box_status(BoxState::Offline, journal.bounds());
        options
            .set_keep_alive(spec.keep_alive)
            .set_clean_start(true)
            .set_connection_timeout(CONNECT_LIMIT_S)
            .set_outgoing_inflight_upper_limit(spec.in_flight)
            .set_last_will(LastWill::new(
                self.envelope.status_topic(),
                offline,
                QoS::AtLeastOnce,
                true,
                None,
            ));
        if spec.requests.is_some() {
            options.set_max_packet_size(Some(MAX_REQUEST_PACKET));
        }
        if spec.username.is_some() || spec.password.is_some() {
            let password = spec.password.as_ref().map_or("", Secret::reveal);
            options.set_credentials(spec.username.as_deref().unwrap_or(""), password);
        }
        options
    }
}

impl MqttDestination {
    /// The library panics on some of these values and passes others on that the broker answers by hanging up.
    fn check(&self, journal: &Journal) -> Result<(), DeliveryError> {
        check_name("box id", &self.box_id)?;
        check_name("site", &self.site)?;
        // It goes into no topic: any printable text will do.
        if self.client_id.is_empty()
            || 128 < self.client_id.len()
            || !self.client_id.bytes().all(|b| b.is_ascii_graphic())
        {
            return Err(DeliveryError::Setting {
                destination: NAME,
                setting: "client id",
                value: self.client_id.clone(),
                expected: "1 to 128 printable characters without spaces",
            });
        }
        let refuse = |setting, value: String, expected| {
            Err(DeliveryError::Setting { destination: NAME, setting, value, expected })
        };
        if self.box_id != journal.box_id() {
            return refuse("box_id", self.box_id.clone(), "the box id of the journal");
        }
        if self.host.is_empty() {
            return refuse("host", "empty".to_owned(), "a host name or an address");
        }
        if self.port == 0 {
            return refuse("port", "0".to_owned(), "1 to 65535");
        }
        if !(1..=MAX_IN_FLIGHT).contains(&self.in_flight) {
            return refuse("in_flight", self.in_flight.to_string(), "1 to 16");
        }
        if !(5..=u64::from(u16::MAX)).contains(&self.keep_alive.as_secs()) {
            return refuse("keep_alive", format!("{:?}", self.keep_alive), "5 s to 65535 s");
        }
        if self.max_backoff.is_zero() {
            return refuse("max_backoff", "0 s".to_owned(), "more than nothing");
        }
        let credentials = [self.username.as_deref(), self.password.as_ref().map(Secret::reveal)];
        if credentials.into_iter().flatten().any(|text| usize::from(u16::MAX) < text.len()) {
            return refuse("username or password", "too long".to_owned(), "at most 65535 bytes");
        }
        Ok(())
    }
}
