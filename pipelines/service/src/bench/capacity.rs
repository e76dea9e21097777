//! The whole of a measurement: decoding, models, cameras at once; and what follows for a box.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use capture::{Codec, decode_all};
use engine::{Provider, Runtime};
use models::Card;
use serde::Serialize;
use vision::SizePx;

use super::decode::{DecodeFigure, decode, stream};
use super::infer::{InferFigure, Kind, Setup, fastest, infer, present, setups};
use super::streams::{AgePercentiles, FRAME_AGE_LIMIT, Profile, Stage, StreamFigure};

/// What is measured, and for how long.
pub(crate) struct Plan {
    /// Recorded footage that everything is made of.
    pub(crate) footage: PathBuf,
    /// The detectors that are run by themselves, each at its sizes.
    pub(crate) cards: Vec<(Arc<Card>, Vec<SizePx>)>,
    /// Which of them look at cameras, by their places in `cards`, each at its first size.
    pub(crate) on_cameras: Vec<usize>,
    pub(crate) profile: Profile,
    pub(crate) cores: usize,
    pub(crate) quick: bool,
}

/// What came of it: the parts of a `cairn.bench/1` document.
#[derive(Debug, Serialize)]
pub(crate) struct Capacity {
    pub(crate) decode: Vec<DecodeFigure>,
    pub(crate) infer: Vec<InferFigure>,
    pub(crate) streams: Vec<StreamFigure>,
    pub(crate) capacity: Vec<Certified>,
}

/// How many cameras a model carries.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Certified {
    pub(crate) cameras: u32,
    pub(crate) profile: Profile,
    pub(crate) model: String,
    pub(crate) input: (u32, u32),
    #[serde(flatten)]
    pub(crate) setup: Setup,
    /// Of the largest number that was carried; absent where not even one was.
    pub(crate) frame_age_ms: Option<AgePercentiles>,
    pub(crate) frame_age_limit_ms: u64,
}

impl Plan {
    /// Frames of the clips that are made: some seconds of a camera.
    const fn frames(&self) -> u32 {
        if self.quick { 60 } else { 300 }
    }

    const fn infer_rounds(&self) -> u32 {
        if self.quick { 1 } else { 3 }
    }

    /// For one round of one of `setups` ways to run a model at one size: all of them together get a given time, so that a
    /// machine with many cores, which has many ways, is not measured for hours.
    fn infer_length(&self, setups: usize) -> Duration {
        let (least_ms, most_ms, all_ms) = if self.quick { (100, 500, 3000) } else { (200, 1000, 15_000) };
        Duration::from_millis((all_ms / setups.max(1) as u64).clamp(least_ms, most_ms))
    }

    const fn stream_length(&self) -> Duration {
        if self.quick { Duration::from_secs(3) } else { Duration::from_secs(15) }
    }
}

/// Measures all of `plan`. `told` hears of each step before it begins.
///
/// # Errors
/// When the footage cannot be played, no H.264 stream can be made of it, or a model does not run.
pub(crate) fn measure(runtime: &Runtime, plan: &Plan, told: &dyn Fn(&str)) -> anyhow::Result<Capacity> {
    let folder = Folder::new()?;
    let size = SizePx::new(plan.profile.size.0, plan.profile.size.1);
    let mut decodes = Vec::new();
    let mut cameras_clip = None;
    for codec in Codec::ALL {
        told(&format!("decoding {} {size}", codec.name()));
        let made = stream(&plan.footage, &folder.0, codec, size, plan.frames());
        decodes.push(decode(codec, &made));
        if codec.name() == plan.profile.codec {
            cameras_clip = Some(made.with_context(|| format!("`{}`", plan.footage.display()))?.file);
        }
    }
    let clip = cameras_clip.context("no stream of the cameras' codec was made")?;

    let providers = present(runtime);
    let mut infers: Vec<InferFigure> = Vec::new();
    for (card, inputs) in &plan.cards {
        let setups = setups(Kind::of(card)?, plan.cores, &providers);
        for &input in inputs {
            infers.extend(in_turn(runtime, plan, card, input, &setups, told)?);
        }
    }

    let clip_hz = rate_of(&clip)?;
    let (mut streams, mut capacity) = (Vec::new(), Vec::new());
    for &index in &plan.on_cameras {
        let Some((card, inputs)) = plan.cards.get(index) else { continue };
        let input = inputs.first().copied().unwrap_or_else(|| card.input.size.preferred());
        let stage = Stage {
            runtime,
            card,
            input,
            clip: &clip,
            clip_hz,
            profile: &plan.profile,
            length: plan.stream_length(),
        };
        // One for each provider: a box says what shall run its models.
        let mut best: Vec<Certified> = Vec::new();
        for setup in candidates(&infers, &card.id, input) {
            told(&format!("cameras with {} at {input} {setup}", card.id));
            let (cameras, attempts) = stage.most(setup)?;
            let ages = attempts.iter().find(|attempt| attempt.carried && attempt.cameras == cameras);
            let found = Certified {
                cameras,
                profile: plan.profile.clone(),
                model: card.id.clone(),
                input: (input.width, input.height),
                setup,
                frame_age_ms: ages.map(|attempt| attempt.frame_age_ms),
                frame_age_limit_ms: FRAME_AGE_LIMIT.as_millis() as u64,
            };
            streams.extend(attempts);
            match best.iter_mut().find(|best| best.setup.provider == found.setup.provider) {
                Some(best) if best.cameras < found.cameras => *best = found,
                Some(_) => {}
                None => best.push(found),
            }
        }
        capacity.extend(best);
    }
    Ok(Capacity { decode: decodes, infer: infers, streams, capacity })
}

/// `card` at `input` run in every one of `setups` that it runs in here, in their order. They take turns, round by round, so
/// that what else the machine does for a while tells against all of them alike.
fn in_turn(
    runtime: &Runtime,
    plan: &Plan,
    card: &Arc<Card>,
    input: SizePx,
    setups: &[Setup],
    told: &dyn Fn(&str),
) -> anyhow::Result<Vec<InferFigure>> {
    let mut rounds: Vec<(Setup, Vec<InferFigure>)> =
        setups.iter().map(|&setup| (setup, Vec::new())).collect();
    for round in 1..=plan.infer_rounds() {
        told(&format!("{} at {input}: round {round} of {} ways to run it", card.id, rounds.len()));
        let mut refused = Vec::new();
        for (setup, figures) in &mut rounds {
            match infer(runtime, card, input, *setup, plan.infer_length(setups.len())) {
                Ok(figure) => figures.push(figure),
                // What a provider refuses is no way to run the model here; the processor has to.
                Err(error) if setup.provider != Provider::Cpu.name() => {
                    told(&format!("{} does not run {setup}: {error:#}", card.id));
                    refused.push(*setup);
                }
                Err(error) => return Err(error),
            }
        }
        rounds.retain(|(setup, _)| !refused.contains(setup));
    }
    Ok(rounds.into_iter().filter_map(|(_, figures)| middle(figures)).collect())
}

/// The figure of the round that was neither among the fast nor among the slow ones.
fn middle(mut figures: Vec<InferFigure>) -> Option<InferFigure> {
    figures.sort_by(|a, b| a.runs_per_second.total_cmp(&b.runs_per_second));
    let middle = figures.len() / 2;
    figures.into_iter().nth(middle)
}

/// The ways to run a model that are tried on cameras: on each provider the plainest, and the fastest, which may leave too
/// little for decoding.
fn candidates(infers: &[InferFigure], model: &str, input: SizePx) -> Vec<Setup> {
    let of_model =
        infers.iter().filter(|figure| figure.model == model && figure.input == (input.width, input.height));
    let mut setups: Vec<Setup> = Vec::new();
    for plainest in of_model.clone() {
        let provider = plainest.setup.provider;
        if setups.iter().all(|setup| setup.provider != provider) {
            let on_it = of_model.clone().filter(|figure| figure.setup.provider == provider);
            setups.push(plainest.setup);
            setups.extend(fastest(on_it).map(|figure| figure.setup).filter(|setup| *setup != plainest.setup));
        }
    }
    setups
}

/// Pictures per second of `clip`.
fn rate_of(clip: &Path) -> anyhow::Result<f64> {
    let decoded = decode_all(clip, None)?;
    ensure!(
        1 < decoded.frames && !decoded.span.is_zero(),
        "clip has {} frames, expected several",
        decoded.frames
    );
    Ok((decoded.frames - 1) as f64 / decoded.span.as_secs_f64())
}

/// A folder that goes with this.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("cairn-bench-{}", std::process::id()));
        std::fs::create_dir(&folder)
            .with_context(|| format!("could not make the folder `{}`", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "temporary folder was not removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::infer::Percentiles;

    fn figure(model: &str, threads: usize, runs_per_second: f64) -> InferFigure {
        InferFigure {
            model: model.to_owned(),
            input: (416, 416),
            setup: Setup { provider: "cpu", precision: "fp32", batch: 1, threads, sessions: 1 },
            ms: Percentiles { p50: 1.0, p99: 1.0 },
            cpu_ms: 1.0,
            runs_per_second,
        }
    }

    #[test]
    fn one_slow_round_moves_no_figure() {
        let rounds = [50.0, 8.0, 48.0].map(|speed| figure("a", 1, speed));
        assert_eq!(middle(rounds.into()).map(|figure| figure.runs_per_second), Some(48.0));
        assert!(middle(Vec::new()).is_none());
    }

    fn on_cuda(figure: InferFigure) -> InferFigure {
        InferFigure { setup: Setup { provider: "cuda", ..figure.setup }, ..figure }
    }

    #[test]
    fn the_plainest_and_the_fastest_setup_are_tried() {
        let input = SizePx::new(416, 416);
        let infers = [
            figure("a", 1, 50.0),
            figure("a", 2, 90.0),
            figure("a", 4, 80.0),
            on_cuda(figure("a", 1, 700.0)),
            on_cuda(figure("a", 2, 800.0)),
            figure("b", 1, 7.0),
            // Faster by no more than chance.
            figure("b", 2, 7.1),
        ];
        let threads = |model| candidates(&infers, model, input).iter().map(|s| s.threads).collect::<Vec<_>>();
        assert_eq!(threads("a"), [1, 2, 1, 2], "on each provider");
        assert_eq!(threads("b"), [1]);
        assert!(candidates(&infers, "a", SizePx::new(640, 640)).is_empty());
    }
}
