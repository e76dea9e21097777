//! Whether and how the plates of vehicles are read.

use std::ops::RangeInclusive;

use super::model;
use crate::cursor::{Item, Table};
use crate::{KnownModel, Plates};

/// Classes of vehicles that have plates, as models for streets name them.
const VEHICLES: [&str; 5] = ["car", "truck", "bus", "van", "motorcycle"];

const LOCATOR: &str = "plate-hyperlpr-320";
const READER: &str = "plate-cct-xs-v1";

const MIN_WIDTH_PX: u32 = 40;
const MIN_WIDTH_PX_RANGE: RangeInclusive<u32> = 16..=1000;
const MIN_CONFIDENCE: f32 = 0.7;
const MAX_RATE_HZ: f64 = 5.0;
const MAX_RATE_HZ_RANGE: RangeInclusive<f64> = 0.2..=30.0;
const PER_FRAME: u32 = 2;
const PER_FRAME_RANGE: RangeInclusive<u32> = 1..=16;

/// `camera.plates`, beside a model that finds vehicles.
pub(super) fn plates(
    item: &Item<'_>,
    camera_model: Option<&KnownModel>,
    known: Option<&[KnownModel]>,
) -> Option<Plates> {
    let plates = item.table(|table| read(table, known))?;
    match camera_model {
        Some(KnownModel { id, classes, .. })
            if !classes.iter().any(|class| VEHICLES.contains(&class.as_str())) =>
        {
            item.problem(format_args!(
                "model {id:?} has none of the classes {}, so no plate is sought",
                quoted()
            ))
        }
        _ => Some(plates),
    }
}

fn quoted() -> String {
    VEHICLES.map(|class| format!("{class:?}")).join(", ")
}

fn read(table: &Table<'_>, known: Option<&[KnownModel]>) -> Option<Plates> {
    let locator = table.or("locator", LOCATOR.to_owned(), |item| model::plate_locator(item, known));
    let reader = table.or("reader", READER.to_owned(), |item| model::plate_reader(item, known));
    let min_width_px = table.or("min-width-px", MIN_WIDTH_PX, |item| item.whole(MIN_WIDTH_PX_RANGE, ""));
    let min_confidence = table.or("min-confidence", MIN_CONFIDENCE, |item| item.fraction(0.0..=1.0));
    let max_rate_hz = table.or("max-rate-hz", MAX_RATE_HZ, |item| item.number(MAX_RATE_HZ_RANGE));
    let per_frame = table.or("per-frame", PER_FRAME, |item| item.whole(PER_FRAME_RANGE, ""));
    let margin = table.or("margin", 0.0, |item| item.fraction(0.0..=0.5));
    let known_countries_only = table.or("known-countries-only", true, Item::flag);
    Some(Plates {
        reader: reader?,
        locator: locator?,
        min_width_px: min_width_px?,
        min_confidence: min_confidence?,
        max_rate_hz: max_rate_hz?,
        per_frame: per_frame?,
        margin: margin?,
        known_countries_only: known_countries_only?,
    })
}
