//! Plates on crops.

use super::scale::Scale;
use super::section::{Section, figure, figures, remark};
use super::table::{Bar, Bars, bars};
use super::{Results, number};
use crate::score::plates::PlateScores;

pub(super) fn section(results: &Results<'_>) -> Option<Section> {
    let scores = results.headline.plates.as_ref()?;
    let with_lines = |lines: u8| {
        let plates = results.units.iter().flat_map(|unit| &unit.plates);
        plates.filter(|plate| plate.lines == lines).count() as u64
    };
    let body =
        figures(&[shares(scores, with_lines(1), with_lines(2)), by_country(scores), rejections(scores)])
            + &remark("A plate is right only if every letter and digit is. Intervals are Wilson's.");
    Some(Section { id: "plates", title: "Plates", aside: number::counted(scores.n, "plate"), body })
}

fn shares(scores: &PlateScores, one_line: u64, two_lines: u64) -> String {
    let rejected = scores.rejected_by.values().sum::<u64>();
    let rows = [
        ("Exact", "exact", scores.exact, Some(scores.n)),
        ("Exact, one line", "exact_one_line", scores.exact_one_line, Some(one_line)),
        ("Exact, two lines", "exact_two_line", scores.exact_two_line, Some(two_lines)),
        ("Exact of read", "exact_of_read", scores.exact_of_read, Some(scores.n.saturating_sub(rejected))),
        ("Read at all", "read", scores.read, Some(scores.n)),
        ("Characters right", "characters", scores.characters, None),
        ("Found at IoU 0.7", "located", scores.located, None),
    ];
    let rows: Vec<Bar> = rows
        .into_iter()
        .filter(|(_, _, value, _)| value.is_some())
        .map(|(label, key, value, plates)| Bar {
            label: label.to_owned(),
            value,
            interval: scores.intervals.get(key).copied(),
            note: plates.map_or_else(String::new, number::count),
        })
        .collect();
    let about = Bars {
        caption: "Shares of plates",
        head: ["Share", "Value", "Plates"],
        scale: Scale::UNIT,
        reference: None,
    };
    figure("Read and right", &bars(about, &rows))
}

fn by_country(scores: &PlateScores) -> String {
    let rows: Vec<Bar> = scores
        .by_country
        .iter()
        .map(|(code, country)| Bar {
            label: code.clone(),
            value: Some(country.exact),
            interval: scores.intervals.get(&format!("by_country.{code}.exact")).copied(),
            note: number::count(country.n),
        })
        .collect();
    let about = Bars {
        caption: "Share of plates with every character right, by country",
        head: ["Country", "Exact", "Plates"],
        scale: Scale::UNIT,
        reference: scores.exact,
    };
    figure("Exact by country; line: all", &bars(about, &rows))
}

fn rejections(scores: &PlateScores) -> String {
    let title = "Not read, by reason";
    if scores.rejected_by.is_empty() {
        return figure(title, "<p class=\"empty\">Every plate has a reading.</p>");
    }
    let rows: Vec<Bar> = scores
        .rejected_by
        .iter()
        .map(|(reason, &count)| Bar {
            label: reason.clone(),
            value: Some(count as f64 / scores.n as f64),
            interval: None,
            note: number::count(count),
        })
        .collect();
    let about = Bars {
        caption: "Share of plates without a reading, by reason",
        head: ["Reason", "Share", "Plates"],
        scale: Scale::around(rows.iter().filter_map(|row| row.value)),
        reference: None,
    };
    figure(title, &bars(about, &rows))
}
