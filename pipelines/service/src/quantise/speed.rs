//! How long runs take, model and candidates in turn: what else this machine does meanwhile slows all of them.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use datasets::report::REPLICATES;
use datasets::score::interval::{Bootstrap, percentile_interval, quantile};
use engine::{Outputs, Precision, ProviderRequest, Request, Runtime, SessionHandle, SessionThread};
use models::Card;

use super::Order;
use super::calibration::Tensor;
use super::candidates::Candidate;
use super::guard::SpeedUp;
use crate::{eval, sessions};

/// Rounds that are not counted: caches fill, and providers build what they need.
const WARM_UP_ROUNDS: usize = 5;

/// Runs of each model, if they are done in time.
const MOST_ROUNDS: usize = 100;

/// After this no further block is begun.
const TIME: Duration = Duration::from_secs(90);

/// Consecutive rounds that are drawn together: what else the machine does lasts longer than a run.
const BLOCK: usize = 5;

/// Blocks that there are in any case: fewer give no interval worth its name.
const LEAST_BLOCKS: usize = 6;

/// The interval is the same for the same times.
const SEED: u64 = 1;

/// A run that takes longer is not one for a camera.
const LIMIT: Duration = Duration::from_secs(60);

/// Times of runs on one thread, model and candidates in turn.
pub(super) struct Runs {
    /// Of the model as it is.
    original: Times,
    /// In the order of the candidates.
    candidates: Vec<Times>,
}

/// Milliseconds of one model's runs, by round.
struct Times(Vec<f64>);

impl Runs {
    /// How often each was run.
    pub(super) fn rounds(&self) -> usize {
        self.original.0.len()
    }

    /// Median of the model as it is, in milliseconds.
    pub(super) fn original_ms(&self) -> f64 {
        median(self.original.0.clone())
    }

    /// Medians in milliseconds, in the order of the candidates.
    pub(super) fn candidates_ms(&self) -> Vec<f64> {
        self.candidates.iter().map(|times| median(times.0.clone())).collect()
    }

    /// In the order of the candidates.
    pub(super) fn speed_ups(&self) -> Vec<SpeedUp> {
        self.candidates.iter().map(|candidate| self.original.by(candidate)).collect()
    }
}

impl Times {
    /// How many times as fast `other` is, with an interval from draws of the same blocks of rounds for both.
    fn by(&self, other: &Self) -> SpeedUp {
        let ratio = median(self.0.clone()) / median(other.0.clone());
        let mut draws = Bootstrap::new(SEED, REPLICATES);
        let mut ratios: Vec<f64> = (0..draws.replicates())
            .map(|_| {
                let weights = draws.weights(self.0.len().div_ceil(BLOCK));
                median(self.drawn(&weights)) / median(other.drawn(&weights))
            })
            .collect();
        SpeedUp { ratio, interval: percentile_interval(&mut ratios) }
    }

    /// The times, each as often as its block came.
    fn drawn(&self, weights: &[u32]) -> Vec<f64> {
        let blocks = self.0.chunks(BLOCK).zip(weights);
        blocks.flat_map(|(block, &weight)| block.repeat(weight as usize)).collect()
    }
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
    for _ in 0..WARM_UP_ROUNDS {
        runners.iter_mut().try_for_each(|runner| runner.run().map(drop))?;
    }
    let mut times = vec![Vec::new(); runners.len()];
    let begun = Instant::now();
    for round in 0..MOST_ROUNDS {
        if round.is_multiple_of(BLOCK) && LEAST_BLOCKS * BLOCK <= round && TIME <= begun.elapsed() {
            break;
        }
        for place in order_of(round, runners.len()) {
            times[place].push(runners[place].run()?.as_secs_f64() * 1000.0);
        }
    }
    let mut times = times.into_iter().map(Times);
    let original = times.next().context("nothing was run")?;
    Ok(Runs { original, candidates: times.collect() })
}

/// Who runs when in a `round`: forwards and backwards by turns, so that nobody always follows the same one.
fn order_of(round: usize, count: usize) -> Vec<usize> {
    let forwards = 0..count;
    if round.is_multiple_of(2) { forwards.collect() } else { forwards.rev().collect() }
}

fn read(input: &Tensor) -> anyhow::Result<Vec<f32>> {
    let bytes =
        std::fs::read(&input.file).with_context(|| format!("could not read `{}`", input.file.display()))?;
    let (values, []) = bytes.as_chunks::<4>() else { anyhow::bail!("a calibration input was cut") };
    ensure!(values.len() as u64 == 3 * input.size.area_px(), "a calibration input was cut");
    Ok(values.iter().map(|value| f32::from_le_bytes(*value)).collect())
}

/// NaN of nothing.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    quantile(&times, 0.5).unwrap_or(f64::NAN)
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
        let spec = sessions::spec(card, file, input.size, 1, 1, provider)?;
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
    use datasets::score::interval::Interval;

    use super::*;

    #[test]
    fn the_median_is_not_moved_by_one_slow_run() {
        assert_eq!(median(vec![5.0, 1.0, 900.0, 3.0, 2.0]), 3.0);
    }

    /// `count` times around `ms`, off by up to `noise` of it: the same ones for the same `phase`.
    fn times(count: usize, ms: f64, noise: f64, phase: usize) -> Times {
        Times((0..count).map(|round| ms * (1.0 + noise * ((round * 7 + phase) % 11) as f64 / 10.0)).collect())
    }

    #[test]
    fn a_steady_difference_is_known_well() {
        let SpeedUp { ratio, interval } = times(100, 15.0, 0.1, 0).by(&times(100, 10.0, 0.1, 3));
        let interval = interval.expect("there is one");
        assert!((1.45..1.55).contains(&ratio) && 1.4 < interval.low && interval.high < 1.6, "{interval:?}");
        assert!(interval.low <= ratio && ratio <= interval.high);
    }

    #[test]
    fn as_fast_is_not_faster_however_often_it_ran() {
        let SpeedUp { ratio, interval } = times(100, 10.0, 0.3, 0).by(&times(100, 10.0, 0.3, 5));
        let interval = interval.expect("there is one");
        assert!(interval.low <= 1.0 && 1.0 <= interval.high, "{ratio}: {interval:?}");
    }

    #[test]
    fn what_slows_both_for_a_while_moves_the_interval_little() {
        // The machine is three times as slow for a third of the rounds.
        let slowed = |Times(times): Times| -> Times {
            let slow = |(round, ms): (usize, f64)| if round < 33 { 3.0 * ms } else { ms };
            Times(times.into_iter().enumerate().map(slow).collect())
        };
        let (a, b) = (slowed(times(100, 15.0, 0.1, 0)), slowed(times(100, 10.0, 0.1, 3)));
        let interval = a.by(&b).interval.expect("there is one");
        assert!(1.3 < interval.low && interval.high < 1.7, "{interval:?}");
    }

    #[test]
    fn nobody_always_follows_the_same_one() {
        assert_eq!((order_of(0, 3), order_of(1, 3)), (vec![0, 1, 2], vec![2, 1, 0]));
    }

    #[test]
    fn each_candidate_is_held_against_the_model_as_it_is() {
        let runs = Runs {
            original: times(20, 10.0, 0.0, 0),
            candidates: vec![times(20, 5.0, 0.0, 0), times(20, 20.0, 0.0, 0)],
        };
        assert_eq!((runs.rounds(), runs.original_ms(), runs.candidates_ms()), (20, 10.0, vec![5.0, 20.0]));
        let sure = |ratio| SpeedUp { ratio, interval: Some(Interval { low: ratio, high: ratio }) };
        assert_eq!(runs.speed_ups(), [sure(2.0), sure(0.5)]);
    }
}
