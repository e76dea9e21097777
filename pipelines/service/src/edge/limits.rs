//! How many passages of a rule are told one by one: a token bucket for each rule that has a limit, and a summary of what
//! was above it.

use std::collections::BTreeMap;
use std::time::Duration;

use edge_config::{Camera, Limit};
use scene::Passage;
use serde::{Deserialize, Serialize};

use super::timeline::Moment;

/// How long what was suppressed waits for its summary.
const SUMMARY: Duration = Duration::from_secs(60);

/// The limits of one camera's rules, by the time of its frames.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    limits: BTreeMap<String, Limit>,
    state: LimitsState,
}

/// What has happened under the limits so far, by rule; for a checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct LimitsState(BTreeMap<String, Bucket>);

/// A token bucket (as in RFC 2697): it holds the time that is worth passages, is full at first, and fills as time goes by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Bucket {
    credit: Duration,
    at: Duration,
    summary: Option<Summary>,
}

/// Passages of one rule that were not told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Summary {
    pub(crate) rule_id: String,
    pub(crate) rule_version: u32,
    /// When the first of them opened, and the last.
    pub(crate) from: Moment,
    pub(crate) to: Moment,
    /// How many, by class.
    pub(crate) classes: BTreeMap<u16, u32>,
}

impl Limits {
    /// Of the rules of `camera`.
    pub(crate) fn of(camera: &Camera) -> Self {
        let limited = camera.rules.iter().filter_map(|rule| Some((rule.id.clone(), rule.limit?)));
        Self { limits: limited.collect(), state: LimitsState::default() }
    }

    /// Goes on from before a restart.
    pub(crate) fn restore(&mut self, state: LimitsState) {
        self.state = state;
    }

    /// For a checkpoint.
    pub(crate) fn state(&self) -> &LimitsState {
        &self.state
    }

    /// Whether a passage that opens now is told; else it is part of a summary.
    pub(crate) fn admit(&mut self, passage: &Passage, opened: &Moment) -> bool {
        let Some(limit) = self.limits.get(&passage.rule_id) else { return true };
        let fresh = || Bucket { credit: limit.per, at: opened.at, summary: None };
        let bucket = self.state.0.entry(passage.rule_id.clone()).or_insert_with(fresh);
        // A clock set back earns nothing.
        bucket.credit = (bucket.credit + opened.at.saturating_sub(bucket.at)).min(limit.per);
        bucket.at = opened.at;
        let cost = limit.per / limit.passages;
        if let Some(left) = bucket.credit.checked_sub(cost) {
            bucket.credit = left;
            return true;
        }
        let summary = bucket.summary.get_or_insert_with(|| Summary {
            rule_id: passage.rule_id.clone(),
            rule_version: passage.rule_version,
            from: opened.clone(),
            to: opened.clone(),
            classes: BTreeMap::new(),
        });
        summary.to = opened.clone();
        *summary.classes.entry(passage.class).or_default() += 1;
        false
    }

    /// The summaries that are due at `now`; at the end, all of them.
    pub(crate) fn due(&mut self, now: Duration, is_end: bool) -> Vec<Summary> {
        let due = |summary: &Summary| {
            is_end || SUMMARY <= now.saturating_sub(summary.from.at) || now < summary.from.at
        };
        self.state
            .0
            .values_mut()
            .filter_map(|bucket| bucket.summary.take_if(|summary| due(summary)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use scene::{Direction, PassageState, Subject};
    use vision::FrameBox;

    use super::*;

    fn at(ms: u64) -> Moment {
        Moment {
            boot_id: "boot".to_owned(),
            monotonic_ns: 1_000_000 * ms,
            wall_unix_ns: 0,
            sensor_unix_ns: None,
            at: Duration::from_millis(ms),
            width_px: 640,
            height_px: 360,
        }
    }

    fn passage(rule: &str, class: u16) -> Passage {
        let bbox = FrameBox::new(0.0, 0.0, 1.0, 1.0).expect("valid");
        Passage {
            subject: Subject::Track(1),
            rule_id: rule.to_owned(),
            rule_version: 3,
            ordinal: 1,
            state: PassageState::Opened,
            revision: 1,
            occurred_at: Duration::ZERO,
            opened_at: Duration::ZERO,
            at: Duration::ZERO,
            class,
            direction: Direction::Forward,
            place_id: "line".to_owned(),
            dwell: Duration::ZERO,
            bbox,
            first_bbox: bbox,
            merged_tracks: Vec::new(),
            objects: 1,
            observations: 1,
            best_score: 1.0,
            mean_score: 1.0,
            duration: Duration::ZERO,
            travel: 0.0,
            decision: Vec::new(),
            close_reason: None,
        }
    }

    fn two_in_ten_seconds() -> Limits {
        let limit = Limit { passages: 2, per: Duration::from_secs(10) };
        Limits { limits: BTreeMap::from([("busy".to_owned(), limit)]), state: LimitsState::default() }
    }

    #[test]
    fn what_is_above_the_limit_is_summarised_by_class_after_a_minute_or_at_the_end() {
        let mut limits = two_in_ten_seconds();
        let told: Vec<bool> = [(0, 0), (100, 0), (200, 0), (4999, 2), (5000, 0), (5001, 2)]
            .iter()
            .map(|&(ms, class)| limits.admit(&passage("busy", class), &at(ms)))
            .collect();
        // Two at once; five seconds later there is one again.
        assert_eq!(told, [true, true, false, false, true, false]);
        assert!(limits.admit(&passage("quiet", 0), &at(200)), "a rule without a limit");
        assert_eq!(limits.due(Duration::from_millis(60_199), false), []);
        let due = limits.due(Duration::from_millis(60_200), false);
        let [summary] = &due[..] else { panic!("one summary, got {due:?}") };
        assert_eq!((summary.from.at, summary.to.at), (at(200).at, at(5001).at));
        assert_eq!((summary.rule_version, &summary.classes), (3, &BTreeMap::from([(0, 1), (2, 2)])));
        assert_eq!(limits.due(Duration::from_secs(999), true), [], "once");
        (0..3).for_each(|_| {
            limits.admit(&passage("busy", 0), &at(200_000));
        });
        assert_eq!(limits.due(at(200_000).at, true).len(), 1, "the end comes before the minute");
    }

    #[test]
    fn a_state_that_was_written_down_goes_on() {
        let mut limits = two_in_ten_seconds();
        (0..3).for_each(|_| {
            limits.admit(&passage("busy", 0), &at(0));
        });
        let text = serde_json::to_string(limits.state()).expect("JSON");
        let mut after = two_in_ten_seconds();
        after.restore(serde_json::from_str(&text).expect("JSON"));
        assert!(!after.admit(&passage("busy", 0), &at(100)));
        assert_eq!(after.due(Duration::ZERO, true)[0].classes, BTreeMap::from([(0, 2)]));
    }
}
