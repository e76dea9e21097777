//! Neither frames nor attempts leave memory or threads behind. A process of its own, because it reads the process's
//! figures; one test, because two at once would read each other's.

#![expect(clippy::expect_used, reason = "tests and their helpers")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use capture::testkit::{Clip, RtspServer};
use capture::{Camera, CameraSpec, CameraState, ConnectLimit, Source, Taken, Transport};

const LONG: Duration = Duration::from_secs(30);

/// A figure of `/proc/self/status`.
fn figure(key: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("read");
    let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("line");
    line.trim().trim_end_matches(" kB").parse().expect("number")
}

fn resident_kb() -> u64 {
    figure("VmRSS:")
}

fn open(source: Source, on_state: impl Fn(CameraState) + Send + Sync + 'static) -> Camera {
    let spec = CameraSpec::new("memory", source);
    let listener = Box::new(move |status: &capture::CameraStatus| on_state(status.state));
    Camera::open(spec, &ConnectLimit::new(1), listener).expect("opens")
}

/// Plays the clip; resident memory at frame 200 and at the end.
fn play(path: &Path) -> (u64, u64) {
    let camera = open(Source::File { path: path.to_owned(), started_unix_ns: 0, recode: None }, |_| {});
    let mut at_frame_200 = 0;
    while let Taken::Frame(frame) = camera.slot().take(LONG) {
        if frame.sequence == 200 {
            at_frame_200 = resident_kb();
        }
    }
    (at_frame_200, resident_kb())
}

fn connect(url: String, until: CameraState) {
    let (tell, told) = sync_channel(64);
    let source = Source::Rtsp { url, credentials: None, transport: Transport::Tcp };
    let camera = open(source, move |state| {
        tell.try_send(state).ok();
    });
    while told.recv_timeout(LONG).expect("a state") != until {}
    let slot = Arc::clone(camera.slot());
    assert!(camera.stop(Duration::from_secs(2)));
    assert!(Arc::strong_count(&slot) == 1, "something of the camera is left");
}

#[test]
fn neither_frames_nor_attempts_leave_anything_behind() {
    let mirror = std::env::var_os("CAIRN_MIRROR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = mirror.join("footage/people_one_by_one/one-by-one-person-detection.mp4");
    if !path.exists() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "needs {}", path.display());
        eprintln!("SKIPPED: neither_frames_nor_attempts_leave_anything_behind: needs {}", path.display());
        return;
    }

    let (early, late) = play(&path);
    // One picture is 498 kB; 1,193 more went through.
    assert!(late < early + 2_000, "{early} kB at frame 200, {late} kB at the end");
    let rounds: Vec<u64> = (0..6).map(|_| play(&path).1).collect();
    eprintln!("{early} kB at frame 200, {late} kB at the end of the clip, then {rounds:?} at each end");
    // Each round has threads of its own, and the allocator grows an arena for some of them before it settles.
    assert!(rounds[5] < rounds[0] + 40_000, "{late} kB after one clip, then {rounds:?}");

    let server = RtspServer::start(&[Clip::new(path, "/people")]).expect("starts");
    let live: Vec<(u64, u64)> = (0..40)
        .map(|_| {
            connect(server.url("/people"), CameraState::Streaming);
            (resident_kb(), figure("Threads:"))
        })
        .collect();
    let dead: Vec<(u64, u64)> = (0..200)
        .map(|_| {
            connect("rtsp://127.0.0.1:1/x".into(), CameraState::NoRoute);
            (resident_kb(), figure("Threads:"))
        })
        .collect();
    drop(server);
    eprintln!(
        "live opens 20 and 40: {:?} {:?}; threads at the end {}",
        live[19],
        live[39],
        figure("Threads:")
    );
    eprintln!("dead opens 50 and 200: {:?} {:?}", dead[49], dead[199]);
    assert!(live[39].0 < live[19].0 + 6_000, "live opens: {live:?}");
    assert!(dead[199].0 < dead[49].0 + 2_000, "dead opens: {dead:?}");
    assert!(live[39].1 <= live[19].1 + 2 && dead[199].1 <= dead[49].1 + 2, "{live:?} {dead:?}");
}
