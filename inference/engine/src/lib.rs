//! ONNX Runtime sessions, each on a named thread of its own behind a bounded queue.
//!
//! A [`Runtime`] is the loaded library; [`SessionHandle::spawn`] loads a model, checks it against its
//! [`SessionSpec`], tries it once, and gives it a thread; [`SessionHandle::spawn_side_by_side`] makes several of them that
//! share a queue. A [`Request`] writes straight into that session's input tensor and reads its outputs in place: no tensor
//! is copied or allocated per request.
//!
//! Nobody waits for ever and nothing queues without bound: a full queue refuses at once, every request carries a limit,
//! and a request whose limit has passed or whose caller has hung up costs no device time.
//!
//! This crate does not know what a detection is; it alone depends on `ort`.

mod error;

mod library;
mod provider;
mod runtime;

mod batching;
mod input;
mod model;
mod outputs;
mod proof;
mod request;
mod session;

pub use batching::{Batching, Wait};
pub use error::EngineError;
pub use input::{InputElement, InputShape};
pub use model::is_quantised;
pub use outputs::{Outputs, TensorView};
pub use proof::{ExpectedOutput, Proof, ProofInput, Tolerance};
pub use provider::{
    Precision, Presence, Provider, ProviderOutcome, ProviderReport, ProviderRequest, Refusal, Wish, providers,
};
pub use request::{Answer, Request, Ticket};
pub use runtime::Runtime;
pub use session::{RUN_GRACE, SessionHandle, SessionSpec, SessionStats, SessionThread, prepare};
