//! Confirmed events.

use std::collections::BTreeMap;

use super::escape::Escaped;
use super::scale::Scale;
use super::section::{Section, facts, figure, figures, remark, wide_figure};
use super::table::Table;
use super::{Results, gallery, gauge, number};
use crate::report::Mistake;
use crate::score::events::{ClipEvents, EventScores, score};

/// Clips by the item they belong to.
type ByItem<'a> = BTreeMap<&'a str, Vec<&'a ClipEvents>>;

pub(super) fn section(results: &Results<'_>) -> Option<Section> {
    let scores = results.headline.events.as_ref()?;
    let mut by_item = ByItem::new();
    for unit in &results.units {
        by_item.entry(&unit.item).or_default().extend(&unit.events);
    }
    by_item.retain(|_, clips| !clips.is_empty());
    let body = figures(&[overall(scores), delays(&by_item)])
        + &items(&by_item)
        + &mistakes(&by_item)
        + &gallery::group(results.exhibits, Mistake::FalseAlarm)
        + &gallery::group(results.exhibits, Mistake::MissedEvent)
        + &remark(
            "An event is right when it is paired with a true one of the same kind and direction within the truth's own \
             tolerance and one second more. Intervals: Wilson's for precision, recall and F1, Poisson's for false alarms, a \
             bootstrap over events for the times.",
        );
    Some(Section {
        id: "events",
        title: "Events",
        aside: format!(
            "{} right, {} missed, {} false in {} camera-hours",
            number::count(scores.right),
            number::count(scores.truths - scores.right),
            number::count(scores.false_alarms),
            number::figure(scores.camera_hours)
        ),
        body,
    })
}

fn overall(scores: &EventScores) -> String {
    let told = |value: Option<f64>, unit: &str, key: &str| {
        format!("{}{unit}{}", number::known(value), number::small_interval(scores.intervals.get(key)))
    };
    let rows = [
        ("Precision", told(scores.precision, "", "precision")),
        ("Recall", told(scores.recall, "", "recall")),
        ("F1", told(scores.f1, "", "f1")),
        ("False alarms per camera-hour", told(scores.false_alarms_per_hour, "", "false_alarms_per_hour")),
        ("Time to event, median", told(scores.time_to_event_s.p50, " s", "time_to_event_s.p50")),
        ("Time to event, 95\u{a0}%", told(scores.time_to_event_s.p95, " s", "time_to_event_s.p95")),
    ];
    figure("All items", &facts(&rows))
}

fn delays(by_item: &ByItem<'_>) -> String {
    let of_item = |clips: &[&ClipEvents]| {
        let mut delays: Vec<f64> =
            clips.iter().flat_map(|clip| &clip.matched).map(|pair| pair.delay_s).collect();
        delays.sort_unstable_by(f64::total_cmp);
        delays
    };
    let title = "Time to the confirmed event, one dot for each";
    let scale = Scale::around(by_item.values().flat_map(|clips| of_item(clips)));
    let mut data =
        Table::new("Seconds from each true event to its confirmation", &["Item", "Seconds"]).with_words(2);
    let mut rows = String::new();
    for (item, clips) in by_item {
        let delays = of_item(clips);
        rows += &format!(
            "<tr><th scope=\"row\" class=\"words\">{}{}</th><td>{}</td></tr>",
            Escaped(item),
            gauge::strip(scale, &delays),
            number::known(score(clips).time_to_event_s.p50)
        );
        let delays: Vec<String> = delays.into_iter().map(number::figure).collect();
        data.row(&[(*item).to_owned(), delays.join(", ")]);
    }
    wide_figure(
        title,
        &format!(
            "<table class=\"bars\"><caption>{title}, in seconds</caption><thead><tr><th scope=\"col\" class=\"words\">Item</th>\
             <th scope=\"col\">Median, s</th></tr></thead><tbody>{rows}</tbody>\
             <tfoot><tr><td>{}</td><td></td></tr></tfoot></table>{}",
            gauge::strip_axis(scale),
            data.behind()
        ),
    )
}

fn items(by_item: &ByItem<'_>) -> String {
    let mut table = Table::new(
        "Events by item",
        &["Item", "True", "Right", "Missed", "False", "Precision", "Recall", "F1", "False per hour", "Hours"],
    );
    for (item, clips) in by_item {
        let scores = score(clips);
        table.row(&[
            (*item).to_owned(),
            number::count(scores.truths),
            number::count(scores.right),
            number::count(scores.truths - scores.right),
            number::count(scores.false_alarms),
            number::known(scores.precision),
            number::known(scores.recall),
            number::known(scores.f1),
            number::known(scores.false_alarms_per_hour),
            number::figure(scores.camera_hours),
        ]);
    }
    format!("<h3>By item</h3>{}", table.html())
}

/// Every false alarm and missed event in words: pictures are of some only.
fn mistakes(by_item: &ByItem<'_>) -> String {
    let mut table = Table::new(
        "False alarms and missed events",
        &["Item", "Mistake", "Kind", "Rule", "Direction", "At, s"],
    )
    .with_words(5);
    let mut count = 0_u64;
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| number::NONE.to_owned());
    for (item, clip) in by_item.iter().flat_map(|(item, clips)| clips.iter().map(move |clip| (item, clip))) {
        for event in clip.false_alarms.iter().filter_map(|&index| clip.found.get(index)) {
            let at = format!("{:.1}", event.at_s);
            table.row(&[item, "false alarm", &event.kind, &text(&event.rule), &text(&event.direction), &at]);
            count += 1;
        }
        for event in clip.missed.iter().filter_map(|&index| clip.truths.get(index)) {
            let at = format!("{:.1}", event.moment_s());
            table.row(&[item, "missed", &event.kind, &text(&event.rule), &text(&event.direction), &at]);
            count += 1;
        }
    }
    if count == 0 {
        return remark("No false alarm, and no event was missed.");
    }
    format!(
        "<details class=\"data\"><summary>All {} false alarms and missed events</summary>{}</details>",
        number::count(count),
        table.html()
    )
}
