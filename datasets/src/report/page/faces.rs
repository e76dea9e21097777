//! Pairs of faces.

use super::scale::Scale;
use super::section::{Section, facts, figure, figures, remark};
use super::svg::{Axis, Plot, Sample, legend};
use super::table::Table;
use super::{Results, number};
use crate::score::faces::{FMR_LEVELS, FaceScores, Source, Verification};
use crate::score::interval::rule_of_three;

/// Points of the curve that its table shows, about.
const POINTS: usize = 24;

pub(super) fn section(results: &Results<'_>) -> Option<Section> {
    let scores = results.headline.faces.as_ref()?;
    let found = &scores.verification;
    let mut parts = vec![levels(found), others(scores)];
    if !found.det.is_empty() {
        parts.insert(0, det(found));
    }
    let body = figures(&parts)
        + &remark(
            "FMR is the share of comparisons of two people that are accepted, FNMR the share of comparisons of one person \
             that are refused. Intervals come from a bootstrap over people. With no false match in n comparisons only an \
             FMR below 3/n is proved at 95\u{a0}% (rule of three).",
        );
    Some(Section {
        id: "faces",
        title: "Faces",
        aside: format!(
            "{} people, {} genuine and {} impostor comparisons",
            number::count(found.identities),
            number::count(found.genuine),
            number::count(found.impostors)
        ),
        body,
    })
}

fn det(found: &Verification) -> String {
    let title = "Detection error trade-off (DET)";
    let (x_from, y_from) = (floor(found.impostors).min(-3), floor(found.genuine).min(-2));
    let mut plot = Plot::new(
        "det",
        title,
        "FNMR by FMR on logarithmic axes; the lower and the further left, the better. False match rates in the shaded \
         region are not proved by this number of comparisons.",
        Axis { name: "false match rate, FMR", scale: Scale::Log { from: x_from, to: 0 } },
        Axis { name: "false non-match rate, FNMR", scale: Scale::Log { from: y_from, to: 0 } },
    );
    let mut entries =
        vec![(Sample::Dot(0), "FNMR at a proved FMR, with its interval".to_owned(), String::new())];
    if let Some(bound) = rule_of_three(found.impostors) {
        plot.shade_below(bound);
        entries.push((
            Sample::Shade,
            "FMR not proved".to_owned(),
            format!("below {}", number::figure(bound)),
        ));
    }
    plot.steps(0, &found.det);
    // What is not proved is not marked as a result.
    for (key, fmr) in FMR_LEVELS.into_iter().filter(|(key, _)| !found.unproved.contains_key(*key)) {
        let Some(&fnmr) = found.fnmr_at.get(key) else { continue };
        if let Some(interval) = found.intervals.get(&format!("fnmr_at.{key}")) {
            plot.whisker(fmr, interval.low, interval.high);
        }
        plot.dot(0, (fmr, fnmr));
    }
    let mut data = Table::new(title, &["FMR", "FNMR"]);
    for &(fmr, fnmr) in found.det.iter().step_by(found.det.len().div_ceil(POINTS)) {
        data.row(&[fmr, fnmr].map(number::figure));
    }
    let note = remark("A rate of 0 lies on the border.");
    figure(title, &(plot.finish() + &legend(&entries) + &note + &data.behind()))
}

/// The decade at or below half a comparison of `total`: lower rates cannot be told from zero.
fn floor(total: u64) -> i32 {
    (0.5 / total.max(1) as f64).log10().floor() as i32
}

fn levels(found: &Verification) -> String {
    let title = "FNMR at FMR";
    let mut table = Table::new(title, &["FMR", "FNMR", "Threshold"]);
    for (key, fmr) in FMR_LEVELS {
        let mark = if found.unproved.contains_key(key) { " *" } else { "" };
        let interval = found.intervals.get(&format!("fnmr_at.{key}"));
        // Numbers and marks of our own: nothing to escape.
        table.html_row(vec![
            number::power_of_ten(fmr.log10().round() as i32) + mark,
            number::known(found.fnmr_at.get(key).copied()) + &number::small_interval(interval),
            number::known(found.threshold_at.get(key).copied()),
        ]);
    }
    let bound = rule_of_three(found.impostors).filter(|_| !found.unproved.is_empty());
    let note = bound.map_or_else(String::new, |bound| {
        remark(&format!(
            "* Not proved: with {} impostor comparisons no FMR below {} can be.",
            number::count(found.impostors),
            number::figure(bound)
        ))
    });
    figure(title, &(table.html() + &note))
}

fn others(scores: &FaceScores) -> String {
    let found = &scores.verification;
    let source = match scores.source {
        Source::AllPairs => "every pair of the set",
        Source::Listed => "the listed pairs",
    };
    let mut rows = vec![(
        "Equal error rate",
        number::known(found.eer) + &number::small_interval(found.intervals.get("eer")),
    )];
    if let Some(accuracy) = scores.accuracy_10fold {
        let error = scores.accuracy_10fold_standard_error;
        rows.push((
            "Ten-fold accuracy",
            number::figure(accuracy)
                + &error.map_or_else(String::new, |error| format!(" ± {}", number::figure(error)))
                + &number::small_interval(found.intervals.get("accuracy_10fold")),
        ));
    }
    rows.extend([
        ("Error rates are of", source.to_owned()),
        ("Listed pairs", number::count(scores.pairs)),
        ("Without a score", number::count(scores.unscored)),
    ]);
    figure("Other figures", &facts(&rows))
}
