use std::ops::RangeInclusive;
use std::time::Duration;

use super::ids::Ids;
use super::{rule, shapes, site, source};
use crate::Camera;
use crate::cursor::{Item, Table};

const MODEL: &str = "yolox-nano-416";
const FROZEN_AFTER: Duration = Duration::from_secs(5);
const FROZEN_AFTER_RANGE: RangeInclusive<Duration> = Duration::from_millis(500)..=Duration::from_secs(600);
const INPUT_STEP: u32 = 32;
const INPUT_MAX: u32 = 4096;

/// One `[[camera]]`. Leaves its id in `own_id` as soon as it has a good one, whatever else is wrong.
pub(super) fn camera(table: &Table<'_>, ids: &mut Ids, own_id: &mut Option<String>) -> Option<Camera> {
    let id = ids.id_of(table);
    own_id.clone_from(&id);
    let source = source::source(table);
    let model = table.or("model", MODEL.to_owned(), model);
    let input_size = table.maybe("input-size", input_size);
    let max_rate_hz = table.maybe("max-rate-hz", |item| item.number(0.1..=60.0));
    let min_score = table.maybe("min-score", |item| item.fraction(0.0..=1.0));
    let required = table.or("required", true, Item::flag);
    let frozen_after = table.or("frozen-after", FROZEN_AFTER, |item| item.duration(FROZEN_AFTER_RANGE));
    let placed = table.maybe("position", |item| {
        item.table(|table| {
            let position = site::position(table);
            let heading_deg = table.maybe("heading-deg", |item| item.fraction(0.0..=360.0));
            Some((position?, heading_deg?))
        })
    });

    let (mut zone_ids, mut line_ids, mut rule_ids) = (Ids::default(), Ids::default(), Ids::default());
    let zones = table.each("zone", |table| shapes::zone(table, &mut zone_ids));
    let lines = table.each("line", |table| shapes::line(table, &mut line_ids));
    let rules = table.each("rule", |table| rule::rule(table, &mut rule_ids, &zone_ids, &line_ids));

    let (position, heading_deg) = placed?.unzip();
    Some(Camera {
        id: id?,
        source: source?,
        model: model?,
        input_size: input_size?,
        max_rate_hz: max_rate_hz?,
        min_score: min_score?,
        required: required?,
        frozen_after: frozen_after?,
        position,
        heading_deg: heading_deg.flatten(),
        zones: zones?.into_iter().collect::<Option<_>>()?,
        lines: lines?.into_iter().collect::<Option<_>>()?,
        rules: rules?.into_iter().collect::<Option<_>>()?,
    })
}

fn model(item: &Item<'_>) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    match item.peek_text() {
        Some(text) if !text.is_empty() && !text.starts_with('.') && text.bytes().all(allowed) => {
            Some(text.to_owned())
        }
        _ => item.refuse("the id of a model card"),
    }
}

fn input_size(item: &Item<'_>) -> Option<(u32, u32)> {
    let side = |item: Item<'_>| {
        let side = item.whole(INPUT_STEP..=INPUT_MAX, " that is a multiple of 32")?;
        if side.is_multiple_of(INPUT_STEP) { Some(side) } else { item.refuse("a multiple of 32") }
    };
    let [width, height] = item.exactly("[width, height] in pixels")?.map(side);
    Some((width?, height?))
}
