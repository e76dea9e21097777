//! What a rule waits for: each kind has a key of its own, and a rule has exactly one of them.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::{RuleContext, classes};
use crate::cursor::{Item, Table, misplaced};
use crate::read::ids::{Ids, reference};
use crate::read::shapes;
use crate::{Crowd, Direction, Distance, Edge, Landing, Loiter, ObjectLeft, Trigger, WrongWay};

const DIRECTIONS: [(&str, Direction); 3] =
    [("forward", Direction::Forward), ("backward", Direction::Backward), ("both", Direction::Both)];
const EDGES: [(&str, Edge); 3] = [("enter", Edge::Enter), ("exit", Edge::Exit), ("both", Edge::Both)];
/// 5 pixels of 540: the jitter of a good detector.
const HYSTERESIS: f32 = 0.01;
const MAX_TIME: Duration = Duration::from_secs(24 * 3600);
const ANY_TIME: RangeInclusive<Duration> = Duration::ZERO..=MAX_TIME;
const SOME_TIME: RangeInclusive<Duration> = Duration::from_millis(1)..=MAX_TIME;
const MAX_WINDOW: Duration = Duration::from_secs(48 * 3600);
const MAX_ANGLE_DEG: f32 = 60.0;
const AGAINST: Distance = Distance::Heights(0.1);
const STILL_WITHIN: Distance = Distance::Heights(0.05);
const NEAR: Distance = Distance::Heights(0.25);
const BESIDE: Distance = Distance::Heights(0.05);
const EXPECTED_ZONE: &str = "the id of a [[camera.zone]] of this camera";
const EXPECTED_POINT: &str = "a point [x, y]";
/// Nothing moves less than this.
const SOME_WAY: f64 = 0.001;

/// The keys beside `line` and `zone`, each read whichever kind of rule it turns out to be.
struct Beside {
    direction: Option<Direction>,
    hysteresis: Option<f32>,
    on: Option<Edge>,
    min_dwell: Option<Duration>,
}

type Read = fn(&Item<'_>, &RuleContext<'_>, &Beside) -> Option<Trigger>;

const KINDS: [(&str, Read); 7] = [
    ("line", line),
    ("zone", zone),
    ("loiter", |item, context, _| item.table(|table| loiter(table, context)).map(Trigger::Loiter)),
    ("wrong-way", |item, context, _| item.table(|table| wrong_way(table, context)).map(Trigger::WrongWay)),
    ("crowd", |item, context, _| item.table(|table| crowd(table, context)).map(Trigger::Crowd)),
    ("object-left", |item, context, _| {
        item.table(|table| object_left(table, context)).map(Trigger::ObjectLeft)
    }),
    ("landing", |item, context, _| item.table(|table| landing(table, context)).map(Trigger::Landing)),
];

pub(super) fn trigger(table: &Table<'_>, context: &RuleContext<'_>) -> Option<Trigger> {
    let beside = Beside {
        direction: table.or("direction", Direction::Both, |item| item.choice(&DIRECTIONS)),
        hysteresis: table.or("hysteresis", HYSTERESIS, |item| item.fraction(0.0..=0.5)),
        on: table.or("on", Edge::Enter, |item| item.choice(&EDGES)),
        min_dwell: table.or("min-dwell", Duration::ZERO, |item| item.duration(ANY_TIME)),
    };
    let mut found = Vec::new();
    for (kind, read) in KINDS {
        let Some(item) = table.get(kind) else { continue };
        let trigger = read(&item, context, &beside);
        found.push((kind, item, trigger));
    }
    let mut found = found.into_iter();
    let Some((kind, _, trigger)) = found.next() else {
        let kinds = KINDS.map(|(kind, _)| kind).join("`, `");
        table.problem(None, format_args!("no trigger, expected one of `{kinds}`"));
        return None;
    };
    let mut is_alone = true;
    for (other, item, _) in found {
        is_alone = false;
        item.misplaced::<()>(format_args!("expected either `{kind}` or `{other}`, not both"));
    }
    if !is_alone {
        return None;
    }
    let elsewhere = |owner: &str, keys: [&'static str; 2]| {
        let items = keys.map(|key| table.get(key).filter(|_| kind != owner));
        misplaced(items, &format!("belongs to a rule with `{owner}`, this one has `{kind}`"))
    };
    let (of_line, of_zone) =
        (elsewhere("line", ["direction", "hysteresis"]), elsewhere("zone", ["on", "min-dwell"]));
    of_line.and(of_zone).and(trigger)
}

fn line(item: &Item<'_>, context: &RuleContext<'_>, beside: &Beside) -> Option<Trigger> {
    let line = reference(item, "line", context.lines, "zone", context.zones);
    Some(Trigger::Line { line: line?, direction: beside.direction?, hysteresis: beside.hysteresis? })
}

fn zone(item: &Item<'_>, context: &RuleContext<'_>, beside: &Beside) -> Option<Trigger> {
    let zone = reference(item, "zone", context.zones, "line", context.lines);
    Some(Trigger::Zone { zone: zone?, on: beside.on?, min_dwell: beside.min_dwell? })
}

fn loiter(table: &Table<'_>, context: &RuleContext<'_>) -> Option<Loiter> {
    let zone = zone_of(table, "zone", context);
    let min_time = table.need("min-time", "a duration", |item| item.duration(SOME_TIME));
    let least = min_time.unwrap_or(*SOME_TIME.start());
    let window = table.or("window", least * 2, |item| item.duration(least..=MAX_WINDOW));
    Some(Loiter { zone: zone?, min_time: min_time?, window: window? })
}

fn wrong_way(table: &Table<'_>, context: &RuleContext<'_>) -> Option<WrongWay> {
    let zone = zone_of(table, "zone", context);
    let min_distance = distance(table, ["min-distance", "min-distance-m"], AGAINST, SOME_WAY, context);
    let is_metric = matches!(min_distance, Some(Distance::Metres(_)));
    let end = |item: &Item<'_>| {
        let point = shapes::point(item)?;
        match context.ground {
            Some(Some(horizon)) if is_metric && !horizon.is_below([point.x.into(), point.y.into()]) => {
                item.problem("not below the horizon of the camera's `ground`, expected a point on the ground")
            }
            _ => Some(point),
        }
    };
    let from = table.need("from", EXPECTED_POINT, end);
    let to = table.need("to", EXPECTED_POINT, |item| {
        let to = end(item)?;
        if from == Some(to) { item.problem("same point as `from`, expected another one") } else { Some(to) }
    });
    let max_angle_deg = table.or("max-angle-deg", MAX_ANGLE_DEG, |item| item.fraction(0.0..=90.0));
    Some(WrongWay {
        zone: zone?,
        from: from?,
        to: to?,
        min_distance: min_distance?,
        max_angle_deg: max_angle_deg?,
    })
}

fn crowd(table: &Table<'_>, context: &RuleContext<'_>) -> Option<Crowd> {
    let zone = zone_of(table, "zone", context);
    let min_objects = table.need("min-objects", "a whole number", |item| item.whole(1..=1000, ""));
    let min_time = table.or("min-time", Duration::ZERO, |item| item.duration(ANY_TIME));
    Some(Crowd { zone: zone?, min_objects: min_objects?, min_time: min_time? })
}

fn object_left(table: &Table<'_>, context: &RuleContext<'_>) -> Option<ObjectLeft> {
    let zone = zone_of(table, "zone", context);
    let min_still = table.need("min-still", "a duration", |item| item.duration(SOME_TIME));
    let still_within = distance(table, ["still-within", "still-within-m"], STILL_WITHIN, 0.0, context);
    let people = table.need("people", super::EXPECTED_CLASSES, |item| classes(item, context.model));
    let near = distance(table, ["near", "near-m"], NEAR, 0.0, context);
    let min_alone = table.need("min-alone", "a duration", |item| item.duration(ANY_TIME));
    Some(ObjectLeft {
        zone: zone?,
        min_still: min_still?,
        still_within: still_within?,
        people: people?,
        near: near?,
        min_alone: min_alone?,
    })
}

fn landing(table: &Table<'_>, context: &RuleContext<'_>) -> Option<Landing> {
    let land = zone_of(table, "land", context);
    let water = table.maybe("water", |item| zone_reference(item, context));
    let boats = table.or("boats", Vec::new(), |item| classes(item, context.model));
    let beside = distance(table, ["beside", "beside-m"], BESIDE, 0.0, context);
    if !table.has("water") && !table.has("boats") {
        table.problem(None, "neither `water` nor `boats`, expected one of them or both");
        return None;
    }
    let (land, water) = (land?, water?);
    if water.as_ref() == Some(&land) {
        return table.get("water")?.problem("same zone as `land`, expected another one");
    }
    Some(Landing { land, water, boats: boats?, beside: beside? })
}

fn zone_of(table: &Table<'_>, key: &'static str, context: &RuleContext<'_>) -> Option<String> {
    table.need(key, EXPECTED_ZONE, |item| zone_reference(item, context))
}

fn zone_reference(item: &Item<'_>, context: &RuleContext<'_>) -> Option<String> {
    // A line would have no key to stand in here.
    reference(item, "zone", context.zones, "line", &Ids::default())
}

/// A distance in picture heights under the first key, or in metres under the second; at least `least` of either.
fn distance(
    table: &Table<'_>,
    [heights_key, metres_key]: [&'static str; 2],
    default: Distance,
    least: f64,
    context: &RuleContext<'_>,
) -> Option<Distance> {
    let (heights_item, metres_item) = (table.get(heights_key), table.get(metres_key));
    let heights = heights_item.as_ref().map(|item| item.fraction(least..=2.0));
    match (heights, metres_item) {
        (None, None) => Some(default),
        (Some(heights), None) => Some(Distance::Heights(heights?)),
        (None, Some(metres)) => Some(Distance::Metres(context.metric(&metres, least..=1000.0)?)),
        (Some(_), Some(metres)) => {
            metres.misplaced(format_args!("expected either `{heights_key}` or `{metres_key}`, not both"))
        }
    }
}
