//! Why an event was told, and why one was not.

use serde::{Deserialize, Serialize};

use super::matching::GRACE_S;
use super::{FoundEvent, TrueEvent};

/// Which side of its bound a measure has to be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// No less than the bound.
    AtLeast,
    /// No more than the bound.
    AtMost,
}

/// One condition of a rule as it was held against an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClauseValue {
    /// Name of the condition; its end is the unit.
    pub name: String,
    /// What was measured.
    pub measured: f32,
    /// Which side of the bound is asked for.
    pub relation: Relation,
    /// The bound.
    pub bound: f32,
    /// Whether the measure was on that side.
    pub held: bool,
}

/// What became of an object under a rule that it came near. Times are seconds after the first presented frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Trail {
    /// Id of the rule.
    pub rule: String,
    /// Class of the object, or the group that the class belongs to.
    pub kind: String,
    /// First sight.
    pub first_s: f64,
    /// When it came nearest to the rule, or was told.
    pub best_s: f64,
    /// Latest sight.
    pub last_s: f64,
    /// What was asked and measured at that moment.
    pub clauses: Vec<ClauseValue>,
    /// Whether it was told; of one that was not, a clause did not hold.
    pub told: bool,
}

/// What there was near the place of a rule, of the kinds that the rule is about. Times as in [`Trail`], ascending.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NearRule {
    /// Id of the rule.
    pub rule: String,
    /// Classes, or the groups that they belong to.
    pub kinds: Vec<String>,
    /// Frames with a detection.
    pub detected_s: Vec<f64>,
    /// Frames with a track that was seen in them.
    pub tracked_s: Vec<f64>,
}

/// All that is known of how a clip's events came about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watching {
    /// Of every object that came near a rule.
    pub trails: Vec<Trail>,
    /// One for each rule.
    pub near: Vec<NearRule>,
    /// Frames that were looked at, ascending, in seconds.
    pub looked_s: Vec<f64>,
}

/// Why a true event was not told. Every missed event has one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum MissReason {
    /// An object came near the rule, and these clauses did not hold: the one farthest from its bound first.
    Clause {
        /// Id of the rule.
        rule: String,
        /// When it came nearest, in seconds.
        best_s: f64,
        /// At least one.
        lost: Vec<ClauseValue>,
    },
    /// The rule told something of an object that was there then, but at another time, in another direction, as another
    /// kind, or once where it happened twice.
    ToldOtherwise {
        /// Id of the rule.
        rule: String,
        /// When it told it, in seconds.
        told_s: f64,
    },
    /// No rule of the camera is about this kind, or none has this id.
    NoRule,
    /// It was followed near the rule, but never surely enough to be held against it.
    UnsureTrack {
        /// Frames with such a track, about the time.
        frames: u64,
    },
    /// It was detected near the rule and not followed.
    NoTrack {
        /// Frames with such a detection, about the time.
        frames: u64,
    },
    /// Nothing of this kind was detected near the rule.
    NoDetection {
        /// Frames that were looked at, about the time.
        frames: u64,
    },
    /// No frame about the time was looked at.
    NotLooked,
}

/// A missed event and why it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Missed {
    /// Index of the true event.
    pub truth: usize,
    /// Why.
    #[serde(flatten)]
    pub why: MissReason,
}

/// How the events of a clip came about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventTrails {
    /// For each event told, in their order, what was asked and measured when it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Vec<ClauseValue>>,
    /// For each missed event, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<Missed>,
}

impl ClauseValue {
    /// How far the measure is from its bound, in `[0, 1)`: 0 when it holds, a half when as much is missing as is asked.
    pub fn shortfall(&self) -> f32 {
        if self.held {
            return 0.0;
        }
        let missing = (self.bound - self.measured).abs();
        // A bound of 0 gives no scale of its own.
        let scale = if self.bound == 0.0 { 1.0 } else { self.bound.abs() };
        missing / (missing + scale)
    }
}

impl Trail {
    fn lost(&self) -> Vec<ClauseValue> {
        let mut lost: Vec<ClauseValue> = self.clauses.iter().filter(|clause| !clause.held).cloned().collect();
        lost.sort_by(|one, other| other.shortfall().total_cmp(&one.shortfall()));
        lost
    }
}

/// Why each of `missed`, indices of `truths`, was not told: one reason for each, in their order.
///
/// The most particular reason wins: an object that came nearest to the rule about the time of the event and lost a clause;
/// then an event of an object that was there, told otherwise; then an object that was there and lost a clause at another
/// time; then what was followed, detected, looked at. Of several objects the one that lost the fewest clauses counts, of
/// these the one nearest to its bounds, then the one nearest in time.
pub fn explain(
    truths: &[TrueEvent],
    missed: &[usize],
    found: &[FoundEvent],
    watching: &Watching,
) -> Vec<Missed> {
    let explained = missed.iter().filter_map(|&index| {
        let truth = truths.get(index)?;
        Some(Missed { truth: index, why: reason(truth, found, watching) })
    });
    explained.collect()
}

fn reason(truth: &TrueEvent, found: &[FoundEvent], watching: &Watching) -> MissReason {
    let moment_s = truth.moment_s();
    let slack_s = truth.tolerance_s + GRACE_S;
    let (from_s, to_s) = (moment_s - slack_s, moment_s + slack_s);
    let is_asked = |rule: &str| truth.rule.as_deref().is_none_or(|asked| asked == rule);
    let rules: Vec<&NearRule> = watching
        .near
        .iter()
        .filter(|near| is_asked(&near.rule) && near.kinds.contains(&truth.kind))
        .collect();
    if rules.is_empty() {
        return MissReason::NoRule;
    }
    // One that looked like another class to the end lost the clause that asks for it.
    let is_it = |trail: &&Trail| {
        let is_kind = trail.kind == truth.kind || trail.clauses.iter().any(|c| c.name == "class" && !c.held);
        let was_there = trail.first_s <= to_s && from_s <= trail.last_s;
        is_kind && was_there && rules.iter().any(|rule| rule.rule == trail.rule)
    };
    let rejected = |about_then: bool| {
        let trails = watching.trails.iter().filter(is_it).filter(|trail| !trail.told);
        let trails = trails.filter(|trail| !about_then || (from_s..=to_s).contains(&trail.best_s));
        let nearest = trails.map(|trail| (trail, trail.lost())).filter(|(_, lost)| !lost.is_empty()).min_by(
            |(one, lost_one), (other, lost_other)| {
                let shortfall = |lost: &[ClauseValue]| lost.iter().map(ClauseValue::shortfall).sum::<f32>();
                let apart = |trail: &Trail| (trail.best_s - moment_s).abs();
                let by_count = lost_one.len().cmp(&lost_other.len());
                let by_shortfall = shortfall(lost_one).total_cmp(&shortfall(lost_other));
                let by_time = apart(one).total_cmp(&apart(other)).then(one.best_s.total_cmp(&other.best_s));
                by_count.then(by_shortfall).then(by_time).then_with(|| one.rule.cmp(&other.rule))
            },
        );
        nearest.map(|(trail, lost)| MissReason::Clause {
            rule: trail.rule.clone(),
            best_s: trail.best_s,
            lost,
        })
    };
    let told = || {
        let of_object = watching.trails.iter().filter(is_it).filter(|trail| trail.told);
        let of_object = of_object.map(|trail| (trail.rule.as_str(), trail.best_s));
        let then = found.iter().filter(|event| (from_s..=to_s).contains(&event.at_s)).filter_map(|event| {
            let rule = event.rule.as_deref()?;
            rules.iter().any(|near| near.rule == rule).then_some((rule, event.at_s))
        });
        let nearest = of_object
            .chain(then)
            .min_by(|one, other| (one.1 - moment_s).abs().total_cmp(&(other.1 - moment_s).abs()));
        nearest.map(|(rule, told_s)| MissReason::ToldOtherwise { rule: rule.to_owned(), told_s })
    };
    let between = |times: &[f64]| times.iter().filter(|time| (from_s..=to_s).contains(*time)).count() as u64;
    let most = |of: fn(&NearRule) -> &[f64]| {
        rules.iter().map(|near| between(of(near))).max().filter(|frames| 0 < *frames)
    };
    rejected(true)
        .or_else(told)
        .or_else(|| rejected(false))
        .or_else(|| most(|near| &near.tracked_s).map(|frames| MissReason::UnsureTrack { frames }))
        .or_else(|| most(|near| &near.detected_s).map(|frames| MissReason::NoTrack { frames }))
        .unwrap_or_else(|| match between(&watching.looked_s) {
            0 => MissReason::NotLooked,
            frames => MissReason::NoDetection { frames },
        })
}

#[cfg(test)]
mod tests;
