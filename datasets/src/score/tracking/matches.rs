//! What is kept of a matched sequence.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::THRESHOLDS;
use super::clear::Coverage;
use super::correspondence::Correspondence;
use super::sequence::Sequence;

/// Matching of one sequence: all that scores need, nothing per frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SequenceMatches {
    /// Length of the sequence.
    pub frames: u32,
    /// Frames in each block but the last, which may be shorter.
    pub block_frames: NonZeroU32,
    /// True objects.
    pub true_identities: u32,
    /// Found tracks of which a box is left once ignored ones are dropped.
    pub found_identities: u32,
    /// How much of each true object's life was found.
    pub coverage: Coverage,
    /// Changes of identity as `motmetrics` counts them.
    pub correspondence: Correspondence,
    /// Per threshold of HOTA: over matches, the sum of the share of the true object's boxes that this track has.
    pub association_recall: [f64; THRESHOLDS],
    /// Per threshold of HOTA: over matches, the sum of the share of the track's boxes that this true object has.
    pub association_precision: [f64; THRESHOLDS],
    /// In order of time; together the whole sequence.
    pub blocks: Vec<Block>,
}

/// Sums over some frames in a row; they add up over blocks and over sequences.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// True boxes.
    pub objects: u32,
    /// Found boxes.
    pub predictions: u32,
    /// CLEAR-MOT: true boxes that were found.
    pub tp: u32,
    /// CLEAR-MOT: true objects that were found under another id than when they were last found.
    pub ids: u32,
    /// CLEAR-MOT: IoU of all that was found.
    pub iou: f64,
    /// Identity: true boxes found by the track that the object has over the whole sequence.
    pub idtp: u32,
    /// HOTA, per threshold: true boxes that were found.
    pub hota_tp: [u32; THRESHOLDS],
    /// HOTA, per threshold: over what was found, the sum of A(c), with association over the whole sequence.
    pub association: [f64; THRESHOLDS],
    /// HOTA, per threshold: IoU of all that was found.
    pub hota_iou: [f64; THRESHOLDS],
}

impl Block {
    /// Whether a block of some sequence can hold this: no more hits than there are boxes on either side.
    pub(crate) fn is_possible(&self) -> bool {
        let most = self.objects.min(self.predictions);
        let hits = [self.tp, self.idtp].into_iter().chain(self.hota_tp).all(|hits| hits <= most);
        let sums = std::iter::once(self.iou).chain(self.association).chain(self.hota_iou);
        hits && self.ids <= self.tp && sums.into_iter().all(f64::is_finite)
    }
}

/// Blocks of a sequence while it is matched.
pub(super) struct Blocks {
    block_frames: usize,
    blocks: Vec<Block>,
}

impl Blocks {
    /// With the boxes of `sequence` counted.
    pub(super) fn new(sequence: &Sequence, block_frames: NonZeroU32) -> Self {
        let block_frames = block_frames.get() as usize;
        let count = sequence.frame_count().div_ceil(block_frames);
        let mut blocks = Self { block_frames, blocks: vec![Block::default(); count] };
        for (at, frame) in sequence.frames().enumerate() {
            let block = blocks.of_frame(at);
            block.objects += frame.truth.len() as u32;
            block.predictions += frame.found.len() as u32;
        }
        blocks
    }

    /// The block of the frame, counted from 0.
    pub(super) fn of_frame(&mut self, frame: usize) -> &mut Block {
        &mut self.blocks[frame / self.block_frames]
    }

    pub(super) fn into_inner(self) -> Vec<Block> {
        self.blocks
    }
}
