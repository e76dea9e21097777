//! Readers of ground truth.
