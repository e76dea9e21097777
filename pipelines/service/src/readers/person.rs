use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::{Provider, ProviderRequest, Runtime, SessionThread};
use models::{Card, Fit, Task};
use proto::v1 as pb;
use vision::{
    ElementType, FrameBox, FrameRect, FrameView, Letterbox, TensorLayout, TensorWriter, VisionError,
};

use super::{CropSession, ReadError};

/// A model that embeds people, as one of its callers.
///
/// Its input is made of a frame's planes, as a detector's is: there is no picture of a person that could be kept.
pub(crate) struct PersonEmbedder {
    crops: CropSession,
    /// Numbers of an embedding.
    length: usize,
}

impl PersonEmbedder {
    /// Loads the model of `card` from `file`, for at most so many `callers`; it has proved itself when this returns.
    ///
    /// # Errors
    /// When the card is not a person embedding's, or the model does not fit its card.
    pub(crate) fn load(
        runtime: &Runtime,
        card: Arc<Card>,
        file: &Path,
        provider: ProviderRequest,
        callers: usize,
    ) -> anyhow::Result<(Self, SessionThread)> {
        let wanted = (Task::EmbedPerson, Fit::Stretch);
        let (crops, thread) = CropSession::load(runtime, Arc::clone(&card), file, wanted, provider, callers)?;
        let models::Head::Embedding { length } = card.head else {
            anyhow::bail!("model `{}` has the head `{}`, expected `embedding`", card.id, card.head.name())
        };
        anyhow::ensure!(
            card.input.element == ElementType::F32,
            "model `{}` takes bytes, expected an input of `f32`",
            card.id
        );
        Ok((Self { crops, length: length as usize }, thread))
    }

    /// The same model for another caller, who takes turns with this one.
    pub(crate) fn another_caller(&self) -> Self {
        Self { crops: self.crops.another_caller(), length: self.length }
    }

    /// The model, as events name it.
    pub(crate) fn model_use(&self) -> pb::ModelUse {
        let card = &self.crops.card;
        pb::ModelUse { card_id: card.id.clone(), sha256: card.artifact.sha256.to_string() }
    }

    /// What really runs the model.
    pub(crate) fn actual_provider(&self) -> Provider {
        self.crops.session.actual_provider()
    }

    /// What the person in `area` of `frame`, a whole frame, looks like: a vector of length 1, alike for looks at one person
    /// in one light. Waits in the session's queue for `limit` at most.
    ///
    /// # Errors
    /// When `area` is outside the frame, the session has ended or did not answer in time, or its output is no direction.
    pub(crate) fn embed(
        &self,
        frame: &FrameView<'_>,
        area: &FrameBox,
        limit: Duration,
    ) -> Result<Vec<f32>, ReadError> {
        let tensor = self.tensor(frame, area)?;
        let length = self.length;
        let embedded = self.crops.ask(tensor, limit, move |output| unit(output.data, length))?;
        embedded.ok_or_else(|| ReadError::Person { model: self.crops.card.id.clone(), length })
    }

    /// The part of `frame` under `area` as the model wants it.
    fn tensor(&self, frame: &FrameView<'_>, area: &FrameBox) -> Result<Vec<f32>, ReadError> {
        let (size, input) = (frame.size(), &self.crops.card.input);
        let letterbox = FrameRect::covering(area, size)
            .and_then(|region| Letterbox::stretch(size, region, self.crops.input))
            .ok_or(VisionError::Empty(self.crops.input))?;
        // [3, height, width]
        let mut planar = vec![0.0; 3 * self.crops.input.area_px() as usize];
        TensorWriter::new(letterbox, input.spec, frame.format()).write(frame, &mut planar);
        Ok(match input.layout {
            TensorLayout::Nchw => planar,
            TensorLayout::Nhwc => interleaved(&planar),
        })
    }
}

/// `[3, height, width] -> [height, width, 3]`
fn interleaved(planar: &[f32]) -> Vec<f32> {
    let (first, rest) = planar.split_at(planar.len() / 3);
    let (second, third) = rest.split_at(first.len());
    first.iter().zip(second).zip(third).flat_map(|((&a, &b), &c)| [a, b, c]).collect()
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
        for (none, length) in
            [(&[0.0, 0.0][..], 2), (&[1.0, f32::NAN], 2), (&[f32::INFINITY], 1), (&[1.0], 2)]
        {
            assert_eq!(unit(none, length), None, "{none:?}");
        }
    }

    #[test]
    fn channels_lie_side_by_side() {
        assert_eq!(interleaved(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
    }
}
