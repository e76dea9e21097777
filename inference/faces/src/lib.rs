//! Faces: from a model's output to an embedding, and how alike two of them are.
//!
//! Embeddings are personal data: nothing here prints their numbers.

mod embedding;
mod error;

pub use embedding::{Embedding, cosine};
pub use error::FaceError;
