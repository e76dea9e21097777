//! Signed lists of plates: keys, the file format, which version is in force, and what a read matches.
//!
//! ```text
//! CSV ──cairn lists sign──▶ signed file ──Lists::refresh──▶ in force (kept in the data folder) ──Lists::find──▶ matches
//! ```
//!
//! A file is believed because of its signature alone; the box's clock may be wrong, so no time is a reason to refuse
//! one. What is refused changes nothing: the version in force stays.

mod board;
mod error;
mod hex;
mod key;
mod moment;
mod shelf;
mod signed;
mod watcher;

pub(crate) use board::Lists;
pub(crate) use error::ListError;
pub(crate) use key::{PublicKey, SecretKey};
pub(crate) use moment::{moment, written};
pub(crate) use shelf::read;
pub(crate) use signed::{Header, Kind, MAX_FILE_BYTES, Opened, offset, open, sign};
pub(crate) use watcher::Watcher;

#[cfg(test)]
mod tests;
