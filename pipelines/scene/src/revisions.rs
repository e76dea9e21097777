use std::time::Duration;

use serde::{Deserialize, Serialize};
use vision::FrameBox;

use crate::moment::Moment;
use crate::sighting::Occurrence;
use crate::word::Word;
use crate::{Clause, Direction, Passage, PassageState, Rule, Subject};

/// The passages of one subject under one rule, of which at most one is open.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Revisions {
    open: Option<Passage>,
    opened: u32,
    /// Tracks that the object was followed under beside its first.
    merged: Vec<u64>,
}

/// What a revision tells of its subject as it is now.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) class: u16,
    pub(crate) dwell: Duration,
    #[serde(with = "track::edges")]
    pub(crate) bbox: FrameBox,
    pub(crate) objects: u32,
    pub(crate) observations: u32,
    pub(crate) best_score: f32,
    pub(crate) mean_score: f32,
    pub(crate) duration: Duration,
    pub(crate) travel: f32,
}

impl Facts {
    /// What `passage` told last.
    pub(crate) fn of(passage: &Passage) -> Self {
        Self {
            class: passage.class,
            dwell: passage.dwell,
            bbox: passage.bbox,
            objects: passage.objects,
            observations: passage.observations,
            best_score: passage.best_score,
            mean_score: passage.mean_score,
            duration: passage.duration,
            travel: passage.travel,
        }
    }
}

/// What a passage opens with.
pub(crate) struct Opening<'a> {
    pub(crate) subject: Subject,
    pub(crate) rule: &'a Rule,
    pub(crate) occurrence: Occurrence,
    pub(crate) first_bbox: FrameBox,
    pub(crate) decision: &'a [Clause],
}

impl Revisions {
    /// Passages opened so far.
    pub(crate) fn opened(&self) -> u32 {
        self.opened
    }

    pub(crate) fn open(&mut self, opening: Opening<'_>, at: Duration, facts: Facts, due: &mut Vec<Passage>) {
        let Opening { subject, rule, occurrence, first_bbox, decision } = opening;
        self.opened += 1;
        self.open = Some(Passage {
            subject,
            rule_id: rule.id.clone(),
            rule_version: rule.version,
            ordinal: self.opened,
            state: PassageState::Opened,
            revision: 0,
            occurred_at: occurrence.at,
            opened_at: at,
            at,
            class: facts.class,
            direction: occurrence.direction,
            place_id: rule.test.place_id().to_owned(),
            dwell: facts.dwell,
            bbox: facts.bbox,
            first_bbox,
            merged_tracks: self.merged.clone(),
            objects: facts.objects,
            observations: facts.observations,
            best_score: facts.best_score,
            mean_score: facts.mean_score,
            duration: facts.duration,
            travel: facts.travel,
            decision: decision.to_vec(),
            close_reason: None,
        });
        self.revise(facts, at, PassageState::Opened, None, due);
    }

    /// A passage into a zone grows while the object stays; all others have said everything when they open.
    pub(crate) fn update(&mut self, moment: Moment<'_>, facts: Facts, due: &mut Vec<Passage>) {
        let at = moment.frame.at;
        let is_due = self.open.as_ref().is_some_and(|open| {
            // A clock set back must not silence the passage until it has caught up.
            let is_old = at.checked_sub(open.at).is_none_or(|age| moment.update_every <= age);
            matches!(open.direction, Direction::Enter | Direction::Within) && is_old
        });
        if is_due {
            self.revise(facts, at, PassageState::Updated, None, due);
        }
    }

    /// Closes the open passage, if there is one.
    pub(crate) fn close(&mut self, at: Duration, facts: Facts, reason: &'static str, due: &mut Vec<Passage>) {
        self.revise(facts, at, PassageState::Closed, Some(reason), due);
        self.open = None;
    }

    /// Overturns the open passage, if there is one: `clauses` are those that did not hold.
    pub(crate) fn retract(
        &mut self,
        at: Duration,
        facts: Facts,
        reason: Word,
        clauses: &[Clause],
        due: &mut Vec<Passage>,
    ) {
        if let Some(open) = &mut self.open {
            open.decision = clauses.to_vec();
        }
        self.revise(facts, at, PassageState::Retracted, Some(reason), due);
        self.open = None;
    }

    /// Whether a passage is open.
    pub(crate) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// The open passage as last told.
    pub(crate) fn latest(&self) -> Option<&Passage> {
        self.open.as_ref()
    }

    /// The object goes on under the track `id`.
    pub(crate) fn join(&mut self, id: u64) {
        if self.merged.len() < Passage::MOST_MERGED {
            self.merged.push(id);
            if let Some(open) = &mut self.open {
                open.merged_tracks.push(id);
            }
        }
    }

    /// The track `id` turned out to be another object's.
    pub(crate) fn part(&mut self, id: u64) {
        self.merged.retain(|&merged| merged != id);
        if let Some(open) = &mut self.open {
            open.merged_tracks.retain(|&merged| merged != id);
        }
    }

    fn revise(
        &mut self,
        facts: Facts,
        at: Duration,
        state: PassageState,
        close_reason: Option<Word>,
        due: &mut Vec<Passage>,
    ) {
        let Some(passage) = &mut self.open else { return };
        passage.state = state;
        passage.revision += 1;
        passage.at = at;
        passage.class = facts.class;
        passage.dwell = facts.dwell;
        passage.bbox = facts.bbox;
        passage.objects = facts.objects;
        passage.observations = facts.observations;
        passage.best_score = facts.best_score;
        passage.mean_score = facts.mean_score;
        passage.duration = facts.duration;
        passage.travel = facts.travel;
        passage.close_reason = close_reason;
        due.push(passage.clone());
    }
}
