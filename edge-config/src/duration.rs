//! Durations as text: a whole number and `ms`, `s`, `m` or `h`.

use std::time::Duration;

const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// `"500ms"`, `"5s"`, `"2m"`, `"1h"`; nothing else.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let (_, unit_ms) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let count: u64 = digits.parse().ok()?;
    count.checked_mul(*unit_ms).map(Duration::from_millis)
}

/// The same in the largest unit that leaves no rest; parts of a millisecond are not shown.
pub(crate) fn text(duration: Duration) -> String {
    let ms = duration.as_millis();
    for (name, unit_ms) in UNITS {
        let unit_ms = u128::from(unit_ms);
        if 0 < ms && ms.is_multiple_of(unit_ms) {
            return format!("{}{name}", ms / unit_ms);
        }
    }
    "0s".to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{parse, text};

    #[test]
    fn text_and_duration_agree() {
        for (written, ms) in [("500ms", 500), ("5s", 5_000), ("2m", 120_000), ("1h", 3_600_000), ("0s", 0)] {
            assert_eq!(parse(written), Some(Duration::from_millis(ms)), "{written}");
            assert_eq!(text(Duration::from_millis(ms)), written);
        }
        for bad in [
            "",
            "5",
            "s",
            "1.5s",
            "-5s",
            "5 s",
            "5S",
            "5sec",
            "99999999999999999999s",
            "9999999999999999999h",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
