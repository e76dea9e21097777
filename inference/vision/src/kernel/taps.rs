/// For each target sample: the first of its two neighbouring source samples, and their weights.
#[derive(Clone, Debug)]
pub(crate) struct Taps {
    firsts: Vec<u32>,
    /// Weight of the first in the low half, of the second in the high half; they add up to 256.
    weights: Vec<u32>,
    /// Invariant: above every one of `firsts` by two or more.
    reach: usize,
}

impl Taps {
    /// Takes pairs of a first sample and the weight of the second, at most 256.
    pub(crate) fn new(taps: impl Iterator<Item = (usize, u16)>) -> Self {
        let (firsts, weights): (Vec<u32>, Vec<u32>) = taps
            .map(|(first, weight)| {
                debug_assert!(weight <= 256);
                (first as u32, u32::from(256 - weight) | u32::from(weight) << 16)
            })
            .unzip();
        let reach = firsts.iter().max().map_or(0, |&first| first as usize + 2);
        Self { firsts, weights, reach }
    }

    /// Number of target samples.
    pub(crate) fn len(&self) -> usize {
        self.firsts.len()
    }

    /// Source samples that must be there, the second of a pair included even where its weight is zero.
    pub(crate) fn reach(&self) -> usize {
        self.reach
    }

    /// First source sample and weight of the second, out of 256.
    pub(crate) fn get(&self, index: usize) -> (usize, u16) {
        (self.firsts[index] as usize, (self.weights[index] >> 16) as u16)
    }

    /// First source samples, as many as weights.
    pub(super) fn firsts(&self) -> &[u32] {
        &self.firsts
    }

    /// Packed weights.
    pub(super) fn weights(&self) -> &[u32] {
        &self.weights
    }
}
