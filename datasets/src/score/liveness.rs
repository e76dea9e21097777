//! Liveness scores.
