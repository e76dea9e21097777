use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::{Provider, ProviderRequest, Runtime, SessionThread};
use models::{Card, Fit, Task};
use plates::{Alphabet, Head, Look, Measures, PlateText, Reading};
use proto::v1 as pb;
use vision::{FramePoint, FrameView, Picture};

use super::{CropSession, ReadError};

/// One loaded plate reader.
pub(crate) struct PlateReader {
    crops: CropSession,
    head: Arc<Head>,
}

impl PlateReader {
    /// Loads the model of `card` from `file` for one caller; it has proved itself when this returns.
    ///
    /// # Errors
    /// As [`PlateReader::load_for`].
    pub(crate) fn load(
        runtime: &Runtime,
        card: Arc<Card>,
        file: &Path,
        provider: ProviderRequest,
    ) -> anyhow::Result<(Self, SessionThread)> {
        Self::load_for(runtime, card, file, provider, 1)
    }

    /// As [`PlateReader::load`] for at most so many `callers`.
    ///
    /// # Errors
    /// When the card is not a plate reader's, or the model does not fit its card.
    pub(crate) fn load_for(
        runtime: &Runtime,
        card: Arc<Card>,
        file: &Path,
        provider: ProviderRequest,
        callers: usize,
    ) -> anyhow::Result<(Self, SessionThread)> {
        let wanted = (Task::ReadPlate, Fit::Stretch);
        let (crops, thread) = CropSession::load(runtime, Arc::clone(&card), file, wanted, provider, callers)?;
        let head = Arc::new(head_of(&card)?);
        Ok((Self { crops, head }, thread))
    }

    /// The same model for another caller, who takes turns with this one.
    pub(crate) fn another_caller(&self) -> Self {
        Self { crops: self.crops.another_caller(), head: Arc::clone(&self.head) }
    }

    /// The model, as events name it.
    pub(crate) fn model_use(&self) -> pb::ModelUse {
        let card = self.card();
        pb::ModelUse { card_id: card.id.clone(), sha256: card.artifact.sha256.to_string() }
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
        let read = self.crops.run(&input, None, move |output| head.decode(output.shape, output.data))?;
        read.map_err(|source| ReadError::Plate { model: self.card().id.clone(), source })
    }

    /// A look at the plate with these `corners` of `view`, a whole frame taken at `at`, with a `margin` around it as
    /// [`plates::rectify`] has it. Waits in the session's queue for `limit` at most. `None` where the corners are those of no
    /// plate.
    ///
    /// # Errors
    /// When the session has ended or did not answer in time, or its output cannot be a plate's.
    pub(crate) fn look(
        &self,
        view: &FrameView<'_>,
        corners: &[FramePoint; 4],
        margin: f32,
        at: Duration,
        limit: Option<Duration>,
    ) -> Result<Option<Look>, ReadError> {
        let Some(crop) = plates::rectify(view, corners, self.crops.input, margin) else { return Ok(None) };
        let head = Arc::clone(&self.head);
        let read = self.crops.run(&crop, limit, move |output| head.read(output.shape, output.data))?;
        let Reading { read, complete } =
            read.map_err(|source| ReadError::Plate { model: self.card().id.clone(), source })?;
        Ok(Some(Look { at, corners: *corners, measures: Measures::of(corners, &crop), read, complete }))
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
