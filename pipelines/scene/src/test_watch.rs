use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::landing::LandingWatch;
use crate::line_watch::LineWatch;
use crate::loiter::LoiterWatch;
use crate::object_left::ObjectLeftWatch;
use crate::object_watch::ObjectWatch;
use crate::sighting::{Change, Look, Occurrence};
use crate::wrong_way::WrongWayWatch;
use crate::zone_watch::ZoneWatch;
use crate::{Clause, RuleTest, ZoneEdge};

/// One track under the test of one rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum TestWatch {
    Line(LineWatch),
    Zone(ZoneWatch),
    Loiter(LoiterWatch),
    WrongWay(WrongWayWatch),
    ObjectLeft(ObjectLeftWatch),
    Landing(LandingWatch),
    /// Whether it is one of those in the zone, as of its latest sight: the crowd itself belongs to the scene.
    Crowd(bool),
}

impl TestWatch {
    pub(crate) fn new(test: &RuleTest) -> Self {
        match test {
            RuleTest::Line { .. } => Self::Line(LineWatch::default()),
            RuleTest::Zone { .. } => Self::Zone(ZoneWatch::default()),
            RuleTest::Loiter(_) => Self::Loiter(LoiterWatch::default()),
            RuleTest::WrongWay(_) => Self::WrongWay(WrongWayWatch::default()),
            RuleTest::ObjectLeft(_) => Self::ObjectLeft(ObjectLeftWatch::default()),
            RuleTest::Landing(_) => Self::Landing(LandingWatch::default()),
            RuleTest::Crowd(_) => Self::Crowd(false),
        }
    }

    /// Whether it was made for such a test.
    pub(crate) fn fits(&self, test: &RuleTest) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(&Self::new(test))
    }

    /// Takes in the next frame, in which the object may not have been seen.
    pub(crate) fn step(&mut self, look: &Look<'_>) -> Option<Change> {
        let test = &look.rule.test;
        let occurrence = match (self, test) {
            (Self::Line(line_watch), RuleTest::Line { line, hysteresis, .. }) => {
                line_watch.step(line, *hysteresis, look.sighting.as_ref()?)
            }
            (Self::Zone(zone_watch), RuleTest::Zone { zone, .. }) => zone_watch.step(zone, look),
            (Self::Loiter(watch), RuleTest::Loiter(loiter)) => return watch.step(loiter, look),
            (Self::WrongWay(watch), RuleTest::WrongWay(way)) => return watch.step(way, look),
            (Self::ObjectLeft(watch), RuleTest::ObjectLeft(left)) => return watch.step(left, look),
            (Self::Landing(watch), RuleTest::Landing(landing)) => return watch.step(landing, look),
            (Self::Crowd(is_inside), RuleTest::Crowd(crowd)) => {
                let sighting = look.sighting?;
                *is_inside = crowd.zone.contains(sighting.anchor, sighting.frame);
                None
            }
            // A watch is made for its rule's test, and neither changes.
            _ => None,
        }?;
        let is_wanted = test.wants(occurrence.direction);
        Some(if is_wanted { Change::Happened(occurrence) } else { Change::Over(occurrence.ends) })
    }

    /// How long the object has been where the rule looks for it, at time `now`.
    pub(crate) fn dwell(&self, test: &RuleTest, now: Duration) -> Duration {
        match (self, test) {
            (Self::Zone(watch), _) => watch.dwell(),
            (Self::Loiter(watch), RuleTest::Loiter(loiter)) => watch.time(loiter, now),
            (Self::WrongWay(watch), _) => watch.dwell(),
            (Self::ObjectLeft(watch), _) => watch.dwell(),
            (Self::Landing(watch), _) => watch.dwell(),
            _ => Duration::ZERO,
        }
    }

    /// When what is about to become a passage began, where that is not when it happened.
    pub(crate) fn began(&self) -> Option<Duration> {
        match self {
            Self::Loiter(watch) => watch.began(),
            Self::WrongWay(watch) => watch.began(),
            Self::ObjectLeft(watch) => watch.began(),
            Self::Line(_) | Self::Zone(_) | Self::Landing(_) | Self::Crowd(_) => None,
        }
    }

    /// What the test asks and measures in this frame. Without an `occurrence` the first clause says why there is none.
    pub(crate) fn clauses(
        &self,
        look: &Look<'_>,
        object: &ObjectWatch,
        occurrence: Option<&Occurrence>,
        clauses: &mut Vec<Clause>,
    ) {
        match (self, &look.rule.test) {
            (Self::Line(watch), RuleTest::Line { hysteresis, .. }) => {
                clauses.push(occurrence.map_or_else(|| watch.not_yet_crossed(*hysteresis), |o| o.measured));
                clauses.push(object.sightings(look));
            }
            (Self::Zone(watch), RuleTest::Zone { on, min_dwell, .. }) => {
                let missing = || match on {
                    ZoneEdge::Exit if watch.is_inside() => watch.not_yet_left(look),
                    _ => watch.not_yet_inside(look),
                };
                clauses.push(occurrence.map_or_else(missing, |o| o.measured));
                clauses.push(Clause::lasted("dwell_s", watch.dwell(), *min_dwell));
            }
            (Self::Loiter(watch), RuleTest::Loiter(loiter)) => {
                watch.clauses(loiter, look, occurrence, clauses);
            }
            (Self::WrongWay(watch), RuleTest::WrongWay(way)) => {
                watch.clauses(way, look, occurrence, clauses);
            }
            (Self::ObjectLeft(watch), RuleTest::ObjectLeft(left)) => {
                watch.clauses(left, look, occurrence, clauses);
            }
            (Self::Landing(watch), _) => watch.clauses(look, occurrence, clauses),
            (Self::Crowd(is_inside), _) => clauses.push(Clause::yes("inside", *is_inside)),
            _ => (),
        }
    }
}
