//! Objects in pictures: pictures are drawn.

use super::TaskChange;
use super::pairing::{Both, Side};
use super::resampling::{Measured, Named, resample};
use crate::score::detection::{Headline, PictureMatches, Resampler};

pub(super) fn change(pictures: &Both<'_, PictureMatches>, seed: u64) -> Option<TaskChange> {
    let count = pictures.a.len();
    if count == 0 {
        return None;
    }
    let (a, b) = (Resampler::new(&pictures.a), Resampler::new(&pictures.b));
    let headline = |side, weights: &[u32]| match side {
        Side::A => a.headline(weights),
        Side::B => b.headline(weights),
    };
    let once = vec![1; count];
    let scores: [Named<Headline>; 3] =
        [("ap", |scores| scores.ap), ("ap50", |scores| scores.ap50), ("ap75", |scores| scores.ap75)];
    let measured =
        scores.iter().map(|(name, of)| Measured::of(*name, |side| of(&headline(side, &once)))).collect();
    Some(resample(seed, "pictures", count, measured, |side, weights| {
        let headline = headline(side, weights);
        scores.iter().map(|(_, of)| of(&headline).unwrap_or(f64::NAN)).collect()
    }))
}
