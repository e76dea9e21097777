mod conditions;
mod profiles;
mod second_look;
mod trigger;

use std::ops::RangeInclusive;
use std::time::Duration;

use super::ids::Ids;
use super::{model, privacy};
use crate::cursor::{Item, Table};
use crate::quadrangle::Horizon;
use crate::{Anchor, Confirm, KnownModel, Limit, Priority, Rule};

const CONFIRM: Confirm = Confirm { hits: 3, of: 5 };
const MAX_CONFIRM: u32 = 64;
const MIN_TRAVEL: f32 = 0.05;
const MIN_TRAVEL_RANGE: RangeInclusive<f64> = 0.0..=2.0;
pub(super) const MIN_SCORE: f32 = 0.3;
const MIN_SCORE_RANGE: RangeInclusive<f64> = 0.0..=1.0;
/// Below four pixels there is nothing to see; above a thousand nothing is small.
const SMALLEST_PX: RangeInclusive<u32> = 4..=1000;
const MAX_PASSAGES: u32 = 100_000;
const PER: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(24 * 3600);
const PRIORITIES: [(&str, Priority); 2] = [("urgent", Priority::Urgent), ("normal", Priority::Normal)];
pub(super) const ANCHORS: [(&str, Anchor); 2] = [("foot", Anchor::Foot), ("centre", Anchor::Centre)];
pub(super) const EXPECTED_CLASSES: &str = "a list of one or more class names";

/// What the rules of one camera may refer to.
pub(super) struct RuleContext<'a> {
    pub(super) zones: &'a Ids,
    pub(super) lines: &'a Ids,
    /// Where the caller knows it.
    pub(super) model: Option<&'a KnownModel>,
    /// All models, where the caller knows them.
    pub(super) models: Option<&'a [KnownModel]>,
    /// The horizon of the camera's ground; `Some(None)` where it has a ground with problems of its own.
    pub(super) ground: Option<Option<&'a Horizon>>,
}

impl RuleContext<'_> {
    /// A number of metres, or of metres per second.
    fn metric(&self, item: &Item<'_>, range: RangeInclusive<f64>) -> Option<f32> {
        let value = item.fraction(range);
        match self.ground {
            Some(_) => value,
            None => item.misplaced("in metres, and the camera has no `ground` to measure them on"),
        }
    }
}

pub(super) fn rule(table: &Table<'_>, rules: &mut Ids, context: &RuleContext<'_>) -> Option<Rule> {
    let id = rules.id_of(table);
    let version = table.need("version", "a whole number of at least 1", |item| item.whole(1..=u32::MAX, ""));
    let priority = table.or("priority", Priority::Normal, |item| item.choice(&PRIORITIES));
    let trigger = trigger::trigger(table, context);
    let classes = table.need("classes", EXPECTED_CLASSES, |item| classes(item, context.model));
    let anchor = table.or("anchor", Anchor::Foot, |item| item.choice(&ANCHORS));
    let confirm = table.or("confirm", CONFIRM, |item| item.table(confirm));
    let min_travel = table.or("min-travel", MIN_TRAVEL, |item| item.fraction(MIN_TRAVEL_RANGE));
    let min_score = table.or("min-score", MIN_SCORE, |item| item.fraction(MIN_SCORE_RANGE));
    let smallest_px = table.maybe("smallest-px", |item| item.whole(SMALLEST_PX, ""));
    let conditions = conditions::conditions(table, context, classes.as_deref());
    let profiles = profiles::profiles(table);
    let second_look = second_look::second_look(table, context, classes.as_deref());
    let limit = table.maybe("limit", |item| item.table(limit));
    let blur_bystanders =
        table.maybe("blur-bystanders", |item| privacy::blur_bystanders(item, context.model));
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
        conditions: conditions?,
        profiles: profiles?,
        limit: limit?,
        blur_bystanders: blur_bystanders?,
        second_look: second_look?,
    })
}

pub(super) fn classes(item: &Item<'_>, model: Option<&KnownModel>) -> Option<Vec<String>> {
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

fn limit(table: &Table<'_>) -> Option<Limit> {
    let passages = table.need("passages", "a whole number", |item| item.whole(1..=MAX_PASSAGES, ""));
    let per = table.need("per", "a duration such as \"1m\"", |item| item.duration(PER));
    Some(Limit { passages: passages?, per: per? })
}

fn confirm(table: &Table<'_>) -> Option<Confirm> {
    let of = table.need("of", "a whole number", |item| item.whole(1..=MAX_CONFIRM, ""));
    let hits = table.need("hits", "a whole number", |item| match of {
        Some(of) => item.whole(1..=of, " (confirm.of)"),
        None => item.whole(1..=MAX_CONFIRM, ""),
    });
    Some(Confirm { hits: hits?, of: of? })
}
