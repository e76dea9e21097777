use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::degrade::noise;

/// The source of all chance in one picture: depends on the seed and the picture's number alone, so that picture 7 is the
/// same picture however many are made before it.
#[derive(Clone, Debug)]
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// For picture `index` of the set that `seed` makes.
    pub fn new(seed: u64, index: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(index);
        Self(rng)
    }

    /// Another source that follows from this one; what is drawn from it leaves this one as it is.
    pub(super) fn split(&mut self) -> Self {
        Self(ChaCha8Rng::seed_from_u64(self.0.next_u64()))
    }

    /// A number in `[0, 1)`, uniform.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number in `[low, high)`, uniform.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with this probability.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A whole number below `limit`; 0 for a limit of 0.
    pub fn below(&mut self, limit: usize) -> usize {
        // The bias, limit / 2^64, shows in no picture.
        ((u128::from(self.0.next_u64()) * limit as u128) >> 64) as usize
    }

    /// One of `choices`, which must not be empty.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// One of the characters of `choices`, which are ASCII and not none.
    pub fn letter(&mut self, choices: &str) -> char {
        char::from(*self.pick(choices.as_bytes()))
    }

    /// As many normally distributed values as a row of a picture may need, see [`noise::run`].
    pub(super) fn noise_run(&mut self) -> &'static [i8] {
        noise::run(&mut self.0)
    }
}
