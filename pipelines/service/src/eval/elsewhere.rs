//! Results that another system wrote, scored as ours are.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use datasets::dataset::{Clip, FaceSet, PictureSet, PlateSample};
use datasets::report::REPLICATES;
use datasets::score::detection::{self, FoundBox};
use datasets::score::events::FoundEvent;
use datasets::score::faces::{self, Pair, Resampling};
use datasets::score::plates::{self, Reading};
use datasets::score::tracking::TrackBox;
use datasets::truth;

use super::clip::{Extent, Sayings, match_clip};
use super::plan::{ClipTasks, Job, Prepared, Work};
use super::stills::{true_boxes, true_plate};
use super::workers::{Done, Latency};
use super::{BadRequest, Request, chain};

/// Scores the results in `file` for the item of `job`.
///
/// # Errors
/// [`BadRequest`] for a file that is not written as results of such an item are.
pub(crate) fn run(
    prepared: &Prepared,
    request: &Request,
    job: &Job<'_>,
    file: &Path,
) -> anyhow::Result<Done> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| BadRequest::new(format!("could not read `{}`: {error}", file.display())))?;
    let class_for = |class: &str| prepared.dataset.class_for(job.item, class).to_owned();
    let mut unit = job.unit(job.frames);
    match &job.work {
        Work::Clip { clip, tasks, .. } => {
            let (tasks, mut sayings) = clip_results(file, &text, clip, &job.item.id, &class_for, *tasks)?;
            let extent = extent(clip, &job.item.id, request.limit)?;
            sayings.end_at(&extent);
            let matched = match_clip(clip, tasks, &sayings, extent);
            let matched = matched.with_context(|| format!("`{}`", file.display()))?;
            (unit.detect, unit.track, unit.events) = (matched.detect, matched.track, matched.events);
        }
        Work::Pictures { set, part } => {
            unit.detect = picture_results(file, &text, set, &class_for, part.clone())?;
        }
        Work::Plates { set, part } => unit.plates = plate_results(file, &text, &set.plates[part.clone()])?,
        Work::Faces { set } => {
            let limit = request.limit.map_or(set.pairs.len(), |limit| set.pairs.len().min(limit as usize));
            unit.faces = Some(face_results(file, &text, set, limit, prepared.seed)?);
        }
    }
    Ok(Done { unit, exhibits: Vec::new(), latency: Latency::default() })
}

/// Results of a clip are boxes with ids, or events where the file is a CSV with a header.
fn clip_results(
    file: &Path,
    text: &str,
    clip: &Clip,
    item: &str,
    class_for: &dyn Fn(&str) -> String,
    tasks: ClipTasks,
) -> anyhow::Result<(ClipTasks, Sayings)> {
    let mut sayings = Sayings::default();
    if file.extension() == Some(OsStr::new("csv")) {
        let rows = truth::events::read(file, text).map_err(|error| BadRequest::new(chain(&error)))?;
        if !tasks.events {
            return Err(nothing_to_judge(file, "events", item).into());
        }
        // A list may be about all clips of a dataset.
        for row in rows.into_iter().filter(|row| row.clip == item) {
            let event =
                row.in_seconds(clip.fps, clip.frames).map_err(|error| BadRequest::new(chain(&error)))?;
            sayings.events.push(FoundEvent {
                kind: class_for(&event.kind),
                rule: event.rule,
                direction: event.direction.map(|direction| direction.to_string()),
                at_s: event.start_s,
                confirmed_s: event.end_s,
            });
        }
        return Ok((ClipTasks { detect: false, track: false, ..tasks }, sayings));
    }
    if !(tasks.detect || tasks.track) {
        return Err(nothing_to_judge(file, "boxes", item).into());
    }
    let results = truth::mot::read_results(file, text).map_err(|error| BadRequest::new(chain(&error)))?;
    let class = clip.boxes.as_ref().map_or_else(String::new, |boxes| boxes.class.clone());
    let nothing_found = results.is_empty();
    for result in results {
        let found = FoundBox { class: class.clone(), score: result.confidence, bbox: result.bbox };
        sayings.detections.entry(result.frame).or_default().push(found);
        // Detections without an identity are no tracks.
        if let Ok(id) = u64::try_from(result.id) {
            sayings.tracks.push(TrackBox { frame: result.frame, id, bbox: result.bbox, ignored: false });
        }
    }
    // Without identities these are detections, to be judged as such only.
    let track = tasks.track && (nothing_found || !sayings.tracks.is_empty());
    Ok((ClipTasks { track, events: false, ..tasks }, sayings))
}

fn nothing_to_judge(file: &Path, what: &str, item: &str) -> BadRequest {
    let file = file.display();
    BadRequest::new(format!(
        "--predictions: `{file}` holds {what}, and item `{item}` has none to judge them by"
    ))
}

/// How much of the clip is looked at, from the dataset alone: results made elsewhere need no media.
fn extent(clip: &Clip, item: &str, limit: Option<u64>) -> anyhow::Result<Extent> {
    let (Some(frames), Some(fps)) = (clip.frames, clip.fps) else {
        bail!("item `{item}`: frames, fps: missing, expected both where results from elsewhere are scored");
    };
    let frames = limit.map_or(frames, |limit| u32::try_from(limit).unwrap_or(u32::MAX).min(frames));
    let duration = Duration::from_secs_f64(f64::from(frames) / fps);
    Ok(Extent { frames, duration, limited: limit.is_some() })
}

impl Sayings {
    /// Forgets what was said about the time after a limit.
    fn end_at(&mut self, extent: &Extent) {
        if extent.limited {
            let end_s = extent.duration.as_secs_f64();
            self.detections.retain(|frame, _| *frame <= extent.frames);
            self.tracks.retain(|found| found.frame <= extent.frames);
            self.events.retain(|event| event.at_s <= end_s);
        }
    }
}

fn picture_results(
    file: &Path,
    text: &str,
    set: &PictureSet,
    class_for: &dyn Fn(&str) -> String,
    part: Range<usize>,
) -> anyhow::Result<Vec<detection::PictureMatches>> {
    let results =
        truth::coco::read_results(file, text, &set.truth).map_err(|error| BadRequest::new(chain(&error)))?;
    let names: BTreeMap<i64, String> =
        set.truth.categories.iter().map(|category| (category.id, class_for(&category.name))).collect();
    let mut found: BTreeMap<i64, Vec<FoundBox>> = BTreeMap::new();
    for result in results {
        let Some(class) = names.get(&result.category_id) else { continue };
        let list = found.entry(result.image_id).or_default();
        list.push(FoundBox { class: class.clone(), score: result.score, bbox: result.bbox });
    }
    let pictures = set.pictures[part].iter();
    Ok(pictures
        .map(|picture| {
            let found = found.get(&picture.id).map_or(&[][..], Vec::as_slice);
            detection::match_picture(&set.classes, &true_boxes(picture), found)
        })
        .collect())
}

fn plate_results(
    file: &Path,
    text: &str,
    samples: &[PlateSample],
) -> anyhow::Result<Vec<plates::PlateOutcome>> {
    let reads = truth::plates::read_results(file, text).map_err(|error| BadRequest::new(chain(&error)))?;
    let reads: BTreeMap<&str, _> = reads.iter().map(|read| (read.file.as_str(), read)).collect();
    Ok(samples
        .iter()
        .map(|sample| {
            let reading = match reads.get(sample.name.as_str()) {
                Some(read) if !read.text.is_empty() => {
                    Reading::Read { text: read.text.clone(), confidence: read.confidence }
                }
                Some(_) => Reading::Rejected { reason: "empty".to_owned() },
                None => Reading::Rejected { reason: "absent".to_owned() },
            };
            plates::match_plate(&true_plate(sample), &reading, None)
        })
        .collect())
}

fn face_results(
    file: &Path,
    text: &str,
    set: &FaceSet,
    limit: usize,
    seed: u64,
) -> anyhow::Result<faces::FaceMatches> {
    let scores = truth::pairs::read_results(file, text).map_err(|error| BadRequest::new(chain(&error)))?;
    let scores: BTreeMap<(&str, &str), f64> =
        scores.iter().map(|pair| ((pair.a.as_str(), pair.b.as_str()), pair.score)).collect();
    let name = |face: usize| set.faces[face].name.as_str();
    let pairs: Vec<Pair> = set.pairs[..limit]
        .iter()
        .map(|pair| Pair {
            a: set.faces[pair.a].identity,
            b: set.faces[pair.b].identity,
            same: pair.same,
            // A pair without a score counts as one that could not be compared.
            score: scores.get(&(name(pair.a), name(pair.b))).copied().unwrap_or(f64::NAN),
            fold: pair.fold,
        })
        .collect();
    Ok(faces::match_faces(&pairs, None, Resampling { seed, replicates: REPLICATES }))
}
