use std::time::Duration;

use serde::{Deserialize, Serialize};
use track::Track;

use crate::force::{self, Force};
use crate::object_watch::ObjectWatch;
use crate::rejection::{BestMoment, Rejected};
use crate::revisions::{Facts, Opening, Revisions};
use crate::sighting::{Change, LastFrames, Look, Occurrence};
use crate::test_watch::TestWatch;
use crate::word::Word;
use crate::{Clause, Direction, Judged, Passage, Rule, RuleTest, Standing, Subject, ZoneEdge};

/// When and why something is over.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct End {
    pub(crate) at: Duration,
    #[serde(with = "crate::word")]
    pub(crate) reason: Word,
}

/// One object under one rule.
///
/// The rule's test yields occurrences; the latest one waits here until the rule's other conditions hold, so that an
/// object which crosses before it is confirmed is not lost. At most one occurrence waits and at most one passage is
/// open: the next occurrence ends both.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Watch {
    object: ObjectWatch,
    test: TestWatch,
    waiting: Option<Waiting>,
    revisions: Revisions,
    best: BestMoment,
    /// The end of the open passage, unless the object comes back.
    held: Option<Held>,
    /// Time inside in the stays before this one of the open passage.
    dwelt: Duration,
    /// Sightings that speak against the open passage.
    against: LastFrames,
    /// Whether it is one of a crowd, as of its latest sight.
    is_counted: bool,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Waiting {
    occurrence: Occurrence,
    /// Whether the rule was in force when it happened; none where what counts is whether it is when all else holds.
    force: Option<Force>,
}

/// An object has left its zone and may come back into it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Held {
    at: Duration,
    until: Duration,
    facts: Facts,
    #[serde(with = "crate::word")]
    reason: Word,
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
            held: None,
            dwelt: Duration::ZERO,
            against: LastFrames::default(),
            is_counted: false,
        }
    }

    /// Takes in the next frame and adds what is due to `judged`; `clauses` is room for a decision.
    pub(crate) fn step(&mut self, look: &Look<'_>, clauses: &mut Vec<Clause>, judged: &mut Judged) {
        self.object.step(look);
        let dwelt = self.test.dwell(&look.rule.test, look.moment.frame.at);
        let change = self.test.step(look);
        self.let_go(look.moment.frame.at, judged);
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
            match change {
                Change::Happened(_) if self.held.take().is_some() => self.dwelt += dwelt,
                Change::Happened(occurrence) => {
                    self.close(at, facts, occurrence.ends, judged);
                    self.waiting = Some(Waiting::new(occurrence, look));
                }
                Change::Over(reason) => {
                    self.waiting = None;
                    if self.revisions.is_open() && may_come_back(look) {
                        let until = at.saturating_add(look.moment.merge_window);
                        self.held = Some(Held { at, until, facts, reason });
                    } else {
                        self.close(at, facts, reason, judged);
                    }
                }
            }
        }
        if self.held.is_some() {
            return;
        }
        if self.is_overturned(look, facts, clauses, judged) {
            return;
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
                self.against.clear();
                let occurrence = Occurrence { at: self.test.began().unwrap_or(occurrence.at), ..occurrence };
                let opening = Opening {
                    subject: look.subject,
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

    /// Whether it has had a passage.
    pub(crate) fn is_told(&self) -> bool {
        0 < self.revisions.opened()
    }

    /// Whether it is one of a crowd.
    pub(crate) fn is_counted(&self) -> bool {
        self.is_counted
    }

    /// The object is gone, and with it its open passage. `track` is as of its latest sight.
    pub(crate) fn end(
        &mut self,
        rule: &Rule,
        (subject, track): (Subject, &Track),
        end: End,
        judged: &mut Judged,
    ) {
        match self.held.take() {
            Some(held) => self.close(held.at, held.facts, held.reason, judged),
            None => self.close(end.at, self.facts(rule, track, end.at), end.reason, judged),
        }
        if self.revisions.opened() == 0 && self.came_near(rule, track) {
            let facts = Rejected {
                class: track.class,
                best_score: track.best_score,
                first_at: track.first_at,
                last_at: track.last_at,
            };
            judged.rejections.extend(self.best.reject(rule, subject, facts));
        }
    }

    /// The object goes on under the track `id`.
    pub(crate) fn join(&mut self, id: u64) {
        self.revisions.join(id);
    }

    /// The track `id` turned out to be another object's.
    pub(crate) fn part(&mut self, id: u64) {
        self.revisions.part(id);
    }

    /// Whether it is a watch for the test of `rule`.
    pub(crate) fn fits(&self, rule: &Rule) -> bool {
        self.test.fits(&rule.test)
    }

    /// A later look at the object of the open passage `ordinal` overturns it.
    pub(crate) fn overturn(&mut self, ordinal: u32, clause: Clause, at: Duration, due: &mut Vec<Passage>) {
        let Some(open) = self.revisions.latest().filter(|open| open.ordinal == ordinal) else { return };
        let facts = Facts::of(open);
        self.retract(at, facts, "second look", &[clause], due);
    }

    /// Whether the class or the veto speaks against the open passage in as many sightings as it takes to confirm one;
    /// it is retracted then.
    fn is_overturned(
        &mut self,
        look: &Look<'_>,
        facts: Facts,
        clauses: &mut Vec<Clause>,
        judged: &mut Judged,
    ) -> bool {
        if !self.revisions.is_open() {
            return false;
        }
        clauses.clear();
        self.object.lasting_clauses(look, clauses);
        clauses.retain(|clause| !clause.held);
        self.against.push(!clauses.is_empty());
        let Some(first) = clauses.first() else { return false };
        if self.against.count(look.asked.confirm) < look.asked.confirm.n {
            return false;
        }
        let reason = if first.name == "class" { "class changed" } else { "veto" };
        self.retract(look.moment.frame.at, facts, reason, clauses, &mut judged.passages);
        true
    }

    fn retract(
        &mut self,
        at: Duration,
        facts: Facts,
        reason: Word,
        clauses: &[Clause],
        due: &mut Vec<Passage>,
    ) {
        self.revisions.retract(at, facts, reason, clauses, due);
        (self.held, self.waiting, self.dwelt) = (None, None, Duration::ZERO);
        self.against.clear();
    }

    /// Closes the passage of one that has not come back in time.
    fn let_go(&mut self, now: Duration, judged: &mut Judged) {
        // A clock set back: times of before mean nothing.
        if let Some(held) = self.held.filter(|held| held.until < now || now < held.at) {
            self.held = None;
            self.close(held.at, held.facts, held.reason, judged);
        }
    }

    fn close(&mut self, at: Duration, facts: Facts, reason: Word, judged: &mut Judged) {
        self.revisions.close(at, facts, reason, &mut judged.passages);
        self.dwelt = Duration::ZERO;
        self.against.clear();
    }

    /// How far the living `track` has come; none of a track that was never judged by itself.
    pub(crate) fn standing(&self, rule: &Rule, subject: u64, track: &Track) -> Option<Standing> {
        let (at, bbox, decision) = self.best.moment()?;
        Some(Standing {
            track_id: subject,
            rule_id: rule.id.clone(),
            rule_version: rule.version,
            opened: self.revisions.opened(),
            came_near: self.came_near(rule, track),
            first_at: track.first_at,
            last_at: track.last_at,
            class: track.class,
            best_score: track.best_score,
            at,
            bbox,
            decision: decision.to_vec(),
        })
    }

    /// Whether it is worth telling that there was no passage.
    fn came_near(&self, rule: &Rule, track: &Track) -> bool {
        self.best.happened() || (track.confirmed && rule.is_about(track.class))
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
            dwell: self.dwelt + self.test.dwell(&rule.test, at),
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

/// Whether one that has left the zone of its open passage and comes back is in the same passage.
fn may_come_back(look: &Look<'_>) -> bool {
    let is_into_zone =
        matches!(look.rule.test, RuleTest::Zone { on: ZoneEdge::Enter, .. } | RuleTest::Landing(_));
    is_into_zone && !look.moment.merge_window.is_zero()
}
