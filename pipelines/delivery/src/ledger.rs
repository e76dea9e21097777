//! Events to the passage ledger over one gRPC stream in each direction.

mod session;

use std::time::Duration;

use tokio::sync::watch;
use tonic::transport::Endpoint;

use crate::destination::{self, Forwarder, Halt, Lane, Link, SentMeans};
use crate::error::{DeliveryError, chain};
use crate::journal::Journal;

/// Name of the destination in statuses, cursors and dead letters.
const NAME: &str = "ledger";
const MAX_IN_FLIGHT: usize = 1_024;
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// HTTP/2 pings find a link that died in silence.
const PING_INTERVAL: Duration = Duration::from_secs(15);
const PING_LIMIT: Duration = Duration::from_secs(10);

/// A service that implements `cairn.v1.PassageLedger`.
#[derive(Clone, Debug)]
pub struct LedgerDestination {
    /// `http://host:port`.
    pub endpoint: String,
    /// Events without a receipt, 1 to 1,024.
    pub in_flight: usize,
    /// A ledger that sends no receipt for this long, while it owes one, counts as lost.
    pub receipt_timeout: Duration,
    /// Longest pause between two attempts.
    pub max_backoff: Duration,
}

/// Starts the delivery to a ledger on the current tokio runtime. It never gives up; see [`Forwarder::status`].
/// `shutdown` stops it with five seconds of grace by turning true or by losing its sender.
///
/// Each payload in the journal must be an encoded `cairn.v1.Event`; one that is not becomes a dead letter.
///
/// # Errors
/// [`DeliveryError::Setting`].
pub fn spawn_ledger(
    journal: Journal,
    spec: LedgerDestination,
    shutdown: watch::Receiver<bool>,
) -> Result<Forwarder, DeliveryError> {
    let endpoint = spec.check()?;
    let LedgerDestination { endpoint: _, in_flight, receipt_timeout, max_backoff } = spec;
    let link = LedgerLink { endpoint, in_flight, receipt_timeout };
    Ok(destination::spawn(NAME, journal, link, max_backoff, shutdown, None))
}

struct LedgerLink {
    endpoint: Endpoint,
    in_flight: usize,
    receipt_timeout: Duration,
}

impl Link for LedgerLink {
    const SENT_MEANS: SentMeans = SentMeans::Written;

    async fn session(&mut self, lane: &mut Lane) -> Result<(), Halt> {
        let channel = tokio::select! {
            channel = self.endpoint.connect() => channel.map_err(|error| Halt::Lost(chain(&error)))?,
            () = lane.stopped() => return Ok(()),
        };
        session::run(channel, self.in_flight, self.receipt_timeout, lane).await
    }
}

impl LedgerDestination {
    fn check(&self) -> Result<Endpoint, DeliveryError> {
        let refusal = |setting, value: String, expected| DeliveryError::Setting {
            destination: NAME,
            setting,
            value,
            expected,
        };
        let url = || refusal("endpoint", format!("`{}`", self.endpoint), "`http://host:port`");
        if !(1..=MAX_IN_FLIGHT).contains(&self.in_flight) {
            return Err(refusal("in_flight", self.in_flight.to_string(), "1 to 1024"));
        }
        if self.receipt_timeout.is_zero() {
            return Err(refusal("receipt_timeout", "0 s".to_owned(), "more than nothing"));
        }
        if self.max_backoff.is_zero() {
            return Err(refusal("max_backoff", "0 s".to_owned(), "more than nothing"));
        }
        let endpoint = Endpoint::from_shared(self.endpoint.clone()).map_err(|_| url())?;
        let has_host = endpoint.uri().host().is_some_and(|host| !host.is_empty());
        if endpoint.uri().scheme_str() != Some("http") || !has_host {
            return Err(url());
        }
        Ok(endpoint
            .connect_timeout(CONNECT_LIMIT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_LIMIT)
            .keep_alive_while_idle(true))
    }
}
