use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use track::Track;
use vision::FrameBox;

use crate::force::{self, Force};
use crate::moment::Moment;
use crate::presence::{Presence, Reading};
use crate::rejection::{BestMoment, Rejected};
use crate::revisions::{Facts, Opening, Revisions};
use crate::rule::check_seconds;
use crate::sighting::Occurrence;
use crate::{Clause, Direction, Judged, Passage, Rule, SceneError, Subject, Zone};

/// Many objects are in a zone at the same time: one passage for each episode, about the zone.
///
/// Objects that satisfy the rule's conditions count while they live, where they were seen last: one that is hidden for a
/// moment does not end the crowd.
#[derive(Clone, Debug, PartialEq)]
pub struct Crowd {
    /// The zone.
    pub zone: Zone,
    /// Least number of objects, at least 1: clause `objects`.
    pub min_objects: u32,
    /// Least time for which there have been that many: clause `together_s`.
    pub min_time: Duration,
}

impl Crowd {
    pub(crate) fn check(&self, rule: &str) -> Result<(), SceneError> {
        self.zone.check(rule)?;
        if self.min_objects == 0 {
            let (rule, name) = (rule.to_owned(), "min_objects");
            return Err(SceneError::OutOfRange { rule, name, actual: 0.0, expected: "at least 1" });
        }
        check_seconds(rule, "min_time", self.min_time, true, "a time")
    }
}

/// The objects in the zone of one rule.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct CrowdWatch {
    presence: Presence,
    waiting: Option<Occurrence>,
    revisions: Revisions,
    best: BestMoment,
    /// Most at once in this episode.
    most: u32,
    /// When there were enough.
    latest: Option<Facts>,
}

impl CrowdWatch {
    /// Takes in the tracks that count after a frame, by id, and adds what is due to `judged`.
    pub(crate) fn step(
        &mut self,
        rule: &Rule,
        crowd: &Crowd,
        moment: Moment<'_>,
        counted: &[&Track],
        clauses: &mut Vec<Clause>,
        judged: &mut Judged,
    ) {
        let at = moment.frame.at;
        let asked = rule.asked_in(moment.frame.light);
        let objects = u32::try_from(counted.len()).unwrap_or(u32::MAX);
        let are_enough = crowd.min_objects <= objects;
        let change =
            self.presence.step(asked.confirm, Some(Reading { at, is_present: are_enough, counts: true }));
        let dwell = self.presence.stay().map_or(Duration::ZERO, |(first, last)| last.saturating_sub(first));
        if are_enough {
            self.most = self.most.max(objects);
            self.latest = facts(counted, self.most, dwell);
        }
        let Some(latest) = self.latest else { return };
        match change {
            Some(change) if change.begins => {
                let measured =
                    Clause::at_least("frames_crowded", change.frames as f32, asked.confirm.n as f32);
                let direction = Direction::Within;
                self.waiting = Some(Occurrence { direction, at: change.at, ends: "dispersed", measured });
            }
            Some(_) => {
                self.end(rule, at, "dispersed", judged);
                return;
            }
            None => (),
        }
        let Some(occurrence) = self.waiting else {
            self.revisions.update(moment, latest, &mut judged.passages);
            return;
        };
        clauses.clear();
        clauses.push(occurrence.measured);
        clauses.push(Clause::at_least("objects", objects as f32, crowd.min_objects as f32));
        clauses.push(Clause::lasted("together_s", dwell, crowd.min_time));
        clauses.extend(Force::at(rule, asked, moment).clauses());
        clauses.extend(force::settled(rule, moment));
        if clauses.iter().all(|clause| clause.held) {
            self.waiting = None;
            let (subject, first_bbox) = (Subject::Place, latest.bbox);
            let opening = Opening { subject, rule, occurrence, first_bbox, decision: clauses };
            self.revisions.open(opening, at, latest, &mut judged.passages);
        } else {
            self.best.offer(true, at, latest.bbox, clauses);
        }
    }

    /// Whether there is no episode.
    pub(crate) fn is_idle(&self) -> bool {
        !self.presence.is_present() && self.waiting.is_none() && !self.revisions.is_open()
    }

    /// A later look at the place of the open passage `ordinal` overturns it.
    pub(crate) fn overturn(&mut self, ordinal: u32, clause: Clause, at: Duration, due: &mut Vec<Passage>) {
        let Some(open) = self.revisions.latest().filter(|open| open.ordinal == ordinal) else { return };
        let facts = Facts::of(open);
        self.revisions.retract(at, facts, "second look", &[clause], due);
    }

    /// The episode is over, and with it its passage; without one it is rejected.
    pub(crate) fn end(&mut self, rule: &Rule, at: Duration, reason: &'static str, judged: &mut Judged) {
        let Some(latest) = self.latest else { return };
        self.revisions.close(at, latest, reason, &mut judged.passages);
        let facts = Rejected {
            class: latest.class,
            best_score: latest.best_score,
            first_at: at.saturating_sub(latest.dwell),
            last_at: at,
        };
        let rejection = self.best.reject(rule, Subject::Place, facts);
        // One that waits until the end never became a passage.
        judged.rejections.extend(rejection.filter(|_| self.waiting.is_some()));
        self.waiting = None;
        self.most = 0;
    }
}

/// What `counted` are together; `None` when there are none.
fn facts(counted: &[&Track], most: u32, dwell: Duration) -> Option<Facts> {
    let first = counted.first()?;
    let mut classes = BTreeMap::<u16, u32>::new();
    for track in counted {
        *classes.entry(track.class).or_default() += 1;
    }
    // Of equally frequent ones the lowest.
    let class = classes.iter().max_by_key(|&(class, count)| (*count, std::cmp::Reverse(*class)))?.0;
    Some(Facts {
        class: *class,
        dwell,
        bbox: counted.iter().fold(first.bbox, |hull, track| around(&hull, &track.bbox)),
        objects: most,
        observations: counted.iter().fold(0, |sum, track| sum.saturating_add(track.observations)),
        best_score: counted.iter().map(|track| track.best_score).fold(0.0, f32::max),
        mean_score: counted.iter().map(|track| track.mean_score).sum::<f32>() / counted.len() as f32,
        duration: dwell,
        travel: 0.0,
    })
}

fn around(one: &FrameBox, other: &FrameBox) -> FrameBox {
    let (x0, y0) = (one.x0().min(other.x0()), one.y0().min(other.y0()));
    let (x1, y1) = (one.x1().max(other.x1()), one.y1().max(other.y1()));
    FrameBox::new(x0, y0, x1, y1).unwrap_or(*one)
}
