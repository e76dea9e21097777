//! How many plates were read and why the others were not: per hour for events, since the start for metrics.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use plates::{Reason, Status};
use proto::v1 as pb;

use crate::edge::state::millis;
use crate::plate_read::unread_reason;

/// Of one report.
const PERIOD: Duration = Duration::from_secs(3600);

/// Of the period that runs.
#[derive(Default)]
pub(super) struct Rates {
    /// Its beginning, and the latest frame.
    span: Option<(Duration, Duration)>,
    confirmed: u32,
    single_look: u32,
    unread: [u32; Reason::ALL.len()],
    searches_missed: u32,
}

impl Rates {
    /// A frame was taken.
    pub(super) fn seen(&mut self, at: Duration) {
        let begun = self.span.map_or(at, |(begun, _)| begun);
        self.span = Some((begun, at));
    }

    /// A search got no answer.
    pub(super) const fn missed(&mut self) {
        self.searches_missed += 1;
    }

    /// A vehicle has gone.
    pub(super) fn count(&mut self, status: Status) {
        match status {
            Status::Confirmed => self.confirmed += 1,
            Status::SingleLook => self.single_look += 1,
            Status::Rejected(reason) => self.unread[place(reason)] += 1,
        }
    }

    /// What is due by `now`; the next period then begins.
    pub(super) fn take(&mut self, now: Duration, ended: bool) -> Option<pb::PlateRates> {
        let (begun, latest) = self.span?;
        let is_whole = begun.saturating_add(PERIOD) <= now;
        if !is_whole && !ended {
            return None;
        }
        let until = if ended { latest } else { now };
        let told = pb::PlateRates {
            period_ms: millis(until.saturating_sub(begun)),
            partial: if is_whole { String::new() } else { "stream ended".to_owned() },
            vehicles: self.confirmed + self.single_look + self.unread.iter().sum::<u32>(),
            confirmed: self.confirmed,
            single_look: self.single_look,
            unread: Reason::ALL
                .iter()
                .zip(self.unread)
                .filter(|&(_, vehicles)| 0 < vehicles)
                .map(|(&reason, vehicles)| pb::UnreadCount { reason: unread_reason(reason).into(), vehicles })
                .collect(),
            searches_missed: self.searches_missed,
        };
        *self = Self { span: (!ended).then_some((now, now)), ..Self::default() };
        Some(told)
    }
}

/// Since the start, for the metrics.
#[derive(Debug, Default)]
pub(crate) struct PlateCounts {
    confirmed: AtomicU64,
    single_look: AtomicU64,
    unread: [AtomicU64; Reason::ALL.len()],
    missed: AtomicU64,
}

impl PlateCounts {
    pub(super) fn count(&self, status: Status) {
        let count = match status {
            Status::Confirmed => &self.confirmed,
            Status::SingleLook => &self.single_look,
            Status::Rejected(reason) => &self.unread[place(reason)],
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn missed(&self) {
        self.missed.fetch_add(1, Ordering::Relaxed);
    }

    /// Searches that no model answered in time.
    pub(crate) fn searches_missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    /// Vehicles by status and reason; the latter is empty for those that were read.
    pub(crate) fn vehicles(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        let read = [("confirmed", "", &self.confirmed), ("single_look", "", &self.single_look)];
        let unread =
            Reason::ALL.iter().zip(&self.unread).map(|(reason, count)| ("rejected", reason.name(), count));
        let all: Vec<_> = read.into_iter().chain(unread).collect();
        all.into_iter().map(|(status, reason, count)| (status, reason, count.load(Ordering::Relaxed)))
    }
}

fn place(reason: Reason) -> usize {
    Reason::ALL.iter().position(|&known| known == reason).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn vehicles_are_told_by_the_hour_and_at_the_end() {
        let mut rates = Rates::default();
        assert_eq!(rates.take(MINUTE, true), None, "nothing was seen");
        rates.seen(MINUTE);
        rates.count(Status::Confirmed);
        rates.count(Status::Rejected(Reason::Glare));
        rates.count(Status::Rejected(Reason::Glare));
        assert_eq!(rates.take(60 * MINUTE, false), None);
        let whole = rates.take(61 * MINUTE, false).expect("an hour");
        assert_eq!((whole.period_ms, whole.partial.as_str()), (3_600_000, ""));
        assert_eq!((whole.vehicles, whole.confirmed, whole.single_look), (3, 1, 0));
        assert_eq!((whole.unread.len(), whole.unread[0].vehicles), (1, 2));
        assert_eq!(whole.unread[0].reason(), pb::UnreadReason::Glare);
        rates.seen(63 * MINUTE);
        rates.count(Status::SingleLook);
        let rest = rates.take(63 * MINUTE, true).expect("the end");
        assert_eq!((rest.period_ms, rest.partial.as_str(), rest.vehicles), (120_000, "stream ended", 1));
        assert_eq!(rates.take(64 * MINUTE, true), None, "told once");
    }
}
