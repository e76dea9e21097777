//! Seconds since 1970 and their text.

use std::time::UNIX_EPOCH;

/// The second that a text such as `2026-12-31T18:00:00+07:00` names.
pub(crate) fn moment(text: &str) -> Option<i64> {
    let moment = edge_config::parse_moment(text)?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(moment.as_secs()).ok()
}

/// `2026-12-31T11:00:00Z`
pub(crate) fn written(unix_s: i64) -> String {
    let text = delivery::rfc3339(unix_s.saturating_mul(1_000_000_000));
    match text.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => text,
    }
}
