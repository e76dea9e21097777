//! Licence plates: from a model's output to a string with a probability for each character.
//!
//! ```text
//! frame ──rectify──▶ crop ──(a session)──▶ output tensor ──Head::read──▶ Reading (characters, probabilities, alternatives)
//!                     └──Measures::of──▶ how legible it is                 │
//!                                              └──────── Look ◀────────────┘
//! looks at one plate ──vote──▶ Vote (a posterior for each character, the weakest of them)
//!                               ├──Grammar::parse──▶ Match (country, kind, normalised text, corrections)
//!                               └──PlateList::find──▶ Hit (an entry of a list, exact or near)
//! ```
//!
//! Whatever a tensor holds, no empty symbol and no probability outside `[0, 1]` leaves this crate. A [`PlateText`] or
//! [`grammar::RawRead`] is what the model read, uncorrected; what it may be is told beside it ([`grammar`]). The crate knows
//! neither sessions nor cameras: tensors come as slices.

mod error;

mod measures;
mod rectify;

mod alphabet;
pub mod grammar;
mod head;
pub mod list;
mod plate_text;

mod tally;
mod vote;

pub use alphabet::Alphabet;
pub use error::PlateError;
pub use head::{CtcAxes, Head, Reading, Scores};
pub use measures::Measures;
pub use plate_text::PlateText;
pub use rectify::{extent, is_plate_shaped, rectify};
pub use tally::{Look, Outcome, ReadSettings, Reason, Status, Tally};
pub use vote::{Ballot, Column, Vote, vote};
