//! The dataset file.
