//! One item of a batch on its way through a session.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use engine::{InputElement, Outputs, Request};
use prost::bytes::Bytes;

/// A kind of value that a session is fed with.
pub(super) trait FromBytes: InputElement {
    /// Writes little-endian `bytes` to `input`, which has room for as many values.
    fn copy(bytes: &[u8], input: &mut [Self]);
}

impl FromBytes for f32 {
    fn copy(bytes: &[u8], input: &mut [Self]) {
        for (value, bytes) in input.iter_mut().zip(bytes.as_chunks().0) {
            *value = Self::from_le_bytes(*bytes);
        }
    }
}

impl FromBytes for u8 {
    fn copy(bytes: &[u8], input: &mut [Self]) {
        input.copy_from_slice(bytes);
    }
}

/// An output whose shape is not the one the model had when it was loaded.
#[derive(Debug, thiserror::Error)]
#[error("output {index} has shape {actual:?}, expected {expected:?}")]
pub(crate) struct OutputChanged {
    index: usize,
    expected: Vec<i64>,
    actual: Vec<i64>,
}

/// The outputs of a batch, each in one piece, where the items write their parts.
pub(super) struct Gathered {
    /// Places among the model's outputs, and their shapes for a batch of one.
    wanted: Vec<(usize, Vec<i64>)>,
    bytes: Mutex<Vec<Vec<u8>>>,
}

impl Gathered {
    pub(super) fn new(wanted: Vec<(usize, Vec<i64>)>, items: usize) -> Self {
        let buffers = wanted.iter().map(|(_, shape)| vec![0; items * bytes_of(shape)]).collect();
        Self { wanted, bytes: Mutex::new(buffers) }
    }

    /// The outputs, once every item has written its part.
    pub(super) fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, item: usize, outputs: &Outputs<'_>) -> Result<(), OutputChanged> {
        let mut buffers = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        for ((index, shape), buffer) in self.wanted.iter().zip(buffers.iter_mut()) {
            let view = outputs.get(*index);
            let actual = view.map_or(&[][..], |view| view.shape);
            if actual != shape {
                let (expected, actual) = (shape.clone(), actual.to_vec());
                return Err(OutputChanged { index: *index, expected, actual });
            }
            let data = view.map_or(&[][..], |view| view.data);
            let length = bytes_of(shape);
            let (chunks, _) = buffer[item * length..(item + 1) * length].as_chunks_mut::<4>();
            for (bytes, value) in chunks.iter_mut().zip(data) {
                *bytes = value.to_le_bytes();
            }
        }
        Ok(())
    }
}

fn bytes_of(shape: &[i64]) -> usize {
    4 * shape.iter().map(|&length| usize::try_from(length).unwrap_or(0)).product::<usize>()
}

/// How long copying took, on the session's thread.
pub(super) struct Copied {
    pub(super) input: Duration,
    pub(super) outputs: Duration,
}

pub(super) struct Item<E> {
    /// Of this item alone.
    values: Bytes,
    gathered: Arc<Gathered>,
    /// Place in the batch.
    index: usize,
    /// How long filling took.
    filled: Duration,
    element: PhantomData<E>,
}

impl<E: FromBytes> Item<E> {
    /// Item `index` of the batch `values`, whose items are `bytes` long.
    pub(super) fn new(values: &Bytes, bytes: usize, gathered: Arc<Gathered>, index: usize) -> Self {
        let values = values.slice(index * bytes..(index + 1) * bytes);
        Self { values, gathered, index, filled: Duration::ZERO, element: PhantomData }
    }
}

impl<E: FromBytes> Request for Item<E> {
    type Element = E;
    type Output = Result<Copied, OutputChanged>;

    fn fill(&mut self, input: &mut [E]) {
        let begun = Instant::now();
        E::copy(&self.values, input);
        self.filled = begun.elapsed();
    }

    fn read(&mut self, outputs: &Outputs<'_>) -> Self::Output {
        let begun = Instant::now();
        self.gathered.write(self.index, outputs)?;
        Ok(Copied { input: self.filled, outputs: begun.elapsed() })
    }
}
