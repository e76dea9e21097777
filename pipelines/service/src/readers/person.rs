use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::{Provider, ProviderRequest, Runtime, SessionThread};
use models::{Card, Fit, Task};
use vision::{FrameBox, FrameView, Picture};

use super::{CropSession, ReadError};

/// One loaded model that embeds people, for the tracks of any camera.
pub(crate) struct PersonEmbedder {
    crops: CropSession,
    /// Numbers of an embedding.
    length: usize,
}

impl PersonEmbedder {
    /// Loads the model of `card` from `file`; it has proved itself when this returns.
    ///
    /// # Errors
    /// When the card is not a person embedding's, or the model does not fit its card.
    pub(crate) fn load(
        runtime: &Runtime,
        card: Arc<Card>,
        file: &Path,
        provider: ProviderRequest,
    ) -> anyhow::Result<(Self, SessionThread)> {
        let (crops, thread) =
            CropSession::load(runtime, Arc::clone(&card), file, Task::EmbedPerson, Fit::Stretch, provider)?;
        let models::Head::Embedding { length } = card.head else {
            anyhow::bail!("model `{}` has the head `{}`, expected `embedding`", card.id, card.head.name())
        };
        Ok((Self { crops, length: length as usize }, thread))
    }

    /// What really runs the model.
    pub(crate) fn actual_provider(&self) -> Provider {
        self.crops.session.actual_provider()
    }

    /// What the person in `area` of `frame` looks like: a vector of length 1, alike for looks at one person in one
    /// light. The session may take `limit`; others' crops that are before this one come on top.
    ///
    /// # Errors
    /// When the session has ended or did not answer in time, or its output is no direction.
    pub(crate) fn embed(
        &self,
        frame: &FrameView<'_>,
        area: &FrameBox,
        limit: Duration,
    ) -> Result<Vec<f32>, ReadError> {
        let input = Picture::crop(frame, area).resized(self.crops.input)?;
        let length = self.length;
        let embedded = self.crops.run(&input, limit, move |output| unit(output.data, length))?;
        embedded.ok_or_else(|| ReadError::Person { model: self.crops.card.id.clone(), length })
    }
}

/// `output` as a vector of length 1; `None` when it is not of `length` numbers, or they have no direction.
fn unit(output: &[f32], length: usize) -> Option<Vec<f32>> {
    // In f64 the square of no f32 overflows or vanishes.
    let norm = output.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
    let is_direction = output.len() == length && norm.is_finite() && 0.0 < norm;
    is_direction.then(|| output.iter().map(|&value| (f64::from(value) / norm) as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_brought_to_length_one_or_is_none() {
        assert_eq!(unit(&[3.0, 0.0, -4.0], 3), Some(vec![0.6, 0.0, -0.8]));
        assert_eq!(unit(&[f32::MAX, f32::MAX], 2), Some(vec![0.5f32.sqrt(); 2]));
        for (none, length) in [(&[0.0, 0.0][..], 2), (&[1.0, f32::NAN], 2), (&[f32::INFINITY], 1), (&[1.0], 2)] {
            assert_eq!(unit(none, length), None, "{none:?}");
        }
    }
}
