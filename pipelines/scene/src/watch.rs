use std::time::Duration;

use track::Track;

use crate::force::{self, Force};
use crate::object_watch::ObjectWatch;
use crate::rejection::BestMoment;
use crate::revisions::{Facts, Opening, Revisions};
use crate::sighting::{Change, Look, Occurrence};
use crate::test_watch::TestWatch;
use crate::{Clause, Direction, Judged, Rule, RuleTest, Subject};

/// One track under one rule.
///
/// The rule's test yields occurrences; the latest one waits here until the rule's other conditions hold, so that an
/// object which crosses before it is confirmed is not lost. At most one occurrence waits and at most one passage is
/// open: the next occurrence ends both.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    object: ObjectWatch,
    test: TestWatch,
    waiting: Option<Waiting>,
    revisions: Revisions,
    best: BestMoment,
    /// Whether it is one of a crowd, as of its latest sight.
    is_counted: bool,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    occurrence: Occurrence,
    /// Whether the rule was in force when it happened; none where what counts is whether it is when all else holds.
    force: Option<Force>,
}

impl Waiting {
    fn new(occurrence: Occurrence, look: &Look<'_>) -> Self {
        // A crossing is over in a moment: outside the schedule it was none, however long the object is followed into it.
        // All else lasts.
        let is_line = matches!(look.rule.test, RuleTest::Line { .. });
        let is_momentary = is_line || occurrence.direction == Direction::Exit;
        let force = is_momentary.then(|| Force::at(look.rule, look.asked, look.moment));
        Self { occurrence, force }
    }
}

impl Watch {
    pub(crate) fn new(look: &Look<'_>) -> Self {
        Self {
            object: ObjectWatch::new(look),
            test: TestWatch::new(&look.rule.test),
            waiting: None,
            revisions: Revisions::default(),
            best: BestMoment::default(),
            is_counted: false,
        }
    }

    /// Takes in the next frame and adds what is due to `judged`; `clauses` is room for a decision.
    pub(crate) fn step(&mut self, look: &Look<'_>, clauses: &mut Vec<Clause>, judged: &mut Judged) {
        self.object.step(look);
        let change = self.test.step(look);
        // Where an unseen object is expected proves nothing: decisions are made on sight.
        if look.sighting.is_none() {
            return;
        }
        if let TestWatch::Crowd(_) = self.test {
            self.measure(look, clauses);
            self.is_counted = clauses.iter().all(|clause| clause.held);
            return;
        }
        let at = look.moment.frame.at;
        let facts = self.facts(look.rule, look.track, at);
        if let Some(change) = change {
            let (reason, waiting) = match change {
                Change::Happened(occurrence) => (occurrence.ends, Some(Waiting::new(occurrence, look))),
                Change::Over(reason) => (reason, None),
            };
            self.revisions.close(at, facts, reason, &mut judged.passages);
            self.waiting = waiting;
        }
        // Once it is a passage, how near it came no longer matters.
        if self.waiting.is_some() || self.revisions.opened() == 0 {
            self.measure(look, clauses);
            let force = self.waiting.and_then(|waiting| waiting.force);
            let force = force.unwrap_or_else(|| Force::at(look.rule, look.asked, look.moment));
            clauses.extend(force.clauses());
            clauses.extend(force::settled(look.rule, look.moment));
        }
        match self.waiting {
            Some(Waiting { occurrence, .. }) if clauses.iter().all(|clause| clause.held) => {
                self.waiting = None;
                let occurrence = Occurrence { at: self.test.began().unwrap_or(occurrence.at), ..occurrence };
                let opening = Opening {
                    subject: Subject::Track(look.track.id),
                    rule: look.rule,
                    occurrence,
                    first_bbox: look.track.first_bbox,
                    decision: clauses,
                };
                self.revisions.open(opening, at, facts, &mut judged.passages);
            }
            waiting => {
                if self.revisions.opened() == 0 {
                    self.best.offer(waiting.is_some(), at, look.track.bbox, clauses);
                }
                if waiting.is_none() {
                    self.revisions.update(look.moment, facts, &mut judged.passages);
                }
            }
        }
    }

    /// Whether it is one of a crowd.
    pub(crate) fn is_counted(&self) -> bool {
        self.is_counted
    }

    /// The track is over, and with it its open passage. `track` is as of its latest sight.
    pub(crate) fn end(
        &mut self,
        rule: &Rule,
        track: &Track,
        at: Duration,
        reason: &'static str,
        judged: &mut Judged,
    ) {
        let facts = self.facts(rule, track, at);
        self.revisions.close(at, facts, reason, &mut judged.passages);
        let came_near = self.best.happened() || (track.confirmed && rule.is_about(track.class));
        if self.revisions.opened() == 0 && came_near {
            judged.rejections.extend(self.best.reject(rule, Subject::Track(track.id), track.class));
        }
    }

    fn measure(&self, look: &Look<'_>, clauses: &mut Vec<Clause>) {
        clauses.clear();
        let occurrence = self.waiting.as_ref().map(|waiting| &waiting.occurrence);
        self.test.clauses(look, &self.object, occurrence, clauses);
        self.object.clauses(look, clauses);
    }

    fn facts(&self, rule: &Rule, track: &Track, at: Duration) -> Facts {
        Facts {
            class: track.class,
            dwell: self.test.dwell(&rule.test, at),
            bbox: track.bbox,
            objects: 1,
            observations: track.observations,
            best_score: track.best_score,
            mean_score: track.mean_score,
            duration: track.last_at.saturating_sub(track.first_at),
            travel: self.object.travel(),
        }
    }
}
