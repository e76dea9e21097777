use std::path::Path;
use std::sync::Arc;

use engine::{Provider, ProviderRequest, Runtime, SessionThread};
use faces::{Embedding, FaceError};
use models::{Card, Fit, Task};
use vision::Picture;

use super::{CropSession, ReadError};

/// One loaded face embedding model.
pub(crate) struct FaceEmbedder {
    crops: CropSession,
    /// Numbers of an embedding.
    length: usize,
}

impl FaceEmbedder {
    /// Loads the model of `card` from `file`; it has proved itself when this returns.
    ///
    /// # Errors
    /// When the card is not a face embedding's, or the model does not fit its card.
    pub(crate) fn load(
        runtime: &Runtime,
        card: Arc<Card>,
        file: &Path,
        provider: ProviderRequest,
    ) -> anyhow::Result<(Self, SessionThread)> {
        let wanted = (Task::EmbedFace, Fit::Arcface);
        let (crops, thread) = CropSession::load(runtime, Arc::clone(&card), file, wanted, provider, 1)?;
        let models::Head::Embedding { length } = card.head else {
            anyhow::bail!("model `{}` has the head `{}`, expected `embedding`", card.id, card.head.name())
        };
        Ok((Self { crops, length: length as usize }, thread))
    }

    /// What really runs the model.
    pub(crate) fn actual_provider(&self) -> Provider {
        self.crops.session.actual_provider()
    }

    /// The card of the model.
    pub(crate) fn card(&self) -> &Card {
        &self.crops.card
    }

    /// The embedding of a face whose five points lie on ArcFace's 112x112 template.
    ///
    /// # Errors
    /// [`ReadError::FaceSize`] for a picture of another size: nothing is resized here, alignment comes first. Else when
    /// the session has ended or its output is no embedding.
    pub(crate) fn embed(&self, aligned112: &Picture) -> Result<Embedding, ReadError> {
        let (actual, expected) = (aligned112.size(), self.crops.input);
        if actual != expected {
            return Err(ReadError::FaceSize { actual, expected });
        }
        let length = self.length;
        let embedded = self.crops.run(aligned112, None, move |output| match output.data.len() {
            actual if actual != length => Err(FaceError::Length { actual, expected: length }),
            _ => Embedding::new(output.data),
        })?;
        embedded.map_err(|source| ReadError::Face { model: self.card().id.clone(), source })
    }
}
