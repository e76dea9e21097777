//! How long runs take, model and candidates in turn: what else this machine does meanwhile slows all of them.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use engine::{Outputs, Precision, ProviderRequest, Request, Runtime, SessionHandle, SessionThread};
use models::Card;

use super::Order;
use super::calibration::Tensor;
use super::candidates::Candidate;
use crate::{eval, sessions};

/// Rounds that are not counted: caches fill, and providers build what they need.
const WARM_UP_ROUNDS: usize = 5;

/// Runs of each model.
const ROUNDS: usize = 60;

/// A run that takes longer is not one for a camera.
const LIMIT: Duration = Duration::from_secs(60);

/// Medians of a run on one thread, in milliseconds.
pub(super) struct Runs {
    pub(super) original_ms: f64,
    /// In the order of the candidates.
    pub(super) candidates: Vec<f64>,
}

/// Times `card` in `file` and the `candidates` on one `input`.
///
/// # Errors
/// When a model does not load on what the order names, or a run fails.
pub(super) fn in_turn(
    order: &Order,
    card: &Card,
    file: &Path,
    candidates: &[Candidate],
    input: &Tensor,
) -> anyhow::Result<Runs> {
    let values = read(input)?;
    let runtime = eval::runtime()?;
    let open = |card, file, precision| Runner::open(&runtime, order, card, file, precision, input, &values);
    let mut runners = vec![open(card, file, Precision::Fp32)?];
    for candidate in candidates {
        runners.push(open(&candidate.card, &candidate.file, Precision::Int8)?);
    }
    let mut times = vec![Vec::new(); runners.len()];
    for round in 0..WARM_UP_ROUNDS + ROUNDS {
        for (runner, times) in runners.iter_mut().zip(&mut times) {
            let took = runner.run()?;
            if WARM_UP_ROUNDS <= round {
                times.push(took);
            }
        }
    }
    let mut medians = times.into_iter().map(|times| median(times).as_secs_f64() * 1000.0);
    Ok(Runs { original_ms: medians.next().unwrap_or(f64::NAN), candidates: medians.collect() })
}

fn read(input: &Tensor) -> anyhow::Result<Vec<f32>> {
    let bytes =
        std::fs::read(&input.file).with_context(|| format!("could not read `{}`", input.file.display()))?;
    let (values, []) = bytes.as_chunks::<4>() else { anyhow::bail!("a calibration input was cut") };
    ensure!(values.len() as u64 == 3 * input.size.area_px(), "a calibration input was cut");
    Ok(values.iter().map(|value| f32::from_le_bytes(*value)).collect())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// A session, and what is run in it.
struct Runner {
    handle: SessionHandle,
    /// Ends when this goes.
    _thread: SessionThread,
    values: Option<Vec<f32>>,
}

impl Runner {
    fn open(
        runtime: &Runtime,
        order: &Order,
        card: &Card,
        file: &Path,
        precision: Precision,
        input: &Tensor,
        values: &[f32],
    ) -> anyhow::Result<Self> {
        let provider = ProviderRequest { precision, ..order.provider.clone().into() };
        let spec = sessions::spec(card, file, input.size, 1, 1, provider);
        let (handle, thread) = SessionHandle::spawn(runtime, spec)
            .with_context(|| format!("model `{}` does not load", card.id))?;
        Ok(Self { handle, _thread: thread, values: Some(values.to_vec()) })
    }

    /// Time on the session's thread.
    fn run(&mut self) -> anyhow::Result<Duration> {
        let answer = self.handle.run(Run { values: self.values.take() }, LIMIT)?;
        Ok(answer.ran)
    }
}

/// One run of which nobody reads the outputs. The session's input keeps what the first one wrote.
struct Run {
    values: Option<Vec<f32>>,
}

impl Request for Run {
    type Element = f32;
    type Output = ();

    fn fill(&mut self, input: &mut [f32]) {
        if let Some(values) = &self.values {
            input.copy_from_slice(values);
        }
    }

    fn read(&mut self, _: &Outputs<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_not_moved_by_one_slow_run() {
        let times = [5, 1, 900, 3, 2].map(Duration::from_millis);
        assert_eq!(median(times.to_vec()), Duration::from_millis(3));
    }
}
