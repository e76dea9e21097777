//! What a model costs by itself, by what runs it and with how many threads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use engine::{Provider, Runtime, Wish};
use models::Card;
use serde::Serialize;
use vision::SizePx;

use super::cpu;
use super::stand::{Bare, quantile};
use crate::edge::{Detector, SessionSettings};
use crate::eval::{INFERENCE_LIMIT, locate};

/// Runs before the clock starts: the first allocates, the next settle.
const WARM_UP: usize = 5;

/// One way to run a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Setup {
    pub(crate) provider: &'static str,
    pub(crate) precision: &'static str,
    /// Frames in one run.
    pub(crate) batch: u32,
    /// Threads inside one run.
    pub(crate) threads: usize,
    /// Sessions side by side.
    pub(crate) sessions: u32,
}

/// A model run one way.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct InferFigure {
    pub(crate) model: String,
    pub(crate) input: (u32, u32),
    #[serde(flatten)]
    pub(crate) setup: Setup,
    /// From request to answer.
    pub(crate) ms: Percentiles,
    /// CPU time of all threads, per run.
    pub(crate) cpu_ms: f64,
    pub(crate) runs_per_second: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Percentiles {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

impl Setup {
    /// How a session is made this way, with `queue` places for those who are no camera.
    pub(super) fn session(&self, queue: usize) -> anyhow::Result<SessionSettings> {
        let provider: Provider = self.provider.parse()?;
        let provider = Wish::Require(provider).into();
        Ok(SessionSettings { queue, intra_op_threads: self.threads, provider })
    }
}

/// Every provider that is there on this machine.
pub(super) fn present(runtime: &Runtime) -> Vec<Provider> {
    let reports = engine::providers(runtime);
    let is_there = |report: &engine::ProviderReport| report.compiled_in && report.is_present();
    reports.iter().filter(|report| is_there(report)).map(|report| report.provider).collect()
}

/// The ways to run a model on `cores` cores and on `providers`.
///
/// A running box has one session for each model and size, frame by frame, and as the weights are: these lists grow with
/// it, for what it cannot do is not worth measuring.
pub(super) fn setups(cores: usize, providers: &[Provider]) -> Vec<Setup> {
    const PRECISIONS: [&str; 1] = ["fp32"];
    const BATCHES: [u32; 1] = [1];
    const SESSIONS: [u32; 1] = [1];
    let mut setups = Vec::new();
    for provider in providers.iter().copied().map(Provider::name) {
        for precision in PRECISIONS {
            for batch in BATCHES {
                for sessions in SESSIONS {
                    let threads = powers_of_two(cores.min(64) / sessions as usize);
                    setups.extend(threads.map(|threads| Setup {
                        provider,
                        precision,
                        batch,
                        threads,
                        sessions,
                    }));
                }
            }
        }
    }
    setups
}

/// 1, 2, 4 and so on, as far as `most`; 1 at least.
fn powers_of_two(most: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(1), |threads| Some(2 * threads))
        .take_while(move |&threads| threads <= most.max(1))
}

/// Runs `card` at `input` for about `length`.
///
/// # Errors
/// When the model does not load, or does not answer.
pub(super) fn infer(
    runtime: &Runtime,
    card: &Arc<Card>,
    input: SizePx,
    setup: Setup,
    length: Duration,
) -> anyhow::Result<InferFigure> {
    let settings = setup.session(1)?;
    let detector = Detector::new(runtime, Arc::clone(card), &locate(card)?, Some(input), settings, 1)
        .with_context(|| format!("model `{}` does not load", card.id))?;
    let session = detector.session_at(input)?;
    let mut tensor = Some(Arc::new(pattern(3 * input.area_px() as usize)));
    let mut run = || session.run(Bare(tensor.take()), INFERENCE_LIMIT);
    for _ in 0..WARM_UP {
        run()?;
    }
    let (begun, before) = (Instant::now(), cpu::time());
    let mut times_ms = Vec::new();
    while times_ms.is_empty() || begun.elapsed() < length {
        let asked = Instant::now();
        run()?;
        times_ms.push(1e3 * asked.elapsed().as_secs_f64());
    }
    let (seconds, runs) = (begun.elapsed().as_secs_f64(), times_ms.len() as f64);
    let cpu_ms = 1e3 * (cpu::time() - before).as_secs_f64() / runs;
    detector.stop();
    Ok(InferFigure {
        model: card.id.clone(),
        input: (input.width, input.height),
        setup,
        ms: Percentiles { p50: quantile(times_ms.clone(), 0.5), p99: quantile(times_ms, 0.99) },
        cpu_ms,
        runs_per_second: runs / seconds,
    })
}

/// Values like those of a picture, none of them special to a processor.
fn pattern(len: usize) -> Vec<f32> {
    (0..len).map(|index| ((index * 7919) % 251) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_tried_with_every_power_of_two_of_threads() {
        let threads =
            |cores| setups(cores, &[Provider::Cpu]).iter().map(|setup| setup.threads).collect::<Vec<_>>();
        assert_eq!(threads(1), [1]);
        assert_eq!(threads(2), [1, 2]);
        assert_eq!(threads(12), [1, 2, 4, 8]);
        assert_eq!(threads(0), [1]);
        assert_eq!(threads(256).last(), Some(&64));
    }
}
