use std::time::Duration;

use vision::SizePx;

use crate::{Light, LocalMinute};

/// What is known of a frame beside the tracks in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameInfo {
    /// Time of the frame.
    pub at: Duration,
    /// Its size in pixels.
    pub size: SizePx,
    /// Day and minute at the camera, where they are known: rules with a schedule open nothing without.
    pub local: Option<LocalMinute>,
    /// The light, where it is measured: without, the rules' own settings hold.
    pub light: Option<Light>,
    /// Whether the light has been the same for a while, as [`LightMeter::is_settled`](crate::LightMeter::is_settled) says.
    pub is_settled: bool,
}

impl FrameInfo {
    /// A frame of which nothing else is known: no local time, no light, nothing unsettled.
    pub fn new(at: Duration, size: SizePx) -> Self {
        Self { at, size, local: None, light: None, is_settled: true }
    }
}
