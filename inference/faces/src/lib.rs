//! Faces: from a model's output to an embedding, and how alike two of them are.
