//! The life of a session's thread: batch after batch.

use std::sync::atomic::Ordering;
use std::time::Instant;

use ort::session::RunOptions;

use super::Counts;
use super::job::Job;
use super::queue::Queue;
use crate::EngineError;
use crate::model::{Model, with_causes};

/// Serves until the queue is closed and empty.
pub(super) fn serve(model: &mut Model, queue: &Queue<Box<dyn Job>>, counts: &Counts) {
    // Whatever ends this thread, nobody waits for it afterwards. After a panic that ends those beside it, too: a queue
    // that is half served would hide it.
    let _end = Emptied(queue);
    while let Some(taken) = queue.take() {
        for mut job in taken.unwanted {
            job.refuse(counts);
        }
        if !taken.wanted.is_empty() {
            run(model, taken.wanted, counts);
        }
    }
}

struct Emptied<'a>(&'a Queue<Box<dyn Job>>);

impl Drop for Emptied<'_> {
    fn drop(&mut self) {
        // Each says that the session has stopped when it is dropped.
        drop(self.0.close_and_empty());
    }
}

/// One run for all of `jobs`. One that cannot fill its part fails alone, and the next takes its place.
fn run(model: &mut Model, jobs: Vec<Box<dyn Job>>, counts: &Counts) {
    let begun = Instant::now();
    let mut filled: Vec<Box<dyn Job>> = Vec::with_capacity(jobs.len());
    for mut job in jobs {
        match job.fill(model, filled.len()) {
            Ok(()) => filled.push(job),
            Err(error) => job.fail(error, counts),
        }
    }
    // A run may be cut short by the one request in it, never by one of several.
    let result = match filled.as_mut_slice() {
        [] => return,
        [job] => {
            let options = job.options();
            model.infer(1, &options, |_, outputs| job.read(outputs))
        }
        several => RunOptions::new()
            .map_err(|source| EngineError::Run { session: model.name().to_owned(), source: source.into() })
            .and_then(|options| {
                model.infer(several.len(), &options, |place, outputs| several[place].read(outputs))
            }),
    };
    let (ran, batch) = (begun.elapsed(), filled.len());
    match result {
        Ok(()) => {
            counts.batches.fetch_add(1, Ordering::Relaxed);
            filled.iter_mut().for_each(|job| job.answer(begun, ran, batch, counts));
        }
        Err(error) => {
            let told = match &error {
                EngineError::Run { source, .. } => with_causes(source.as_ref()),
                error => with_causes(error),
            };
            for job in &mut filled {
                job.fail(
                    EngineError::Run { session: model.name().to_owned(), source: told.clone().into() },
                    counts,
                );
            }
        }
    }
}
