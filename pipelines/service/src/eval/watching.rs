//! How the events of a clip come about, written down while its frames pass.

use std::collections::BTreeMap;
use std::time::Duration;

use datasets::score::events::{ClauseValue, NearRule, Relation, Trail, Watching};
use scene::{Clause, Judged, Passage, PassageState, Rejection, Rule};
use vision::SizePx;

use crate::edge::{LOW_SCORE, Seen};

/// Follows one clip. Kinds are those that the item is scored by.
pub(super) struct Watcher<'a> {
    rules: Vec<Rule>,
    /// The kind of a class of the model.
    kind: Box<dyn Fn(u16) -> String + 'a>,
    watching: Watching,
    /// Of each event told, in their order.
    decisions: Vec<Vec<ClauseValue>>,
    /// Places of open passages among the trails.
    open: BTreeMap<(u64, String, u32), usize>,
}

impl<'a> Watcher<'a> {
    /// `classes`: how many the model knows.
    pub(super) fn new(rules: &[Rule], classes: usize, kind: impl Fn(u16) -> String + 'a) -> Self {
        let all = || (0..classes).filter_map(|class| u16::try_from(class).ok()).collect::<Vec<u16>>();
        let near = rules.iter().map(|rule| {
            let classes = if rule.classes.is_empty() { all() } else { rule.classes.clone() };
            let mut kinds: Vec<String> = classes.into_iter().map(&kind).collect();
            kinds.sort();
            kinds.dedup();
            NearRule { rule: rule.id.clone(), kinds, ..NearRule::default() }
        });
        let watching = Watching { near: near.collect(), ..Watching::default() };
        Self {
            rules: rules.to_vec(),
            kind: Box::new(kind),
            watching,
            decisions: Vec::new(),
            open: BTreeMap::new(),
        }
    }

    /// A frame of this size, presented at `at`, and what it showed.
    pub(super) fn frame(&mut self, at: Duration, size: SizePx, seen: &Seen<'_>) {
        let at_s = at.as_secs_f64();
        self.watching.looked_s.push(at_s);
        for (rule, near) in self.rules.iter().zip(&mut self.watching.near) {
            let is_one = |class: u16| near.kinds.contains(&(self.kind)(class));
            let is_near = |bbox| rule.test.is_near(bbox, size);
            let mut detections = seen.detections.iter().filter(|detection| LOW_SCORE <= detection.score);
            let detected = detections.any(|found| is_one(found.class) && is_near(&found.bbox));
            let mut tracks = seen.tracks.iter().filter(|track| track.seen_now);
            let tracked = tracks.any(|track| is_one(track.class) && is_near(&track.bbox));
            if detected {
                near.detected_s.push(at_s);
            }
            if tracked {
                near.tracked_s.push(at_s);
            }
        }
        self.judged(&seen.passages, &seen.rejections);
    }

    /// The clip is over.
    pub(super) fn finish(mut self, last: &Judged) -> (Watching, Vec<Vec<ClauseValue>>) {
        self.judged(&last.passages, &last.rejections);
        (self.watching, self.decisions)
    }

    fn judged(&mut self, passages: &[Passage], rejections: &[Rejection]) {
        for passage in passages {
            let key = (passage.subject.number(), passage.rule_id.clone(), passage.ordinal);
            if passage.state == PassageState::Opened {
                let clauses: Vec<ClauseValue> = passage.decision.iter().map(value).collect();
                self.decisions.push(clauses.clone());
                self.open.insert(key, self.watching.trails.len());
                self.watching.trails.push(Trail {
                    rule: passage.rule_id.clone(),
                    kind: (self.kind)(passage.class),
                    first_s: passage.at.saturating_sub(passage.duration).as_secs_f64(),
                    best_s: passage.occurred_at.as_secs_f64(),
                    last_s: passage.at.as_secs_f64(),
                    clauses,
                    told: true,
                });
            } else if let Some(trail) =
                self.open.get(&key).and_then(|&place| self.watching.trails.get_mut(place))
            {
                trail.last_s = passage.at.as_secs_f64();
            }
        }
        let over = rejections.iter().map(|rejection| Trail {
            rule: rejection.rule_id.clone(),
            kind: (self.kind)(rejection.class),
            first_s: rejection.first_at.as_secs_f64(),
            best_s: rejection.at.as_secs_f64(),
            last_s: rejection.last_at.as_secs_f64(),
            clauses: rejection.decision.iter().map(value).collect(),
            told: false,
        });
        self.watching.trails.extend(over);
    }
}

fn value(clause: &Clause) -> ClauseValue {
    ClauseValue {
        name: clause.name.to_owned(),
        measured: clause.measured,
        relation: match clause.relation {
            scene::Relation::AtLeast => Relation::AtLeast,
            scene::Relation::AtMost => Relation::AtMost,
        },
        bound: clause.bound,
        held: clause.held,
    }
}
