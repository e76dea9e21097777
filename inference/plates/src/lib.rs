//! Licence plates: from a model's output to a string with a probability for each character.
//!
//! ```text
//! output tensor ──Head::decode──▶ PlateText (characters, their probabilities, the weakest of them)
//!                                     ├──Grammar::parse──▶ Match (country, kind, normalised text, corrections)
//!                                     └──PlateList::find──▶ Hit (an entry of a list, exact or near)
//! ```
//!
//! Whatever a tensor holds, no empty symbol and no probability outside `[0, 1]` leaves this crate. A [`PlateText`] is what
//! the model read, uncorrected; what it may be is told beside it ([`grammar`]). The crate knows neither sessions nor
//! cameras: tensors come as slices.

mod error;

mod alphabet;
pub mod grammar;
mod head;
pub mod list;
mod plate_text;

pub use alphabet::Alphabet;
pub use error::PlateError;
pub use head::{CtcAxes, Head, Scores};
pub use plate_text::PlateText;
