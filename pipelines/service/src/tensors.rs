//! Models lent to outsiders as they are: a tensor in, tensors out, no picture and no detection.

mod item;
mod tally;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use engine::{EngineError, InputElement, Outputs, Request};
use models::Card;
use prost::bytes::Bytes;
use vision::{ElementType, SizePx, TensorLayout};

pub(crate) use self::item::OutputAnswer;
use self::item::{FromBytes, Gathered, Item, OutputChanged};
pub(crate) use self::tally::{Share, Tally};
use crate::outside::{Outside, Pending};

/// No batch is larger, unless one item is.
const MAX_BATCH_BYTES: usize = 64 << 20;

/// Nothing but a session that has died takes so long to answer its first request.
const PROBE_LIMIT: Duration = Duration::from_secs(60);

/// The models that are lent, and for how long a request may wait for one.
pub(crate) struct Lent {
    pub(crate) models: Vec<TensorModel>,
    /// Longest wait in a session's queue.
    pub(crate) deadline: Duration,
}

impl Lent {
    /// # Errors
    /// When a model does not answer.
    pub(crate) fn new(
        sessions: impl IntoIterator<Item = (Arc<Card>, SizePx, Outside)>,
        deadline: Duration,
    ) -> anyhow::Result<Self> {
        let mut models: Vec<TensorModel> = Vec::new();
        for (card, size, outside) in sessions {
            // One card may run at several input sizes: the first has its name.
            let taken = models.iter().any(|model| model.name == card.id);
            let name = if taken { format!("{}@{size}", card.id) } else { card.id.clone() };
            models.push(TensorModel::new(name, &card, size, outside)?);
        }
        Ok(Self { models, deadline })
    }

    pub(crate) fn model(&self, name: &str) -> Option<&TensorModel> {
        self.models.iter().find(|model| model.name == name)
    }
}

/// One session as a function of tensors.
pub(crate) struct TensorModel {
    /// The card's id, with `@WxH` behind it for a further input size of the same card.
    pub(crate) name: String,
    pub(crate) input: InputTensor,
    /// In the order of the card.
    pub(crate) outputs: Vec<OutputTensor>,
    /// Most items in one request; `None` where an output has no axis for them, or another length for each, so that there can
    /// be one item only.
    pub(crate) max_batch: Option<usize>,
    outside: Outside,
    tally: Mutex<Tally>,
}

/// The input of a model.
pub(crate) struct InputTensor {
    pub(crate) name: String,
    pub(crate) element: ElementType,
    pub(crate) layout: TensorLayout,
    /// Lengths of the dimensions of one item, the batch left out.
    pub(crate) dims: [i64; 3],
}

/// An output of a model, of `f32`.
pub(crate) struct OutputTensor {
    pub(crate) name: String,
    /// Lengths of the dimensions for a batch of one; -1 where that depends on the picture.
    pub(crate) shape: Vec<i64>,
}

/// Why there are no outputs.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TensorError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("model `{model}` did not answer within {limit:?}")]
    Late { model: String, limit: Duration },
    #[error("model `{model}`")]
    Output { model: String, source: OutputChanged },
}

/// When a call has to have its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    /// What no session has begun by then is dropped.
    pub(crate) queued_until: Instant,
    /// What is not answered by then is cut short.
    pub(crate) answered_by: Instant,
}

impl TensorModel {
    /// Asks the session once, to learn the shapes of its outputs.
    fn new(name: String, card: &Card, size: SizePx, outside: Outside) -> anyhow::Result<Self> {
        let (width, height) = (i64::from(size.width), i64::from(size.height));
        let input = InputTensor {
            name: card.input.name.clone(),
            element: card.input.element,
            layout: card.input.layout,
            dims: match card.input.layout {
                TensorLayout::Nchw => [3, height, width],
                TensorLayout::Nhwc => [height, width, 3],
            },
        };
        let shapes = match input.element {
            ElementType::F32 => outside.session().run(Probe::<f32>::new(card), PROBE_LIMIT),
            ElementType::U8 => outside.session().run(Probe::<u8>::new(card), PROBE_LIMIT),
        };
        let shapes = shapes.with_context(|| format!("model `{name}` did not tell its shapes"))?.output;
        let outputs: Vec<OutputTensor> = card
            .outputs
            .iter()
            .zip(shapes)
            .map(|(name, shape)| OutputTensor {
                name: name.clone(),
                shape: of_any_picture(&card.head, shape),
            })
            .collect();
        // Answers of different lengths are no one tensor.
        let stacks = |output: &OutputTensor| output.shape.first() == Some(&1) && !output.shape.contains(&-1);
        let batched = outputs.iter().all(stacks);
        // More would not fit into the queue, however empty it is, nor into a message.
        let max_batch = outside.capacity().min((MAX_BATCH_BYTES / input.item_bytes().max(1)).max(1));
        Ok(Self {
            name,
            input,
            outputs,
            max_batch: batched.then_some(max_batch),
            outside,
            tally: Mutex::default(),
        })
    }

    /// Sessions side by side.
    pub(crate) fn sessions(&self) -> usize {
        self.outside.session().sessions()
    }

    /// Most items in one request.
    pub(crate) fn max_items(&self) -> usize {
        self.max_batch.unwrap_or(1)
    }

    /// Sums over the requests so far.
    pub(crate) fn tally(&self) -> Tally {
        *self.lock_tally()
    }

    /// A request that came at `arrived` was refused or failed.
    pub(crate) fn count_failure(&self, arrived: Instant) {
        self.lock_tally().fail.add(arrived.elapsed());
    }

    /// Runs the `items` whole items in `values`, little-endian and row-major, and gives the outputs at the places `wanted` of
    /// [`TensorModel::outputs`].
    ///
    /// # Errors
    /// [`TensorError`]; whatever of it is still queued or running is hung up then, and when the call is dropped.
    pub(crate) async fn run(
        &self,
        values: Bytes,
        items: usize,
        wanted: &[usize],
        arrived: Instant,
        deadline: Deadline,
    ) -> Result<Vec<OutputAnswer>, TensorError> {
        match self.input.element {
            ElementType::F32 => self.run_as::<f32>(values, items, wanted, arrived, deadline).await,
            ElementType::U8 => self.run_as::<u8>(values, items, wanted, arrived, deadline).await,
        }
    }

    async fn run_as<E: FromBytes>(
        &self,
        values: Bytes,
        items: usize,
        wanted: &[usize],
        arrived: Instant,
        deadline: Deadline,
    ) -> Result<Vec<OutputAnswer>, TensorError> {
        let wanted = wanted.iter().map(|&index| (index, self.outputs[index].shape.clone())).collect();
        let gathered = Arc::new(Gathered::new(wanted, items));
        let late = || {
            let limit = deadline.answered_by.saturating_duration_since(arrived);
            TensorError::Late { model: self.name.clone(), limit }
        };
        let limit = deadline.queued_until.saturating_duration_since(Instant::now());
        if limit.is_zero() {
            return Err(late());
        }
        let mut places = self.outside.take(items)?;
        let bytes = self.input.item_bytes();
        let submit =
            |index| places.submit(Item::<E>::new(&values, bytes, Arc::clone(&gathered), index), limit);
        let pending = (0..items).map(submit).collect::<Result<Vec<Pending<_>>, _>>()?;
        drop(places);

        let answers = async {
            let mut spent = Tally::default();
            for pending in pending {
                let answer = pending.answer().await?;
                let copied = answer
                    .output
                    .map_err(|source| TensorError::Output { model: self.name.clone(), source })?;
                spent.executed(answer.batch);
                spent.queue.add(answer.waited);
                spent.compute_input.add(copied.input);
                spent.compute_infer.add(answer.ran.saturating_sub(copied.input + copied.outputs));
                spent.compute_output.add(copied.outputs);
            }
            Ok(spent)
        };
        let spent = tokio::time::timeout_at(deadline.answered_by.into(), answers)
            .await
            .unwrap_or_else(|_| Err(late()))?;
        self.lock_tally().answered(&spent, arrived.elapsed());
        Ok(gathered.take())
    }

    fn lock_tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InputTensor {
    /// Values in one item.
    pub(crate) fn item_len(&self) -> usize {
        self.dims.iter().map(|&length| usize::try_from(length).unwrap_or(0)).product()
    }

    /// Bytes of one item.
    pub(crate) fn item_bytes(&self) -> usize {
        match self.element {
            ElementType::F32 => 4 * self.item_len(),
            ElementType::U8 => self.item_len(),
        }
    }
}

/// The shape of an output for any picture, after that for one.
fn of_any_picture(head: &models::Head, mut shape: Vec<i64>) -> Vec<i64> {
    // A row for each object, because the suppression is in the graph.
    if let (models::Head::Rtmdet, [_, rows, _]) = (head, shape.as_mut_slice()) {
        *rows = -1;
    }
    shape
}

/// Asks for the shapes of the outputs.
struct Probe<E> {
    outputs: Vec<String>,
    element: std::marker::PhantomData<E>,
}

impl<E> Probe<E> {
    fn new(card: &Card) -> Self {
        Self { outputs: card.outputs.clone(), element: std::marker::PhantomData }
    }
}

impl<E: InputElement> Request for Probe<E> {
    type Element = E;
    type Output = Vec<Vec<i64>>;

    /// Any input does: the canary's is still there.
    fn fill(&mut self, _: &mut [E]) {}

    fn read(&mut self, outputs: &Outputs<'_>) -> Vec<Vec<i64>> {
        let shape = |name: &String| outputs.named(name).map_or_else(Vec::new, |view| view.shape.to_vec());
        self.outputs.iter().map(shape).collect()
    }
}
