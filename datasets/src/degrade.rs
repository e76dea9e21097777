//! Degradations.
