//! Plate scores.
