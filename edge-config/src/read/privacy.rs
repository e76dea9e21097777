//! What is hidden in pictures before anybody gets them.

use super::ids::Ids;
use super::shapes;
use crate::cursor::{Item, Table};
use crate::{KnownModel, PrivacyZone};

/// The class whose looks are hidden.
pub(super) const PERSON: &str = "person";

/// One `[[camera.privacy]]`.
pub(super) fn privacy(table: &Table<'_>, ids: &mut Ids) -> Option<PrivacyZone> {
    let zone = shapes::zone(table, ids);
    let detect = table.or("detect", true, Item::flag);
    let zone = zone?;
    Some(PrivacyZone { id: zone.id, polygon: zone.polygon, detect: detect? })
}

/// `blur-bystanders` of `camera.evidence` or of a rule, which needs a model that knows people.
pub(super) fn blur_bystanders(item: &Item<'_>, model: Option<&KnownModel>) -> Option<bool> {
    let blur = item.flag()?;
    match model {
        Some(KnownModel { id, classes, .. }) if blur && !classes.iter().any(|class| class == PERSON) => {
            item.problem(format_args!("model {id:?} has no class {PERSON:?}, so nobody can be blurred"))
        }
        _ => Some(blur),
    }
}

/// `camera.evidence`: whether bystanders are blurred where a rule does not say.
pub(super) fn evidence(table: &Table<'_>, model: Option<&KnownModel>) -> Option<bool> {
    table.or("evidence", false, |item| {
        item.table(|table| table.or("blur-bystanders", false, |item| blur_bystanders(item, model)))
    })
}
