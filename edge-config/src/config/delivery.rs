use std::time::Duration;

use super::Login;
use crate::Endpoint;

/// `[delivery]`: both absent only where the operator wrote `local-only = true`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// `[delivery.mqtt]`: the command centre.
    pub mqtt: Option<Mqtt>,
    /// `[delivery.ledger]`: the passage ledger.
    pub ledger: Option<Ledger>,
}

/// `[delivery.mqtt]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mqtt {
    /// The broker, plain TCP; not loopback only where the operator allowed plaintext.
    pub broker: Endpoint,
    /// 1–128 printable characters without spaces.
    pub client_id: String,
    /// User and password.
    pub login: Option<Login>,
    /// 5 s to 65,535 s.
    pub keep_alive: Duration,
    /// Publishes without an acknowledgement, 1–16.
    pub in_flight: usize,
    /// Whether the box takes requests that come over the broker.
    pub requests: Requests,
}

/// Requests over the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requests {
    /// None are taken.
    Off,
    /// They are not signed: whoever the broker lets publish them may ask.
    TrustBroker,
}

/// `[delivery.ledger]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// The ledger, plain HTTP/2; not loopback only where the operator allowed plaintext.
    pub endpoint: Endpoint,
    /// Events without a receipt, 1–1024.
    pub in_flight: usize,
    /// How long to wait for a receipt before the link counts as lost.
    pub receipt_timeout: Duration,
}

impl Ledger {
    /// `http://host:port`
    pub fn url(&self) -> String {
        format!("http://{}", self.endpoint)
    }
}
