use std::time::Instant;

use vision::SizePx;

/// What a camera is doing, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CameraState {
    /// Opened for the first time, no outcome yet.
    Connecting,
    /// Frames arrive.
    Streaming,
    /// The camera, or the file, cannot be reached, or the connection was lost.
    NoRoute,
    /// The camera refuses our credentials, or asks for some.
    Unauthorised,
    /// The camera answers but has no video at that address, or sends none.
    NoMedia,
    /// Video arrives that cannot be decoded here.
    Undecodable,
    /// Frames stopped arriving while the connection stood.
    Frozen,
    /// A recorded clip has been played to its end.
    Ended,
}

/// What is known of a camera at one moment.
#[derive(Clone, Debug)]
pub struct CameraStatus {
    /// State by name. A camera that is opened again keeps the state of its last failure until frames arrive.
    pub state: CameraState,
    /// Why, in words for an operator; no secret in it.
    pub reason: String,
    /// Since when the state and reason hold.
    pub since: Instant,
    /// Name of the decoder element in use, while streaming.
    pub decoder: Option<String>,
    /// Size of the latest frame.
    pub size: Option<SizePx>,
    /// What has been counted since the camera was opened.
    pub counters: Counters,
}

/// Counts since the camera was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Decoded frames that arrived.
    pub frames_in: u64,
    /// Replaced by a newer one before they were taken.
    pub superseded: u64,
    /// Left out because they came faster than the configured rate.
    pub over_rate: u64,
    /// Attempts to open the camera after the first.
    pub reconnects: u64,
    /// Timestamps of footage that were absent, equal or ran backwards, and were moved forward.
    pub timestamps_repaired: u64,
}
