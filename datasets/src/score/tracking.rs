//! Tracking scores: CLEAR-MOT, identity (IDF1) and HOTA, equal to `trackeval`'s.
//!
//! [`match_sequence`] compares one clip's tracks with the true ones and keeps sums over blocks of frames; [`score`] sums
//! clips up; [`score_blocks`] sums them with weights, for intervals by bootstrap over time.
//!
//! - CLEAR-MOT: Bernardin and Stiefelhagen, "Evaluating multiple object tracking performance: the CLEAR MOT metrics",
//!   2008, with the continuation rule of `trackeval`: only a match of the frame before is preferred.
//! - Identity: Ristani et al., "Performance measures and a data set for multi-target, multi-camera tracking", 2016.
//! - HOTA: Luiten et al., "HOTA: a higher order metric for evaluating multi-object tracking", 2021.
//! - Transfers, ascends, migrates and the distance form of MOTP: `motmetrics`, with its own correspondence.
//!
//! Which rows of a file count is the reader's business. Conventions of the reference for what is empty, kept here: a
//! fraction whose denominator would be 0 has the denominator 1, so that MOTA without any true box is minus the number of
//! false positives; localisation over no match is 1.

mod matches;
mod scores;

mod boxes;
mod sequence;

mod clear;
mod correspondence;
mod hota;
mod identity;

#[cfg(test)]
mod tests;

use std::num::NonZeroU32;

pub use boxes::{Side, TrackingError};
pub use clear::Coverage;
pub use correspondence::Correspondence;
pub use matches::{Block, SequenceMatches};
pub use scores::{BlockScores, TrackingScores, score, score_blocks};

use crate::BoxPx;
use sequence::Sequence;

/// Number of overlap thresholds of HOTA.
pub const THRESHOLDS: usize = 19;

/// Overlap thresholds of HOTA: 0.05, 0.10 … 0.95.
pub fn thresholds() -> [f64; THRESHOLDS] {
    std::array::from_fn(|step| 0.05 + step as f64 * 0.05)
}

/// One object in one frame, true or found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackBox {
    /// Counted from 1.
    pub frame: u32,
    /// Who it is: the same over all frames of one sequence.
    pub id: u64,
    /// In frame pixels.
    pub bbox: BoxPx,
    /// Only for truth, not read for found boxes: neither to be found nor to be missed.
    ///
    /// Found boxes and all true ones of a frame are paired for the largest total IoU, from 0.5 on; a found box whose
    /// partner is ignored is dropped before scoring. This is how MOTChallenge treats its distractor classes. Ids of
    /// ignored boxes are not read.
    pub ignored: bool,
}

/// How a sequence is matched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// From this overlap on a box is found, for CLEAR-MOT and identity; above 0, at most 1. HOTA has its own thresholds.
    pub iou: f64,
    /// Frames in each block of sums. Long enough to make blocks nearly independent of each other: some seconds.
    pub block_frames: NonZeroU32,
}

impl Default for Settings {
    /// IoU 0.5, blocks of 100 frames.
    fn default() -> Self {
        Self { iou: 0.5, block_frames: NonZeroU32::MIN.saturating_add(99) }
    }
}

/// Compares what was found in one sequence of `frames` frames with what was there.
///
/// The order of boxes within a frame decides between pairings that are equally good, as in the reference.
///
/// # Errors
/// When an id is twice in a frame, a frame is 0 or above `frames`, a box is not finite or has a negative side, or
/// `settings.iou` is not in (0, 1].
pub fn match_sequence(
    frames: u32,
    truth: &[TrackBox],
    found: &[TrackBox],
    settings: Settings,
) -> Result<SequenceMatches, TrackingError> {
    if !(0.0 < settings.iou && settings.iou <= 1.0) {
        return Err(TrackingError::Iou { iou: settings.iou });
    }
    let sequence = Sequence::new(frames, truth, found, settings.iou)?;
    let mut blocks = matches::Blocks::new(&sequence, settings.block_frames);
    let coverage = clear::add(&sequence, settings.iou, &mut blocks);
    identity::add(&sequence, settings.iou, &mut blocks);
    let association = hota::add(&sequence, &mut blocks);
    Ok(SequenceMatches {
        frames,
        block_frames: settings.block_frames,
        true_identities: sequence.truth_boxes.len() as u32,
        found_identities: sequence.found_boxes.iter().filter(|&&boxes| 0 < boxes).count() as u32,
        coverage,
        correspondence: correspondence::count(&sequence, settings.iou),
        association_recall: association.recall,
        association_precision: association.precision,
        blocks: blocks.into_inner(),
    })
}
