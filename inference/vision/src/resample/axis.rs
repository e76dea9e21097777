use crate::kernel::Taps;

/// For one axis of a resampled picture: where its samples lie between those of the source.
///
/// Target sample `i` of `n` over `[start, start + length)` lies at `start + (i + 0.5) · length / n − 0.5` in source
/// samples, clamped to the outermost ones: pixel centres lie at half-integers, as in OpenCV's `INTER_LINEAR`.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    /// First source sample that is read.
    start: usize,
    /// Source samples that are read, from `start` on.
    len: usize,
    /// From `start` on.
    taps: Taps,
}

impl Axis {
    /// Taps for `target` samples that span `[start, start + length)` of a source of `source` samples; none may be zero.
    pub(super) fn new(source: usize, start: f32, length: f32, target: usize) -> Self {
        let ratio = length / target as f32;
        let last = source.saturating_sub(1) as f32;
        let places =
            || (0..target).map(move |index| (start + (index as f32 + 0.5) * ratio - 0.5).clamp(0.0, last));
        let first_of = |place: f32| place.floor() as usize;
        let from = places().next().map_or(0, first_of);
        let to = places().next_back().map_or(0, first_of);
        let taps = places().map(|place| {
            let first = place.floor();
            (first as usize - from, ((place - first) * 256.0).round() as u16)
        });
        Self { start: from, len: (to + 2).min(source) - from, taps: Taps::new(taps) }
    }

    pub(super) fn start(&self) -> usize {
        self.start
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn taps(&self) -> &Taps {
        &self.taps
    }

    /// The two source samples of target sample `index`, and the weight of the second out of 256.
    pub(super) fn pair(&self, index: usize) -> (usize, usize, u16) {
        let (first, weight) = self.taps.get(index);
        (self.start + first, self.start + (first + 1).min(self.len - 1), weight)
    }
}
