//! Tracking scores.
