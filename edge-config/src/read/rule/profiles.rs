//! What a rule asks in a light of its own.

use super::{MIN_SCORE_RANGE, MIN_TRAVEL_RANGE, confirm};
use crate::cursor::{Item, Table};
use crate::{Profile, Profiles};

pub(super) fn profiles(table: &Table<'_>) -> Option<Profiles> {
    let of = |key| table.or(key, Profile::default(), |item| item.table(profile));
    let (day, night, infrared) = (of("day"), of("night"), of("infrared"));
    Some(Profiles { day: day?, night: night?, infrared: infrared? })
}

fn profile(table: &Table<'_>) -> Option<Profile> {
    let enabled = table.or("enabled", true, Item::flag);
    let confirm = table.maybe("confirm", |item| item.table(confirm));
    let min_travel = table.maybe("min-travel", |item| item.fraction(MIN_TRAVEL_RANGE));
    let min_score = table.maybe("min-score", |item| item.fraction(MIN_SCORE_RANGE));
    Some(Profile { enabled: enabled?, confirm: confirm?, min_travel: min_travel?, min_score: min_score? })
}
