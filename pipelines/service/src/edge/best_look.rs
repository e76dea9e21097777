//! The best look at each followed object so far: a copy of its pixels, kept until its passage can use it.
//!
//! A look's score is `size × sharpness × free share × whole`: the root of the box's area in pixels, the sharpness in
//! `[0, 1)`, the share of the box that no nearer object and no privacy zone covers, and one half where the border of the
//! frame cuts the object. Memory is bounded: [`MAX_TRACKS`] looks of at most [`MAX_PX`] pixels. Sharpness, the one part
//! that reads pixels, is measured only where the others alone could win.

use std::collections::BTreeMap;

use capture::FrameClocks;
use track::Track;
use vision::{FrameBox, FramePoint, FrameRect, FrameView, OwnedPlanes, SizePx, sharpness};

use super::redaction::Redaction;

/// Objects of a camera whose best look is remembered at a time; more are left to their deciding crops.
pub(crate) const MAX_TRACKS: usize = 16;

/// A larger crop is not copied: it would be a picture of its own, 1.5 MB of it in a decoder's format.
pub(crate) const MAX_PX: u64 = 1 << 20;

/// A look replaces the one before when it is this much better: an object that comes nearer must not be copied each frame.
const BETTER: f32 = 1.05;

/// A look is worth another picture when it is this much better than what the passage has already.
const WORTH_A_PICTURE: f32 = 1.25;

/// Deviation of the Laplacian at which sharpness is one half, in levels. Bounded so that size alone can tell when measuring
/// is of no use.
const HALF_SHARP: f32 = 20.0;

/// A box that comes nearer than this to the border of the frame counts as cut by it, in pixels.
const BORDER_PX: f32 = 2.0;

/// Worth of an object of which a part is outside the frame.
const CUT: f32 = 0.5;

/// Points on each side of the grid on which cover is measured.
const COVER_GRID: usize = 12;

/// The best look at one object.
pub(crate) struct BestLook {
    pub(crate) score: f32,
    pub(crate) clocks: FrameClocks,
    /// Where the object was, in pixels of its frame.
    pub(crate) object: FrameBox,
    /// The object with a margin.
    pub(crate) planes: OwnedPlanes,
    /// Which pixels of the frame these are.
    pub(crate) rect: FrameRect,
    pub(crate) frame: SizePx,
    /// People in that frame.
    pub(crate) people: Vec<FrameBox>,
}

/// One frame to look at.
#[derive(Clone, Copy)]
pub(crate) struct Looked<'a> {
    pub(crate) view: FrameView<'a>,
    pub(crate) clocks: &'a FrameClocks,
    /// Every living track.
    pub(crate) tracks: &'a [Track],
    /// People in it.
    pub(crate) people: &'a [FrameBox],
}

/// The best looks of one camera.
#[derive(Default)]
pub(crate) struct BestLooks {
    /// By track.
    looks: BTreeMap<u64, BestLook>,
}

impl BestLooks {
    /// Takes a frame in. `matters` says whether objects of a class may become evidence at all; `margin` of the box's size
    /// on each side belongs to the picture.
    pub(crate) fn watch(
        &mut self,
        frame: Looked<'_>,
        redaction: &Redaction,
        matters: impl Fn(u16) -> bool,
        margin: f32,
    ) {
        for track in frame.tracks.iter().filter(|track| track.confirmed && track.seen_now) {
            let object = track.last_observed.bbox;
            let area = object.grown(margin).clipped(frame.view.size());
            let known = self.looks.get(&track.id).map(|look| look.score);
            let is_room = known.is_some() || self.looks.len() < MAX_TRACKS;
            if !matters(track.class) || !is_room || MAX_PX as f32 <= area.area() {
                continue;
            }
            let bar = known.map_or(0.0, |score| score * BETTER);
            let bound = size_score(&object, frame.view.size());
            if bound <= bar {
                continue;
            }
            let others = nearer_boxes(track.id, &object, frame.tracks);
            let bound = bound * free_share(&object, &others, frame.view.size(), redaction);
            if bound <= bar {
                continue;
            }
            let score = bound * sharpness_score(&frame.view, &object);
            if score <= bar {
                continue;
            }
            let (planes, rect) = frame.view.part(&area);
            let look = BestLook {
                score,
                clocks: *frame.clocks,
                object,
                planes,
                rect,
                frame: frame.view.size(),
                people: frame.people.to_vec(),
            };
            self.looks.insert(track.id, look);
        }
    }

    /// The best look at a track that is worth a picture beside one of score `have`.
    pub(crate) fn worth_beside(&self, track: u64, have: f32) -> Option<&BestLook> {
        self.looks.get(&track).filter(|look| have * WORTH_A_PICTURE < look.score)
    }

    /// Forgets the looks at tracks that are not `wanted`.
    pub(crate) fn retain(&mut self, wanted: impl Fn(u64) -> bool) {
        self.looks.retain(|track, _| wanted(*track));
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.looks.len()
    }
}

/// Score of a look at `object`, the track `id` in this frame.
pub(crate) fn score(frame: Looked<'_>, id: Option<u64>, object: &FrameBox, redaction: &Redaction) -> f32 {
    let others = id.map_or_else(Vec::new, |id| nearer_boxes(id, object, frame.tracks));
    let size = frame.view.size();
    size_score(object, size)
        * free_share(object, &others, size, redaction)
        * sharpness_score(&frame.view, object)
}

/// Size in pixels, less where the frame's border cuts the object.
fn size_score(object: &FrameBox, frame: SizePx) -> f32 {
    let seen = object.clipped(frame);
    let (right, bottom) = (frame.width as f32 - BORDER_PX, frame.height as f32 - BORDER_PX);
    let is_cut =
        object.x0() < BORDER_PX || object.y0() < BORDER_PX || right < object.x1() || bottom < object.y1();
    seen.area().sqrt() * if is_cut { CUT } else { 1.0 }
}

/// In `[0, 1)`.
fn sharpness_score(view: &FrameView<'_>, object: &FrameBox) -> f32 {
    let levels = sharpness(view, object);
    levels / (levels + HALF_SHARP)
}

/// Boxes of other confirmed tracks that stand nearer to the camera: their feet are lower in the picture.
fn nearer_boxes(id: u64, object: &FrameBox, tracks: &[Track]) -> Vec<FrameBox> {
    let nearer = |track: &&Track| track.id != id && track.confirmed && object.y1() < track.bbox.y1();
    tracks.iter().filter(nearer).map(|track| track.bbox).collect()
}

/// The share of `object` that neither `others` nor a privacy zone covers, on a grid of points.
fn free_share(object: &FrameBox, others: &[FrameBox], frame: SizePx, redaction: &Redaction) -> f32 {
    let seen = object.clipped(frame);
    let mut free = 0;
    for row in 0..COVER_GRID {
        for column in 0..COVER_GRID {
            let at = |start: f32, length: f32, index: usize| {
                start + length * (index as f32 + 0.5) / COVER_GRID as f32
            };
            let point =
                FramePoint { x: at(seen.x0(), seen.width(), column), y: at(seen.y0(), seen.height(), row) };
            let is_covered = others.iter().any(|other| {
                other.x0() <= point.x && point.x < other.x1() && other.y0() <= point.y && point.y < other.y1()
            });
            free += u32::from(!is_covered && !redaction.hides(point.normalised(frame)));
        }
    }
    free as f32 / (COVER_GRID * COVER_GRID) as f32
}

#[cfg(test)]
mod tests;
