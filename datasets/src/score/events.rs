//! Event scores.
