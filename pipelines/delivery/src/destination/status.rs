//! What an operator sees of a destination.

use std::fmt;

/// State of the link to a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// An attempt is under way.
    Connecting,
    /// The receiver has taken us.
    Connected,
    /// The latest attempt or connection failed; the next one follows after a pause. Also the state after the end.
    BackingOff,
}

impl LinkState {
    /// Name for programs: `connecting`, `connected`, `backing_off`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::BackingOff => "backing_off",
        }
    }
}

impl fmt::Display for LinkState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a destination is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationStatus {
    /// `mqtt` or `ledger`.
    pub name: String,
    /// State of the link.
    pub state: LinkState,
    /// Why the latest attempt or connection failed; stays after a success.
    pub last_error: Option<String>,
    /// All events up to this one were handed over at least once (MQTT: acknowledged by the broker; ledger: written to
    /// the stream).
    pub sent: u64,
    /// All events up to this one are settled.
    pub settled: u64,
    /// Events handed over in this connection whose confirmation is still out.
    pub in_flight: u64,
    /// Events handed over again after a loss, since the start.
    pub resent: u64,
    /// Events that the receiver refused for good, since the journal exists.
    pub dead_letters: u64,
    /// Confirmations of events that were not in flight, since the start.
    pub unknown_receipts: u64,
}
