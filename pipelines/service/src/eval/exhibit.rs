//! Pictures of what went wrong, for the report: kept while the frames pass, chosen when the outcome is known.

use datasets::BoxPx;
use datasets::dataset::{PlateSample, TruePictureBox, TruthPicture};
use datasets::report::{Exhibit, Mistake};
use datasets::score::detection::FoundBox;
use datasets::score::events::{ClipEvents, TrueEvent};
use datasets::score::faces::Pair;
use datasets::score::plates::Reading;
use vision::{FrameBox, Picture, SizePx};

use super::playback::PlayedFrame;
use crate::edge::{Exposure, Redaction};

/// Enough to see what it is, little enough for a page with many.
const JPEG_QUALITY: u8 = 70;

/// An object is missed when nothing of its class covers it by half with at least this score.
const SEEN_SCORE: f64 = 0.3;

const RED: [u8; 3] = [230, 60, 40];

/// Frames of a clip that may be wanted later: at each reported event, and at each true one.
pub(crate) struct Album {
    wanted: bool,
    /// Moments of true events that are still to come, in seconds.
    moments: Vec<f64>,
    /// Moments of true events, and the first frame at or after each.
    of_truth: Vec<(f64, Vec<u8>)>,
    /// In the order the events were reported.
    of_found: Vec<Vec<u8>>,
}

/// What a camera hides in a frame.
#[derive(Clone, Copy)]
pub(crate) struct Hidden<'a> {
    pub(crate) redaction: &'a Redaction,
    /// People in the frame.
    pub(crate) people: &'a [FrameBox],
}

impl Hidden<'_> {
    fn in_picture_of(self, frame: &PlayedFrame, subject: Option<&FrameBox>) -> Picture {
        let people = if self.redaction.blurs_people() { self.people } else { &[] };
        self.redaction.picture(&Exposure::whole(frame.planes.view()), None, subject, people).picture
    }
}

impl Album {
    /// An empty album; it stays empty where no pictures are wanted.
    pub(crate) fn new(wanted: bool, truth: &[TrueEvent]) -> Self {
        let moments = truth.iter().map(TrueEvent::moment_s).collect();
        Self { wanted, moments, of_truth: Vec::new(), of_found: Vec::new() }
    }

    /// Keeps the frame in which an event was reported, with the object marked.
    pub(crate) fn keep_event(&mut self, frame: &PlayedFrame, area: &FrameBox, hidden: Hidden<'_>) {
        if self.wanted {
            let mut picture = hidden.in_picture_of(frame, Some(area));
            picture.draw_box(area, RED, pen(picture.size()));
            self.of_found.push(jpeg(&picture));
        }
    }

    /// Keeps the frame when a true event happens in it.
    pub(crate) fn keep_moment(&mut self, frame: &PlayedFrame, hidden: Hidden<'_>) {
        if !self.wanted {
            return;
        }
        let now = frame.at.as_secs_f64();
        let (due, to_come): (Vec<f64>, Vec<f64>) = self.moments.iter().partition(|moment| **moment <= now);
        self.moments = to_come;
        if due.is_empty() {
            return;
        }
        let picture = jpeg(&hidden.in_picture_of(frame, None));
        self.of_truth.extend(due.into_iter().map(|moment| (moment, picture.clone())));
    }

    /// Pictures of what `events` says went wrong in `item`.
    pub(crate) fn exhibits(self, item: &str, events: &ClipEvents) -> Vec<Exhibit> {
        let false_alarms = events.false_alarms.iter().filter_map(|&index| {
            let event = events.found.get(index)?;
            let rule = event.rule.as_deref().unwrap_or("no rule");
            Some(Exhibit {
                mistake: Mistake::FalseAlarm,
                item: item.to_owned(),
                caption: format!("{} at {:.1} s, {rule}", event.kind, event.at_s),
                weight: -event.at_s,
                jpeg: self.of_found.get(index)?.clone(),
            })
        });
        let missed = events.missed.iter().filter_map(|&index| {
            let event = events.truths.get(index)?;
            let (_, jpeg) = self.of_truth.iter().find(|(moment, _)| *moment == event.moment_s())?;
            Some(Exhibit {
                mistake: Mistake::MissedEvent,
                item: item.to_owned(),
                caption: format!("{} at {:.1} s", event.kind, event.moment_s()),
                weight: -event.moment_s(),
                jpeg: jpeg.clone(),
            })
        });
        false_alarms.chain(missed).collect()
    }
}

/// Objects of `truth` that no detection covers; the larger, the worse.
pub(crate) fn missed_objects(
    item: &str,
    truth: &TruthPicture,
    found: &[FoundBox],
    picture: &Picture,
) -> Vec<Exhibit> {
    let is_seen = |area: &BoxPx, class: &str| {
        found
            .iter()
            .any(|other| other.class == class && SEEN_SCORE <= other.score && 0.5 <= other.bbox.iou(area))
    };
    let missed = truth.boxes.iter().filter(|object| !object.crowd && !is_seen(&object.bbox, &object.class));
    let exhibit = |object: &TruePictureBox| {
        let mut marked = picture.clone();
        marked.draw_box(&frame_box(&object.bbox), RED, pen(picture.size()));
        Exhibit {
            mistake: Mistake::MissedObject,
            item: item.to_owned(),
            caption: format!("{}, {:.0} px high, in {}", object.class, object.bbox.height, truth.name),
            weight: object.bbox.area(),
            jpeg: jpeg(&marked),
        }
    };
    missed.map(exhibit).collect()
}

/// A plate that was not read as it is written.
pub(crate) fn wrong_plate(item: &str, sample: &PlateSample, reading: &Reading, crop: &Picture) -> Exhibit {
    let (caption, weight) = match reading {
        Reading::Read { text, confidence } => {
            (format!("{} read as {text}, sure to {confidence:.2}", sample.text), *confidence)
        }
        Reading::Rejected { reason } => (format!("{} not read: {reason}", sample.text), 0.0),
    };
    Exhibit { mistake: Mistake::WrongPlate, item: item.to_owned(), caption, weight, jpeg: jpeg(crop) }
}

/// The pairs of `pairs` furthest on the wrong side: different people most alike, the same person least alike. `open`
/// gives the pictures of a pair by its place in the list.
pub(crate) fn worst_pairs(
    item: &str,
    pairs: &[Pair],
    open: impl Fn(usize) -> anyhow::Result<(Picture, Picture)>,
) -> anyhow::Result<Vec<Exhibit>> {
    let mut exhibits = Vec::new();
    for (mistake, same) in [(Mistake::FalseMatch, false), (Mistake::FalseNonMatch, true)] {
        let badness = |pair: &Pair| if same { -pair.score } else { pair.score };
        let mut worst: Vec<(usize, &Pair)> =
            pairs.iter().enumerate().filter(|(_, pair)| pair.same == same).collect();
        worst.sort_by(|(_, a), (_, b)| badness(b).total_cmp(&badness(a)));
        for (index, pair) in worst.into_iter().take(datasets::report::EXHIBITS_PER_ITEM) {
            let (a, b) = open(index)?;
            exhibits.push(Exhibit {
                mistake,
                item: item.to_owned(),
                caption: format!("cosine {:.3}", pair.score),
                weight: badness(pair),
                jpeg: jpeg(&side_by_side(&a, &b)?),
            });
        }
    }
    Ok(exhibits)
}

fn side_by_side(a: &Picture, b: &Picture) -> anyhow::Result<Picture> {
    let height = a.size().height.max(b.size().height);
    let width = a.size().width + b.size().width;
    let mut rgb = vec![255; 3 * (width * height) as usize];
    for (picture, left) in [(a, 0), (b, a.size().width)] {
        let row = 3 * picture.size().width as usize;
        for (y, line) in picture.rgb().chunks_exact(row).enumerate() {
            let start = 3 * (y * width as usize + left as usize);
            rgb[start..start + row].copy_from_slice(line);
        }
    }
    Ok(Picture::new(SizePx::new(width, height), rgb)?)
}

/// The box for drawing; one that is none is not drawn.
pub(crate) fn frame_box(area: &BoxPx) -> FrameBox {
    let [left, top, width, height] = [area.left, area.top, area.width, area.height].map(|side| side as f32);
    FrameBox::new(left, top, left + width, top + height).unwrap_or_else(|| FrameBox::whole(SizePx::new(0, 0)))
}

fn pen(size: SizePx) -> u32 {
    (size.width.max(size.height) / 200).max(2)
}

/// Nothing that has come this far is too large for a JPEG; where it is, the report shows an empty frame.
fn jpeg(picture: &Picture) -> Vec<u8> {
    picture.to_jpeg(JPEG_QUALITY).unwrap_or_default()
}
