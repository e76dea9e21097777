//! Cameras at once, end to end: how old their frames get.
//!
//! A recorded clip is served over RTSP by this process, to as many cameras as are asked for; each has its pipeline, its
//! frame slot (newest wins), its thread, tracker and rules, and they share the model's session, as on a running box. What
//! serving costs is the machine's loss: the figures err on the safe side.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use capture::testkit::{Clip, RtspServer};
use capture::{Camera, CameraSpec, ConnectLimit, FrameSlot, Source, Taken, Transport};
use engine::Runtime;
use models::Card;
use serde::Serialize;
use vision::SizePx;

use super::cpu;
use super::infer::Setup;
use super::stand::{camera, quantile};
use crate::edge::{Detector, FrameTime, Sight};
use crate::eval::locate;

/// Ninety-five of a hundred frames are younger than this when the last word on them is said.
pub(crate) const FRAME_AGE_LIMIT: Duration = Duration::from_millis(250);

/// The share of pictures that may be missed without saying that the rate does not hold: a camera's clock is never quite
/// ours.
const MISSED: f64 = 0.05;

/// More is not tried: a box has other limits by then.
const MOST_CAMERAS: u32 = 64;

/// How long the cameras may take until each has shown a frame.
const START_LIMIT: Duration = Duration::from_secs(20);
/// From then on until the clock starts.
const SETTLE: Duration = Duration::from_secs(1);
/// How long a frame may wait for its session, as on a running box.
const DEADLINE: Duration = Duration::from_secs(2);
const STOP_GRACE: Duration = Duration::from_secs(5);
const IDLE_WAKE: Duration = Duration::from_millis(50);

/// What each camera sends, and what is looked at of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Profile {
    pub(crate) codec: &'static str,
    pub(crate) size: (u32, u32),
    /// Pictures that are sent per second.
    pub(crate) camera_hz: f64,
    /// Pictures that are looked at per second, not above `camera_hz`.
    pub(crate) rate_hz: f64,
}

/// So many cameras at once.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StreamFigure {
    pub(crate) cameras: u32,
    pub(crate) profile: Profile,
    pub(crate) model: String,
    pub(crate) input: (u32, u32),
    #[serde(flatten)]
    pub(crate) setup: Setup,
    pub(crate) frame_age_ms: AgePercentiles,
    /// Pictures that were looked at, as a share of those that should have been.
    pub(crate) looked_at: f64,
    /// CPU time as a share of the time that passed; 1 is one core.
    pub(crate) cores_used: f64,
    /// Whether the ages stayed below the limit and the rate held.
    pub(crate) carried: bool,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct AgePercentiles {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
}

/// What the cameras are measured with.
pub(super) struct Stage<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) card: &'a Arc<Card>,
    pub(super) input: SizePx,
    /// An H.264 clip of the profile's size.
    pub(super) clip: &'a Path,
    /// Pictures per second of the clip as it is.
    pub(super) clip_hz: f64,
    pub(super) profile: &'a Profile,
    /// How long the clock runs.
    pub(super) length: Duration,
}

impl Stage<'_> {
    /// The most cameras that are carried with `setup`, and every attempt, in order.
    ///
    /// # Errors
    /// As [`Stage::run`].
    pub(super) fn most(&self, setup: Setup) -> anyhow::Result<(u32, Vec<StreamFigure>)> {
        let mut attempts = Vec::new();
        let most = most(MOST_CAMERAS, |cameras| {
            let figure = self.run(cameras, setup)?;
            let carried = figure.carried;
            attempts.push(figure);
            anyhow::Ok(carried)
        })?;
        Ok((most, attempts))
    }

    /// `count` cameras at once.
    ///
    /// # Errors
    /// When the clip cannot be served, the model does not load, or a camera shows nothing.
    pub(super) fn run(&self, count: u32, setup: Setup) -> anyhow::Result<StreamFigure> {
        let speed = self.profile.camera_hz / self.clip_hz;
        let mount = |index: u32| format!("/camera-{index}");
        let clips: Vec<Clip> =
            (0..count).map(|index| Clip { speed, ..Clip::new(self.clip, mount(index)) }).collect();
        let server = RtspServer::start(&clips).context("could not serve the clip over RTSP")?;
        let settings = setup.session(1)?;
        let file = locate(self.card)?;
        let loaded = Detector::new(
            self.runtime,
            Arc::clone(self.card),
            &file,
            Some(self.input),
            settings,
            count as usize,
        );
        let detector = loaded.with_context(|| format!("model `{}` does not load", self.card.id))?;
        let connects = ConnectLimit::new(4);
        let watch = Arc::new(Watch::default());
        let mut cameras = Vec::new();
        let mut threads = Vec::new();
        for index in 0..count {
            let source =
                Source::Rtsp { url: server.url(&mount(index)), credentials: None, transport: Transport::Tcp };
            let rate = (self.profile.rate_hz < self.profile.camera_hz).then_some(self.profile.rate_hz as f32);
            let spec = CameraSpec { max_rate_hz: rate, ..CameraSpec::new(format!("bench-{index}"), source) };
            let opened = Camera::open(spec, &connects, Box::new(|_| {}))?;
            let sight = Sight::new(&camera(self.card), detector.clone(), DEADLINE, None)?;
            let (slot, watch) = (Arc::clone(opened.slot()), Arc::clone(&watch));
            cameras.push(opened);
            let named = std::thread::Builder::new().name(format!("scene-bench-{index}"));
            threads.push(named.spawn(move || watch.look(&slot, sight))?);
        }
        let measured = self.clock(&watch, count);
        watch.over.store(true, Ordering::Release);
        for camera in cameras {
            camera.stop(STOP_GRACE);
        }
        let mut ages_ms = Vec::new();
        for thread in threads {
            let Ok(ages) = thread.join() else { bail!("the thread of a camera panicked, see the log") };
            ages_ms.extend(ages);
        }
        detector.stop();
        drop(server);
        let Clocked { seconds, cpu_seconds } = measured?;
        ensure!(!ages_ms.is_empty(), "no camera showed a frame while the clock ran");
        let expected = f64::from(count) * self.profile.rate_hz * seconds;
        let looked_at = ages_ms.len() as f64 / expected;
        let age = |share| quantile(ages_ms.clone(), share);
        let frame_age_ms = AgePercentiles { p50: age(0.5), p95: age(0.95), p99: age(0.99) };
        Ok(StreamFigure {
            cameras: count,
            profile: self.profile.clone(),
            model: self.card.id.clone(),
            input: (self.input.width, self.input.height),
            setup,
            carried: frame_age_ms.p95 <= 1e3 * FRAME_AGE_LIMIT.as_secs_f64() && 1.0 - MISSED <= looked_at,
            frame_age_ms,
            looked_at,
            cores_used: cpu_seconds / seconds,
        })
    }

    /// Lets the cameras start, then the clock run.
    fn clock(&self, watch: &Watch, cameras: u32) -> anyhow::Result<Clocked> {
        let started = Instant::now();
        while watch.started.load(Ordering::Acquire) < u64::from(cameras) {
            ensure!(started.elapsed() < START_LIMIT, "a camera showed no frame within {START_LIMIT:?}");
            std::thread::sleep(IDLE_WAKE);
        }
        std::thread::sleep(SETTLE);
        let (begun, cpu) = (Instant::now(), cpu::time());
        watch.counts.store(true, Ordering::Release);
        std::thread::sleep(self.length);
        watch.counts.store(false, Ordering::Release);
        Ok(Clocked { seconds: begun.elapsed().as_secs_f64(), cpu_seconds: (cpu::time() - cpu).as_secs_f64() })
    }
}

struct Clocked {
    seconds: f64,
    cpu_seconds: f64,
}

/// What the cameras' threads and the clock tell each other.
#[derive(Default)]
struct Watch {
    /// Cameras that have shown a frame.
    started: AtomicU64,
    /// Whether the clock runs.
    counts: AtomicBool,
    over: AtomicBool,
}

impl Watch {
    /// The thread of a camera, as on a running box: the newest frame, model, tracker, rules. Ages in milliseconds.
    fn look(&self, slot: &FrameSlot<capture::Frame>, mut sight: Sight) -> Vec<f64> {
        let mut ages_ms = Vec::new();
        let mut seen = false;
        while !self.over.load(Ordering::Acquire) {
            let frame = match slot.take(IDLE_WAKE) {
                Taken::Frame(frame) => frame,
                Taken::TimedOut => continue,
                Taken::Closed => break,
            };
            // A frame without an answer is one that was not looked at.
            if sight.see(FrameTime::of(&frame.clocks), Instant::now(), Arc::clone(&frame.planes)).is_err() {
                continue;
            }
            if !seen {
                seen = true;
                self.started.fetch_add(1, Ordering::AcqRel);
            }
            if self.counts.load(Ordering::Acquire) {
                let age_ns = capture::monotonic_ns().saturating_sub(frame.clocks.received_ns);
                ages_ms.push(age_ns as f64 / 1e6);
            }
        }
        ages_ms
    }
}

/// The most, up to `limit`, of what `carries` says yes to: doubled until it says no, then halved in between. 0 where it
/// says no to one.
fn most<E>(limit: u32, mut carries: impl FnMut(u32) -> Result<bool, E>) -> Result<u32, E> {
    let (mut good, mut bad) = (0, limit + 1);
    let mut next = 1;
    while good + 1 < bad {
        if carries(next)? {
            good = next;
            next = if bad <= limit { good.midpoint(bad) } else { (2 * good).min(limit) };
        } else {
            bad = next;
            next = good.midpoint(bad);
        }
    }
    Ok(good)
}

#[cfg(test)]
mod tests {
    use super::most;

    #[test]
    fn the_most_is_found_in_few_attempts() {
        for limit in 1..40 {
            for truth in 0..=limit {
                let mut attempts = 0;
                let found = most(limit, |count| {
                    attempts += 1;
                    assert!((1..=limit).contains(&count), "{count} of {limit}");
                    Ok::<bool, ()>(count <= truth)
                });
                assert_eq!(found, Ok(truth), "{limit}");
                assert!(attempts <= 12, "{truth} of {limit}: {attempts}");
            }
        }
    }
}
