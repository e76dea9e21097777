//! The box's wall clock, and its text form. It labels events; nothing is timed or ordered by it.

use std::time::{SystemTime, UNIX_EPOCH};

const NS_PER_S: i64 = 1_000_000_000;
const S_PER_DAY: i64 = 86_400;

/// UTC nanoseconds since 1970; negative before.
pub fn unix_ns() -> i64 {
    let ns = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i128::try_from(since.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
    };
    i64::try_from(ns).unwrap_or(if ns < 0 { i64::MIN } else { i64::MAX })
}

/// RFC 3339 in UTC with nanoseconds: `2026-03-01T12:00:00.000000001Z`. Every `i64` lies in the years 1677 to 2262.
pub fn rfc3339(unix_ns: i64) -> String {
    let seconds = unix_ns.div_euclid(NS_PER_S);
    let ns = unix_ns.rem_euclid(NS_PER_S);
    let (year, month, day) = civil_date(seconds.div_euclid(S_PER_DAY));
    let second = seconds.rem_euclid(S_PER_DAY);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ns:09}Z")
}

/// Year, month and day of a day counted from 1970-01-01, by the proleptic Gregorian calendar.
fn civil_date(days_since_1970: i64) -> (i64, i64, i64) {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut year = 1970;
    let mut day = days_since_1970;
    // 400 years always have the same length, so that the steps below stay few.
    const DAYS_PER_400_YEARS: i64 = 146_097;
    year += 400 * day.div_euclid(DAYS_PER_400_YEARS);
    day = day.rem_euclid(DAYS_PER_400_YEARS);
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if day < length {
            break;
        }
        day -= length;
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    (year, month, day + 1)
}

#[cfg(test)]
mod tests {
    use super::rfc3339;

    #[test]
    fn known_instants_are_written_as_rfc_3339() {
        // Expected values from `date -u -d @SECONDS`.
        let cases = [
            (0, "1970-01-01T00:00:00.000000000Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000000000Z"),
            (1_709_164_800_000_000_001, "2024-02-29T00:00:00.000000001Z"),
            (1_735_689_599_123_456_789, "2024-12-31T23:59:59.123456789Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000000Z"),
            (i64::MIN, "1677-09-21T00:12:43.145224192Z"),
            (i64::MAX, "2262-04-11T23:47:16.854775807Z"),
        ];
        for (unix_ns, text) in cases {
            assert_eq!(rfc3339(unix_ns), text);
        }
    }
}
