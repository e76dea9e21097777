use std::collections::BTreeSet;

use super::checks::{self, Known};
use super::read::Context;
use super::toml_file::{TomlFile, joined};
use super::written::{BoxesToml, ClipToml, RepeatToml};
use super::{FilePin, ItemError, Task};
use crate::truth::events::TrueEvent;
use crate::truth::mot::MotBox;
use crate::truth::{Findings, decode, events, mot};

/// A video and what is true of it.
#[derive(Clone, Debug)]
pub struct Clip {
    /// The video.
    pub file: FilePin,
    /// The camera of the dataset's configuration that stands for it.
    pub camera: Option<String>,
    /// A part of the video that is played again and again in place of the whole.
    pub repeat: Option<Repeat>,
    /// Frames that are presented, where the dataset says so.
    pub frames: Option<u32>,
    /// Frames per second, where the dataset says so.
    pub fps: Option<f64>,
    /// Where objects are.
    pub boxes: Option<ClipBoxes>,
    /// What happens; empty where nothing does.
    pub events: Option<Vec<TrueEvent>>,
}

/// A few frames of a video, played again and again as if they were a long recording: an empty scene for an hour.
///
/// Frames are numbered on, and times go on at the pace of the part, so that nothing random repeats itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// First frame of the part, from 1.
    pub from: u32,
    /// Its last frame; at least one after `from`.
    pub to: u32,
    /// How often it is played, at least once.
    pub times: u32,
}

impl Repeat {
    /// Most frames that a part may have: all of them are held in memory.
    pub const MAX_FRAMES: u32 = 600;

    /// Frames that are played.
    pub fn frames(self) -> u32 {
        (self.to - self.from + 1).saturating_mul(self.times)
    }
}

/// The true boxes of a clip.
#[derive(Clone, Debug)]
pub struct ClipBoxes {
    /// What they all are.
    pub class: String,
    /// Every how many frames one is judged for detection; tracking judges them all.
    pub every: u32,
    /// In the order of the file.
    pub boxes: Vec<MotBox>,
}

impl ClipBoxes {
    /// Whether the boxes say who is who.
    pub fn has_ids(&self) -> bool {
        self.boxes.iter().all(|bbox| 0 <= bbox.id)
    }

    /// Whether `frame`, from 1, is judged for detection: the first, and each `every`-th after it.
    pub fn is_sample(&self, frame: u32) -> bool {
        frame.saturating_sub(1).is_multiple_of(self.every)
    }
}

pub(super) const KEYS: [&str; 9] =
    ["file", "sha256", "camera", "tasks", "frames", "fps", "repeat", "boxes", "events"];

/// A clip's table, checked.
pub(super) struct Plan {
    file: FilePin,
    camera: Option<String>,
    pub(super) tasks: BTreeSet<Task>,
    /// Whether the file lists its tasks.
    tasks_are_listed: bool,
    frames: Option<u32>,
    fps: Option<f64>,
    repeat: Option<Repeat>,
    boxes: Option<PlannedBoxes>,
    events: Option<FilePin>,
}

struct PlannedBoxes {
    pin: FilePin,
    class: String,
    every: u32,
}

impl Plan {
    pub(super) fn check(
        file: &mut TomlFile<'_>,
        path: &str,
        written: &ClipToml,
        known: &Known<'_>,
    ) -> Option<Self> {
        let key = |name: &str| joined(path, name);
        let pin = checks::pin(file, path, &written.file, &written.sha256);
        let camera = match &written.camera {
            None => Some(None),
            Some(camera) if !known.config => {
                file.refuse(key("camera"), camera, "no camera where the dataset has no `config`");
                None
            }
            Some(camera) => checks::id(file, key("camera"), camera).map(Some),
        };
        if let (Some(events), None) = (&written.events, &written.camera) {
            let expected = "a `camera` beside it, whose rules are to find them";
            file.refuse(key("events.file"), &events.file, expected);
        }
        let frames = written.frames.as_ref();
        if let Some(frames) = frames.filter(|frames| *frames.get_ref() == 0) {
            file.refuse(key("frames"), frames, "at least 1");
        }
        let fps = written.fps.as_ref();
        if let Some(fps) = fps.filter(|fps| !fps.get_ref().is_finite() || *fps.get_ref() <= 0.0) {
            file.refuse(key("fps"), fps, "a number above 0");
        }
        let repeat = match &written.repeat {
            None => Some(None),
            Some(repeat) => check_repeat(file, &key("repeat"), repeat).map(Some),
        };
        if let (Some(repeat), Some(_)) = (&written.repeat, &written.boxes) {
            let expected = "no `repeat` beside `boxes`, whose frames are those of the video";
            file.refuse(key("repeat.from"), &repeat.from, expected);
        }
        if let (Some(_), Some(frames)) = (&written.repeat, frames) {
            file.refuse(key("frames"), frames, "no `frames` beside `repeat`, which says how many there are");
        }
        let tasks = tasks(file, key("tasks"), written);
        let boxes = match &written.boxes {
            None => Some(None),
            Some(boxes) => PlannedBoxes::check(file, &key("boxes"), boxes).map(Some),
        };
        let events = match &written.events {
            None => Some(None),
            Some(events) => checks::pin_table(file, key("events"), events).map(Some),
        };
        Some(Self {
            file: pin?,
            camera: camera?,
            tasks: tasks?,
            tasks_are_listed: written.tasks.is_some(),
            frames: match repeat {
                Some(Some(repeat)) => Some(repeat.frames()),
                _ => frames.map(|frames| *frames.get_ref()),
            },
            fps: fps.map(|fps| *fps.get_ref()),
            repeat: repeat?,
            boxes: boxes?,
            events: events?,
        })
    }

    pub(super) fn read(&self, context: &Context<'_>) -> Result<Clip, ItemError> {
        let boxes = self.boxes.as_ref().map(|planned| self.read_boxes(planned, context)).transpose();
        let events = self.events.as_ref().map(|pin| self.read_events(pin, context)).transpose();
        let (boxes, events) = match (boxes, events) {
            (Ok(boxes), Ok(events)) => (boxes, events),
            (Err(error), Ok(_)) | (Ok(_), Err(error)) => return Err(error),
            (Err(first), Err(second)) => return Err(first.and(second)),
        };
        let Self { file, camera, frames, fps, repeat, .. } = self;
        let (file, camera) = (file.clone(), camera.clone());
        Ok(Clip { file, camera, repeat: *repeat, frames: *frames, fps: *fps, boxes, events })
    }

    fn read_boxes(&self, planned: &PlannedBoxes, context: &Context<'_>) -> Result<ClipBoxes, ItemError> {
        let PlannedBoxes { pin, class, every } = planned;
        let mut findings = Findings::new(context.dataset);
        if context.is_unchosen_group(class) {
            let message =
                format!("`boxes.class` is \"{class}\", a group that `groups` of this clip does not name");
            findings.note(context.line, "boxes.class", message);
        }
        let (path, bytes) = context.media.read(pin)?;
        let boxes = mot::read(&path, decode(&path, &bytes)?, self.frames)?;
        let boxes = ClipBoxes { class: context.class_for(class), every: *every, boxes };
        if self.tasks_are_listed && self.tasks.contains(&Task::Track) && !boxes.has_ids() {
            let message = "`tasks` holds \"track\", expected ground truth in which each box has an id from 0";
            findings.note(context.line, "tasks", message);
        }
        Ok(findings.finish(boxes)?)
    }

    fn read_events(&self, pin: &FilePin, context: &Context<'_>) -> Result<Vec<TrueEvent>, ItemError> {
        let (path, bytes) = context.media.read(pin)?;
        let rows = events::read(&path, decode(&path, &bytes)?)?;
        let mut findings = Findings::new(&path);
        let mut events = Vec::new();
        for row in rows {
            // A misspelt clip would be a clip in which nothing happens.
            if !context.clips.contains(&row.clip) {
                let near = models::nearest(context.clips.iter().map(String::as_str), &row.clip);
                let message =
                    format!("`clip` is \"{}\", no clip of this dataset, nearest is \"{near}\"", row.clip);
                findings.note(row.line, "clip", message);
            }
            if row.clip != context.id {
                continue;
            }
            if context.is_unchosen_group(&row.kind) {
                let message =
                    format!("`kind` is \"{}\", a group that `groups` of this clip does not name", row.kind);
                findings.note(row.line, "kind", message);
            }
            match row.in_seconds(self.fps, self.frames) {
                Ok(event) => events.push(TrueEvent { kind: context.class_for(&event.kind), ..event }),
                Err(bad) => findings.value(row.line, bad),
            }
        }
        events.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
        Ok(findings.finish(events)?)
    }
}

impl PlannedBoxes {
    fn check(file: &mut TomlFile<'_>, path: &str, written: &BoxesToml) -> Option<Self> {
        let pin = checks::pin(file, path, &written.file, &written.sha256);
        let class = checks::some_text(file, joined(path, "class"), &written.class);
        let every = written.every.as_ref();
        if let Some(every) = every.filter(|every| *every.get_ref() == 0) {
            file.refuse(joined(path, "every"), every, "at least 1");
        }
        Some(Self { pin: pin?, class: class?, every: every.map_or(1, |every| *every.get_ref()) })
    }
}

fn check_repeat(file: &mut TomlFile<'_>, path: &str, written: &RepeatToml) -> Option<Repeat> {
    let RepeatToml { from, to, times } = written;
    let mut is_right = true;
    let mut expect = |holds: bool, name: &str, value, expected: &str| {
        if !holds {
            file.refuse(joined(path, name), value, expected);
            is_right = false;
        }
    };
    expect(1 <= *from.get_ref(), "from", from, "at least 1");
    // With one frame alone nobody would know how long it lasts.
    let last = from.get_ref().saturating_add(Repeat::MAX_FRAMES - 1);
    let held = from.get_ref() < to.get_ref() && *to.get_ref() <= last;
    expect(held, "to", to, &format!("above `from`, and a part of at most {} frames", Repeat::MAX_FRAMES));
    expect(1 <= *times.get_ref(), "times", times, "at least 1");
    is_right.then(|| Repeat { from: *from.get_ref(), to: *to.get_ref(), times: *times.get_ref() })
}

/// What is asked for, or all that the ground truth allows.
fn tasks(file: &mut TomlFile<'_>, key: String, written: &ClipToml) -> Option<BTreeSet<Task>> {
    let mut allowed = BTreeSet::new();
    if written.boxes.is_some() {
        allowed.extend([Task::Detect, Task::Track]);
    }
    if written.events.is_some() {
        allowed.insert(Task::Events);
    }
    let Some(listed) = &written.tasks else { return Some(allowed) };
    let asked: BTreeSet<Task> = listed.get_ref().iter().copied().collect();
    if asked.is_empty() || !asked.is_subset(&allowed) {
        let names: Vec<String> = allowed.iter().map(ToString::to_string).collect();
        file.refuse(key, listed, &format!("what the clip has ground truth for, some of {names:?}"));
        return None;
    }
    Some(asked)
}
