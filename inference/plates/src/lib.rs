//! Licence plates: from a model's output to a string with a probability for each character.
//!
//! ```text
//! output tensor ──Head::decode──▶ PlateText (characters, their probabilities, the weakest of them)
//! ```
//!
//! Whatever a tensor holds, no empty symbol and no probability outside `[0, 1]` leaves this crate. The text is what the
//! model read: nothing is corrected here. It knows neither sessions nor cameras: tensors come as slices.

mod error;

mod alphabet;
mod head;
mod plate_text;

pub use alphabet::Alphabet;
pub use error::PlateError;
pub use head::{CtcAxes, Head, Scores};
pub use plate_text::PlateText;
