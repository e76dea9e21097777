//! From what a frame led to to events that wait for the journal, and the checkpoint before them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use capture::{Frame, FrameClocks};
use proto::v1 as pb;
use scene::{Passage, PassageState};
use vision::SizePx;

use super::{CameraThread, Going};
use crate::edge::event::{CameraOrigin, Opening};
use crate::edge::evidence::{PictureKeeper, Pictures, Shown};
use crate::edge::keeper::Kept;
use crate::edge::open_passages::OpenPassage;
use crate::edge::timeline::{self, Moment, Timeline};
use crate::edge::{checkpoint, lanes};

impl CameraThread {
    /// Turns what a frame led to into events that wait for the journal, and writes down what is needed to go on.
    pub(super) fn report_all(&mut self, passages: &[Passage], frame: &Frame, going: &mut Going) {
        for passage in passages {
            self.report(passage, frame, going);
        }
        let moment = self.moment(frame, going.timeline);
        let summarised = self.summarise(moment.at, false, going);
        self.keep(moment, summarised || !passages.is_empty(), going);
    }

    pub(super) fn moment(&self, frame: &Frame, timeline: Timeline) -> Moment {
        Moment::of(&frame.clocks, frame.planes.view().size(), timeline, &self.origin.origin.boot_id)
    }

    /// Tells what was above the limits of rules; answers whether anything was.
    pub(super) fn summarise(&self, now: Duration, is_end: bool, going: &mut Going) -> bool {
        let due = going.limits.due(now, is_end);
        for summary in &due {
            let priority = self.priorities.get(&summary.rule_id).copied().unwrap_or(pb::Priority::Normal);
            going.backlog.push(self.origin.suppressed(summary, self.recorded, priority), &self.record.id);
        }
        !due.is_empty()
    }

    pub(super) fn keep(&mut self, last: Moment, before_events: bool, going: &Going) {
        let Some(keeper) = &mut self.keeper else { return };
        let (sight, journal) = (&self.sight, &self.journal);
        let Going { open, limits, backlog, .. } = going;
        let kept = Kept { sight, last, open, limits, backlog, journal };
        if before_events {
            keeper.keep_before_events(kept);
        } else {
            keeper.keep(kept);
        }
    }

    /// Turns one revision of a passage into an event.
    pub(super) fn report(&self, passage: &Passage, frame: &Frame, going: &mut Going) {
        if passage.state == PassageState::Opened {
            self.record.counts.passages_opened.fetch_add(1, Ordering::Relaxed);
            let id = self.origin.passage_id(passage, &frame.clocks);
            let suppressed = !going.limits.admit(passage, &self.moment(frame, going.timeline));
            let shown = Shown { track: passage.subject.track_id(), object: &passage.bbox };
            let looked = self.around.in_frame(frame);
            let keep = || self.pictures_of(&passage.rule_id).keep_deciding(looked, shown);
            let kept = if suppressed { Ok(Pictures::default()) } else { keep() };
            let pictures = kept.unwrap_or_else(|error| {
                // The event is worth more than its picture: it goes without.
                tracing::error!(camera = %self.record.id, passage = id, error = format!("{error:#}"), "passage has no pictures");
                Pictures::default()
            });
            let location = self.origin.location(&passage.bbox, frame.planes.view().size());
            going.open.insert(passage, Opening { id, pictures, location }, suppressed);
        }
        // A passage whose object did not come back is told late, and as of when it ended.
        let late = going.timeline.of(&frame.clocks).saturating_sub(passage.at);
        let clocks = timeline::earlier(&frame.clocks, late);
        self.tell(&self.origin, passage, &clocks, frame.planes.view().size(), going);
    }

    pub(super) fn tell(
        &self,
        origin: &CameraOrigin,
        passage: &Passage,
        at: &FrameClocks,
        size: SizePx,
        going: &mut Going,
    ) {
        let Some(known) = going.open.get_mut(passage) else {
            tracing::error!(camera = %self.record.id, rule = passage.rule_id, "revision of a passage that was never opened");
            return;
        };
        if let Some(track) = passage.subject.track_id().filter(|_| !known.suppressed) {
            let closes = checkpoint::is_last(passage.state);
            let Opening { id, pictures, .. } = &mut known.opening;
            let keeper = self.pictures_of(&passage.rule_id);
            if let Err(error) = keeper.add_best(&self.best_looks, track, closes, pictures) {
                tracing::error!(camera = %self.record.id, passage = id, error = format!("{error:#}"), "passage goes without its best picture");
            }
        }
        let priority = self.priorities.get(&passage.rule_id).copied().unwrap_or(pb::Priority::Normal);
        let plates = self.plates_of(passage, known, at.wall_unix_ns);
        let mut event = origin.passage(passage, &known.opening, at, size, priority);
        if let Some(pb::event::Body::Passage(told)) = &mut event.body {
            told.resumed = known.resumed;
            if !plates.is_empty() {
                event.models.extend(origin.plate_models.iter().cloned());
            }
            told.plates = plates;
        }
        known.latest = Some(event.clone());
        if !known.suppressed {
            going.backlog.push(event, &self.record.id);
        }
        if checkpoint::is_last(passage.state) {
            going.open.remove(passage);
        }
    }

    /// Turns the reports of lanes that are due into events, told in a frame with clocks `at`.
    pub(super) fn tell_flows(&mut self, at: &FrameClocks, going: &mut Going) {
        for report in self.sight.take_flow_reports() {
            let flow = lanes::told(&report, &self.origin, going.timeline.of(at));
            self.record.lanes.note(&flow);
            going.backlog.push(self.origin.flow(flow, at), &self.record.id);
        }
    }

    /// The plate of the vehicle of `passage`, its picture kept, with what lists say of it at `unix_ns`; nothing where it is
    /// about none.
    fn plates_of(&self, passage: &Passage, known: &mut OpenPassage, unix_ns: i64) -> Vec<pb::PlateRead> {
        let before = match known.latest.as_ref().and_then(|latest| latest.body.as_ref()) {
            Some(pb::event::Body::Passage(passage)) => passage.plates.as_slice(),
            _ => &[],
        };
        let vehicle = self.plates.as_ref().and_then(|plates| plates.vehicle_of(passage));
        // A restart forgets looks: what they came to stands until there are as many again.
        let Some(vehicle) = vehicle else { return before.to_vec() };
        let mut told = vehicle.told();
        if let Some(vote) = &vehicle.outcome().vote {
            self.lists.note(&mut told, &vote.read, unix_ns.div_euclid(1_000_000_000));
        }
        if before.iter().any(|before| told.searches < before.searches) {
            return before.to_vec();
        }
        if let Some(sighting) = vehicle.sighting.filter(|_| !known.suppressed) {
            let closes = checkpoint::is_last(passage.state);
            let Opening { id, pictures, .. } = &mut known.opening;
            let is_read = told.status() != pb::PlateStatus::Rejected;
            let keeper = self.pictures_of(&passage.rule_id);
            if (is_read || closes)
                && let Err(error) = keeper.add_plate(sighting, closes, pictures)
            {
                tracing::error!(camera = %self.record.id, passage = id, error = format!("{error:#}"), "passage goes without the picture of its plate");
            }
        }
        if let Some(picture) = known.opening.pictures.plate() {
            told.evidence_sha256.clone_from(&picture.sha256);
            told.corners.clone_from(&picture.corners);
        }
        vec![told]
    }

    /// How many plates were read, where a period has ended in a frame with clocks `at` or the stream has.
    pub(super) fn tell_plates(&mut self, at: &FrameClocks, ended: bool, going: &mut Going) {
        let now = going.timeline.of(at);
        if let Some(rates) = self.plates.as_mut().and_then(|plates| plates.take_rates(now, ended)) {
            let event = self.origin.telemetry(at, pb::event::Body::PlateRates(rates));
            let models = self.origin.plate_models.clone();
            going.backlog.push(pb::Event { models, ..event }, &self.record.id);
        }
    }

    /// Where the pictures of a rule's passages go.
    pub(super) fn pictures_of(&self, rule: &str) -> PictureKeeper<'_> {
        PictureKeeper {
            store: &self.evidence,
            policy: self.policy,
            camera: &self.origin,
            redaction: &self.record.redaction,
            blur_bystanders: self.blurring.contains(rule),
        }
    }
}
