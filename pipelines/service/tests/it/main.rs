//! The binary as its users meet it: real processes, a real stream, a real model, a real broker, a real ledger.
//!
//! One file per promise.

mod broken_config;
mod calls;
mod demo_with_outages;
mod footage_twice;
mod harness;
mod troubled_siblings;
