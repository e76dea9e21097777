//! Objects over time: blocks of frames are drawn, given the association that each side found.

use super::TaskChange;
use super::pairing::Both;
use super::resampling::{Measured, Named, resample};
use crate::score::tracking::{self, BlockScores, SequenceMatches};

pub(super) fn change(sequences: &Both<'_, SequenceMatches>, seed: u64) -> Option<TaskChange> {
    if sequences.a.is_empty() {
        return None;
    }
    let blocks: usize = sequences.a.iter().map(|sequence| sequence.blocks.len()).sum();
    let scores: [Named<BlockScores>; 6] = [
        ("mota", |scores| Some(scores.mota)),
        ("motp", |scores| Some(scores.motp)),
        ("idf1", |scores| Some(scores.idf1)),
        ("hota", |scores| Some(scores.hota)),
        ("deta", |scores| Some(scores.deta)),
        ("assa", |scores| Some(scores.assa)),
    ];
    let of_side = |side, weights: &[u32]| tracking::score_blocks(sequences.side(side), weights);
    let once = vec![1; blocks];
    let measured =
        scores.iter().map(|(name, of)| Measured::of(*name, |side| of(&of_side(side, &once)))).collect();
    Some(resample(seed, "blocks", blocks, measured, |side, weights| {
        let drawn = of_side(side, weights);
        scores.iter().map(|(_, of)| of(&drawn).unwrap_or(f64::NAN)).collect()
    }))
}
