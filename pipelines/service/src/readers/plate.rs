use std::path::Path;
use std::sync::Arc;

use engine::{Provider, ProviderRequest, Runtime, SessionThread};
use models::{Card, Fit, Task};
use plates::{Alphabet, Head, PlateText};
use vision::Picture;

use super::{CropSession, ReadError};

/// One loaded plate reader.
pub(crate) struct PlateReader {
    crops: CropSession,
    head: Arc<Head>,
}

impl PlateReader {
    /// Loads the model of `card` from `file`; it has proved itself when this returns.
    ///
    /// # Errors
    /// When the card is not a plate reader's, or the model does not fit its card.
    pub(crate) fn load(
        runtime: &Runtime,
        card: Arc<Card>,
        file: &Path,
        provider: ProviderRequest,
    ) -> anyhow::Result<(Self, SessionThread)> {
        let wanted = (Task::ReadPlate, Fit::Stretch);
        let (crops, thread) = CropSession::load(runtime, Arc::clone(&card), file, wanted, provider, 1)?;
        let head = Arc::new(head_of(&card)?);
        Ok((Self { crops, head }, thread))
    }

    /// What really runs the model.
    pub(crate) fn actual_provider(&self) -> Provider {
        self.crops.session.actual_provider()
    }

    /// The card of the model.
    pub(crate) fn card(&self) -> &Card {
        &self.crops.card
    }

    /// What the model reads in `crop`, the plate upright and filling it, at any size.
    ///
    /// # Errors
    /// When the session has ended or its output cannot be a plate's.
    pub(crate) fn read(&self, crop: &Picture) -> Result<PlateText, ReadError> {
        let input = crop.resized(self.crops.input)?;
        let head = Arc::clone(&self.head);
        let read = self.crops.run(&input, move |output| head.decode(output.shape, output.data))?;
        read.map_err(|source| ReadError::Plate { model: self.card().id.clone(), source })
    }
}

fn head_of(card: &Card) -> anyhow::Result<Head> {
    match &card.head {
        models::Head::Slots { alphabet, empty, scores } => Ok(Head::Slots {
            alphabet: Alphabet::new(alphabet, *empty as usize)?,
            scores: scores_of(*scores),
        }),
        models::Head::Ctc { alphabet, blank, axes, scores } => Ok(Head::Ctc {
            alphabet: Alphabet::new(alphabet, *blank as usize)?,
            scores: scores_of(*scores),
            axes: match axes {
                models::CtcAxes::StepsClasses => plates::CtcAxes::StepsClasses,
                models::CtcAxes::ClassesSteps => plates::CtcAxes::ClassesSteps,
            },
        }),
        other => {
            anyhow::bail!("model `{}` has the head `{}`, expected `slots` or `ctc`", card.id, other.name())
        }
    }
}

fn scores_of(scores: models::Scores) -> plates::Scores {
    match scores {
        models::Scores::Probabilities => plates::Scores::Probabilities,
        models::Scores::Logits => plates::Scores::Logits,
    }
}
