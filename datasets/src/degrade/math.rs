//! Transcendental functions from basic arithmetic alone. Those of the standard library come from the platform and
//! differ there in the last bit, which would be enough to turn a grey level.

use std::f64::consts::{LN_2, SQRT_2, TAU};

/// `e^x`, for `|x|` below 700.
pub(crate) fn exp(x: f64) -> f64 {
    let doublings = (x / LN_2).round();
    let rest = x - doublings * LN_2;
    // Taylor series; |rest| <= ln 2 / 2, so that 15 terms leave less than 1e-17.
    let series = (1..=15).rev().fold(1.0, |sum, n| 1.0 + rest * sum / f64::from(n));
    series * f64::from_bits(((1023 + doublings as i64) as u64) << 52)
}

/// Natural logarithm of a normal `x` above 0.
pub(crate) fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut mantissa = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
    if SQRT_2 < mantissa {
        mantissa /= 2.0;
        exponent += 1;
    }
    // 2 artanh z, z <= 0.172.
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let squared = z * z;
    let series = (0..=11).rev().fold(0.0, |sum, n| sum * squared + 1.0 / f64::from(2 * n + 1));
    exponent as f64 * LN_2 + 2.0 * z * series
}

/// `base^exponent`, 0 for a base of 0.
pub(crate) fn pow(base: f64, exponent: f64) -> f64 {
    if base == 0.0 { 0.0 } else { exp(exponent * ln(base)) }
}

/// Sine of an angle in turns.
pub(crate) fn sin_turns(turns: f64) -> f64 {
    let mut turn = turns - turns.round();
    if 0.25 < turn {
        turn = 0.5 - turn;
    } else if turn < -0.25 {
        turn = -0.5 - turn;
    }
    let (x, squared) = (turn * TAU, (turn * TAU) * (turn * TAU));
    x * (1..=10).rev().fold(1.0, |sum, n| 1.0 - squared * sum / f64::from(2 * n * (2 * n + 1)))
}

/// Cosine of an angle in turns.
pub(crate) fn cos_turns(turns: f64) -> f64 {
    sin_turns(turns + 0.25)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_what_they_are_called() {
        for step in -400..=400 {
            let x = f64::from(step) / 37.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-14, "exp {x}");
            assert!((sin_turns(x) - (x * TAU).sin()).abs() < 1e-13, "sin {x}");
            assert!((cos_turns(x) - (x * TAU).cos()).abs() < 1e-13, "cos {x}");
            let above = x.abs() + 1e-3;
            assert!((ln(above) - above.ln()).abs() < 1e-14, "ln {above}");
            assert!((pow(above, 0.45) - above.powf(0.45)).abs() < 1e-13, "pow {above}");
        }
        assert_eq!((exp(0.0), ln(1.0), pow(0.0, 0.45), pow(8.0, 0.0)), (1.0, 0.0, 0.0, 1.0));
    }
}
