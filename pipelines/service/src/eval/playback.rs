//! Frames of a clip, as they are or degraded: in lockstep, or at the pace of the camera that took them.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use capture::{Camera, CameraSpec, CameraState, ConnectLimit, Frame, FrameSlot, Recode, Source, Taken};
use datasets::dataset::Repeat;
use datasets::degrade::{Degradation, Degrader, Kind};
use datasets::report::Pace;
use vision::Planes;

/// How long a camera may take to stop once its last frame is out.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// What is played, and how.
pub(crate) struct Playing<'a> {
    pub(crate) file: &'a Path,
    pub(crate) camera: &'a edge_config::Camera,
    pub(crate) degradation: Option<Degradation>,
    pub(crate) seed: u64,
    /// The item: what random numbers depend on besides the seed.
    pub(crate) item: &'a str,
    pub(crate) pace: Pace,
    /// A part of the file that is played again and again in place of the whole.
    pub(crate) repeat: Option<Repeat>,
    /// Frames of the clip that are played.
    pub(crate) limit: Option<u64>,
}

impl Playing<'_> {
    fn camera(&self, recode: Option<Recode>) -> anyhow::Result<Camera> {
        let source = Source::File { path: self.file.to_owned(), started_unix_ns: 0, recode };
        let spec = CameraSpec {
            max_rate_hz: self.camera.max_rate_hz.map(|rate| rate as f32),
            ..CameraSpec::new(self.camera.id.as_str(), source)
        };
        Ok(Camera::open(spec, &ConnectLimit::new(1), Box::new(|_| {}))?)
    }

    /// The thin line of `degradation`, whose bits go by the size of the clip's frames.
    fn recode(&self, degradation: Degradation) -> anyhow::Result<Option<Recode>> {
        let camera = self.camera(None)?;
        let Taken::Frame(frame) = camera.slot().take(Duration::MAX) else {
            bail!("clip is {:?}: {}", camera.status().state, camera.status().reason);
        };
        let size = frame.planes.view().size();
        camera.stop(STOP_GRACE);
        let degrader = Degrader::new(degradation, self.seed, self.item, size);
        Ok(degrader.bitrate_kbps().map(|kbps| Recode { kbps }))
    }
}

/// A frame to look at.
pub(crate) struct PlayedFrame {
    /// Place in the clip, from 1: the first frame that is presented.
    pub(crate) number: u32,
    /// Time since the first frame.
    pub(crate) at: Duration,
    pub(crate) planes: Arc<dyn Planes>,
}

/// A clip being played.
pub(crate) struct Playback {
    camera: Camera,
    frames: ClosedAtLast<PlayedFrame>,
    feeder: JoinHandle<Fed>,
    started: Instant,
    repeat: Option<Repeat>,
    limit: Option<u64>,
}

/// A slot that is closed when this goes, however that comes about: neither side waits for the other for ever.
struct ClosedAtLast<T>(Arc<FrameSlot<T>>);

impl<T> Drop for ClosedAtLast<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// What went through the feeder.
#[derive(Clone, Copy, Debug, Default)]
struct Fed {
    last_number: u32,
    last_at: Duration,
}

/// What was played.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Played {
    /// Frames of the clip, those that a degradation dropped among them.
    pub(crate) frames: u32,
    /// From the first frame to the end of the last.
    pub(crate) duration: Duration,
    /// Frames that nobody had time for.
    pub(crate) superseded: u64,
}

impl Playback {
    /// Opens the clip; frames begin to come.
    pub(crate) fn open(playing: &Playing<'_>) -> anyhow::Result<Self> {
        let recode = match playing.degradation {
            Some(degradation) if degradation.kind() == Kind::LowBitrate => playing.recode(degradation)?,
            _ => None,
        };
        let camera = playing.camera(recode)?;
        let frames = Arc::new(FrameSlot::for_footage());
        let started = Instant::now();
        let feeder = Feeder {
            decoded: ClosedAtLast(Arc::clone(camera.slot())),
            frames: ClosedAtLast(Arc::clone(&frames)),
            degradation: playing.degradation,
            seed: playing.seed,
            item: playing.item.to_owned(),
            paced_from: (playing.pace == Pace::Real).then_some(started),
            repeat: playing.repeat,
            limit: playing.limit.unwrap_or(u64::MAX),
        };
        let feeder = std::thread::Builder::new()
            .name(format!("play-{}", playing.item))
            .spawn(move || feeder.run())
            .context("could not start the thread that plays a clip")?;
        let Playing { repeat, limit, .. } = *playing;
        Ok(Self { camera, frames: ClosedAtLast(frames), feeder, started, repeat, limit })
    }

    /// The next frame; `None` after the last.
    pub(crate) fn next(&self) -> Option<PlayedFrame> {
        match self.frames.0.take(Duration::MAX) {
            Taken::Frame(frame) => Some(frame),
            Taken::TimedOut | Taken::Closed => None,
        }
    }

    /// Time since the clip began to play.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// What was played.
    ///
    /// # Errors
    /// When the clip was not played to its end, or has no frames.
    pub(crate) fn finish(self) -> anyhow::Result<Played> {
        let Self { camera, frames, feeder, repeat, limit, .. } = self;
        let superseded = frames.0.superseded();
        // Before the feeder is waited for: it may be waiting for a taker.
        drop(frames);
        let Ok(fed) = feeder.join() else { bail!("the thread that plays the clip panicked, see the log") };
        let status = camera.status();
        camera.stop(STOP_GRACE);
        let in_part = limit.is_some() || repeat.is_some();
        let stopped_early = in_part && status.state == CameraState::Streaming;
        if status.state != CameraState::Ended && !stopped_early {
            bail!("clip is {:?}: {}", status.state, status.reason);
        }
        if fed.last_number == 0 {
            if let Some(Repeat { from, to, .. }) = repeat {
                bail!("`repeat` asks for frames {from} to {to}, the clip has {}", status.counters.frames_in);
            }
            bail!("clip has no frames");
        }
        // Frames above the camera's rate are part of the clip too, and more is decoded than a limit lets through.
        let presented = repeat.map_or(status.counters.frames_in, |_| u64::from(fed.last_number));
        let frames = presented.min(limit.unwrap_or(u64::MAX));
        let frames = u32::try_from(frames).unwrap_or(u32::MAX);
        // The last frame is shown as long as the others were on average; a single one for no time.
        let interval = fed.last_at.checked_div(fed.last_number - 1).unwrap_or_default();
        Ok(Played { frames, duration: interval * frames, superseded })
    }
}

/// Takes frames from the decoder, spoils and drops them as the degradation says, and hands them on in time.
struct Feeder {
    decoded: ClosedAtLast<Frame>,
    frames: ClosedAtLast<PlayedFrame>,
    degradation: Option<Degradation>,
    seed: u64,
    item: String,
    /// When the first frame is due, at the pace of a camera.
    paced_from: Option<Instant>,
    repeat: Option<Repeat>,
    limit: u64,
}

impl Feeder {
    fn run(self) -> Fed {
        let mut spoiler =
            Spoiler { degradation: self.degradation, seed: self.seed, item: &self.item, degrader: None };
        let mut fed = Fed::default();
        let mut part = Vec::new();
        while let Taken::Frame(frame) = self.decoded.0.take(Duration::MAX) {
            let at = Duration::from_nanos(frame.clocks.received_ns);
            match self.repeat {
                None if self.limit <= frame.sequence => break,
                None => {
                    if !self.hand_on(frame.sequence, at, frame.planes, &mut spoiler, &mut fed) {
                        break;
                    }
                }
                Some(repeat) => {
                    let number = frame.sequence + 1;
                    if u64::from(repeat.from) <= number {
                        // The decoder wants its own buffers back.
                        let planes: Arc<dyn Planes> = Arc::new(frame.planes.view().to_owned_planes());
                        part.push((at, planes));
                    }
                    if u64::from(repeat.to) <= number {
                        break;
                    }
                }
            }
        }
        if let Some(repeat) = self.repeat {
            self.play_again(repeat, &part, &mut spoiler, &mut fed);
        }
        fed
    }

    /// Plays a part of the clip again and again, as one long recording. A part that the clip does not hold is none.
    fn play_again(
        &self,
        repeat: Repeat,
        part: &[(Duration, Arc<dyn Planes>)],
        spoiler: &mut Spoiler<'_>,
        fed: &mut Fed,
    ) {
        let (Some((first, _)), Some((last, _))) = (part.first(), part.last()) else { return };
        if part.len() as u64 != u64::from(repeat.to - repeat.from) + 1 {
            return;
        }
        let interval = last.saturating_sub(*first) / (part.len() as u32 - 1);
        let frames = (0..repeat.times).flat_map(|_| part);
        for (index, (_, planes)) in (0u32..).zip(frames) {
            let is_wanted = u64::from(index) < self.limit;
            if !is_wanted
                || !self.hand_on(u64::from(index), interval * index, Arc::clone(planes), spoiler, fed)
            {
                break;
            }
        }
    }

    /// Hands on frame `index` of the clip, taken at `at`, as it arrives if it does; answers whether more are wanted.
    fn hand_on(
        &self,
        index: u64,
        at: Duration,
        planes: Arc<dyn Planes>,
        spoiler: &mut Spoiler<'_>,
        fed: &mut Fed,
    ) -> bool {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        *fed = Fed { last_number: number, last_at: at };
        let Some(planes) = spoiler.spoil(index, planes) else { return true };
        let frame = PlayedFrame { number, at, planes };
        match self.paced_from {
            None => self.frames.0.put_waiting(frame),
            Some(start) => {
                // A frame is there when its camera has taken it, not before.
                if let Some(early) = (start + at).checked_duration_since(Instant::now()) {
                    std::thread::sleep(early);
                }
                self.frames.0.put(frame)
            }
        }
    }
}

/// What a degradation does to the frames of one clip.
struct Spoiler<'a> {
    degradation: Option<Degradation>,
    seed: u64,
    item: &'a str,
    degrader: Option<Degrader>,
}

impl Spoiler<'_> {
    /// Frame `index` as it arrives; `None` where it does not.
    fn spoil(&mut self, index: u64, planes: Arc<dyn Planes>) -> Option<Arc<dyn Planes>> {
        let Some(degradation) = self.degradation else { return Some(planes) };
        let view = planes.view();
        let degrader = self
            .degrader
            .get_or_insert_with(|| Degrader::new(degradation, self.seed, self.item, view.size()));
        degrader.keeps(index).then(|| -> Arc<dyn Planes> { Arc::new(degrader.frame(index, &view)) })
    }
}
