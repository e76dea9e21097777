use std::ops::RangeInclusive;
use std::time::Duration;

use super::ids::Ids;
use super::rule::{self, RuleContext};
use super::{appearance, lane, model, plates, privacy, shapes, site, source, tracker, view};
use crate::cursor::{Item, Table, misplaced};
use crate::{Camera, KnownModel, Pose, Rule, SmallObjects, Tiles};

const FROZEN_AFTER: Duration = Duration::from_secs(5);
const FROZEN_AFTER_RANGE: RangeInclusive<Duration> = Duration::from_millis(500)..=Duration::from_secs(600);

const MERGE_WINDOW: Duration = Duration::from_secs(3);
const MERGE_WINDOW_RANGE: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(60);

const STATIONARY_AFTER: Duration = Duration::from_secs(60);
const STATIONARY_AFTER_RANGE: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(3600);

const TILES: [(&str, Tiles); 2] = [("moving", Tiles::Moving), ("all", Tiles::All)];
const EXPECTED_HORIZON: &str = "[top, bottom], two different fractions of the picture's height from 0 to 1";

/// What is known of a camera also when it cannot be used.
pub(super) struct Outline {
    pub(super) id: Option<String>,
    pub(super) required: bool,
}

/// One `[[camera]]`, held to `known_models`. Leaves what it learns of the camera in
/// `outline`, whatever else is wrong.
pub(super) fn camera(
    table: &Table<'_>,
    ids: &mut Ids,
    known_models: Option<&[KnownModel]>,
    outline: &mut Outline,
) -> Option<Camera> {
    let id = ids.id_of(table);
    outline.id.clone_from(&id);
    let source = source::source(table);
    let (model, known) = model::model(table, known_models).unzip();
    let known = known.flatten();
    let input_size = table.maybe("input-size", |item| model::input_size(item, known));
    let max_rate_hz = table.maybe("max-rate-hz", |item| item.number(0.1..=60.0));
    let min_score = table.maybe("min-score", |item| item.fraction(0.0..=1.0));
    let required = table.or("required", true, Item::flag);
    outline.required = required.unwrap_or(true);
    let frozen_after = table.or("frozen-after", FROZEN_AFTER, |item| item.duration(FROZEN_AFTER_RANGE));
    let merge_window = table.or("merge-window", MERGE_WINDOW, |item| item.duration(MERGE_WINDOW_RANGE));
    let stationary_after =
        table.or("stationary-after", STATIONARY_AFTER, |item| item.duration(STATIONARY_AFTER_RANGE));
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
    let (ground, horizon) = table.maybe("ground", |item| item.table(view::ground)).map(Option::unzip).unzip();
    let light = view::light(table);
    let tracker = tracker::tracker(table);
    let appearance = table.maybe("appearance", |item| appearance::appearance(item, known, known_models));
    let plates = table.maybe("plates", |item| plates::plates(item, known, known_models));
    let has_ground = table.has("ground");
    let context = RuleContext {
        zones: &zone_ids,
        lines: &line_ids,
        model: known,
        models: known_models,
        ground: has_ground.then_some(horizon.as_ref().and_then(Option::as_ref)),
    };
    let rules = table.each("rule", |table| rule::rule(table, &mut rule_ids, &context));

    let (mut lane_ids, mut privacy_ids) = (Ids::default(), Ids::default());
    let lanes = table.each("lane", |table| lane::lane(table, &mut lane_ids, &zone_ids, &line_ids, known));
    let privacy = table.each("privacy", |table| privacy::privacy(table, &mut privacy_ids));
    let blur_bystanders = privacy::evidence(table, known);

    let small_objects = small_objects(table, rules.as_deref());

    let pose = pose(table, placed.as_ref().map(|placed| placed.and_then(|(_, heading_deg)| heading_deg)));

    let (position, heading_deg) = placed?.unzip();
    Some(Camera {
        id: id?,
        source: source?,
        model: model?,
        input_size: input_size?,
        max_rate_hz: max_rate_hz?,
        min_score: min_score?,
        small_objects: small_objects?,
        required: required?,
        frozen_after: frozen_after?,
        merge_window: merge_window?,
        stationary_after: stationary_after?,
        position,
        heading_deg: heading_deg.flatten(),
        pose: pose?,
        ground: ground?,
        light: light?,
        tracker: tracker?,
        appearance: appearance?,
        plates: plates?,
        zones: zones?.into_iter().collect::<Option<_>>()?,
        lines: lines?.into_iter().collect::<Option<_>>()?,
        rules: rules?.into_iter().collect::<Option<_>>()?,
        lanes: lanes?.into_iter().collect::<Option<_>>()?,
        privacy: privacy?.into_iter().collect::<Option<_>>()?,
        blur_bystanders: blur_bystanders?,
    })
}

/// `pose`, which means something only where the camera is known to stand and look; `heading_deg` is `None` where that
/// could not be read.
fn pose(table: &Table<'_>, heading_deg: Option<Option<f32>>) -> Option<Option<Pose>> {
    let pose = table.maybe("pose", |item| item.table(view::pose));
    if heading_deg == Some(None) {
        misplaced([table.get("pose")], "belongs to a camera with `position` and its `heading-deg`")?;
    }
    pose
}

/// `horizon` and `tiles`, which mean something only beside a rule that asks for small objects.
fn small_objects(table: &Table<'_>, rules: Option<&[Option<Rule>]>) -> Option<SmallObjects> {
    let (horizon_item, tiles_item) = (table.get("horizon"), table.get("tiles"));
    let horizon = horizon_item.as_ref().map_or(Some((0.0, 1.0)), horizon);
    let tiles = tiles_item.as_ref().map_or(Some(Tiles::Moving), |item| item.choice(&TILES));
    let asked = |rule: &Option<Rule>| rule.as_ref().is_none_or(|rule| rule.smallest_px.is_some());
    // A rule with problems of its own may have asked.
    if !rules.is_none_or(|rules| rules.iter().any(asked)) {
        misplaced([horizon_item, tiles_item], "belongs to a camera with a rule that has `smallest-px`")?;
    }
    Some(SmallObjects { horizon: horizon?, tiles: tiles? })
}

fn horizon(item: &Item<'_>) -> Option<(f32, f32)> {
    let [top, bottom] = item.exactly(EXPECTED_HORIZON)?.map(|value| value.fraction(0.0..=1.0));
    let (top, bottom) = (top?, bottom?);
    if top < bottom { Some((top, bottom)) } else { item.refuse(EXPECTED_HORIZON) }
}
