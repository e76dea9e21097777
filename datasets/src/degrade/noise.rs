use std::sync::OnceLock;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Binary logarithm of the standard deviation of the table's values.
pub(crate) const SIGMA_BITS: u32 = 5;

/// Standard deviation of the table's values.
const SIGMA: i32 = 1 << SIGMA_BITS;

/// Places in the table at which a run may start.
const STARTS: usize = 1 << 16;

/// Values in a run.
pub(crate) const RUN: usize = 1 << 10;

/// A run of [`RUN`] normally distributed values, mean 0 and standard deviation 2 to the [`SIGMA_BITS`], from a random place of a
/// table: white along a row, and with no pattern from row to row, because each run starts elsewhere.
pub(crate) fn run(rng: &mut ChaCha8Rng) -> &'static [i8] {
    static TABLE: OnceLock<Vec<i8>> = OnceLock::new();
    let start = rng.next_u32() as usize % STARTS;
    &TABLE.get_or_init(table)[start..start + RUN]
}

fn table() -> Vec<i8> {
    // Any seed: what is random is where runs start.
    let mut rng = ChaCha8Rng::seed_from_u64(0x006e_6f69_7365);
    let normal = |bytes: [u8; 8]| {
        // Sum of eight uniform values: mean 1020, variance 8 · (256² − 1) / 12 = 209².
        let sum: i32 = bytes.into_iter().map(i32::from).sum();
        let scaled = (sum - 1020) * SIGMA;
        ((scaled + scaled.signum() * 104) / 209).clamp(-127, 127) as i8
    };
    (0..STARTS + RUN).map(|_| normal(rng.next_u64().to_le_bytes())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_normal() {
        let table = table();
        let moment = |power: i32| {
            let sum: f64 = table.iter().map(|&value| (f64::from(value) / f64::from(SIGMA)).powi(power)).sum();
            sum / table.len() as f64
        };
        // Mean 0, variance 1, no skew; the sum of eight falls short of the normal kurtosis 3 by 6 / (5 · 8).
        assert!(moment(1).abs() < 0.02 && (moment(2) - 1.0).abs() < 0.02, "{} {}", moment(1), moment(2));
        assert!(moment(3).abs() < 0.04 && (moment(4) - 2.85).abs() < 0.1, "{} {}", moment(3), moment(4));
    }
}
