//! The binary as its users meet it: real processes, a real stream, a real model, a real broker, a real ledger.
//!
//! One file per promise.

#![expect(clippy::expect_used, reason = "what a test expects and does not get is its failure")]

mod appearance;
mod batches;
mod bench;
mod broken_config;
mod calls;
mod demo_with_outages;
mod eval;
mod evidence;
mod feedback;
mod footage;
mod footage_twice;
mod harness;
mod killed_in_a_crossing;
mod lanes;
mod ledger_file;
mod made_pictures;
mod models_refused;
mod open_protocol;
mod plate_lists;
mod plate_reader;
mod plates;
mod providers;
mod quantise;
mod rule_kinds;
mod second_look;
mod still_clip;
mod synthetic_plates;
mod tritonclient;
mod troubled_siblings;
mod why_not;
