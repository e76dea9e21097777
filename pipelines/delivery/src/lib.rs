//! Moves events from the box to its receivers: at least once, in order, across power cuts and broken links.
//!
//! An event is durable in the [`Journal`] before anything is sent. Each destination ([`spawn_mqtt`],
//! [`spawn_ledger`]) is a task of its own that reads the journal and remembers how far its receiver has confirmed;
//! after a loss it sends again from there, so that receivers see duplicates but no gaps. Pictures live beside the
//! journal in the [`EvidenceStore`], under the hash of their content; why there was an alarm or none, and what people said
//! of it, in the [`DecisionStore`].
//!
//! This crate moves key, kind, priority and bytes. It does not know what an event means; it alone depends on
//! `rusqlite` and `rumqttc`.

mod error;
mod name;
mod secret;
mod wall_clock;

mod decisions;
mod evidence;
mod journal;

mod destination;
mod ledger;
mod mqtt;

pub mod subscriber;

#[cfg(feature = "testkit")]
pub mod testkit;

pub use decisions::{
    Around, Decision, DecisionFigures, DecisionLimits, DecisionStore, MAX_DECISION_BYTES, Verdict,
    read_verdicts,
};
pub use destination::{DestinationStatus, Forwarder, LinkState};
pub use error::DeliveryError;
pub use evidence::{EvidenceStore, Stored};
pub use journal::{Appending, DeadLetter, Draft, Entry, HeldEvents, Journal, MAX_PAYLOAD_BYTES};
pub use ledger::{LedgerDestination, spawn_ledger};
pub use mqtt::{MqttDestination, MqttRequest, RequestHandler, spawn_mqtt};
pub use secret::Secret;
pub use wall_clock::{rfc3339, unix_ns};
