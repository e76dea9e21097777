use std::time::{Duration, SystemTime, UNIX_EPOCH};

use toml::value::Datetime;

/// The moment that a text such as `2024-05-01T17:00:00+07:00` names, as `recorded-at` is written; `None` without date,
/// time and offset, or before 1970.
pub fn parse_moment(text: &str) -> Option<SystemTime> {
    moment(&text.parse().ok()?)
}

/// The moment that `datetime` names; `None` without date, time and offset, or before 1970.
pub(crate) fn moment(datetime: &Datetime) -> Option<SystemTime> {
    let (date, time) = (datetime.date?, datetime.time?);
    let offset_min = match datetime.offset? {
        toml::value::Offset::Z => 0,
        toml::value::Offset::Custom { minutes } => i64::from(minutes),
    };
    let days = days_since_1970(i64::from(date.year), usize::from(date.month), i64::from(date.day))?;
    let minutes = (days * 24 + i64::from(time.hour)) * 60 + i64::from(time.minute) - offset_min;
    let seconds = u64::try_from(minutes * 60 + i64::from(time.second.unwrap_or(0))).ok()?;
    UNIX_EPOCH.checked_add(Duration::new(seconds, time.nanosecond.unwrap_or(0)))
}

/// Proleptic Gregorian; `month` from 1.
fn days_since_1970(year: i64, month: usize, day: i64) -> Option<i64> {
    const BEFORE_MONTH: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let leap_years_to = |year: i64| year / 4 - year / 100 + year / 400;
    let is_leap = leap_years_to(year) != leap_years_to(year - 1);
    let before_month = BEFORE_MONTH.get(month.checked_sub(1)?)? + i64::from(is_leap && 2 < month);
    Some((year - 1970) * 365 + leap_years_to(year - 1) - leap_years_to(1969) + before_month + day - 1)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::moment;

    fn seconds(text: &str) -> Option<u64> {
        let moment = moment(&text.parse().unwrap())?;
        Some(moment.duration_since(UNIX_EPOCH).unwrap().as_secs())
    }

    #[test]
    fn moments_are_counted_from_1970() {
        // `date -u -d TEXT +%s`
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(seconds("2000-02-29T23:59:59Z"), Some(951_868_799));
        assert_eq!(seconds("2024-03-01T00:00:00Z"), Some(1_709_251_200));
        assert_eq!(seconds("2024-05-01T17:00:00+07:00"), Some(1_714_557_600));
        assert_eq!(seconds("2100-03-01T00:00:00Z"), Some(4_107_542_400));
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["2024-05-01T10:00:00", "2024-05-01", "10:00:00", "1969-12-31T23:59:59Z"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
