//! Cameras with real elements: clips of files, and an RTSP server in this process.

#![expect(clippy::expect_used, reason = "tests and their helpers")]

mod decoding;
mod footage;
mod quirks;
mod recode;
mod rtsp;
mod support;
