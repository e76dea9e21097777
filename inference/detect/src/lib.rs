//! From a detector's output tensors to detections: one decoder per head family, suppression, and the way back to the
//! frame.
//!
//! ```text
//! output tensors ──Head::decode──▶ candidates (input pixels) ──nms──▶ candidates ──to_frame──▶ detections (frame pixels) ──drop_rivals──▶ detections
//! ```
//!
//! Whatever a tensor holds, no empty, inverted or non-finite box, no point that is not finite and no score outside `[0, 1]`
//! leaves this crate.
//! It knows neither sessions nor cameras: tensors come as slices, sizes and thresholds as arguments.

mod error;

mod detection;
mod head;
mod merge;
mod nms;
mod points;
mod rivals;
mod tensor;

pub use detection::{Candidate, Detection, to_frame};
pub use error::DetectError;
pub use head::{Head, Scores};
pub use merge::merge_looks;
pub use nms::nms;
pub use points::Points;
pub use rivals::drop_rivals;
pub use tensor::Tensor;
