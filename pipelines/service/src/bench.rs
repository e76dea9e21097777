//! Measures this machine: what a frame costs, and how many cameras it carries.
//!
//! Three questions, each a file: what does a frame cost beside decoding and session alone ([`floor`]); what do decoding
//! ([`decode`]) and each model ([`infer`]) cost by themselves; how many cameras go through the whole at once
//! ([`streams`]). [`capacity`] puts the last two together, [`tuned`] writes them down for `cairn run` and `cairn check`.

mod cpu;
mod stand;

mod floor;

mod decode;
mod infer;
mod streams;

mod capacity;
mod tuned;

pub(crate) use capacity::{Capacity, Certified, Plan, measure};
pub(crate) use cpu::pin_to_one;
pub(crate) use floor::Floor;
pub(crate) use streams::Profile;
pub(crate) use tuned::tuned_toml;
