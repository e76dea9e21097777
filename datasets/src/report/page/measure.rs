//! The scores that stand for a task, wherever tasks are compared.

use std::collections::BTreeMap;

use super::scale::Scale;
use crate::report::TaskScores;
use crate::score::interval::Interval;

/// One task with its scores.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    pub(super) name: &'static str,
    /// Id of its section.
    pub(super) section: &'static str,
    /// The first is the main one, by which the task is compared.
    pub(super) measures: &'static [Measure],
}

/// One score of a task.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure {
    /// As the field calls it.
    pub(super) name: &'static str,
    /// What it is, in a few words.
    pub(super) meaning: &'static str,
    /// A score, best at 1 and drawn up to there, or else an error, best at 0 and drawn as far as it goes.
    pub(super) is_score: bool,
    /// Reads it off.
    pub(super) of: fn(&TaskScores) -> Option<Estimate>,
}

/// A score with how far it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) value: f64,
    pub(super) interval: Option<Interval>,
}

/// Every task, in the order of the page.
pub(super) const TASKS: [Task; 5] = [
    Task { name: "Detection", section: "detection", measures: &DETECTION },
    Task { name: "Tracking", section: "tracking", measures: &TRACKING },
    Task { name: "Plates", section: "plates", measures: &PLATES },
    Task { name: "Faces", section: "faces", measures: &FACES },
    Task { name: "Events", section: "events", measures: &EVENTS },
];

impl Measure {
    /// Where `estimates` are drawn.
    pub(super) fn scale(&self, estimates: &[Estimate]) -> Scale {
        let ends = estimates.iter().flat_map(|Estimate { value, interval }| {
            [Some(*value), interval.map(|interval| interval.low), interval.map(|interval| interval.high)]
        });
        Scale::around(ends.flatten().chain(self.is_score.then_some(1.0)))
    }
}

type Reader = fn(&TaskScores) -> Option<Estimate>;

const fn score(name: &'static str, meaning: &'static str, of: Reader) -> Measure {
    Measure { name, meaning, is_score: true, of }
}

const fn error(name: &'static str, meaning: &'static str, of: Reader) -> Measure {
    Measure { name, meaning, is_score: false, of }
}

const DETECTION: [Measure; 2] = [
    score("AP", "average precision, IoU 0.50 to 0.95", |scores| {
        let detect = scores.detect.as_ref()?;
        estimate(detect.scores.ap, &detect.intervals, "ap")
    }),
    score("AP50", "average precision at IoU 0.50", |scores| {
        let detect = scores.detect.as_ref()?;
        estimate(detect.scores.ap50, &detect.intervals, "ap50")
    }),
];

const TRACKING: [Measure; 3] = [
    score("HOTA", "detection and association alike", |scores| {
        let track = scores.track.as_ref()?;
        estimate(Some(track.scores.hota), &track.intervals, "hota")
    }),
    score("MOTA", "1 less the errors per true box", |scores| {
        let track = scores.track.as_ref()?;
        estimate(Some(track.scores.mota), &track.intervals, "mota")
    }),
    score("IDF1", "boxes under the right identity", |scores| {
        let track = scores.track.as_ref()?;
        estimate(Some(track.scores.idf1), &track.intervals, "idf1")
    }),
];

const PLATES: [Measure; 2] = [
    score("Exact", "every character right", |scores| {
        let plates = scores.plates.as_ref()?;
        estimate(plates.exact, &plates.intervals, "exact")
    }),
    score("Exact of read", "the same, of those with a reading", |scores| {
        let plates = scores.plates.as_ref()?;
        estimate(plates.exact_of_read, &plates.intervals, "exact_of_read")
    }),
];

const FACES: [Measure; 2] = [
    error("FNMR at FMR 10⁻³", "one person taken for two", |scores| {
        let faces = &scores.faces.as_ref()?.verification;
        estimate(faces.fnmr_at.get("1e-3").copied(), &faces.intervals, "fnmr_at.1e-3")
    }),
    error("EER", "where both error rates are equal", |scores| {
        let faces = &scores.faces.as_ref()?.verification;
        estimate(faces.eer, &faces.intervals, "eer")
    }),
];

const EVENTS: [Measure; 5] = [
    score("F1", "precision and recall together", |scores| {
        let events = scores.events.as_ref()?;
        estimate(events.f1, &events.intervals, "f1")
    }),
    score("Precision", "reported events that are true", |scores| {
        let events = scores.events.as_ref()?;
        estimate(events.precision, &events.intervals, "precision")
    }),
    score("Recall", "true events that are reported", |scores| {
        let events = scores.events.as_ref()?;
        estimate(events.recall, &events.intervals, "recall")
    }),
    error("False alarms", "per camera-hour", |scores| {
        let events = scores.events.as_ref()?;
        estimate(events.false_alarms_per_hour, &events.intervals, "false_alarms_per_hour")
    }),
    error("Time to event", "median until confirmed, seconds", |scores| {
        let events = scores.events.as_ref()?;
        estimate(events.time_to_event_s.p50, &events.intervals, "time_to_event_s.p50")
    }),
];

fn estimate(value: Option<f64>, intervals: &BTreeMap<String, Interval>, key: &str) -> Option<Estimate> {
    Some(Estimate { value: value?, interval: intervals.get(key).copied() })
}
