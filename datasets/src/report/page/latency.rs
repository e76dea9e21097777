//! How fast it went.

use std::collections::BTreeMap;

use super::scale::Scale;
use super::section::{Section, facts, figure, figures, remark};
use super::svg::{Axis, Plot};
use super::table::Table;
use super::{Results, number};

/// Bars of a histogram, at most.
const BARS: u32 = 40;

pub(super) fn section(results: &Results<'_>) -> Option<Section> {
    let speed = results.document.speed.as_ref()?;
    let throughput = [
        ("Frames and pictures", number::count(speed.frames)),
        ("Wall time", format!("{} s", number::figure(speed.wall_s))),
        ("CPU time", format!("{} s", number::figure(speed.cpu_s))),
        ("Frames per second", number::figure(speed.frames_per_second)),
        ("Frames per CPU-second", number::figure(speed.frames_per_cpu_second)),
    ];
    let mut parts = vec![figure("Throughput", &facts(&throughput))];
    let measured = speed.latency_ms.iter().filter(|(_, bins)| bins.values().any(|count| 0 < *count));
    parts.extend(measured.enumerate().map(|(index, (model, bins))| histogram(index, model, bins)));
    let note = remark(
        "Latency is from a frame in hand to its tracks and passages, one measurement for each frame, on the machine below.",
    );
    Some(Section {
        id: "speed",
        title: "Speed",
        aside: format!("{} frames per CPU-second", number::figure(speed.frames_per_cpu_second)),
        body: figures(&parts) + &note,
    })
}

fn histogram(index: usize, model: &str, bins: &BTreeMap<u32, u64>) -> String {
    let frames: u64 = bins.values().sum();
    let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| quantile_ms(bins, frames, share));
    let (Some((&first, _)), Some((&last, _))) = (bins.first_key_value(), bins.last_key_value()) else {
        return String::new();
    };
    // A few slow frames must not squeeze all others into one bar: what is beyond is summed up in the last.
    let end = last.min(p99.saturating_add(p99 / 2));
    let width = width_ms(end - first.saturating_sub(1).min(end));
    let bar_of = |edge: u32| edge.min(end).saturating_sub(1) / width * width;
    let mut bars: BTreeMap<u32, u64> = BTreeMap::new();
    for (&edge, &count) in bins {
        *bars.entry(bar_of(edge)).or_default() += count;
    }
    let share = |count: u64| count as f64 / frames as f64;
    let (from, to) = (f64::from(bar_of(first)), f64::from(bar_of(end)) + f64::from(width));
    let (id, title) = (format!("latency-{index}"), format!("Latency with {model}"));
    let description = format!("Share of frames by latency, in bins of {width} ms.");
    let mut plot = Plot::new(
        &id,
        &title,
        &description,
        Axis { name: "latency, ms", scale: Scale::Linear { from, to } },
        Axis { name: "share of frames", scale: Scale::around(bars.values().map(|&count| share(count))) },
    );
    let mut data = Table::new(&title, &["From, ms", "To, ms", "Frames"]);
    for (&from, &count) in &bars {
        plot.bar(f64::from(from), f64::from(from) + f64::from(width), share(count));
        let holds_all_beyond = from == bar_of(end) && end < last;
        let to = if holds_all_beyond { last } else { from.saturating_add(width) };
        data.row(&[from.to_string(), to.to_string(), number::count(count)]);
    }
    plot.rule(f64::from(p50), "p50");
    plot.rule(f64::from(p99), "p99");
    let beyond = if end < last { format!(" The last bar goes up to {last} ms.") } else { String::new() };
    let note = format!(
        "{}; p50 {p50} ms, p95 {p95} ms, p99 {p99} ms, each to its full millisecond.{beyond}",
        number::counted(frames, "frame")
    );
    figure(&title, &(plot.finish() + &remark(&note) + &data.behind()))
}

/// Upper edge of the bin that holds the frame which a `share` of all `frames` do not exceed.
fn quantile_ms(bins: &BTreeMap<u32, u64>, frames: u64, share: f64) -> u32 {
    let wanted = (share * frames as f64).ceil() as u64;
    let mut passed = 0;
    let at = bins.iter().find(|(_, count)| {
        passed += **count;
        wanted <= passed
    });
    at.map_or(1, |(&edge, _)| edge)
}

/// A round width, at most [`BARS`] of which cover `length`.
fn width_ms(length: u32) -> u32 {
    let widths = (0..9).flat_map(|power| [1, 2, 5].map(|factor| factor * 10_u32.pow(power)));
    widths.into_iter().find(|width| length.div_ceil(*width) <= BARS).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_upper_edges_of_the_bin_that_holds_them() {
        let bins = BTreeMap::from([(3, 50), (7, 45), (20, 5)]);
        assert_eq!([0.5, 0.51, 0.95, 0.99].map(|share| quantile_ms(&bins, 100, share)), [3, 7, 7, 20]);
    }

    #[test]
    fn bars_are_round_and_few() {
        assert_eq!([0, 1, 40, 41, 90, 500, u32::MAX].map(width_ms), [1, 1, 1, 2, 5, 20, 200_000_000]);
    }

    #[test]
    fn extreme_bins_are_drawn() {
        for bins in [vec![(0, 1)], vec![(1, 5)], vec![(u32::MAX, 1)], vec![(1, 99), (u32::MAX, 1)]] {
            assert!(histogram(0, "m", &bins.into_iter().collect()).contains("class=\"bar\""));
        }
    }
}
