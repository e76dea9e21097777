use crate::SceneError;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weekday {
    /// The first day of ISO 8601's week.
    Monday,
    /// The second.
    Tuesday,
    /// The third.
    Wednesday,
    /// The fourth.
    Thursday,
    /// The fifth.
    Friday,
    /// The sixth.
    Saturday,
    /// The seventh.
    Sunday,
}

impl Weekday {
    /// All of them, in the order of the week.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    fn previous(self) -> Self {
        Self::ALL[(self as usize + 6) % 7]
    }
}

/// Day and minute where the camera is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalMinute {
    /// Day of the week.
    pub day: Weekday,
    /// Minutes since midnight, 0 to 1439.
    pub minute: u16,
}

/// Part of a day, on some days of the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// Days on which it begins; empty means every day.
    pub days: Vec<Weekday>,
    /// First minute since midnight, 0 to 1439.
    pub from: u16,
    /// First minute after it, up to 1440; below `from` it is a minute of the next day.
    pub to: u16,
}

/// When a rule is in force: in any of its periods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// At least one.
    pub periods: Vec<Period>,
}

const MINUTES: u16 = 24 * 60;

impl Period {
    fn begins_on(&self, day: Weekday) -> bool {
        self.days.is_empty() || self.days.contains(&day)
    }

    fn holds(&self, now: LocalMinute) -> bool {
        let LocalMinute { day, minute } = now;
        if self.from < self.to {
            return self.begins_on(day) && (self.from..self.to).contains(&minute);
        }
        (self.begins_on(day) && self.from <= minute) || (self.begins_on(day.previous()) && minute < self.to)
    }
}

impl Schedule {
    /// Whether the rule is in force at `now`.
    pub fn holds(&self, now: LocalMinute) -> bool {
        self.periods.iter().any(|period| period.holds(now))
    }

    pub(crate) fn check(&self, rule: &str) -> Result<(), SceneError> {
        if self.periods.is_empty() {
            return Err(SceneError::EmptySchedule { rule: rule.to_owned() });
        }
        let is_wrong =
            |period: &Period| MINUTES <= period.from || MINUTES < period.to || period.from == period.to;
        match self.periods.iter().position(is_wrong) {
            Some(index) => {
                let Period { from, to, .. } = self.periods[index];
                Err(SceneError::Period { rule: rule.to_owned(), number: index + 1, from, to })
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(days: &[Weekday], from: u16, to: u16) -> Schedule {
        Schedule { periods: vec![Period { days: days.to_vec(), from, to }] }
    }

    fn at(day: Weekday, hour: u16, minute: u16) -> LocalMinute {
        LocalMinute { day, minute: 60 * hour + minute }
    }

    #[test]
    fn a_period_holds_from_its_first_minute_to_before_its_last() {
        let office = on(&[Weekday::Monday, Weekday::Friday], 8 * 60, 17 * 60);
        assert!(office.holds(at(Weekday::Monday, 8, 0)) && office.holds(at(Weekday::Friday, 16, 59)));
        assert!(!office.holds(at(Weekday::Monday, 7, 59)) && !office.holds(at(Weekday::Monday, 17, 0)));
        assert!(!office.holds(at(Weekday::Tuesday, 12, 0)));
        let all_day = on(&[Weekday::Sunday], 0, 1440);
        assert!(all_day.holds(at(Weekday::Sunday, 0, 0)) && all_day.holds(at(Weekday::Sunday, 23, 59)));
        assert!(!all_day.holds(at(Weekday::Monday, 0, 0)));
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_begins() {
        let night = on(&[Weekday::Sunday], 22 * 60, 6 * 60);
        assert!(night.holds(at(Weekday::Sunday, 22, 0)) && night.holds(at(Weekday::Sunday, 23, 59)));
        assert!(night.holds(at(Weekday::Monday, 0, 0)) && night.holds(at(Weekday::Monday, 5, 59)));
        assert!(!night.holds(at(Weekday::Monday, 6, 0)) && !night.holds(at(Weekday::Monday, 22, 0)));
        assert!(!night.holds(at(Weekday::Sunday, 5, 0)), "the night of Saturday");
        let to_midnight = on(&[Weekday::Monday], 22 * 60, 0);
        assert!(to_midnight.holds(at(Weekday::Monday, 23, 0)));
        assert!(!to_midnight.holds(at(Weekday::Tuesday, 0, 0)));
    }

    #[test]
    fn no_days_are_every_day_and_periods_add_up() {
        let mut schedule = on(&[], 60, 120);
        assert!(Weekday::ALL.iter().all(|&day| schedule.holds(at(day, 1, 30))));
        schedule.periods.push(Period { days: vec![Weekday::Monday], from: 600, to: 660 });
        assert!(schedule.holds(at(Weekday::Monday, 10, 0)) && !schedule.holds(at(Weekday::Tuesday, 10, 0)));
    }

    #[test]
    fn periods_that_are_none_are_refused() {
        for wrong in [on(&[], 600, 600), on(&[], 1440, 60), on(&[], 0, 1441)] {
            assert!(matches!(wrong.check("r"), Err(SceneError::Period { number: 1, .. })), "{wrong:?}");
        }
        let never = Schedule { periods: Vec::new() };
        assert!(matches!(never.check("r"), Err(SceneError::EmptySchedule { .. })));
        assert_eq!(on(&[], 1439, 1440).check("r"), Ok(()));
    }
}
