//! COCO detection scores: average precision and recall over ten overlaps, four ranges of area and a limit on detections.
//!
//! The definition is COCO's (Lin et al., "Microsoft COCO: Common Objects in Context", 2014) as `pycocotools` computes it
//! for boxes, to the ninth digit. [`match_picture`] pairs detections with ground truth in one picture;
//! [`PictureMatches`] is what a run stores of it, and all scores come from that alone.

mod thresholds;

mod matches;
mod matching;

mod ranking;

mod curves;
mod resampler;
mod scores;

pub use curves::{HeightBin, precision_recall, recall_by_height};
pub use matches::{ClassMatches, FoundMatch, PictureMatches, TruthMatch};
pub use matching::{FoundBox, TruthBox, match_picture};
pub use resampler::{Headline, Resampler};
pub use scores::{ClassScores, DetectionScores, score};
pub use thresholds::{AreaRange, IouThreshold};

#[cfg(test)]
mod tests;
