//! Models that read a crop: a plate to its text, an aligned face or a person to an embedding.
//!
//! Each reader has one session. For recorded pictures any thread may call one of plates or faces; callers take turns, so
//! that none is refused and none is dropped. One of people or plates that serves cameras has a place in its queue for each
//! of them, and each look a deadline.

mod face;
mod person;
mod plate;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine::{
    EngineError, InputElement, Outputs, ProviderRequest, Request, Runtime, SessionHandle, SessionThread,
    TensorView,
};
use models::{Card, Fit, Task};
use vision::{ElementType, Picture, SizePx, VisionError};

use crate::sessions;

pub(crate) use self::face::FaceEmbedder;
pub(crate) use self::person::PersonEmbedder;
pub(crate) use self::plate::PlateReader;

/// Nothing but a session that has died takes so long.
const LIMIT: Duration = Duration::from_secs(3600);

/// Why a crop was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("model `{model}` gave no output")]
    MissingOutput { model: String },
    #[error("could not bring the crop to the model's input size")]
    Resize(#[from] VisionError),
    #[error("face is {actual}, expected it aligned to {expected}")]
    FaceSize { actual: SizePx, expected: SizePx },
    #[error("model `{model}` gave no plate")]
    Plate { model: String, source: plates::PlateError },
    #[error("model `{model}` gave no embedding")]
    Face { model: String, source: faces::FaceError },
    #[error("model `{model}` gave no embedding, expected {length} numbers with a direction")]
    Person { model: String, length: usize },
}

/// A session that serves one crop at a time, as one of its callers.
struct CropSession {
    card: Arc<Card>,
    input: SizePx,
    session: SessionHandle,
    /// Held by the caller whose crop is in the session.
    turn: Mutex<()>,
}

impl CropSession {
    /// Loads the model of `card` from `file` on a thread of its own, with a place in its queue for each of `callers`. It
    /// must be for the task, and take crops as the fit says.
    fn load(
        runtime: &Runtime,
        card: Arc<Card>,
        file: &Path,
        (task, fit): (Task, Fit),
        provider: ProviderRequest,
        callers: usize,
    ) -> anyhow::Result<(Self, SessionThread)> {
        anyhow::ensure!(
            card.task == task,
            "model `{}` is for the task `{}`, expected `{task}`",
            card.id,
            card.task
        );
        anyhow::ensure!(
            card.input.fit == fit,
            "model `{}` takes pictures by {:?}, expected {fit:?}",
            card.id,
            card.input.fit
        );
        let input = card.input.size.preferred();
        let spec = sessions::spec(&card, file, input, callers, 1, provider)?;
        let (session, thread) = sessions::open(runtime, &card, spec, 1)?;
        Ok((Self { card, input, session, turn: Mutex::new(()) }, thread))
    }

    /// The same session for a caller with turns of its own.
    fn another_caller(&self) -> Self {
        let (card, session) = (Arc::clone(&self.card), self.session.another_caller());
        Self { card, input: self.input, session, turn: Mutex::new(()) }
    }

    /// What `read` makes of the model's first output for `crop`, which has the input's size.
    ///
    /// Waits in the queue for `limit` at most; without one for as long as it takes, after other callers of this one.
    fn run<T, F>(&self, crop: &Picture, limit: Option<Duration>, read: F) -> Result<T, ReadError>
    where
        T: Send + 'static,
        F: FnMut(TensorView<'_>) -> T + Send + 'static,
    {
        let (spec, layout) = (&self.card.input.spec, self.card.input.layout);
        match self.card.input.element {
            ElementType::F32 => {
                let mut tensor = vec![0.0; crop.rgb().len()];
                spec.write(crop, layout, &mut tensor);
                self.answer(tensor, limit, read)
            }
            ElementType::U8 => {
                let mut tensor = vec![0; crop.rgb().len()];
                spec.order.write(crop, layout, &mut tensor);
                self.answer(tensor, limit, read)
            }
        }
    }

    fn answer<E, T, F>(&self, tensor: Vec<E>, limit: Option<Duration>, read: F) -> Result<T, ReadError>
    where
        E: InputElement,
        T: Send + 'static,
        F: FnMut(TensorView<'_>) -> T + Send + 'static,
    {
        match limit {
            Some(limit) => self.ask(tensor, limit, read),
            None => {
                let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
                self.ask(tensor, LIMIT, read)
            }
        }
    }

    /// What `read` makes of the model's first output for `tensor`, which is the input as the card has it. Waits in the queue
    /// for `limit` at most, and is refused where there is no place in it.
    fn ask<E, T, F>(&self, tensor: Vec<E>, limit: Duration, read: F) -> Result<T, ReadError>
    where
        E: InputElement,
        T: Send + 'static,
        F: FnMut(TensorView<'_>) -> T + Send + 'static,
    {
        let answer = self.session.run(CropRequest { tensor, read }, limit)?;
        answer.output.ok_or_else(|| ReadError::MissingOutput { model: self.card.id.clone() })
    }
}

/// One crop on its way through a session.
struct CropRequest<E, F> {
    tensor: Vec<E>,
    read: F,
}

impl<E, T, F> Request for CropRequest<E, F>
where
    E: InputElement,
    T: Send + 'static,
    F: FnMut(TensorView<'_>) -> T + Send + 'static,
{
    type Element = E;
    type Output = Option<T>;

    fn fill(&mut self, input: &mut [E]) {
        input.copy_from_slice(&self.tensor);
    }

    fn read(&mut self, outputs: &Outputs<'_>) -> Option<T> {
        outputs.get(0).map(&mut self.read)
    }
}

#[cfg(test)]
mod tests;
