//! One camera becomes frames: pipeline, clocks, reconnect and stall states.
//!
//! [`Camera::open`] gives each camera a supervisor thread that keeps one pipeline at a time and never gives up;
//! frames come out of the camera's [`FrameSlot`], newest wins. Recorded footage takes the same way, but waits for
//! its consumer instead of dropping. No pixel is copied in system memory: a [`Frame`] holds the decoder's buffer.
//!
//! This crate knows neither detections nor rules; it alone depends on GStreamer.

mod error;

mod elements;

mod spec;
mod status;

mod frame;
mod frame_slot;

mod camera;
mod connect_limit;

mod backoff;
mod mailbox;
mod supervisor;

mod failure;
mod intake;
mod pipeline;
mod rate_gate;

mod decoding;
mod recoding;

#[cfg(feature = "testkit")]
pub mod testkit;

pub use camera::{Camera, OnStateChange};
pub use connect_limit::ConnectLimit;
pub use decoding::{Decoded, decode_all};
pub use elements::{Decoders, decoders, init};
pub use error::{CaptureError, MissingElement};
pub use frame::{Frame, FrameClocks, monotonic_ns};
pub use frame_slot::{FrameSlot, Taken};
pub use recoding::{Codec, Recoding, recode_clip};
pub use spec::{CameraSpec, Credentials, Recode, Source, Transport};
pub use status::{CameraState, CameraStatus, Counters};
