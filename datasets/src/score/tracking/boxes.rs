//! The boxes of one side of a sequence: checked, and put in order of frames.

use std::fmt;

use super::TrackBox;
use crate::BoxPx;

/// Why a sequence was not scored.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrackingError {
    /// The sequence has no such frame.
    #[error("{side} box of id {id} is in frame {frame}, expected 1 to {frames}")]
    Frame {
        /// Which boxes.
        side: Side,
        /// Who it is.
        id: u64,
        /// As given.
        frame: u32,
        /// Length of the sequence.
        frames: u32,
    },
    /// One object cannot be at two places.
    #[error("{side} id {id} is twice in frame {frame}, expected once at most")]
    TwiceInFrame {
        /// Which boxes.
        side: Side,
        /// Who it is.
        id: u64,
        /// Counted from 1.
        frame: u32,
    },
    /// A box that no score can be computed from.
    #[error(
        "{side} box of id {id} in frame {frame} is {bbox:?}, expected finite values and no negative side"
    )]
    Box {
        /// Which boxes.
        side: Side,
        /// Who it is.
        id: u64,
        /// Counted from 1.
        frame: u32,
        /// As given.
        bbox: BoxPx,
    },
    /// The overlap from which on a box is found.
    #[error("`iou` is {iou}, expected above 0 and at most 1")]
    Iou {
        /// As given.
        iou: f64,
    },
}

/// Which boxes of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What was there.
    Truth,
    /// What was found.
    Found,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truth => "true",
            Self::Found => "found",
        })
    }
}

/// Boxes of one side in order of frames, and as given within a frame.
pub(super) struct Ordered {
    entries: Vec<Entry>,
    /// Start of each frame in `entries`, and the end of the last.
    starts: Vec<usize>,
    pub(super) identities: usize,
}

/// One box.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) identity: u32,
    pub(super) ignored: bool,
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
    area: f64,
}

impl Ordered {
    pub(super) fn new(side: Side, frames: u32, boxes: &[TrackBox]) -> Result<Self, TrackingError> {
        let ignores = |item: &TrackBox| side == Side::Truth && item.ignored;
        let mut starts = vec![0; frames as usize + 1];
        for item in boxes {
            check(side, frames, item)?;
            starts[item.frame as usize] += 1;
        }
        for frame in 1..starts.len() {
            starts[frame] += starts[frame - 1];
        }
        let mut ids: Vec<_> = boxes.iter().filter(|item| !ignores(item)).map(|item| item.id).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut order: Vec<_> = (0..boxes.len()).collect();
        order.sort_by_key(|&at| boxes[at].frame);
        let mut last_frame = vec![0; ids.len()];
        let mut entries = Vec::with_capacity(boxes.len());
        for item in order.into_iter().map(|at| &boxes[at]) {
            let ignored = ignores(item);
            let identity = if ignored { 0 } else { ids.partition_point(|&id| id < item.id) };
            if !ignored && std::mem::replace(&mut last_frame[identity], item.frame) == item.frame {
                return Err(TrackingError::TwiceInFrame { side, id: item.id, frame: item.frame });
            }
            entries.push(Entry::new(identity as u32, ignored, &item.bbox));
        }
        Ok(Self { entries, starts, identities: ids.len() })
    }

    /// Counted from 0.
    pub(super) fn frame(&self, frame: usize) -> &[Entry] {
        &self.entries[self.starts[frame]..self.starts[frame + 1]]
    }
}

fn check(side: Side, frames: u32, item: &TrackBox) -> Result<(), TrackingError> {
    let &TrackBox { frame, id, bbox, .. } = item;
    if frame == 0 || frames < frame {
        return Err(TrackingError::Frame { side, id, frame, frames });
    }
    let BoxPx { left, top, width, height } = bbox;
    let finite = [left, top, left + width, top + height].iter().all(|edge| edge.is_finite());
    if finite && 0.0 <= width && 0.0 <= height {
        Ok(())
    } else {
        Err(TrackingError::Box { side, id, frame, bbox })
    }
}

impl Entry {
    fn new(identity: u32, ignored: bool, bbox: &BoxPx) -> Self {
        let (right, bottom) = (bbox.left + bbox.width, bbox.top + bbox.height);
        // From the edges and not from the sides: rounding decides at thresholds and between equal pairings.
        let area = (right - bbox.left) * (bottom - bbox.top);
        Self { identity, ignored, left: bbox.left, top: bbox.top, right, bottom, area }
    }

    /// As the reference rounds it, so not [`BoxPx::iou`]; 0 when either box has no area.
    pub(super) fn iou(&self, other: &Self) -> f64 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        let shared = width.max(0.0) * height.max(0.0);
        let union = self.area + other.area - shared;
        if self.area <= f64::EPSILON || other.area <= f64::EPSILON || union <= f64::EPSILON {
            return 0.0;
        }
        shared / union
    }
}
