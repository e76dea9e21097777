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
    /// Places among the model's outputs, and their shapes for a batch of one; -1 is a length that each answer has its own
    /// of, and only where one item is gathered.
    wanted: Vec<(usize, Vec<i64>)>,
    answers: Mutex<Vec<OutputAnswer>>,
}

/// What one output is for a batch.
#[derive(Default)]
pub(crate) struct OutputAnswer {
    /// For a batch of one.
    pub(crate) shape: Vec<i64>,
    /// Little-endian, row-major, item after item.
    pub(crate) bytes: Vec<u8>,
}

impl Gathered {
    pub(super) fn new(wanted: Vec<(usize, Vec<i64>)>, items: usize) -> Self {
        let empty = |(_, shape): &(usize, Vec<i64>)| OutputAnswer {
            shape: shape.clone(),
            bytes: vec![0; items * bytes_of(shape)],
        };
        let answers = Mutex::new(wanted.iter().map(empty).collect());
        Self { wanted, answers }
    }

    /// The outputs, once every item has written its part.
    pub(super) fn take(&self) -> Vec<OutputAnswer> {
        std::mem::take(&mut *self.answers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, item: usize, outputs: &Outputs<'_>) -> Result<(), OutputChanged> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        for ((index, expected), answer) in self.wanted.iter().zip(answers.iter_mut()) {
            let view = outputs.get(*index);
            let actual = view.map_or(&[][..], |view| view.shape);
            let fits = |(expected, actual): (&i64, &i64)| *expected == -1 || expected == actual;
            if expected.len() != actual.len() || !expected.iter().zip(actual).all(fits) {
                let (expected, actual) = (expected.clone(), actual.to_vec());
                return Err(OutputChanged { index: *index, expected, actual });
            }
            let length = bytes_of(actual);
            if actual != expected {
                *answer = OutputAnswer { shape: actual.to_vec(), bytes: vec![0; length] };
            }
            let data = view.map_or(&[][..], |view| view.data);
            let (chunks, _) = answer.bytes[item * length..(item + 1) * length].as_chunks_mut::<4>();
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
