//! Whether and how pictures that callers send are read for plates.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::model;
use crate::cursor::{Item, Table};
use crate::{KnownModel, PlateReader};

const LOCATOR: &str = "plate-hyperlpr-640";
const READER: &str = "plate-cct-xs-v1";

const MIN_WIDTH_PX: u32 = 40;
const MIN_WIDTH_PX_RANGE: RangeInclusive<u32> = 16..=1000;
const MIN_CONFIDENCE: f32 = 0.7;
const QUEUE: usize = 4;
const DEADLINE: Duration = Duration::from_secs(5);
const DEADLINE_RANGE: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(60);

/// `[plate-reader]`, its models held to `known`.
pub(super) fn plate_reader(root: &Table<'_>, known: Option<&[KnownModel]>) -> Option<Option<PlateReader>> {
    root.maybe("plate-reader", |item| item.table(|table| read(table, known)))
}

fn read(table: &Table<'_>, known: Option<&[KnownModel]>) -> Option<PlateReader> {
    let locator = table.or("locator", LOCATOR.to_owned(), |item| model::plate_locator(item, known));
    let reader = table.or("reader", READER.to_owned(), |item| model::plate_reader(item, known));
    let min_width_px = table.or("min-width-px", MIN_WIDTH_PX, |item| item.whole(MIN_WIDTH_PX_RANGE, ""));
    let min_confidence = table.or("min-confidence", MIN_CONFIDENCE, |item| item.fraction(0.0..=1.0));
    let margin = table.or("margin", 0.0, |item| item.fraction(0.0..=0.5));
    let known_countries_only = table.or("known-countries-only", true, Item::flag);
    let queue = table.or("queue", QUEUE, |item| item.count(1..=8));
    let deadline = table.or("deadline", DEADLINE, |item| item.duration(DEADLINE_RANGE));
    Some(PlateReader {
        reader: reader?,
        locator: locator?,
        min_width_px: min_width_px?,
        min_confidence: min_confidence?,
        margin: margin?,
        known_countries_only: known_countries_only?,
        queue: queue?,
        deadline: deadline?,
    })
}
