//! Quantiles of the gamma distribution with a whole-numbered shape and scale 1: what exact Poisson limits are made of.

use std::f64::consts::PI;

/// `x` with `P(X <= x) = probability` for `X` of the gamma distribution of `shape` (at least 1) and scale 1.
///
/// Newton's method from the cube-root approximation of Wilson and Hilferty (1931), inside a bracket.
pub(super) fn quantile(shape: u64, probability: f64) -> f64 {
    let z = if probability < 0.5 { -super::Z } else { super::Z };
    let a = shape as f64;
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut x = a * (1.0 - 1.0 / (9.0 * a) + z / (3.0 * a.sqrt())).max(0.1).powi(3);
    // Converges in about five steps; the bound is for the last bit, which may swing for ever.
    for _ in 0..64 {
        let error = lower(shape, x) - probability;
        if error == 0.0 {
            break;
        }
        *(if error < 0.0 { &mut low } else { &mut high }) = x;
        // The density is P's slope: x^(a-1) e^-x / Gamma(a).
        let mut next = x - error / (poisson(shape, x) * a / x);
        if !(low < next && next < high) {
            next = if high.is_finite() { f64::midpoint(low, high) } else { 2.0 * x };
        }
        let moved = (next - x).abs();
        x = next;
        if moved <= f64::EPSILON * x {
            break;
        }
    }
    x
}

/// The regularised lower incomplete gamma function `P(shape, x)`: by its series below the mean, as the complement of
/// Legendre's continued fraction above (Abramowitz and Stegun 6.5.29 and 6.5.31).
fn lower(shape: u64, x: f64) -> f64 {
    let a = shape as f64;
    let front = poisson(shape, x);
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0, 1.0, a);
        while f64::EPSILON * 0.1 * sum < term {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        front * sum
    } else {
        1.0 - front * a * continued_fraction(a, x)
    }
}

/// `Q(a, x) Gamma(a) e^x x^-a`, for `x` above `a + 1`, by Lentz's method.
fn continued_fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = f64::INFINITY;
    let mut d = 1.0 / b;
    let mut value = d;
    let mut i = 0.0;
    loop {
        i += 1.0;
        let numerator = -i * (i - a);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        let factor = c * d;
        value *= factor;
        // For a whole `a` the fraction ends there.
        if (factor - 1.0).abs() <= f64::EPSILON || i == a {
            return value;
        }
    }
}

/// `x^n e^-x / n!` for `n` of at least 1, in the saddle-point form that loses no digits for a large `n` (C. Loader,
/// "Fast and accurate computation of binomial probabilities", 2000).
fn poisson(n: u64, x: f64) -> f64 {
    let a = n as f64;
    (-stirling_error(n) - deviance(a, x)).exp() / (2.0 * PI * a).sqrt()
}

/// `a ln(a / x) + x - a`, by a series where the terms would cancel.
fn deviance(a: f64, x: f64) -> f64 {
    let v = (a - x) / (a + x);
    if v.abs() < 0.1 {
        // ln(a / x) = 2 artanh(v), so the whole is (a - x) v + 2 a (v^3/3 + v^5/5 + ...).
        let mut sum = (a - x) * v;
        let mut power = 2.0 * a * v;
        let mut k = 1.0;
        loop {
            power *= v * v;
            k += 2.0;
            let next = sum + power / k;
            if next == sum {
                return sum;
            }
            sum = next;
        }
    }
    a * (a / x).ln() + x - a
}

/// `ln(n!)` less Stirling's formula `(n + 1/2) ln n - n + ln(2 pi) / 2`.
fn stirling_error(n: u64) -> f64 {
    let a = n as f64;
    if n < 16 {
        let factorial: u64 = (1..=n).product();
        return (factorial as f64).ln() - ((a + 0.5) * a.ln() - a + 0.5 * (2.0 * PI).ln());
    }
    // Abramowitz and Stegun 6.1.41; the first term left out is below 1e-15 at 16.
    let s = 1.0 / (a * a);
    (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s / 1188.0)))) / a
}
