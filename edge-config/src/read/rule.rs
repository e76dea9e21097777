use std::ops::RangeInclusive;
use std::time::Duration;

use super::ids::{Ids, reference};
use super::model;
use crate::cursor::{Item, Table, misplaced};
use crate::{Anchor, Confirm, Direction, Edge, KnownModel, Priority, Rule, Trigger};

const CONFIRM: Confirm = Confirm { hits: 3, of: 5 };
const MAX_CONFIRM: u32 = 64;
const MIN_TRAVEL: f32 = 0.05;
const MIN_SCORE: f32 = 0.3;
/// Below four pixels there is nothing to see; above a thousand nothing is small.
const SMALLEST_PX: RangeInclusive<u32> = 4..=1000;
const MAX_DWELL: Duration = Duration::from_secs(24 * 3600);
const PRIORITIES: [(&str, Priority); 2] = [("urgent", Priority::Urgent), ("normal", Priority::Normal)];
const ANCHORS: [(&str, Anchor); 2] = [("foot", Anchor::Foot), ("centre", Anchor::Centre)];
const DIRECTIONS: [(&str, Direction); 3] =
    [("forward", Direction::Forward), ("backward", Direction::Backward), ("both", Direction::Both)];
const EDGES: [(&str, Edge); 3] = [("enter", Edge::Enter), ("exit", Edge::Exit), ("both", Edge::Both)];
const EXPECTED_CLASSES: &str = "a list of one or more class names";

pub(super) fn rule(
    table: &Table<'_>,
    rules: &mut Ids,
    zones: &Ids,
    lines: &Ids,
    model: Option<&KnownModel>,
) -> Option<Rule> {
    let id = rules.id_of(table);
    let version = table.need("version", "a whole number of at least 1", |item| item.whole(1..=u32::MAX, ""));
    let priority = table.or("priority", Priority::Normal, |item| item.choice(&PRIORITIES));
    let trigger = trigger(table, zones, lines);
    let classes = table.need("classes", EXPECTED_CLASSES, |item| classes(item, model));
    let anchor = table.or("anchor", Anchor::Foot, |item| item.choice(&ANCHORS));
    let confirm = table.or("confirm", CONFIRM, |item| item.table(confirm));
    let min_travel = table.or("min-travel", MIN_TRAVEL, |item| item.fraction(0.0..=2.0));
    let min_score = table.or("min-score", MIN_SCORE, |item| item.fraction(0.0..=1.0));
    let smallest_px = table.maybe("smallest-px", |item| item.whole(SMALLEST_PX, ""));
    Some(Rule {
        id: id?,
        version: version?,
        priority: priority?,
        trigger: trigger?,
        classes: classes?,
        anchor: anchor?,
        confirm: confirm?,
        min_travel: min_travel?,
        min_score: min_score?,
        smallest_px: smallest_px?,
    })
}

/// `line` with `direction`, or `zone` with `on` and `min-dwell`.
fn trigger(table: &Table<'_>, zones: &Ids, lines: &Ids) -> Option<Trigger> {
    let (line_item, direction_item) = (table.get("line"), table.get("direction"));
    let (zone_item, on_item, min_dwell_item) = (table.get("zone"), table.get("on"), table.get("min-dwell"));
    // Each value is looked at, whichever kind of rule this turns out to be.
    let line = line_item.as_ref().map(|item| reference(item, "line", lines, "zone", zones));
    let zone = zone_item.as_ref().map(|item| reference(item, "zone", zones, "line", lines));
    let direction = direction_item.as_ref().map_or(Some(Direction::Both), |item| item.choice(&DIRECTIONS));
    let on = on_item.as_ref().map_or(Some(Edge::Enter), |item| item.choice(&EDGES));
    let min_dwell = min_dwell_item
        .as_ref()
        .map_or(Some(Duration::ZERO), |item| item.duration(Duration::ZERO..=MAX_DWELL));
    match (line, zone) {
        (Some(line), None) => {
            misplaced([on_item, min_dwell_item], "belongs to a rule with `zone`, this one has `line`")?;
            Some(Trigger::Line { line: line?, direction: direction? })
        }
        (None, Some(zone)) => {
            misplaced([direction_item], "belongs to a rule with `line`, this one has `zone`")?;
            Some(Trigger::Zone { zone: zone?, on: on?, min_dwell: min_dwell? })
        }
        (Some(_), Some(_)) => {
            misplaced([zone_item], "expected either `line` or `zone`, not both")?;
            None
        }
        (None, None) => {
            table.problem(None, "neither `line` nor `zone`, expected one of them");
            None
        }
    }
}

fn classes(item: &Item<'_>, model: Option<&KnownModel>) -> Option<Vec<String>> {
    let names = item.items(EXPECTED_CLASSES)?;
    if names.is_empty() {
        return item.problem(format_args!("got an empty list, expected {EXPECTED_CLASSES}"));
    }
    let mut classes: Vec<String> = Vec::new();
    for name in &names {
        let Some(class) = model::class(name, model) else { continue };
        if classes.iter().any(|known| known == class) {
            name.refuse::<()>("each class once");
            continue;
        }
        classes.push(class.to_owned());
    }
    (classes.len() == names.len()).then_some(classes)
}

fn confirm(table: &Table<'_>) -> Option<Confirm> {
    let of = table.need("of", "a whole number", |item| item.whole(1..=MAX_CONFIRM, ""));
    let hits = table.need("hits", "a whole number", |item| match of {
        Some(of) => item.whole(1..=of, " (confirm.of)"),
        None => item.whole(1..=MAX_CONFIRM, ""),
    });
    Some(Confirm { hits: hits?, of: of? })
}
