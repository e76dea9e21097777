//! Small drawings without labels that stretch with their table cell or card: places are shares of the width.

use super::scale::Scale;
use crate::score::interval::Interval;

/// A bar from zero to `value`, with its interval as a whisker and `reference` as a line across.
pub(super) fn bar(scale: Scale, value: f64, interval: Option<Interval>, reference: Option<f64>) -> String {
    let (zero, end) = (scale.place(0.0), scale.place(value));
    let (left, width) = (percent(zero.min(end)), percent((end - zero).abs()));
    let whisker = interval.map_or_else(String::new, |interval| {
        let (low, high) = (percent(scale.place(interval.low)), percent(scale.place(interval.high)));
        format!(
            "<line class=\"whisker\" x1=\"{low}\" x2=\"{high}\" y1=\"7\" y2=\"7\"/>\
             <line class=\"whisker\" x1=\"{low}\" x2=\"{low}\" y1=\"3.5\" y2=\"10.5\"/>\
             <line class=\"whisker\" x1=\"{high}\" x2=\"{high}\" y1=\"3.5\" y2=\"10.5\"/>"
        )
    });
    let reference = reference.map_or_else(String::new, |value| {
        let x = percent(scale.place(value));
        format!("<line class=\"reference\" x1=\"{x}\" x2=\"{x}\" y1=\"-1\" y2=\"15\"/>")
    });
    format!(
        "<svg class=\"gauge\" height=\"14\" aria-hidden=\"true\"><rect class=\"track\" width=\"100%\" y=\"2\" height=\"10\"/>\
         <rect class=\"fill\" x=\"{left}\" width=\"{width}\" y=\"2\" height=\"10\"/>{reference}{whisker}</svg>"
    )
}

/// A value as a dot in its interval, on a line as long as the scale.
pub(super) fn range(scale: Scale, value: f64, interval: Option<Interval>) -> String {
    let band = interval.map_or_else(String::new, |interval| {
        let (low, high) = (scale.place(interval.low), scale.place(interval.high));
        format!(
            "<rect class=\"band\" x=\"{}\" width=\"{}\" y=\"4\" height=\"8\" rx=\"1.5\"/>",
            percent(low),
            percent((high - low).max(0.004))
        )
    });
    format!(
        "<svg class=\"gauge\" height=\"16\" aria-hidden=\"true\">\
         <line class=\"track\" x1=\"0\" x2=\"100%\" y1=\"8\" y2=\"8\"/>{band}\
         <circle class=\"value\" cx=\"{}\" cy=\"8\" r=\"3.5\"/></svg>",
        percent(scale.place(value))
    )
}

/// One dot for each of `values`, and a line across at zero.
pub(super) fn strip(scale: Scale, values: &[f64]) -> String {
    let zero = percent(inset(scale.place(0.0)));
    let dot = |value: &f64| {
        let x = percent(inset(scale.place(*value)));
        format!("<circle class=\"value\" cx=\"{x}\" cy=\"11\" r=\"4\"/>")
    };
    format!(
        "<svg class=\"gauge strip\" height=\"22\" aria-hidden=\"true\">\
         <line class=\"track\" x1=\"0\" x2=\"100%\" y1=\"11\" y2=\"11\"/>\
         <line class=\"zero\" x1=\"{zero}\" x2=\"{zero}\" y1=\"1\" y2=\"21\"/>{}</svg>",
        values.iter().map(dot).collect::<String>()
    )
}

/// Labels below a column of strips.
pub(super) fn strip_axis(scale: Scale) -> String {
    let label = |(value, label): (f64, String)| {
        let place = scale.place(value);
        let x = percent(inset(place));
        // The outermost labels stay within the column.
        let (anchor, at) = match place {
            ..0.05 => ("start", 0.0),
            0.95.. => ("end", 1.0),
            _ => ("middle", inset(place)),
        };
        format!(
            "<line class=\"track\" x1=\"{x}\" x2=\"{x}\" y1=\"0\" y2=\"5\"/>\
             <text class=\"tick\" x=\"{}\" y=\"17\" text-anchor=\"{anchor}\">{label}</text>",
            percent(at)
        )
    };
    format!(
        "<svg class=\"gauge\" height=\"20\" aria-hidden=\"true\">{}</svg>",
        scale.ticks().into_iter().map(label).collect::<String>()
    )
}

/// Leaves room for half a dot at both ends.
fn inset(place: f64) -> f64 {
    0.02 + 0.96 * place
}

fn percent(share: f64) -> String {
    format!("{:.2}%", 100.0 * share)
}
