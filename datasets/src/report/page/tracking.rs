//! Objects over time.

use super::scale::Scale;
use super::section::{Section, figure, figures, remark};
use super::svg::{Axis, Plot, Sample, legend};
use super::table::Table;
use super::{Results, number};
use crate::report::TrackReport;
use crate::score::tracking::{THRESHOLDS, thresholds};

pub(super) fn section(results: &Results<'_>) -> Option<Section> {
    let report = results.headline.track.as_ref()?;
    let scores = &report.scores;
    let body = figures(&[over_thresholds(report), rates(report), counts(report)])
        + &remark(
            "CLEAR-MOT and identity match boxes at IoU 0.50; HOTA is the mean over 19 thresholds. Intervals come from a \
             bootstrap over blocks of time, given the association that was found.",
        );
    Some(Section {
        id: "tracking",
        title: "Tracking",
        aside: format!(
            "{}, {}, {}",
            number::counted(scores.true_identities, "object"),
            number::counted(scores.found_identities, "track"),
            number::counted(scores.frames, "frame")
        ),
        body,
    })
}

fn over_thresholds(report: &TrackReport) -> String {
    let scores = &report.scores;
    let title = "HOTA over the overlap threshold";
    let mut plot = Plot::new(
        "hota",
        title,
        "HOTA, DetA and AssA at 19 thresholds from 0.05 to 0.95; each falls as boxes must overlap more.",
        Axis { name: "overlap threshold", scale: Scale::UNIT },
        Axis { name: "score", scale: Scale::UNIT },
    );
    let lines: [(&str, &[f64; THRESHOLDS], f64); 3] = [
        ("HOTA", &scores.hota_at, scores.hota),
        ("DetA, detection", &scores.deta_at, scores.deta),
        ("AssA, association", &scores.assa_at, scores.assa),
    ];
    let mut entries = Vec::new();
    for (series, (name, values, mean)) in lines.into_iter().enumerate() {
        let points: Vec<(f64, f64)> = thresholds().into_iter().zip(values.iter().copied()).collect();
        plot.line(series, &points);
        entries.push((Sample::Line(series), name.to_owned(), format!("mean {}", number::figure(mean))));
    }
    let mut data = Table::new(title, &["Threshold", "HOTA", "DetA", "AssA", "LocA"]);
    for (at, threshold) in thresholds().into_iter().enumerate() {
        let values =
            [threshold, scores.hota_at[at], scores.deta_at[at], scores.assa_at[at], scores.loca_at[at]];
        data.row(&values.map(number::figure));
    }
    figure(title, &(plot.finish() + &legend(&entries) + &data.behind()))
}

fn rates(report: &TrackReport) -> String {
    let scores = &report.scores;
    let rows = [
        ("HOTA", scores.hota, "hota"),
        ("DetA", scores.deta, "deta"),
        ("AssA", scores.assa, "assa"),
        ("LocA", scores.loca, ""),
        ("MOTA", scores.mota, "mota"),
        ("MOTP", scores.motp, "motp"),
        ("IDF1", scores.idf1, "idf1"),
        ("IDP", scores.idp, ""),
        ("IDR", scores.idr, ""),
        ("Recall", scores.recall, ""),
        ("Precision", scores.precision, ""),
    ];
    let mut table = Table::new("Rates of tracking", &["Score", "Value", "95\u{a0}%"]);
    for (name, value, key) in rows {
        table.row(&[name, &number::figure(value), &number::interval(report.intervals.get(key))]);
    }
    figure("Rates", &table.html())
}

fn counts(report: &TrackReport) -> String {
    let scores = &report.scores;
    let rows = [
        ("True boxes", scores.objects),
        ("Found boxes", scores.predictions),
        ("False positives, FP", scores.fp),
        ("False negatives, FN", scores.fn_),
        ("Identity switches, IDs", scores.ids),
        ("Fragmentations, FM", scores.fm),
        ("Mostly tracked, MT", scores.mt),
        ("Partly tracked, PT", scores.pt),
        ("Mostly lost, ML", scores.ml),
        ("Transfers", scores.transfers),
    ];
    let mut table = Table::new("Counts of tracking", &["What", "How many"]);
    for (name, count) in rows {
        table.row(&[name, &number::count(count)]);
    }
    figure("Counts", &table.html())
}
