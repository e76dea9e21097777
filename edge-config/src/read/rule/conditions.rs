//! What a rule asks besides its trigger.

use super::{RuleContext, classes};
use crate::cursor::{Item, Table, misplaced};
use crate::{Conditions, MinHeight, Period, Veto, Weekday};

const MAX_OVERLAP: f32 = 0.5;
const MAX_SHARE: f32 = 0.5;
const MIN_CLASS_SHARE: f32 = 0.5;
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];
const EXPECTED_DAYS: &str = "a list of one or more days such as \"monday\"";
const MINUTES_PER_DAY: u16 = 24 * 60;

/// The conditions of a rule about `own` classes, where those are known.
pub(super) fn conditions(
    table: &Table<'_>,
    context: &RuleContext<'_>,
    own: Option<&[String]>,
) -> Option<Conditions> {
    let min_height = min_height(table, context);
    let min_speed = table.maybe("min-speed-mps", |item| context.metric(item, 0.0..=100.0));
    let least = min_speed.flatten().unwrap_or(0.0);
    let max_speed = table.maybe("max-speed-mps", |item| {
        let speed = context.metric(item, 0.0..=100.0)?;
        if speed < least {
            item.refuse(format_args!("at least {least} (min-speed-mps)"))
        } else {
            Some(speed)
        }
    });
    let veto = table.maybe("veto", |item| item.table(|table| veto(table, context, own)));
    let schedule = schedule(table);
    let min_class_share = table.or("min-class-share", MIN_CLASS_SHARE, |item| item.fraction(0.0..=1.0));
    let settled = table.or("settled", false, Item::flag);
    Some(Conditions {
        min_height: min_height?,
        min_speed: min_speed?,
        max_speed: max_speed?,
        veto: veto?,
        schedule: schedule?,
        settled: settled?,
        min_class_share: min_class_share?,
    })
}

fn min_height(table: &Table<'_>, context: &RuleContext<'_>) -> Option<Option<MinHeight>> {
    let pixels = table.maybe("min-height-px", |item| item.fraction(1.0..=4096.0));
    let metres_item = table.get("min-height-m");
    let metres = table.maybe("min-height-m", |item| context.metric(item, 0.0..=100.0));
    if table.has("min-height-px") {
        misplaced([metres_item], "expected either `min-height-px` or `min-height-m`, not both")?;
    }
    let (pixels, metres) = (pixels?.map(MinHeight::Pixels), metres?.map(MinHeight::Metres));
    Some(pixels.or(metres))
}

fn veto(table: &Table<'_>, context: &RuleContext<'_>, own: Option<&[String]>) -> Option<Veto> {
    let classes = table.need("classes", super::EXPECTED_CLASSES, |item| {
        let classes = classes(item, context.model)?;
        match classes.iter().find(|class| own.is_some_and(|own| own.contains(class))) {
            Some(class) => item.problem(format_args!("{class:?} is a class of the rule, expected others")),
            None => Some(classes),
        }
    });
    let max_overlap = table.or("max-overlap", MAX_OVERLAP, |item| item.fraction(0.0..=1.0));
    let max_share = table.or("max-share", MAX_SHARE, |item| item.fraction(0.0..=1.0));
    Some(Veto { classes: classes?, max_overlap: max_overlap?, max_share: max_share? })
}

fn schedule(table: &Table<'_>) -> Option<Vec<Period>> {
    let periods = table.each("schedule", period)?;
    match table.get("schedule") {
        Some(item) if periods.is_empty() => item.problem(
            "got an empty list, expected one period or more: without `schedule` a rule is always in force",
        ),
        _ => periods.into_iter().collect(),
    }
}

fn period(table: &Table<'_>) -> Option<Period> {
    let days = table.or("days", Vec::new(), days);
    let from_min = table.need("from", "a time of day", |item| minute(item, MINUTES_PER_DAY - 1));
    let to_min = table.need("to", "a time of day", |item| {
        let to = minute(item, MINUTES_PER_DAY)?;
        if from_min == Some(to) {
            return item
                .problem("same time as `from`, expected another one; a whole day is \"00:00\" to \"24:00\"");
        }
        Some(to)
    });
    Some(Period { days: days?, from_min: from_min?, to_min: to_min? })
}

fn days(item: &Item<'_>) -> Option<Vec<Weekday>> {
    let names = item.items(EXPECTED_DAYS)?;
    if names.is_empty() {
        return item.problem(format_args!("got an empty list, expected {EXPECTED_DAYS}"));
    }
    let mut days: Vec<Weekday> = Vec::new();
    for name in &names {
        let Some(day) = name.choice(&WEEKDAYS) else { continue };
        if days.contains(&day) {
            name.refuse::<()>("each day once");
            continue;
        }
        days.push(day);
    }
    (days.len() == names.len()).then_some(days)
}

/// `"HH:MM"` as minutes since midnight, at most `latest`.
fn minute(item: &Item<'_>, latest: u16) -> Option<u16> {
    let minute = item.peek_text().and_then(parse_minute).filter(|&minute| minute <= latest);
    minute.or_else(|| {
        let (hour, minute) = (latest / 60, latest % 60);
        item.refuse(format_args!("a time of day from \"00:00\" to \"{hour:02}:{minute:02}\""))
    })
}

fn parse_minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |text: &str| {
        let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (two_digits(hour)?, two_digits(minute)?);
    (hour <= 24 && minute < 60).then_some(60 * hour + minute)
}
