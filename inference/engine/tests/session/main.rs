//! Sessions with a real runtime. The models in `tests/fixtures` are written by `make_fixtures.py` there; real models and
//! pictures come from the mirror folder and are skipped where there is none.

#![expect(clippy::expect_used, reason = "a test that cannot go on ends there")]

mod batches;
mod detectors;
mod kit;
mod loading;
mod proofs;
mod providers;
mod queue;
mod runs;
mod side_by_side;
