//! When a frame was taken: on the clock that tracks run on, and where the camera stands.

use std::time::{Duration, UNIX_EPOCH};

use capture::FrameClocks;
use edge_config::{Camera, Source};
use scene::{LocalMinute, Weekday};

const MINUTES_PER_DAY: i64 = 24 * 60;
const NS_PER_MINUTE: i64 = 60_000_000_000;
/// 1970-01-01 was a Thursday.
const FIRST_DAY: i64 = 3;

/// When a frame was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameTime {
    /// By the clock that tracks and rules count with.
    pub(crate) at: Duration,
    /// UTC nanoseconds since 1970: by the box's clock, or for footage counted from its recording's start.
    pub(crate) wall_unix_ns: i64,
}

impl FrameTime {
    pub(crate) fn of(clocks: &FrameClocks) -> Self {
        Self { at: Duration::from_nanos(clocks.received_ns), wall_unix_ns: clocks.wall_unix_ns }
    }

    /// A frame `at` after the first of footage that `camera` recorded; what a live camera's clip began with is not
    /// known, and taken as 1970.
    pub(crate) fn in_footage(camera: &Camera, at: Duration) -> Self {
        let started = match &camera.source {
            Source::File(clip) => clip.recorded_at.duration_since(UNIX_EPOCH).unwrap_or_default(),
            Source::Rtsp(_) => Duration::ZERO,
        };
        let wall_unix_ns = i64::try_from((started + at).as_nanos()).unwrap_or(i64::MAX);
        Self { at, wall_unix_ns }
    }
}

/// Day and minute at `wall_unix_ns` where clocks are `utc_offset_min` minutes ahead of UTC.
pub(super) fn local_minute(wall_unix_ns: i64, utc_offset_min: i32) -> LocalMinute {
    let minutes = wall_unix_ns.div_euclid(NS_PER_MINUTE) + i64::from(utc_offset_min);
    let day = (minutes.div_euclid(MINUTES_PER_DAY) + FIRST_DAY).rem_euclid(7);
    let minute = minutes.rem_euclid(MINUTES_PER_DAY);
    // Both lie in their ranges; what does not fit is no case.
    LocalMinute {
        day: usize::try_from(day)
            .ok()
            .and_then(|day| Weekday::ALL.get(day).copied())
            .unwrap_or(Weekday::Monday),
        minute: u16::try_from(minute).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64, offset: i32) -> (Weekday, u16, u16) {
        let LocalMinute { day, minute } = local_minute(seconds * 1_000_000_000, offset);
        (day, minute / 60, minute % 60)
    }

    #[test]
    fn day_and_minute_are_those_of_the_calendar() {
        // `TZ=UTC date -d @SECONDS '+%A %H:%M'`, and with TZ=XXX-7, TZ=XXX+3:30 for the offsets.
        assert_eq!(at(0, 0), (Weekday::Thursday, 0, 0));
        assert_eq!(at(1_714_557_659, 0), (Weekday::Wednesday, 10, 0));
        assert_eq!(at(1_714_557_660, 0), (Weekday::Wednesday, 10, 1));
        assert_eq!(at(1_714_593_600, 7 * 60), (Weekday::Thursday, 3, 0));
        assert_eq!(at(1_714_521_600, -210), (Weekday::Tuesday, 20, 30));
        assert_eq!(at(-1, 0), (Weekday::Wednesday, 23, 59));
    }
}
