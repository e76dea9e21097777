//! Delivery against real parts: SQLite on disk, a real broker, a scripted ledger over real sockets.

#![expect(clippy::unwrap_used, reason = "a test says what failed by panicking")]

mod support {
    pub(crate) mod gate;
    pub(crate) mod journal;
    pub(crate) mod ledger;
    pub(crate) mod mqtt;
    pub(crate) mod wait;
}

mod decisions;
mod evidence;
mod isolation;
mod journal;
mod journal_model;
mod ledger;
mod mqtt;
mod mqtt_limits;
mod mqtt_requests;
mod mqtt_status;
