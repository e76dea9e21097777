use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::{Interval, TAIL};

/// Draws with replacement, the same on every platform for the same seed: the bootstrap of B. Efron, "Bootstrap methods:
/// another look at the jackknife", Annals of Statistics 7, 1979.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    random: ChaCha8Rng,
    replicates: usize,
}

impl Bootstrap {
    /// A sequence of draws that depends on `seed` only, of which the caller means to take `replicates`.
    pub fn new(seed: u64, replicates: usize) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        Self { random: ChaCha8Rng::from_seed(key), replicates }
    }

    /// How many draws to take.
    pub fn replicates(&self) -> usize {
        self.replicates
    }

    /// The next draw of `units` out of `units`: how many times each unit came. The multiplicities sum to `units`.
    pub fn weights(&mut self, units: usize) -> Vec<u32> {
        let mut weights = vec![0; units];
        for _ in 0..units {
            weights[self.below(units as u64) as usize] += 1;
        }
        weights
    }

    /// Uniform in `0..bound`, by D. Lemire's multiplication ("Fast random integer generation in an interval", 2019).
    ///
    /// Not left to `rand`, whose way from bits to a range may change with a release: stored scores must come out again.
    fn below(&mut self, bound: u64) -> u64 {
        loop {
            let wide = u128::from(self.random.next_u64()) * u128::from(bound);
            // Refuses the few low words that would make some numbers likelier than others.
            if bound.wrapping_neg() % bound <= wide as u64 {
                return (wide >> 64) as u64;
            }
        }
    }
}

/// From the 2.5 % to the 97.5 % quantile of the replicates of a score; sorts `values`.
///
/// A NaN is a replicate in which the score has no value (it drew no genuine pair, say): it is dropped, and the interval
/// is that of the others. `None` when none is left.
pub fn percentile_interval(values: &mut [f64]) -> Option<Interval> {
    values.sort_unstable_by(f64::total_cmp);
    // A NaN sorts to either end, by its sign.
    let first = values.iter().position(|value| !value.is_nan())?;
    let last = values.iter().rposition(|value| !value.is_nan())?;
    let values = &values[first..=last];
    Some(Interval { low: quantile(values, TAIL)?, high: quantile(values, 1.0 - TAIL)? })
}

/// The `q` quantile of ascending values without NaN, with linear interpolation between neighbours: definition 7 of
/// Hyndman and Fan (1996), numpy's default.
///
/// `None` for no values, and for a `q` outside `[0, 1]`.
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&q) {
        return None;
    }
    let position = q * (sorted.len().checked_sub(1)?) as f64;
    let below = sorted[position.floor() as usize];
    let above = sorted[position.ceil() as usize];
    // Neighbours that are equal may both be infinite, and their difference no number.
    Some(if below == above { below } else { below + (above - below) * position.fract() })
}
