use std::time::Duration;

use track::Track;
use vision::SizePx;

use crate::line_watch::LineWatch;
use crate::place::Spot;
use crate::sighting::{LastFrames, Occurrence, anchor_spot, sighting};
use crate::zone_watch::ZoneWatch;
use crate::{Clause, Direction, Passage, PassageState, Rule, RuleTest};

/// One track under one rule.
///
/// The rule's test yields occurrences; the latest one waits here until the rule's other conditions hold, so that an
/// object which crosses before it is confirmed is not lost. At most one occurrence waits and at most one passage is
/// open: the next occurrence ends both.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    line: LineWatch,
    zone: ZoneWatch,
    seen: LastFrames,
    first_anchor: Spot,
    travel: f32,
    waiting: Option<Occurrence>,
    open: Option<Passage>,
    passages: u32,
}

/// What a frame is judged with besides the track.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) at: Duration,
    pub(crate) frame: SizePx,
    pub(crate) update_every: Duration,
}

impl Watch {
    pub(crate) fn new(rule: &Rule, track: &Track, frame: SizePx) -> Self {
        Self {
            line: LineWatch::default(),
            zone: ZoneWatch::default(),
            seen: LastFrames::default(),
            first_anchor: anchor_spot(rule.anchor, &track.first_bbox, frame),
            travel: 0.0,
            waiting: None,
            open: None,
            passages: 0,
        }
    }

    /// Takes in the next frame and adds the revisions due to `due`.
    pub(crate) fn step(&mut self, rule: &Rule, track: &Track, moment: Moment, due: &mut Vec<Passage>) {
        let sighting = sighting(track, moment.at, moment.frame, rule);
        self.seen.push(sighting.is_some_and(|s| s.of_class));
        let occurrence = match &rule.test {
            RuleTest::Line { line, hysteresis, .. } => {
                sighting.and_then(|s| self.line.step(line, *hysteresis, &s))
            }
            RuleTest::Zone { zone, .. } => self.zone.step(zone, rule.confirm, sighting.as_ref()),
        };
        // Where an unseen object is expected proves nothing: decisions are made on sight.
        let Some(sighting) = sighting else { return };
        self.travel = self.travel.max(sighting.anchor.distance(self.first_anchor));
        if let Some(occurrence) = occurrence {
            self.close(track, moment.at, occurrence.ends, due);
            self.waiting = rule.test.wants(occurrence.direction).then_some(occurrence);
        }
        if let Some(occurrence) = self.waiting {
            let decision = self.decide(rule, track, occurrence.measured);
            if decision.iter().all(|clause| clause.held) {
                self.waiting = None;
                self.open(rule, track, moment.at, occurrence, decision, due);
            }
        } else if self.update_is_due(moment) {
            self.revise(track, moment.at, PassageState::Updated, None, due);
        }
    }

    /// Closes the open passage, if there is one. `track` is as of its latest sight.
    pub(crate) fn close(
        &mut self,
        track: &Track,
        at: Duration,
        reason: &'static str,
        due: &mut Vec<Passage>,
    ) {
        self.revise(track, at, PassageState::Closed, Some(reason), due);
        self.open = None;
    }

    fn decide(&self, rule: &Rule, track: &Track, measured: Clause) -> Vec<Clause> {
        let yes = |name, holds: bool| Clause::at_least(name, f32::from(u8::from(holds)), 1.0);
        let mut clauses = vec![measured];
        match &rule.test {
            RuleTest::Line { .. } => {
                let sightings = self.seen.count(rule.confirm);
                clauses.push(Clause::at_least("sightings", sightings as f32, rule.confirm.n as f32));
            }
            RuleTest::Zone { min_dwell, .. } => clauses.push(Clause {
                name: "dwell_s",
                measured: self.zone.dwell().as_secs_f32(),
                bound: min_dwell.as_secs_f32(),
                held: *min_dwell <= self.zone.dwell(),
            }),
        }
        clauses.push(yes("track_confirmed", track.confirmed));
        clauses.push(yes("class", rule.is_about(track.class)));
        clauses.push(Clause::at_least("mean_score", track.mean_score, rule.min_score));
        clauses.push(Clause::at_least("travel", self.travel, rule.min_travel));
        clauses
    }

    fn open(
        &mut self,
        rule: &Rule,
        track: &Track,
        at: Duration,
        occurrence: Occurrence,
        decision: Vec<Clause>,
        due: &mut Vec<Passage>,
    ) {
        self.passages += 1;
        self.open = Some(Passage {
            track_id: track.id,
            rule_id: rule.id.clone(),
            rule_version: rule.version,
            ordinal: self.passages,
            state: PassageState::Opened,
            revision: 0,
            occurred_at: occurrence.at,
            opened_at: at,
            at,
            class: track.class,
            direction: occurrence.direction,
            place_id: rule.test.place_id().to_owned(),
            dwell: Duration::ZERO,
            bbox: track.bbox,
            first_bbox: track.first_bbox,
            observations: 0,
            best_score: 0.0,
            mean_score: 0.0,
            duration: Duration::ZERO,
            travel: 0.0,
            decision,
            close_reason: None,
        });
        self.revise(track, at, PassageState::Opened, None, due);
    }

    /// A passage into a zone grows while the object stays; all others have said everything when they open.
    fn update_is_due(&self, moment: Moment) -> bool {
        self.open.as_ref().is_some_and(|open| {
            // A clock set back must not silence the passage until it has caught up.
            let is_old = moment.at.checked_sub(open.at).is_none_or(|age| moment.update_every <= age);
            open.direction == Direction::Enter && is_old
        })
    }

    fn revise(
        &mut self,
        track: &Track,
        at: Duration,
        state: PassageState,
        close_reason: Option<&'static str>,
        due: &mut Vec<Passage>,
    ) {
        let Some(passage) = &mut self.open else { return };
        passage.state = state;
        passage.revision += 1;
        passage.at = at;
        passage.class = track.class;
        passage.dwell = self.zone.dwell();
        passage.bbox = track.bbox;
        passage.observations = track.observations;
        passage.best_score = track.best_score;
        passage.mean_score = track.mean_score;
        passage.duration = track.last_at.saturating_sub(track.first_at);
        passage.travel = self.travel;
        passage.close_reason = close_reason;
        due.push(passage.clone());
    }
}
