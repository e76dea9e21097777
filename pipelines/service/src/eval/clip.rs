//! A clip through model, tracker and rules, and what came of it against its ground truth.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use datasets::BoxPx;
use datasets::dataset::{Clip, ClipBoxes};
use datasets::report::Pace;
use datasets::score::detection::{self, FoundBox, PictureMatches, TruthBox};
use datasets::score::events::{self, ClipEvents, EventTrails, FoundEvent, Watching};
use datasets::score::tracking::{self, SequenceMatches, TrackBox};
use datasets::truth::events::TrueEvent;
use edge_config::Camera;
use models::Card;
use scene::PassageState;
use track::TrackState;
use vision::FrameBox;

use super::Request;
use super::exhibit::{Album, Hidden};
use super::plan::{ClipTasks, Job, Prepared};
use super::playback::{Playback, Played, PlayedFrame, Playing};
use super::progress::Progress;
use super::sessions::Sessions;
use super::watching::Watcher;
use super::workers::{Done, Latency};
use crate::edge::{FrameTime, SecondLooks, Seen, Sight, SmallObjects};

/// Score from which detections are kept for their scores: precision and recall are wanted down to where hardly anything
/// is right.
pub(crate) const DETECTION_FLOOR: f32 = 0.01;

/// Frames of a block of the bootstrap: long enough that blocks hardly depend on each other.
const BLOCK_FRAMES: NonZeroU32 = NonZeroU32::new(50).unwrap();

/// Recorded footage waits for its session as long as it takes.
pub(crate) const INFERENCE_LIMIT: Duration = Duration::from_secs(3600);

/// One clip to run.
pub(crate) struct ClipRun<'a> {
    pub(crate) prepared: &'a Prepared,
    pub(crate) request: &'a Request,
    pub(crate) job: &'a Job<'a>,
    pub(crate) card: &'a Arc<Card>,
    pub(crate) clip: &'a Clip,
    pub(crate) camera: &'a Camera,
    pub(crate) tasks: ClipTasks,
    pub(crate) progress: &'a Progress,
}

/// What the pipeline said about a clip, in the classes that the item is scored by.
#[derive(Default)]
pub(crate) struct Sayings {
    /// By frame number; sampled frames only.
    pub(crate) detections: BTreeMap<u32, Vec<FoundBox>>,
    pub(crate) tracks: Vec<TrackBox>,
    pub(crate) events: Vec<FoundEvent>,
    /// How the events came about; absent for results made elsewhere.
    pub(crate) watched: Option<Watched>,
}

/// How the events of a clip came about.
pub(crate) struct Watched {
    pub(crate) watching: Watching,
    /// Of each event, in their order.
    pub(crate) decisions: Vec<Vec<events::ClauseValue>>,
}

impl ClipRun<'_> {
    pub(crate) fn run(&self, sessions: &mut Sessions<'_>) -> anyhow::Result<Done> {
        let wants_pictures = self.request.exhibits && self.job.degradation.is_none() && self.job.counts;
        let mut album = Album::new(wants_pictures, &true_events(self.clip.events.iter().flatten()));
        let mut latency = Latency::default();
        let (sayings, played) = self.watch(sessions, &mut album, &mut latency)?;
        if let Some(expected) = self.clip.frames.filter(|_| self.request.limit.is_none()) {
            ensure!(played.frames == expected, "clip: got {} frames, expected {expected}", played.frames);
        }
        let mut unit = self.job.unit(u64::from(played.frames));
        unit.superseded = played.superseded;
        let Played { frames, duration, .. } = played;
        let extent = Extent { frames, duration, limited: self.request.limit.is_some() };
        let matched = match_clip(self.clip, self.tasks, &sayings, extent)?;
        let exhibits = matched.events.as_ref().map(|events| album.exhibits(&self.job.item.id, events));
        (unit.detect, unit.track, unit.events) = (matched.detect, matched.track, matched.events);
        unit.trails = matched.trails;
        Ok(Done { unit, exhibits: exhibits.unwrap_or_default(), latency })
    }

    /// Plays the clip and writes down what is said about it.
    fn watch(
        &self,
        sessions: &mut Sessions<'_>,
        album: &mut Album,
        latency: &mut Latency,
    ) -> anyhow::Result<(Sayings, Played)> {
        let detector = sessions.detector(self.card, self.input_size())?;
        // Rules of the camera name classes; a model that does not know them cannot judge events.
        let rules_apply = self.tasks.events;
        let bare = Camera { rules: Vec::new(), ..self.camera.clone() };
        let camera = if rules_apply { self.camera } else { &bare };
        let second_looks = SecondLooks::of(camera, |id| {
            let card = models::find(&self.prepared.cards, id)?;
            card.may_be_used(&self.prepared.accepted)?;
            let input = card.input.size.preferred();
            sessions.detector(&Arc::new(card.clone()), Some((input.width, input.height)))
        })?;
        let embedder = camera.appearance.as_ref().map(|id| {
            let card = models::find(&self.prepared.cards, id)?;
            card.may_be_used(&self.prepared.accepted)?;
            sessions.person_embedder(&Arc::new(card.clone()))
        });
        let embedder = embedder.transpose()?;
        let mut sight =
            Sight::new(camera, detector, INFERENCE_LIMIT, self.tasks.detect.then_some(DETECTION_FLOOR))?
                .with_second_looks(second_looks)
                .with_appearance(embedder)?
                .at_utc_offset(self.prepared.utc_offset_min);
        sight.seek(SmallObjects::of(self.camera));
        let redaction = sight.redaction().clone();
        let file = self.prepared.media.locate(&self.clip.file)?;
        let playback = Playback::open(&Playing {
            file: &file,
            camera,
            degradation: self.job.degradation,
            seed: self.prepared.seed,
            item: &self.job.item.id,
            pace: self.request.pace,
            repeat: self.clip.repeat,
            limit: self.request.limit,
        })?;
        let mut sayings = Sayings::default();
        let class_name = |class: u16| self.class_name(class);
        let mut watcher = Watcher::new(sight.rules(), self.card.classes.len(), class_name);
        let mut last = Duration::ZERO;
        while let Some(frame) = playback.next() {
            let begun = Instant::now();
            let time = FrameTime::in_footage(self.camera, frame.at);
            let mut seen = sight.see(time, begun, frame.planes.clone()).context("frame was not inferred")?;
            if let Some(error) = seen.tile_missed.take() {
                return Err(error).context("a tile of a frame was not inferred");
            }
            if let Some(error) = seen.appearance_missed.take() {
                return Err(error).context("a person was not looked at");
            }
            latency.record(begun.elapsed());
            let confirmed = match self.request.pace {
                Pace::Lockstep => frame.at,
                Pace::Real => playback.elapsed(),
            };
            let tracked = seen.tracks.iter().map(|track| (track.class, track.bbox));
            let people = redaction.people(tracked);
            let hidden = Hidden { redaction: &redaction, people: &people };
            self.write_down(&seen, &frame, confirmed, &mut sayings, (album, hidden));
            watcher.frame(frame.at, frame.planes.view().size(), &seen);
            last = frame.at;
            self.progress.frame();
        }
        if self.tasks.events {
            let (watching, decisions) = watcher.finish(&sight.finish(last));
            sayings.watched = Some(Watched { watching, decisions });
        }
        Ok((sayings, playback.finish()?))
    }

    /// The camera's own input size is meant for the camera's own model.
    fn input_size(&self) -> Option<(u32, u32)> {
        let model = self.job.model_id();
        self.camera.input_size.filter(|_| self.request.meant_for(&model) == self.camera.model)
    }

    /// The class or group that a class of the model counts as.
    fn class_name(&self, class: u16) -> String {
        let name = self.card.classes.get(usize::from(class)).map_or("unknown", String::as_str);
        self.prepared.dataset.class_for(self.job.item, name).to_owned()
    }

    fn write_down(
        &self,
        seen: &Seen<'_>,
        frame: &PlayedFrame,
        confirmed: Duration,
        sayings: &mut Sayings,
        (album, hidden): (&mut Album, Hidden<'_>),
    ) {
        let name = |class: u16| self.class_name(class);
        if let Some(boxes) = &self.clip.boxes {
            if self.tasks.detect && boxes.is_sample(frame.number) {
                let found = seen.detections.iter().map(|detection| FoundBox {
                    class: name(detection.class).to_owned(),
                    score: f64::from(detection.score),
                    bbox: box_px(&detection.bbox),
                });
                sayings.detections.insert(frame.number, found.collect());
            }
            let reported = seen.tracks.iter().filter(|track| {
                self.tasks.track
                    && track.state == TrackState::Confirmed
                    && track.seen_now
                    && name(track.class) == boxes.class
            });
            sayings.tracks.extend(reported.map(|track| TrackBox {
                frame: frame.number,
                id: track.id,
                bbox: box_px(&track.bbox),
                ignored: false,
            }));
        }
        for passage in seen.passages.iter().filter(|passage| passage.state == PassageState::Opened) {
            sayings.events.push(FoundEvent {
                kind: name(passage.class).to_owned(),
                rule: Some(passage.rule_id.clone()),
                direction: Some(direction(passage.direction).to_owned()),
                at_s: passage.occurred_at.as_secs_f64(),
                confirmed_s: confirmed.as_secs_f64(),
            });
            album.keep_event(frame, &passage.bbox, hidden);
        }
        album.keep_moment(frame, hidden);
    }
}

/// Outcome of a clip, by task.
pub(crate) struct Matched {
    pub(crate) detect: Vec<PictureMatches>,
    pub(crate) track: Option<SequenceMatches>,
    pub(crate) events: Option<ClipEvents>,
    pub(crate) trails: Option<EventTrails>,
}

/// How much of a clip is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// Frames from the first on.
    pub(crate) frames: u32,
    /// From the first of them to the end of the last.
    pub(crate) duration: Duration,
    /// Whether the clip may go on after them.
    pub(crate) limited: bool,
}

/// What was said about the `extent` of `clip` against its ground truth.
pub(crate) fn match_clip(
    clip: &Clip,
    tasks: ClipTasks,
    sayings: &Sayings,
    extent: Extent,
) -> anyhow::Result<Matched> {
    let frames = extent.frames;
    let boxes = clip.boxes.as_ref();
    let truth = clip.events.as_ref().filter(|_| tasks.events);
    let events =
        truth.map(|truth| match_events(truth, sayings.events.clone(), extent.duration, extent.limited));
    let trails = events.as_ref().zip(sayings.watched.as_ref()).map(|(events, watched)| EventTrails {
        decisions: watched.decisions.clone(),
        missed: events::explain(&events.truths, &events.missed, &events.found, &watched.watching),
    });
    Ok(Matched {
        detect: boxes
            .filter(|_| tasks.detect)
            .map_or_else(Vec::new, |boxes| match_samples(boxes, &sayings.detections, frames)),
        track: boxes
            .filter(|_| tasks.track)
            .map(|boxes| match_tracks(boxes, &sayings.tracks, frames))
            .transpose()?,
        events,
        trails,
    })
}

/// A frame that was lost is a sample in which nothing was found.
fn match_samples(
    boxes: &ClipBoxes,
    found: &BTreeMap<u32, Vec<FoundBox>>,
    frames: u32,
) -> Vec<PictureMatches> {
    let judged = [boxes.class.clone()];
    let sampled = (1..=frames).filter(|frame| boxes.is_sample(*frame));
    let matched = sampled.map(|frame| {
        let truth: Vec<TruthBox> = boxes
            .boxes
            .iter()
            .filter(|truth| truth.frame == frame)
            .map(|truth| TruthBox {
                class: boxes.class.clone(),
                bbox: truth.bbox,
                area: truth.bbox.area(),
                // What the annotator set aside is neither to be found nor wrong.
                crowd: truth.ignored,
            })
            .collect();
        detection::match_picture(&judged, &truth, found.get(&frame).map_or(&[], Vec::as_slice))
    });
    matched.collect()
}

fn match_tracks(boxes: &ClipBoxes, found: &[TrackBox], frames: u32) -> anyhow::Result<SequenceMatches> {
    let truth: Vec<TrackBox> = boxes
        .boxes
        .iter()
        .filter(|truth| truth.frame <= frames)
        .map(|truth| TrackBox {
            frame: truth.frame,
            id: truth.id.unsigned_abs(),
            bbox: truth.bbox,
            ignored: truth.ignored,
        })
        .collect();
    let settings = tracking::Settings { block_frames: BLOCK_FRAMES, ..tracking::Settings::default() };
    Ok(tracking::match_sequence(frames, &truth, found, settings)?)
}

fn match_events(
    truth: &[TrueEvent],
    found: Vec<FoundEvent>,
    duration: Duration,
    limited: bool,
) -> ClipEvents {
    let duration_s = duration.as_secs_f64();
    let mut truth = true_events(truth);
    if limited {
        // What comes later in the clip is not looked for.
        truth.retain(|event| event.moment_s() <= duration_s);
    }
    events::match_clip(duration_s, truth, found)
}

fn true_events<'a>(truth: impl IntoIterator<Item = &'a TrueEvent>) -> Vec<events::TrueEvent> {
    let truth = truth.into_iter().map(|event| events::TrueEvent {
        kind: event.kind.clone(),
        rule: event.rule.clone(),
        direction: event.direction.map(|direction| direction.to_string()),
        start_s: event.start_s,
        end_s: event.end_s,
        tolerance_s: event.tolerance_s,
    });
    truth.collect()
}

pub(crate) fn box_px(area: &FrameBox) -> BoxPx {
    let [left, top, right, bottom] = [area.x0(), area.y0(), area.x1(), area.y1()].map(f64::from);
    BoxPx { left, top, width: right - left, height: bottom - top }
}

fn direction(direction: scene::Direction) -> &'static str {
    match direction {
        scene::Direction::Forward => "forward",
        scene::Direction::Backward => "backward",
        scene::Direction::Enter => "enter",
        scene::Direction::Exit => "exit",
        scene::Direction::Within => "within",
    }
}
