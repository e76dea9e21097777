//! Face verification scores.
