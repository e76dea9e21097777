use serde::{Deserialize, Serialize};
use track::Track;
use vision::FrameBox;

use crate::conditions::{MinHeight, Veto};
use crate::place::Spot;
use crate::sighting::{LastFrames, Look, anchor_spot};
use crate::{Clause, Speedometer};

/// What a rule asks of an object whatever its test, measured over the object's life.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ObjectWatch {
    seen: LastFrames,
    first_anchor: Spot,
    travel: f32,
    /// Empty where the rule does not ask for speed.
    speed: Speedometer,
    sightings: u32,
    /// Sightings of a class that the rule is about.
    of_class: u32,
    /// Sightings that looked like a class of the veto.
    vetoing: u32,
}

impl ObjectWatch {
    pub(crate) fn new(look: &Look<'_>) -> Self {
        Self {
            seen: LastFrames::default(),
            first_anchor: anchor_spot(look.rule.anchor, &look.track.first_bbox, look.moment.frame.size),
            travel: 0.0,
            speed: Speedometer::default(),
            sightings: 0,
            of_class: 0,
            vetoing: 0,
        }
    }

    /// Takes in the next frame.
    pub(crate) fn step(&mut self, look: &Look<'_>) {
        self.seen.push(look.sighting.is_some_and(|sighting| sighting.of_class));
        let Some(sighting) = look.sighting else { return };
        self.travel = self.travel.max(sighting.anchor.distance(self.first_anchor));
        let conditions = &look.rule.conditions;
        if conditions.ask_for_speed()
            && let Some(place) = ground_of(look)
        {
            self.speed.push(sighting.at, place);
        }
        self.sightings = self.sightings.saturating_add(1);
        self.of_class = self.of_class.saturating_add(u32::from(sighting.of_class));
        let class = look.track.last_observed.class;
        if conditions.veto.as_ref().is_some_and(|veto| veto.classes.contains(&class)) {
            self.vetoing = self.vetoing.saturating_add(1);
        }
    }

    /// Farthest from where it was first seen, in frame heights.
    pub(crate) fn travel(&self) -> f32 {
        self.travel
    }

    /// That it was seen often enough of late.
    pub(crate) fn sightings(&self, look: &Look<'_>) -> Clause {
        let confirm = look.asked.confirm;
        Clause::at_least("sightings", self.seen.count(confirm) as f32, confirm.n as f32)
    }

    /// What is asked of every object, then what is asked by condition.
    pub(crate) fn clauses(&self, look: &Look<'_>, clauses: &mut Vec<Clause>) {
        let Look { rule, asked, track, .. } = *look;
        clauses.push(Clause::yes("track_confirmed", track.confirmed));
        self.class(look, clauses);
        clauses.extend(rule.conditions.min_class_share.map(|least| {
            let share = self.of_class as f32 / self.sightings.max(1) as f32;
            Clause::at_least("class_share", share, least)
        }));
        clauses.push(Clause::at_least("mean_score", track.mean_score, asked.min_score));
        clauses.push(Clause::at_least("travel", self.travel, asked.min_travel));
        self.height(look, clauses);
        self.speed(look, clauses);
        if let Some(veto) = &rule.conditions.veto {
            self.veto_share(veto, clauses);
            clauses.push(Clause::at_most("veto_overlap", overlap(veto, look), veto.max_overlap));
        }
    }

    /// What is asked of the object for as long as its passage is open.
    pub(crate) fn lasting_clauses(&self, look: &Look<'_>, clauses: &mut Vec<Clause>) {
        self.class(look, clauses);
        if let Some(veto) = &look.rule.conditions.veto {
            self.veto_share(veto, clauses);
        }
    }

    fn class(&self, look: &Look<'_>, clauses: &mut Vec<Clause>) {
        clauses.push(Clause::yes("class", look.rule.is_about(look.track.class)));
    }

    fn veto_share(&self, veto: &Veto, clauses: &mut Vec<Clause>) {
        let share = self.vetoing as f32 / self.sightings.max(1) as f32;
        clauses.push(Clause::at_most("veto_share", share, veto.max_share));
    }

    fn height(&self, look: &Look<'_>, clauses: &mut Vec<Clause>) {
        let bbox = &look.track.bbox;
        match look.rule.conditions.min_height {
            Some(MinHeight::Pixels(least)) => {
                clauses.push(Clause::at_least("height_px", bbox.height(), least));
            }
            Some(MinHeight::Metres(least)) => {
                let size = look.moment.plane.and_then(|plane| plane.size_of(bbox, look.moment.frame.size));
                clauses.push(match size {
                    Some(size) => Clause::at_least("height_m", size.height, least),
                    None => Clause::yes("on_ground", false),
                });
            }
            None => (),
        }
    }

    fn speed(&self, look: &Look<'_>, clauses: &mut Vec<Clause>) {
        let conditions = &look.rule.conditions;
        if !conditions.ask_for_speed() {
            return;
        }
        if ground_of(look).is_none() {
            clauses.push(Clause::yes("on_ground", false));
            return;
        }
        let Some(speed) = self.speed.metres_per_second() else {
            clauses.push(Clause::lasted("speed_span_s", self.speed.span(), Speedometer::MIN_SPAN));
            return;
        };
        clauses.extend(conditions.min_speed.map(|least| Clause::at_least("speed_mps", speed, least)));
        clauses.extend(conditions.max_speed.map(|most| Clause::at_most("speed_mps", speed, most)));
    }
}

/// Where the foot is on the ground.
fn ground_of(look: &Look<'_>) -> Option<crate::GroundPoint> {
    let size = look.moment.frame.size;
    look.moment.plane?.metres_of(look.track.bbox.clipped(size).foot().normalised(size))
}

/// The largest share of the object's box that the box of one confirmed track of the veto covers in this frame.
fn overlap(veto: &Veto, look: &Look<'_>) -> f32 {
    let tracks = look.moment.tracks.iter().filter(|track: &&Track| {
        track.id != look.track.id && track.seen_now && track.confirmed && veto.classes.contains(&track.class)
    });
    tracks.map(|track| covered(&look.track.bbox, &track.bbox)).fold(0.0, f32::max)
}

/// Share of `bbox` that `other` covers, in `[0, 1]`.
fn covered(bbox: &FrameBox, other: &FrameBox) -> f32 {
    let width = bbox.x1().min(other.x1()) - bbox.x0().max(other.x0());
    let height = bbox.y1().min(other.y1()) - bbox.y0().max(other.y0());
    let area = bbox.area();
    // Each side for itself: two negative ones would multiply to a positive area.
    if 0.0 < area { width.max(0.0) * height.max(0.0) / area } else { 0.0 }
}
