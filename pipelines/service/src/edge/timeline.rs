//! The time that a camera's tracks and rules live in. It goes on over restarts; no clock of an event is taken from it.

use std::time::Duration;

use capture::FrameClocks;
use serde::{Deserialize, Serialize};
use vision::SizePx;

/// From the monotonic clock to the time of the scene.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timeline {
    /// Added to the clock of this boot.
    offset: Duration,
}

/// A frame's clocks, and all that they mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Moment {
    pub(crate) boot_id: String,
    pub(crate) monotonic_ns: u64,
    pub(crate) wall_unix_ns: i64,
    pub(crate) sensor_unix_ns: Option<i64>,
    /// In the time of the scene.
    pub(crate) at: Duration,
    pub(crate) width_px: u32,
    pub(crate) height_px: u32,
}

/// What time it is when a box starts.
#[derive(Clone, Debug)]
pub(crate) struct Now<'a> {
    pub(crate) boot_id: &'a str,
    pub(crate) monotonic_ns: u64,
    pub(crate) wall_unix_ns: i64,
}

/// Longer than any memory of the scene: a wall clock that says more is believed no further.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

impl Timeline {
    /// When the scene sees a frame.
    pub(crate) fn of(self, clocks: &FrameClocks) -> Duration {
        self.at(clocks.received_ns)
    }

    /// The clocks of a frame with the time of the scene in place of the monotonic clock's.
    pub(crate) fn clocks(self, clocks: &FrameClocks) -> FrameClocks {
        let at = self.of(clocks);
        FrameClocks { received_ns: u64::try_from(at.as_nanos()).unwrap_or(u64::MAX), ..*clocks }
    }

    /// What a reading of the monotonic clock is in the scene.
    pub(crate) fn at(self, monotonic_ns: u64) -> Duration {
        self.offset.saturating_add(Duration::from_nanos(monotonic_ns))
    }

    /// The timeline that goes on from `last`, which may be of another boot, and what is doubtful about it.
    ///
    /// In the same boot the monotonic clock tells how long the box saw nothing. Over a boot only the wall clock can, and
    /// nobody knows whether it was right: it is believed for no less than this boot has lasted, and for no more than
    /// a week.
    pub(crate) fn after(last: &Moment, now: &Now<'_>) -> (Self, Option<String>) {
        let up = Duration::from_nanos(now.monotonic_ns);
        let same_boot = last.boot_id == now.boot_id && last.monotonic_ns <= now.monotonic_ns;
        let (gap, doubt) = if same_boot {
            (Duration::from_nanos(now.monotonic_ns - last.monotonic_ns), None)
        } else {
            let told = i128::from(now.wall_unix_ns) - i128::from(last.wall_unix_ns);
            let told_s = told as f64 / 1e9;
            match u64::try_from(told).map(Duration::from_nanos) {
                Ok(gap) if (up..=LONGEST).contains(&gap) => (gap, None),
                Ok(gap) if LONGEST < gap => {
                    (LONGEST, Some(format!("the wall clock says {told_s:.1} s, more than {LONGEST:?}")))
                }
                _ => (up, Some(format!("the wall clock says {told_s:.1} s, and the box is up for {up:?}"))),
            }
        };
        // Never negative: the gap is at least the time since the boot, or the offset is that of before.
        (Self { offset: last.at.saturating_add(gap).saturating_sub(up) }, doubt)
    }
}

impl Moment {
    /// Of a frame with these clocks.
    pub(crate) fn of(clocks: &FrameClocks, size: SizePx, timeline: Timeline, boot_id: &str) -> Self {
        Self {
            boot_id: boot_id.to_owned(),
            monotonic_ns: clocks.received_ns,
            wall_unix_ns: clocks.wall_unix_ns,
            sensor_unix_ns: clocks.sensor_unix_ns,
            at: timeline.of(clocks),
            width_px: size.width,
            height_px: size.height,
        }
    }

    /// The clocks of the frame.
    pub(crate) fn clocks(&self) -> FrameClocks {
        FrameClocks {
            sensor_unix_ns: self.sensor_unix_ns,
            received_ns: self.monotonic_ns,
            wall_unix_ns: self.wall_unix_ns,
            recorded: false,
        }
    }

    pub(crate) fn size(&self) -> SizePx {
        SizePx::new(self.width_px, self.height_px)
    }
}

/// The clocks of a frame that came `ago` before one with these.
pub(crate) fn earlier(clocks: &FrameClocks, ago: Duration) -> FrameClocks {
    let ago_ns = u64::try_from(ago.as_nanos()).unwrap_or(u64::MAX);
    let signed = i64::try_from(ago_ns).unwrap_or(i64::MAX);
    FrameClocks {
        sensor_unix_ns: clocks.sensor_unix_ns.map(|ns| ns.saturating_sub(signed)),
        received_ns: clocks.received_ns.saturating_sub(ago_ns),
        wall_unix_ns: clocks.wall_unix_ns.saturating_sub(signed),
        recorded: clocks.recorded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    fn last(boot_id: &str) -> Moment {
        Moment {
            boot_id: boot_id.to_owned(),
            monotonic_ns: 1000 * S,
            wall_unix_ns: 50_000 * S as i64,
            sensor_unix_ns: None,
            at: Duration::from_secs(1100),
            width_px: 640,
            height_px: 360,
        }
    }

    fn after(boot_id: &str, up_s: u64, wall_s: i64) -> (u64, bool) {
        let now = Now { boot_id: "this", monotonic_ns: up_s * S, wall_unix_ns: wall_s * S as i64 };
        let (timeline, doubt) = Timeline::after(&last(boot_id), &now);
        (timeline.at(up_s * S).as_secs(), doubt.is_some())
    }

    #[test]
    fn in_one_boot_the_monotonic_clock_goes_on_whatever_the_wall_clock_says() {
        assert_eq!(after("this", 1003, 0), (1103, false));
        assert_eq!(after("this", 1003, 99_999_999), (1103, false));
    }

    #[test]
    fn over_a_boot_the_wall_clock_is_believed_within_bounds() {
        assert_eq!(after("other", 20, 50_060), (1160, false));
        // Set back, or stopped with the box: it was off for at least as long as it is up.
        assert_eq!(after("other", 20, 50_005), (1120, true));
        assert_eq!(after("other", 20, 10), (1120, true));
        let week = LONGEST.as_secs();
        assert_eq!(after("other", 20, 50_001 + week as i64), (1100 + week, true));
        // A boot id that is the same and a clock that runs backwards are not one boot.
        assert_eq!(after("this", 20, 50_060), (1160, false));
    }
}
