//! Numbers as the page writes them: three significant digits for what was measured, every digit for what was counted.

use crate::score::interval::Interval;

/// Stands for a number that there is not.
pub(super) const NONE: &str = "–";

const MINUS: &str = "\u{2212}";
const THIN_SPACE: char = '\u{202f}';

/// Three significant digits, and all digits left of the point; [`NONE`] for what is not finite.
pub(super) fn figure(value: f64) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{:.2e}", value.abs());
    // The exponent after rounding: 0.9996 is written 1.00.
    let exponent: i32 =
        scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    let digits = match exponent {
        3.. => count(value.abs().round() as u64),
        -4..3 => format!("{:.*}", (2 - exponent) as usize, value.abs()),
        ..-4 => {
            let digits = scientific.split_once('e').map_or("", |(digits, _)| digits);
            format!("{digits}·{}", power_of_ten(exponent))
        }
    };
    format!("{}{digits}", if value < 0.0 { MINUS } else { "" })
}

/// [`figure`] of a number that may be missing.
pub(super) fn known(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), figure)
}

/// All digits, in groups of three.
pub(super) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index != 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(THIN_SPACE);
        }
        grouped.push(digit);
    }
    grouped
}

/// How many of what, in the singular for one: `1 item`, `3 items`.
pub(super) fn counted(value: u64, singular: &str) -> String {
    format!("{} {singular}{}", count(value), if value == 1 { "" } else { "s" })
}

/// A difference, with its sign.
pub(super) fn difference(value: f64) -> String {
    let digits = figure(value);
    if 0.0 < value { format!("+{digits}") } else { digits }
}

/// `low to high`, or [`NONE`].
pub(super) fn interval(interval: Option<&Interval>) -> String {
    interval.map_or_else(
        || NONE.to_owned(),
        |interval| format!("{} to {}", figure(interval.low), figure(interval.high)),
    )
}

/// The same in small print, as HTML; empty for none.
pub(super) fn small_interval(some: Option<&Interval>) -> String {
    some.map_or_else(String::new, |known| format!(" <small>{}</small>", interval(Some(known))))
}

/// The beginning of a hash: enough to tell files apart, short enough to read.
pub(super) fn hash_prefix(hash: &str) -> String {
    hash.chars().take(12).collect()
}

/// A power of ten.
pub(super) fn power_of_ten(exponent: i32) -> String {
    if exponent == 0 {
        return "1".to_owned();
    }
    let superscript = |character| match character {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    };
    format!("10{}", exponent.to_string().chars().map(superscript).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_numbers_have_three_significant_digits() {
        let numbers = [
            (0.0, "0"),
            (0.50458, "0.505"),
            (0.9996, "1.00"),
            (1.0, "1.00"),
            (-0.0521, "−0.0521"),
            (12.345, "12.3"),
            (999.6, "1\u{202f}000"),
            (12345.6, "12\u{202f}346"),
            (0.000_123_4, "0.000123"),
            (0.000_012_34, "1.23·10⁻⁵"),
            (f64::NAN, NONE),
            (f64::INFINITY, NONE),
        ];
        for (number, text) in numbers {
            assert_eq!(figure(number), text);
        }
        assert_eq!(known(None), NONE);
    }

    #[test]
    fn counts_keep_their_digits_and_differences_their_sign() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(count),
            ["0", "999", "1\u{202f}000", "1\u{202f}234\u{202f}567"]
        );
        assert_eq!([0, 1, 2].map(|value| counted(value, "item")), ["0 items", "1 item", "2 items"]);
        assert_eq!([0.25, -0.25, 0.0].map(difference), ["+0.250", "−0.250", "0"]);
        assert_eq!([0, -3, 12].map(power_of_ten), ["1", "10⁻³", "10¹²"]);
    }
}
