//! Objects in pictures.

use std::cmp::Reverse;

use super::scale::Scale;
use super::section::{Section, figure, figures, remark, wide_figure};
use super::svg::{Axis, Plot, Sample, legend};
use super::table::{Bar, Bars, Table, bars};
use super::{Results, number};
use crate::report::DetectReport;
use crate::score::detection::{HeightBin, IouThreshold, PictureMatches, precision_recall, recall_by_height};

/// Classes with a curve of their own, those with the most objects.
const CURVES: usize = 4;
/// Classes with a bar.
const BARS: usize = 12;
/// From this score on a detection counts where recall is told by height.
const SEEN_SCORE: f64 = 0.3;
/// Edges of the ranges of height.
const HEIGHTS_PX: [f64; 8] = [0.0, 16.0, 32.0, 64.0, 96.0, 128.0, 256.0, f64::INFINITY];

pub(super) fn section(results: &Results<'_>) -> Option<Section> {
    let report = results.headline.detect.as_ref()?;
    let pictures: Vec<&PictureMatches> = results.units.iter().flat_map(|unit| &unit.detect).collect();
    let scores = &report.scores;
    let body = figures(&[
        curves(&pictures, report),
        twelve(report),
        per_class(report),
        by_height(&recall_by_height(&pictures, None, SEEN_SCORE, &HEIGHTS_PX)),
    ]) + &remark(
        "Scores are COCO's: means over ten overlaps and over the classes, with at most 100 detections of a class in each \
         picture. Intervals come from a bootstrap over pictures.",
    );
    Some(Section {
        id: "detection",
        title: "Detection",
        aside: format!(
            "{}, {}, {}",
            number::counted(scores.truths, "object"),
            number::counted(scores.detections, "detection"),
            number::counted(scores.pictures, "picture")
        ),
        body,
    })
}

/// Names of the classes that have objects, those with the most first.
fn main_classes(report: &DetectReport) -> Vec<&str> {
    let mut classes: Vec<(&str, u64)> = report
        .scores
        .per_class
        .iter()
        .map(|(name, scores)| (name.as_str(), scores.truths))
        .filter(|class| 0 < class.1)
        .collect();
    // Stable: classes with equally many objects stay in the order of their names.
    classes.sort_by_key(|class| Reverse(class.1));
    classes.into_iter().map(|class| class.0).collect()
}

fn curves(pictures: &[&PictureMatches], report: &DetectReport) -> String {
    let classes = main_classes(report);
    let mut names = vec![("all classes", None)];
    // The curve of the only class is the curve of all.
    if 1 < classes.len() {
        names.extend(classes.iter().take(CURVES).map(|class| (*class, Some(*class))));
    }
    let curves: Vec<(&str, Vec<(f64, f64)>)> = names
        .into_iter()
        .map(|(name, class)| (name, precision_recall(pictures, class, IouThreshold::AT_50)))
        .collect();
    let title = "Precision by recall at IoU 0.50";
    let mut plot = Plot::new(
        "precision-recall",
        title,
        "One line for all classes together and one for each main class; the higher and the further right, the better.",
        Axis { name: "recall", scale: Scale::UNIT },
        Axis { name: "precision", scale: Scale::UNIT },
    );
    let mut entries = Vec::new();
    let mut head = vec!["Recall"];
    for (series, (name, points)) in curves.iter().enumerate() {
        plot.line(series, points);
        let mean = points.iter().map(|point| point.1).sum::<f64>() / points.len() as f64;
        entries.push((Sample::Line(series), (*name).to_owned(), format!("AP50 {}", number::figure(mean))));
        head.push(name);
    }
    let mut data = Table::new(title, &head);
    // Of the 101 recalls those that a person would read.
    for index in (0..=100).step_by(10) {
        let mut row = vec![number::figure(index as f64 / 100.0)];
        row.extend(curves.iter().map(|(_, points)| number::known(points.get(index).map(|point| point.1))));
        data.row(&row);
    }
    figure(title, &(plot.finish() + &legend(&entries) + &data.behind()))
}

fn per_class(report: &DetectReport) -> String {
    let classes = main_classes(report);
    let shown =
        classes.iter().take(BARS).filter_map(|name| Some((name, report.scores.per_class.get(*name)?)));
    let rows: Vec<Bar> = shown
        .map(|(name, scores)| Bar {
            label: (*name).to_owned(),
            value: scores.ap,
            interval: None,
            note: number::count(scores.truths),
        })
        .collect();
    let about = Bars {
        caption: "Average precision of each class",
        head: ["Class", "AP", "Objects"],
        scale: Scale::UNIT,
        reference: report.scores.ap,
    };
    let mut body = bars(about, &rows);
    if rows.len() < classes.len() {
        let rest = classes.len() - rows.len();
        body += &remark(&format!("Not shown: {rest} with fewer objects."));
    }
    figure("Average precision by class; line: all", &body)
}

fn by_height(bins: &[HeightBin]) -> String {
    let rows: Vec<Bar> = bins
        .iter()
        .map(|bin| Bar {
            label: match (bin.from_px, bin.to_px) {
                (from, to) if to.is_infinite() => format!("{from:.0} and more"),
                (0.0, to) => format!("below {to:.0}"),
                (from, to) => format!("{from:.0} to {to:.0}"),
            },
            value: (0 < bin.truths).then(|| bin.found as f64 / bin.truths as f64),
            interval: None,
            note: number::count(bin.truths),
        })
        .collect();
    let about = Bars {
        caption: "Share of objects found, by their height in pixels",
        head: ["Height, px", "Recall", "Objects"],
        scale: Scale::UNIT,
        reference: None,
    };
    let note = format!(
        "Found: a detection of the class with a score of at least {SEEN_SCORE} matched it at IoU 0.50."
    );
    figure("Recall by height of the object", &(bars(about, &rows) + &remark(&note)))
}

fn twelve(report: &DetectReport) -> String {
    let scores = &report.scores;
    let all = "0.50 to 0.95";
    let rows = [
        ("AP", all, "all", "100", scores.ap, "ap"),
        ("AP50", "0.50", "all", "100", scores.ap50, "ap50"),
        ("AP75", "0.75", "all", "100", scores.ap75, "ap75"),
        ("AP small", all, "to 32²", "100", scores.ap_small, ""),
        ("AP medium", all, "32² to 96²", "100", scores.ap_medium, ""),
        ("AP large", all, "from 96²", "100", scores.ap_large, ""),
        ("AR1", all, "all", "1", scores.ar1, ""),
        ("AR10", all, "all", "10", scores.ar10, ""),
        ("AR100", all, "all", "100", scores.ar100, ""),
        ("AR small", all, "to 32²", "100", scores.ar_small, ""),
        ("AR medium", all, "32² to 96²", "100", scores.ar_medium, ""),
        ("AR large", all, "from 96²", "100", scores.ar_large, ""),
    ];
    let title = "COCO's twelve numbers";
    let mut table = Table::new(title, &["Score", "IoU", "Area, px", "Detections", "Value", "95\u{a0}%"]);
    for (name, iou, area, most, value, key) in rows {
        let interval = number::interval(report.intervals.get(key));
        table.row(&[name, iou, area, most, &number::known(value), &interval]);
    }
    wide_figure(title, &table.html())
}
