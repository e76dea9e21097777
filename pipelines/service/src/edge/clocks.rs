//! From a frame's clocks to the clocks of an event.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use capture::FrameClocks;
use proto::v1::{ClockSource, Clocks};

/// Boot id of frames whose clock is their footage: the same wherever and whenever the footage is run.
const RECORDED_BOOT_ID: &str = "recorded";

/// What disciplines the wall clock of this machine.
pub(crate) fn wall_source() -> ClockSource {
    // Written by systemd-timesyncd once it has had an answer; its absence proves nothing, so the claim is the weaker.
    if Path::new("/run/systemd/timesync/synchronized").exists() {
        ClockSource::Ntp
    } else {
        ClockSource::FreeRunning
    }
}

/// Clocks of something that was seen in a frame.
pub(crate) fn of_frame(frame: &FrameClocks, boot_id: &str, wall: ClockSource) -> Clocks {
    let (boot_id, source) =
        if frame.recorded { (RECORDED_BOOT_ID, ClockSource::Recording) } else { (boot_id, wall) };
    Clocks {
        sensor_unix_ns: frame.sensor_unix_ns,
        received_monotonic_ns: frame.received_ns,
        boot_id: boot_id.to_owned(),
        wall_unix_ns: frame.wall_unix_ns,
        wall_uncertainty_ms: None,
        wall_source: source.into(),
    }
}

/// Clocks of something that the box itself did now.
pub(crate) fn now(boot_id: &str, wall: ClockSource) -> Clocks {
    Clocks {
        sensor_unix_ns: None,
        received_monotonic_ns: capture::monotonic_ns(),
        boot_id: boot_id.to_owned(),
        wall_unix_ns: unix_ns(),
        wall_uncertainty_ms: None,
        wall_source: wall.into(),
    }
}

/// When the frame came to this box; for footage, whose clock is its own, now.
pub(crate) fn born(frame: &FrameClocks) -> Instant {
    let now = Instant::now();
    let age = capture::monotonic_ns().saturating_sub(frame.received_ns);
    let live = (!frame.recorded).then(|| now.checked_sub(Duration::from_nanos(age)));
    live.flatten().unwrap_or(now)
}

/// How long ago the camera took the frame by its own clock, where it has told it; `None` when that lies in the future.
/// True only as far as both clocks agree.
pub(crate) fn since_sensor(frame: &FrameClocks) -> Option<Duration> {
    let sensor = frame.sensor_unix_ns?;
    Some(Duration::from_nanos(u64::try_from(unix_ns() - sensor).ok()?))
}

fn unix_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
