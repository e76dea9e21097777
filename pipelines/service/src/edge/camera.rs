//! The thread of one camera: takes its frame slot, submits to a session, awaits the reply, tracks, judges, journals.
//!
//! One frame is in flight at a time. A live frame that the thread has no time for is replaced by a newer one in the
//! slot; recorded footage waits instead, so that the same footage gives the same events.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use capture::{CameraStatus, Frame, FrameClocks, FrameSlot, Taken};
use delivery::{EvidenceStore, Journal};
use proto::v1 as pb;
use scene::{Judged, Passage, PassageState};
use track::Track;
use vision::{FrameBox, SizePx};

use super::backlog::Backlog;
use super::best_look::{BestLooks, Looked};
use super::decisions::{DecisionKeeper, Questions};
use super::event::{CameraOrigin, Opening, Origin, camera_state, camera_state_name};
use super::evidence::{CROP_MARGIN, EvidencePolicy, PictureKeeper, Pictures, Shown};
use super::forwarding::StatusPublisher;
use super::keeper::{Keeper, Kept};
use super::limits::Limits;
use super::local_time::FrameTime;
use super::open_passages::OpenPassages;
use super::readiness::JournalHealth;
use super::resume::{Beginning, Resumed};
use super::sight::Sight;
use super::state::CameraRecord;
use super::timeline::{self, Moment, Timeline};
use super::{checkpoint, clocks, lanes};

/// A live camera's objects are gone when it has sent no frame for this long: longer than the tracker remembers one.
const GONE_AFTER: Duration = Duration::from_secs(3);

/// After a restart a camera goes on with what it followed when it sees again within this time. Longer than the merge
/// window, because it was the box that looked away, and nobody can restart it in less.
const RESUME_WITHIN: Duration = Duration::from_secs(10);

/// How often the retained status is published without a change of state.
const STATUS_PERIOD: Duration = Duration::from_secs(30);

/// How often a thread without frames looks after its other duties.
const IDLE_WAKE: Duration = Duration::from_millis(200);

/// Everything a camera's thread works with. Its sight is its own; nothing here is shared but by message.
pub(crate) struct CameraThread {
    pub(crate) origin: CameraOrigin,
    /// Recorded footage has no states worth telling: its events must not depend on when it was run.
    pub(crate) recorded: bool,
    pub(crate) record: Arc<CameraRecord>,
    pub(crate) slot: Arc<FrameSlot<Frame>>,
    pub(crate) statuses: Receiver<CameraStatus>,
    pub(crate) publish_status: StatusPublisher,
    /// When the retained status was published last.
    pub(crate) status_told: Instant,
    pub(crate) sight: Sight,
    /// Priority of each rule's passages.
    pub(crate) priorities: HashMap<String, pb::Priority>,
    pub(crate) evidence: EvidenceStore,
    pub(crate) policy: EvidencePolicy,
    /// Classes whose objects may become evidence.
    pub(crate) evident: BTreeSet<u16>,
    /// Rules in whose pictures bystanders are blurred.
    pub(crate) blurring: BTreeSet<String>,
    pub(crate) best_looks: BestLooks,
    pub(crate) around: Around,
    pub(crate) journal: Journal,
    pub(crate) journal_health: JournalHealth,
    /// None for recorded footage, which can be played again.
    pub(crate) keeper: Option<Keeper>,
    pub(crate) beginning: Beginning,
    pub(crate) limits: Limits,
    pub(crate) decisions: DecisionKeeper,
    /// Of those who ask why there was no alarm.
    pub(crate) questions: Questions,
}

/// What a camera's thread knows beside its parts.
struct Going {
    timeline: Timeline,
    open: OpenPassages,
    limits: Limits,
    backlog: Backlog,
    last: Option<Frame>,
    /// Until the first frame after a restart.
    resumed: Option<Resumed>,
}

/// Who and what is in the latest frame that the model answered.
#[derive(Default)]
pub(crate) struct Around {
    tracks: Vec<Track>,
    people: Vec<FrameBox>,
    /// Whether the latest frame is that one.
    is_latest: bool,
}

impl CameraThread {
    /// Runs until the camera's slot is closed and empty.
    pub(crate) fn run(mut self) {
        let mut going = self.begin();
        loop {
            self.tell_statuses(&mut going.backlog);
            self.refresh_status();
            self.answer_questions(going.last.as_ref(), going.timeline);
            let frame = match self.slot.take(IDLE_WAKE) {
                Taken::Frame(frame) => frame,
                Taken::TimedOut => {
                    let now = going.timeline.at(capture::monotonic_ns());
                    self.resume(now, None, &mut going);
                    if let Some(last) = going.last.clone() {
                        let passages = self.see_nothing(&last, now, going.timeline);
                        self.report_all(&passages, &last, &mut going);
                        self.tell_flows(&last.clocks, &mut going);
                    }
                    self.flush(&mut going.backlog);
                    continue;
                }
                Taken::Closed => break,
            };
            self.resume(going.timeline.of(&frame.clocks), Some(&frame), &mut going);
            let passages = self.see(&frame, going.timeline);
            self.report_all(&passages, &frame, &mut going);
            self.tell_flows(&frame.clocks, &mut going);
            self.flush(&mut going.backlog);
            if !frame.clocks.recorded {
                let age = capture::monotonic_ns().saturating_sub(frame.clocks.received_ns);
                self.record.frame_age.record(Duration::from_nanos(age));
                self.record.frame_seen();
                if let Some(lag) = clocks::since_sensor(&frame.clocks) {
                    self.record.sensor_lag.record(lag);
                }
            }
            self.show(&frame);
            let (living, open) = (&self.around.tracks, &going.open);
            self.best_looks
                .retain(|track| living.iter().any(|living| living.id == track) || open.is_about(track));
            going.last = Some(frame);
        }
        // Without a single frame nothing has opened; what was open before a restart may still be gone on with.
        if let Some(frame) = going.last.take() {
            let now = going.timeline.of(&frame.clocks);
            let Judged { passages, rejections } = self.sight.finish(now);
            let clocks = going.timeline.clocks(&frame.clocks);
            self.decisions.rejected(&rejections, &clocks, frame.planes.view().size());
            self.report_all(&passages, &frame, &mut going);
            if self.summarise(now, true, &mut going) {
                self.keep(self.moment(&frame, going.timeline), true, &going);
            }
            self.tell_flows(&frame.clocks, &mut going);
        }
        self.tell_statuses(&mut going.backlog);
        self.flush(&mut going.backlog);
        self.decisions.finish();
        if 0 < going.backlog.len() {
            tracing::error!(camera = %self.record.id, events = going.backlog.len(), "stopped with events that the journal did not take");
        }
    }

    /// What is due from before a restart, first.
    fn begin(&mut self) -> Going {
        let Beginning { timeline, due, open, limits: before, last, resumed } =
            std::mem::take(&mut self.beginning);
        let mut limits = std::mem::take(&mut self.limits);
        limits.restore(before);
        let mut going = Going { timeline, open, limits, backlog: Backlog::default(), last: None, resumed };
        if !due.is_empty() {
            due.into_iter().for_each(|event| going.backlog.push(event, &self.record.id));
            // What goes on is in the file already, and its last word with it.
            if let Some(last) = last.filter(|_| going.resumed.is_none()) {
                self.keep(last, true, &going);
            }
            self.flush(&mut going.backlog);
        }
        going
    }

    /// The first frame after a restart, or none for too long: goes on with what was followed, or closes it.
    fn resume(&mut self, now: Duration, frame: Option<&Frame>, going: &mut Going) {
        let Some(Resumed { last, gap_is_known }) = &going.resumed else { return };
        let gap = now.saturating_sub(last.at);
        let in_time = *gap_is_known && gap <= RESUME_WITHIN;
        if in_time {
            if frame.is_some() {
                tracing::info!(camera = %self.record.id, ?gap, "goes on with what it followed before the restart");
                going.open.mark_resumed();
                going.resumed = None;
            }
            return;
        }
        let last = last.clone();
        going.resumed = None;
        let passages = self.sight.interrupt(last.at, "restarted");
        tracing::info!(camera = %self.record.id, ?gap, passages = passages.len(), "closed what it followed before the restart");
        for passage in &passages {
            let origin = CameraOrigin {
                origin: Origin { boot_id: last.boot_id.clone(), ..self.origin.origin.clone() },
                ..self.origin.clone()
            };
            let ago = last.at.saturating_sub(passage.at);
            self.tell(&origin, passage, &timeline::earlier(&last.clocks(), ago), last.size(), going);
        }
        self.keep(last, true, going);
        self.flush(&mut going.backlog);
    }

    /// A live camera that has sent nothing for a while: what it followed is gone, and is not left open until the camera
    /// comes back. Recorded footage has no such time of its own.
    fn see_nothing(&mut self, last: &Frame, now: Duration, timeline: Timeline) -> Vec<Passage> {
        if self.recorded || now < timeline.of(&last.clocks) + GONE_AFTER {
            return Vec::new();
        }
        let size = last.planes.view().size();
        let seen = self.sight.see_nothing(now, size);
        self.decisions.rejected(&seen.rejections, &timeline.clocks(&last.clocks), size);
        self.record.counts.open_tracks.store(seen.tracks.len() as u64, Ordering::Relaxed);
        seen.passages
    }

    /// Lets the servers have the newest frame. Where people are blurred in pictures without a subject, a frame in which
    /// nobody looked for them is not shown.
    fn show(&self, frame: &Frame) {
        if self.around.is_latest || !self.record.redaction.blurs_people() {
            self.record.set_frame(frame.clone(), self.around.people.clone());
        }
    }

    /// One frame through model, tracker and rules.
    fn see(&mut self, frame: &Frame, timeline: Timeline) -> Vec<Passage> {
        self.around.is_latest = false;
        let seen = match self.sight.see(
            FrameTime { at: timeline.of(&frame.clocks), wall_unix_ns: frame.clocks.wall_unix_ns },
            clocks::born(&frame.clocks),
            Arc::clone(&frame.planes),
        ) {
            Ok(seen) => seen,
            Err(error) => {
                self.decisions.frame(&frame.clocks, None);
                let frames = one_more(&self.record.counts.unanswered);
                if is_worth_a_line(frames) {
                    tracing::warn!(camera = %self.record.id, frames, error = %error, "frame was not inferred");
                }
                return Vec::new();
            }
        };
        if let Some(error) = &seen.tile_missed {
            let frames = one_more(&self.record.counts.tiles_missed);
            if is_worth_a_line(frames) {
                tracing::warn!(camera = %self.record.id, frames, error = %error, "not every tile of a frame was looked at");
            }
        }
        self.record.counts.inferred.fetch_add(1, Ordering::Relaxed);
        self.record.counts.open_tracks.store(seen.tracks.len() as u64, Ordering::Relaxed);
        self.decisions.frame(&frame.clocks, Some(seen.tracks.len()));
        let size = frame.planes.view().size();
        self.decisions.rejected(&seen.rejections, &timeline.clocks(&frame.clocks), size);
        let passages = seen.passages;
        self.around.is_latest = true;
        self.around.tracks.clear();
        self.around.tracks.extend_from_slice(seen.tracks);
        let tracked = seen.tracks.iter().map(|track| (track.class, track.bbox));
        let detected = seen.detections.iter().map(|detection| (detection.class, detection.bbox));
        self.around.people = self.record.redaction.people(tracked.chain(detected));
        let looked = self.around.in_frame(frame);
        let evident = &self.evident;
        self.best_looks.watch(looked, &self.record.redaction, |class| evident.contains(&class), CROP_MARGIN);
        self.record.inference_wait.record(self.sight.take_waited());
        passages
    }

    /// Turns what a frame led to into events that wait for the journal, and writes down what is needed to go on.
    fn report_all(&mut self, passages: &[Passage], frame: &Frame, going: &mut Going) {
        for passage in passages {
            self.report(passage, frame, going);
        }
        let moment = self.moment(frame, going.timeline);
        let summarised = self.summarise(moment.at, false, going);
        self.keep(moment, summarised || !passages.is_empty(), going);
    }

    fn moment(&self, frame: &Frame, timeline: Timeline) -> Moment {
        Moment::of(&frame.clocks, frame.planes.view().size(), timeline, &self.origin.origin.boot_id)
    }

    /// Tells what was above the limits of rules; answers whether anything was.
    fn summarise(&self, now: Duration, is_end: bool, going: &mut Going) -> bool {
        let due = going.limits.due(now, is_end);
        for summary in &due {
            let priority = self.priorities.get(&summary.rule_id).copied().unwrap_or(pb::Priority::Normal);
            going.backlog.push(self.origin.suppressed(summary, self.recorded, priority), &self.record.id);
        }
        !due.is_empty()
    }

    fn keep(&mut self, last: Moment, before_events: bool, going: &Going) {
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
    fn report(&self, passage: &Passage, frame: &Frame, going: &mut Going) {
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

    fn tell(
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
        let mut event = origin.passage(passage, &known.opening, at, size, priority);
        if let Some(pb::event::Body::Passage(told)) = &mut event.body {
            told.resumed = known.resumed;
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
    fn tell_flows(&mut self, at: &FrameClocks, going: &mut Going) {
        for report in self.sight.take_flow_reports() {
            let flow = lanes::told(&report, &self.origin, going.timeline.of(at));
            self.record.lanes.note(&flow);
            going.backlog.push(self.origin.flow(flow, at), &self.record.id);
        }
    }

    /// Where the pictures of a rule's passages go.
    fn pictures_of(&self, rule: &str) -> PictureKeeper<'_> {
        PictureKeeper {
            store: &self.evidence,
            policy: self.policy,
            camera: &self.origin,
            redaction: &self.record.redaction,
            blur_bystanders: self.blurring.contains(rule),
        }
    }

    /// Figures in the retained status grow old: told anew now and then.
    fn refresh_status(&mut self) {
        if STATUS_PERIOD <= self.status_told.elapsed() {
            self.publish_report();
        }
    }

    fn publish_report(&mut self) {
        self.status_told = Instant::now();
        (self.publish_status)(&self.record.id, status_json(&self.record.report(), self.sight.model_status()));
    }

    /// Passes changes of the camera's state on: to the servers, to the broker, to the journal.
    fn tell_statuses(&mut self, backlog: &mut Backlog) {
        while let Ok(status) = self.statuses.try_recv() {
            let state = camera_state(status.state);
            tracing::info!(camera = %self.record.id, state = camera_state_name(state), reason = status.reason, "camera");
            self.publish_report();
            if !self.recorded {
                backlog.push(self.origin.camera_status(state, &status.reason), &self.record.id);
                self.decisions.state_changed(state, &status.reason, delivery::unix_ns());
            }
        }
        // Footage has a clock of its own, which stands still between frames.
        if !self.recorded {
            self.decisions.tick(delivery::unix_ns());
        }
    }

    /// Tells those who ask how far what is followed has come. Nobody is waited for.
    fn answer_questions(&self, last: Option<&Frame>, timeline: Timeline) {
        while let Ok(question) = self.questions.try_recv() {
            let living = last.map_or_else(
                || self.decisions.blind(),
                |last| {
                    let size = last.planes.view().size();
                    self.decisions.living(&self.sight.standing(), &timeline.clocks(&last.clocks), size)
                },
            );
            // Whoever asked may have given up.
            question.send(living).ok();
        }
    }

    /// Gives the journal what waits, in order. What it does not take now waits on.
    fn flush(&mut self, backlog: &mut Backlog) {
        if backlog.len() == 0 {
            return;
        }
        let decisions = &mut self.decisions;
        let stored = |event: &pb::Event, sequence| decisions.stored(event, sequence);
        let fault = backlog.flush(&self.journal, &self.record.id, stored);
        if let Some(fault) = &fault {
            tracing::error!(camera = %self.record.id, waiting = backlog.len(), fault, "journal did not take an event");
        }
        if let Some(keeper) = &mut self.keeper {
            keeper.flushed(backlog);
        }
        self.journal_health.set(fault);
        self.record.counts.waiting_for_journal.store(backlog.len() as u64, Ordering::Relaxed);
    }
}

impl Around {
    /// The latest answered frame as it was looked at.
    fn in_frame<'a>(&'a self, frame: &'a Frame) -> Looked<'a> {
        let view = frame.planes.view();
        Looked { view, clocks: &frame.clocks, tracks: &self.tracks, people: &self.people }
    }
}

/// The retained status message of a camera.
pub(crate) fn status_json(report: &pb::CameraReport, model: Option<pb::ModelStatus>) -> String {
    let model = model.unwrap_or_default();
    let since_s = report.state_since_ms as f64 / 1000.0;
    let is_streaming = report.state() == pb::CameraState::Streaming;
    serde_json::json!({
        "camera": report.id,
        "state": camera_state_name(report.state()),
        "reason": report.reason,
        "state_since_s": since_s,
        "decoder": report.decoder,
        "model": model.card_id,
        "provider": model.actual_provider,
        "frame_age_ms": report.frame_age_ms.unwrap_or_default().p95,
        "fps": if is_streaming { report.fps } else { 0.0 },
        "width_px": report.width_px,
        "height_px": report.height_px,
        "frames_in": report.frames_in,
        "reconnects": report.reconnects,
    })
    .to_string()
}

fn one_more(count: &AtomicU64) -> u64 {
    count.fetch_add(1, Ordering::Relaxed) + 1
}

/// Every power of two: often enough to be seen, seldom enough not to flood.
fn is_worth_a_line(count: u64) -> bool {
    count.is_power_of_two()
}
