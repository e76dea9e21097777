use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use capture::{Camera, CameraSpec, CameraState, CameraStatus, ConnectLimit, Frame, Source, Taken, Transport};
use gstreamer as gst;
use gstreamer::prelude::*;

/// Longer than anything takes that works.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// A clip of the mirror, or `None` with a notice where there is no mirror.
pub(crate) fn footage(test: &str, path: &str) -> Option<PathBuf> {
    let mirror = std::env::var_os("CAIRN_MIRROR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let clip = mirror.join("footage").join(path);
    if clip.exists() {
        return Some(clip);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} needs {}", clip.display());
    eprintln!("SKIPPED: {test}: needs {}", clip.display());
    None
}

pub(crate) fn one_by_one(test: &str) -> Option<PathBuf> {
    footage(test, "people_one_by_one/one-by-one-person-detection.mp4")
}

pub(crate) fn rtsp(url: String, transport: Transport) -> CameraSpec {
    CameraSpec::new("gate", Source::Rtsp { url, credentials: None, transport })
}

/// A camera whose states are written down.
pub(crate) struct Watched {
    pub(crate) camera: Camera,
    states: Arc<States>,
}

#[derive(Default)]
struct States {
    seen: Mutex<Vec<(CameraState, String)>>,
    changed: Condvar,
}

impl Watched {
    pub(crate) fn open(spec: CameraSpec) -> Self {
        Self::open_within(spec, &ConnectLimit::new(4))
    }

    pub(crate) fn open_within(spec: CameraSpec, connects: &ConnectLimit) -> Self {
        let states = Arc::new(States::default());
        let listener = Arc::clone(&states);
        let write_down = move |status: &CameraStatus| {
            listener.seen.lock().expect("lock").push((status.state, status.reason.clone()));
            listener.changed.notify_all();
        };
        let camera = Camera::open(spec, connects, Box::new(write_down)).expect("opens");
        Self { camera, states }
    }

    /// Waits until `state` has been entered `times` times in all, and returns the last reason.
    pub(crate) fn wait_for(&self, state: CameraState, times: usize) -> String {
        let deadline = Instant::now() + LONG;
        let mut seen = self.states.seen.lock().expect("lock");
        loop {
            let mut entered = seen.iter().filter(|(entered, _)| *entered == state);
            if let Some((_, reason)) = entered.nth(times - 1) {
                return reason.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "never {state:?} x{times}: {seen:?}");
            seen = self.states.changed.wait_timeout(seen, left).expect("lock").0;
        }
    }

    /// Every state so far, in order.
    pub(crate) fn states(&self) -> Vec<CameraState> {
        self.states.seen.lock().expect("lock").iter().map(|(state, _)| *state).collect()
    }

    pub(crate) fn frame(&self) -> Frame {
        match self.camera.slot().take(LONG) {
            Taken::Frame(frame) => frame,
            Taken::TimedOut => panic!("no frame: {:?}", self.camera.status()),
            Taken::Closed => panic!("closed: {:?}", self.camera.status()),
        }
    }

    /// The next frame, or `None` behind the last.
    pub(crate) fn next_frame(&self) -> Option<Frame> {
        match self.camera.slot().take(LONG) {
            Taken::Frame(frame) => Some(frame),
            Taken::Closed => None,
            Taken::TimedOut => panic!("neither frame nor end: {:?}", self.camera.status()),
        }
    }

    pub(crate) fn all_frames(&self) -> Vec<Frame> {
        std::iter::from_fn(|| self.next_frame()).collect()
    }

    /// Stops the camera and checks that it took no longer than `grace`.
    pub(crate) fn stop(self, grace: Duration) {
        let begun = Instant::now();
        let status = self.camera.status();
        let gone = self.camera.stop(grace);
        assert!(gone && begun.elapsed() <= grace, "{:?} to stop from {status:?}", begun.elapsed());
    }
}

/// A clip made on the fly, as long as this lives.
pub(crate) struct Made {
    pub(crate) path: PathBuf,
    _folder: tempfile::TempDir,
}

/// A clip of 40 pictures of `format` at 25 Hz, coded by the elements of `coder`, and with sound if asked.
pub(crate) fn made(test: &str, format: &str, coder: &[&str], sound: bool) -> Option<Made> {
    capture::init().expect("installed");
    let mut needed = coder.to_vec();
    needed.extend(["videotestsrc", "audiotestsrc", "voaacenc", "mp4mux"]);
    if let Some(missing) = needed.iter().find(|name| gst::ElementFactory::find(name).is_none()) {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} needs {missing}");
        eprintln!("SKIPPED: {test}: needs {missing}");
        return None;
    }
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("made.mp4");
    let mut launch = format!("mp4mux name=mux ! filesink location={}", path.display());
    if !coder.is_empty() {
        launch +=
            " videotestsrc num-buffers=40 ! video/x-raw,format=I420,width=320,height=240,framerate=25/1";
        launch += &format!(",format={format} ! {} ! queue ! mux.", coder.join(" ! "));
    }
    if sound {
        launch += " audiotestsrc num-buffers=60 samplesperbuffer=1024 ! voaacenc ! queue ! mux.";
    }
    let pipeline =
        gst::parse::launch(&launch).expect("parses").downcast::<gst::Pipeline>().expect("pipeline");
    pipeline.set_state(gst::State::Playing).expect("starts");
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let bus = pipeline.bus().expect("bus");
    let end = bus.timed_pop_filtered(gst::ClockTime::from_seconds(30), &ends).expect("ends");
    assert_eq!(end.type_(), gst::MessageType::Eos, "{end:?}");
    pipeline.set_state(gst::State::Null).expect("stops");
    Some(Made { path, _folder: folder })
}
