//! What a frame of a clip costs beside what it must cost: decoding it, and running the model on it.
//!
//! The parties take turns within each round, because the machine's mood changes from minute to minute; a median of
//! rounds is told for each, and the overhead is a ratio within rounds.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use datasets::report::Pace;
use edge_config::Camera;
use engine::SessionHandle;
use models::Card;
use serde::Serialize;
use vision::{Letterbox, SizePx, TensorWriter};

use super::cpu;
use super::stand::{Bare, camera, median};
use crate::edge::{Detector, FrameTime, Sight};
use crate::eval::{INFERENCE_LIMIT, Playback, Playing};

/// Frames that warm the session up.
const WARM_UP: u64 = 10;

/// What is compared.
pub(crate) struct Floor {
    pub(crate) file: PathBuf,
    pub(crate) card: Arc<Card>,
    pub(crate) detector: Detector,
    /// Frames of the clip that are used, all of them where absent.
    pub(crate) limit: Option<u64>,
    pub(crate) rounds: usize,
}

/// Medians of the rounds.
#[derive(Debug, Serialize)]
pub(crate) struct FloorFigures {
    /// Size of the model's input for this clip.
    pub(crate) input: (u32, u32),
    /// Frames of one round.
    pub(crate) frames: u64,
    pub(crate) decoder: String,
    pub(crate) cpu_ms_per_frame: Shares,
    /// The whole as a multiple of decoding and session together.
    pub(crate) overhead_over_floor: f64,
    /// The same in each round.
    pub(crate) overhead_of_rounds: Vec<f64>,
    /// Frames of the whole per second of the clock on the wall.
    pub(crate) frames_per_second: f64,
    pub(crate) frames_per_cpu_second: f64,
}

/// CPU milliseconds of all threads, per frame.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Shares {
    /// Decoding alone, into what the camera's sink takes.
    pub(crate) decode: f64,
    /// The session alone, on one fixed tensor.
    pub(crate) session: f64,
    /// From the file to tracks and passages.
    pub(crate) whole: f64,
}

/// What one party used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    pub(crate) frames: u64,
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
}

impl Spent {
    fn cpu_ms_per_frame(&self) -> f64 {
        1e3 * self.cpu.as_secs_f64() / self.frames as f64
    }

    fn of(work: impl FnOnce() -> anyhow::Result<u64>) -> anyhow::Result<Self> {
        let (cpu, wall) = (cpu::time(), Instant::now());
        let frames = work()?;
        let spent = Self { frames, cpu: cpu::time() - cpu, wall: wall.elapsed() };
        ensure!(0 < frames, "no frame was measured");
        Ok(spent)
    }
}

impl Floor {
    /// Runs the rounds.
    ///
    /// # Errors
    /// When the clip cannot be played to its end, or the model does not answer.
    pub(crate) fn measure(&self) -> anyhow::Result<FloorFigures> {
        let (input, tensor) = self.first_tensor()?;
        let session = self.detector.session_at(input)?;
        session_alone(&session, &tensor, WARM_UP)?;
        let mut decoder = String::new();
        let (mut shares, mut speeds) = (Vec::new(), Vec::new());
        let mut frames = 0;
        for _ in 0..self.rounds {
            let decode = Spent::of(|| {
                let decoded = capture::decode_all(&self.file, self.limit)?;
                decoder = decoded.decoder;
                Ok(decoded.frames)
            })?;
            let session = Spent::of(|| session_alone(&session, &tensor, decode.frames))?;
            let whole = self.whole()?;
            ensure!(
                whole.frames == decode.frames,
                "{} frames were looked at and {} decoded, expected the same",
                whole.frames,
                decode.frames
            );
            frames = whole.frames;
            shares.push(Shares {
                decode: decode.cpu_ms_per_frame(),
                session: session.cpu_ms_per_frame(),
                whole: whole.cpu_ms_per_frame(),
            });
            speeds.push(whole.frames as f64 / whole.wall.as_secs_f64());
        }
        let overheads: Vec<f64> =
            shares.iter().map(|share| share.whole / (share.decode + share.session)).collect();
        let of = |pick: fn(&Shares) -> f64| median(shares.iter().map(pick).collect());
        let whole = of(|share| share.whole);
        Ok(FloorFigures {
            input: (input.width, input.height),
            frames,
            decoder,
            cpu_ms_per_frame: Shares {
                decode: of(|share| share.decode),
                session: of(|share| share.session),
                whole,
            },
            overhead_over_floor: median(overheads.clone()),
            overhead_of_rounds: overheads,
            frames_per_second: median(speeds),
            frames_per_cpu_second: 1e3 / whole,
        })
    }

    /// The clip through the evaluator's own path, once.
    ///
    /// # Errors
    /// As [`Floor::measure`].
    pub(crate) fn whole(&self) -> anyhow::Result<Spent> {
        let camera = camera(&self.card);
        let mut sight = Sight::new(&camera, self.detector.clone(), INFERENCE_LIMIT, None)?;
        Spent::of(|| {
            let playback = self.play(&camera, self.limit)?;
            let mut frames = 0;
            while let Some(frame) = playback.next() {
                sight
                    .see(FrameTime::in_footage(&camera, frame.at), Instant::now(), frame.planes)
                    .context("frame was not inferred")?;
                frames += 1;
            }
            playback.finish()?;
            Ok(frames)
        })
    }

    fn play(&self, camera: &Camera, limit: Option<u64>) -> anyhow::Result<Playback> {
        Playback::open(&Playing {
            file: &self.file,
            camera,
            degradation: None,
            seed: 0,
            item: "bench",
            pace: Pace::Lockstep,
            repeat: None,
            limit,
        })
    }

    /// The clip's first frame as the model gets it.
    fn first_tensor(&self) -> anyhow::Result<(SizePx, Arc<Vec<f32>>)> {
        let playback = self.play(&camera(&self.card), Some(1))?;
        let frame = playback.next().context("clip has no frames")?;
        let view = frame.planes.view();
        let input = self.detector.input_for(view.size());
        let models::Fit::Letterbox(pad) = self.card.input.fit else {
            bail!("expected an input with a letterbox")
        };
        let letterbox = Letterbox::fit(view.size(), input, pad)
            .with_context(|| format!("a frame of {} cannot be put into the model's input", view.size()))?;
        let mut tensor = vec![0.0; 3 * input.area_px() as usize];
        TensorWriter::new(letterbox, self.card.input.spec, view.format()).write(&view, &mut tensor);
        drop(playback);
        Ok((input, Arc::new(tensor)))
    }
}

fn session_alone(session: &SessionHandle, tensor: &Arc<Vec<f32>>, runs: u64) -> anyhow::Result<u64> {
    // Written once: a run leaves its input as it is, so the rest is the runtime's own work.
    let mut tensor = Some(Arc::clone(tensor));
    for _ in 0..runs {
        session.run(Bare(tensor.take()), INFERENCE_LIMIT)?;
    }
    Ok(runs)
}
