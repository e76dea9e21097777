//! The same suite on OpenVINO's processor device, with the library that `scripts/setup.sh --openvino` installs. Tests
//! of a process of their own: there can be one ONNX Runtime library in each.

#![expect(clippy::expect_used, reason = "a test that cannot go on ends there")]

#[path = "../session/batches.rs"]
mod batches;
#[path = "../session/detectors.rs"]
mod detectors;
#[path = "../session/proofs.rs"]
mod proofs;
#[path = "../session/providers.rs"]
mod providers;
#[path = "../session/runs.rs"]
mod runs;

mod accepted;
mod kit;
