//! What a model costs by itself: by what runs it and in which numbers, by pictures in a run, threads inside it and sessions
//! side by side.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use engine::{Batching, Precision, Provider, ProviderRequest, Runtime, SessionHandle};
use models::{Card, InputBatch};
use serde::Serialize;
use vision::SizePx;

use super::cpu;
use super::stand::{Bare, quantile};
use crate::edge::{Detector, SessionSettings};
use crate::eval::{INFERENCE_LIMIT, locate};
use crate::sessions;

/// Runs of each session before the clock starts: the first allocates, the next settle.
const WARM_UP: usize = 5;

/// Batches that are tried where the model takes them: a camera box never has many frames at once.
const BATCHES: [usize; 3] = [1, 2, 4];

/// Of two speeds that are as good as the same, the part that the smaller is of the other.
const ABOUT: f64 = 0.97;

/// As a configuration may say.
const MOST_SESSIONS: usize = 16;
const MOST_THREADS: usize = 64;

const FP32: &str = Precision::Fp32.name();
const FP16: &str = Precision::Fp16.name();
const INT8: &str = Precision::Int8.name();

/// What of a model decides how it can be run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) batch: InputBatch,
    /// Whether its file computes in 8-bit numbers.
    pub(super) quantised: bool,
}

/// One way to run a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Setup {
    pub(crate) provider: &'static str,
    pub(crate) precision: &'static str,
    /// Frames in one run, as far as so many wait.
    pub(crate) batch: usize,
    /// Threads inside one run.
    pub(crate) threads: usize,
    /// Sessions side by side.
    pub(crate) sessions: usize,
}

/// A model run one way.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct InferFigure {
    pub(crate) model: String,
    pub(crate) input: (u32, u32),
    #[serde(flatten)]
    pub(crate) setup: Setup,
    /// Of one run of all its pictures, from the first that is written into its input.
    pub(crate) ms: Percentiles,
    /// CPU time of all threads, per picture.
    pub(crate) cpu_ms: f64,
    /// Pictures that were answered per second, of all sessions.
    pub(crate) runs_per_second: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Percentiles {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// `on cpu in fp32, batch: 1, threads: 1, sessions: 1`.
impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provider, precision, batch, threads, sessions } = self;
        write!(f, "on {provider} in {precision}, batch: {batch}, threads: {threads}, sessions: {sessions}")
    }
}

impl Setup {
    /// How a session is made this way, with `queue` places for those who are no camera.
    pub(super) fn session(&self, queue: usize) -> anyhow::Result<SessionSettings> {
        let provider: Provider = self.provider.parse()?;
        let precision = match self.precision {
            FP16 => Precision::Fp16,
            INT8 => Precision::Int8,
            _ => Precision::Fp32,
        };
        Ok(SessionSettings {
            queue,
            intra_op_threads: self.threads,
            batch: Batching { max: self.batch, hold: Duration::ZERO },
            sessions: self.sessions,
            provider: ProviderRequest {
                precision,
                ..sessions::on(provider, &models::home::default_store()?)
            },
        })
    }
}

/// The plainest of `figures`, which are of one model at one size in the order of [`setups`], that is about as fast as the
/// fastest: what is measured to be a little faster may be so by chance, and more threads, sessions or frames in a run cost
/// memory and age.
pub(super) fn fastest<'a>(figures: impl Iterator<Item = &'a InferFigure> + Clone) -> Option<&'a InferFigure> {
    let most = figures.clone().map(|figure| figure.runs_per_second).fold(0.0, f64::max);
    figures.into_iter().find(|figure| ABOUT * most <= figure.runs_per_second)
}

/// Every provider that is there on this machine.
pub(super) fn present(runtime: &Runtime) -> Vec<Provider> {
    let reports = engine::providers(runtime);
    let is_there = |report: &engine::ProviderReport| report.compiled_in && report.is_present();
    reports.iter().filter(|report| is_there(report)).map(|report| report.provider).collect()
}

/// The ways to run a model of `kind` on `cores` cores and on `providers`, the plainest first: in the numbers of its file, and
/// in half of them where a provider computes so; as many threads and sessions as there are cores for.
pub(super) fn setups(kind: Kind, cores: usize, providers: &[Provider]) -> Vec<Setup> {
    let batches = if kind.batch == InputBatch::Any { &BATCHES[..] } else { &BATCHES[..1] };
    let mut setups = Vec::new();
    for &provider in providers {
        let precisions: &[&'static str] = match (kind.quantised, provider.computes_in_halves()) {
            (true, _) => &[INT8],
            (false, true) => &[FP32, FP16],
            (false, false) => &[FP32],
        };
        for &precision in precisions {
            for &batch in batches {
                for sessions in powers_of_two(cores.min(MOST_SESSIONS)) {
                    let threads = powers_of_two((cores / sessions).min(MOST_THREADS));
                    let provider = provider.name();
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

impl Kind {
    /// What `card` and its file say.
    ///
    /// # Errors
    /// When the file is not held or cannot be read.
    pub(super) fn of(card: &Card) -> anyhow::Result<Self> {
        let file = locate(card)?;
        let quantised = engine::is_quantised(&file)
            .with_context(|| format!("could not read model `{}` in `{}`", card.id, file.display()))?;
        Ok(Self { batch: card.input.batch, quantised })
    }
}

/// Runs `card` at `input` for about `length`, with twice as many requests under way as its sessions take at once: no batch
/// waits for its last picture.
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
    let at_once = setup.batch * setup.sessions;
    let settings = setup.session(2 * at_once)?;
    let detector = Detector::new(runtime, Arc::clone(card), &locate(card)?, Some(input), settings, 0)
        .with_context(|| format!("model `{}` does not load", card.id))?;
    let session = detector.session_at(input)?;
    let tensor = Arc::new(pattern(3 * input.area_px() as usize));
    let warm_up = Span::Pictures(WARM_UP * at_once);
    flood(&session, 2 * at_once, &tensor, warm_up)?;
    let before = cpu::time();
    let Flooded { pictures, seconds, runs_ms } = flood(&session, 2 * at_once, &tensor, Span::Time(length))?;
    let cpu_ms = 1e3 * (cpu::time() - before).as_secs_f64() / pictures;
    detector.stop();
    Ok(InferFigure {
        model: card.id.clone(),
        input: (input.width, input.height),
        setup,
        ms: Percentiles { p50: quantile(runs_ms.clone(), 0.5), p99: quantile(runs_ms, 0.99) },
        cpu_ms,
        runs_per_second: pictures / seconds,
    })
}

/// How long requests are made.
#[derive(Clone, Copy)]
enum Span {
    Pictures(usize),
    Time(Duration),
}

struct Flooded {
    pictures: f64,
    seconds: f64,
    /// Of each picture's run.
    runs_ms: Vec<f64>,
}

/// Keeps `under_way` requests with `tensor` waiting or running until `span` is over, then waits for the last of them.
fn flood(
    session: &SessionHandle,
    under_way: usize,
    tensor: &Arc<Vec<f32>>,
    span: Span,
) -> anyhow::Result<Flooded> {
    let (sender, answers) = sync_channel(under_way);
    let ask = || {
        let sender = sender.clone();
        session.submit(Bare(Some(Arc::clone(tensor))), INFERENCE_LIMIT, move |answer| {
            // There is room for all that are under way.
            sender.try_send(answer.map(|answer| answer.ran)).ok();
        })
    };
    let begun = Instant::now();
    let mut runs_ms = Vec::new();
    let mut open = 0;
    loop {
        let goes_on = match span {
            Span::Pictures(count) => runs_ms.len() + open < count,
            Span::Time(length) => begun.elapsed() < length,
        };
        while goes_on && open < under_way {
            ask()?;
            open += 1;
        }
        if open == 0 {
            break;
        }
        let ran = answers.recv().context("the session stopped")??;
        open -= 1;
        runs_ms.push(1e3 * ran.as_secs_f64());
    }
    Ok(Flooded { pictures: runs_ms.len() as f64, seconds: begun.elapsed().as_secs_f64(), runs_ms })
}

/// Values like those of a picture, none of them special to a processor.
fn pattern(len: usize) -> Vec<f32> {
    (0..len).map(|index| ((index * 7919) % 251) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Kind = Kind { batch: InputBatch::One, quantised: false };

    #[test]
    fn threads_and_sessions_share_the_cores() {
        let shares = |cores| {
            let setups = setups(ONE, cores, &[Provider::Cpu]);
            setups.iter().map(|setup| (setup.threads, setup.sessions)).collect::<Vec<_>>()
        };
        assert_eq!(shares(1), [(1, 1)]);
        assert_eq!(shares(2), [(1, 1), (2, 1), (1, 2)]);
        assert_eq!(shares(5), [(1, 1), (2, 1), (4, 1), (1, 2), (2, 2), (1, 4)]);
        assert_eq!(shares(0), [(1, 1)]);
        assert!(shares(256).contains(&(64, 1)) && shares(256).contains(&(16, 16)));
        assert!(shares(256).iter().all(|&(threads, sessions)| threads * sessions <= 256 && sessions <= 16));
    }

    #[test]
    fn batches_are_tried_where_the_model_takes_them_and_precisions_where_the_provider_knows_them() {
        let tried = |kind, provider| {
            let setups = setups(kind, 1, &[provider]);
            setups.iter().map(|setup| (setup.precision, setup.batch)).collect::<Vec<_>>()
        };
        assert_eq!(tried(ONE, Provider::Cpu), [("fp32", 1)]);
        let any = Kind { batch: InputBatch::Any, ..ONE };
        assert_eq!(tried(any, Provider::Cpu), [("fp32", 1), ("fp32", 2), ("fp32", 4)]);
        assert_eq!(tried(Kind { quantised: true, ..ONE }, Provider::Cpu), [("int8", 1)]);
        assert_eq!(tried(ONE, Provider::OpenVino), [("fp32", 1), ("fp16", 1)]);
    }
}
