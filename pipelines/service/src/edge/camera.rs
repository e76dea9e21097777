//! The thread of one camera: takes its frame slot, submits to a session, awaits the reply, tracks, judges, journals.
//!
//! One frame is in flight at a time. A live frame that the thread has no time for is replaced by a newer one in the
//! slot; recorded footage waits instead, so that the same footage gives the same events.

mod restart;
mod status;
mod telling;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use capture::{CameraStatus, Frame, FrameSlot, Taken};
use delivery::{EvidenceStore, Journal};
use proto::v1 as pb;
use scene::{Judged, Passage};
use track::Track;
use vision::FrameBox;

use super::backlog::Backlog;
use super::best_look::{BestLooks, Looked};
use super::clocks;
use super::decisions::{DecisionKeeper, Questions};
use super::event::CameraOrigin;
use super::evidence::{CROP_MARGIN, EvidencePolicy};
use super::forwarding::StatusPublisher;
use super::keeper::Keeper;
use super::limits::Limits;
use super::local_time::FrameTime;
use super::open_passages::OpenPassages;
use super::plates::Plates;
use super::readiness::JournalHealth;
use super::resume::{Beginning, Resumed};
use super::sight::Sight;
use super::state::CameraRecord;
use super::timeline::Timeline;
use crate::lists::Lists;

/// A live camera's objects are gone when it has sent no frame for this long: longer than the tracker remembers one.
const GONE_AFTER: Duration = Duration::from_secs(3);

/// How often a thread without frames looks after its other duties.
const IDLE_WAKE: Duration = Duration::from_millis(200);

pub(crate) use status::status_json;

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
    /// Where the camera reads them.
    pub(crate) plates: Option<Plates>,
    /// What reads are held against.
    pub(crate) lists: Arc<Lists>,
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
            let now = going.timeline.of(&frame.clocks);
            if let Some(plates) = &mut self.plates {
                plates.retain(now, |track| {
                    living.iter().any(|living| living.id == track) || open.is_about(track)
                });
            }
            self.tell_plates(&frame.clocks, false, &mut going);
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
            if let Some(plates) = &mut self.plates {
                plates.finish();
            }
            self.tell_plates(&frame.clocks, true, &mut going);
        }
        self.tell_statuses(&mut going.backlog);
        self.flush(&mut going.backlog);
        self.decisions.finish();
        if 0 < going.backlog.len() {
            tracing::error!(camera = %self.record.id, events = going.backlog.len(), "stopped with events that the journal did not take");
        }
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
        if let Some(error) = &seen.appearance_missed {
            let frames = one_more(&self.record.counts.appearances_missed);
            if is_worth_a_line(frames) {
                tracing::warn!(camera = %self.record.id, frames, error = %error, "people were followed without their looks");
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
        self.read_plates(frame, timeline);
        passages
    }

    /// Seeks and reads the plates of the vehicles in the latest answered frame.
    fn read_plates(&mut self, frame: &Frame, timeline: Timeline) {
        let Some(plates) = &mut self.plates else { return };
        let (at, looked) = (timeline.of(&frame.clocks), self.around.in_frame(frame));
        if let Some(error) = plates.watch(at, &frame.planes, looked, &self.record.redaction) {
            let searches = plates.counts().searches_missed();
            if is_worth_a_line(searches) {
                let error = format!("{:#}", anyhow::Error::new(error));
                tracing::warn!(camera = %self.record.id, searches, error, "a plate was not sought or not read");
            }
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

fn one_more(count: &AtomicU64) -> u64 {
    count.fetch_add(1, Ordering::Relaxed) + 1
}

/// Every power of two: often enough to be seen, seldom enough not to flood.
fn is_worth_a_line(count: u64) -> bool {
    count.is_power_of_two()
}
