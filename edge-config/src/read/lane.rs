//! `[[camera.lane]]`: where traffic is counted, and its queue measured.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::ids::{Ids, reference};
use super::{rule, shapes};
use crate::cursor::Table;
use crate::{Anchor, KnownModel, Lane};

const PERIOD: Duration = Duration::from_secs(60);
const PERIODS: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(3600);
/// A car of a sixth of the picture's height that takes ten seconds for its own length.
const STANDING_BELOW: f32 = 0.02;
/// A slow walk.
const STANDING_BELOW_MPS: f32 = 1.0;
const QUEUE_GAP: f32 = 0.15;
const QUEUE_GAP_M: f32 = 8.0;

/// One `[[camera.lane]]`.
pub(super) fn lane(
    table: &Table<'_>,
    lanes: &mut Ids,
    zones: &Ids,
    lines: &Ids,
    model: Option<&KnownModel>,
) -> Option<Lane> {
    let id = lanes.id_of(table);
    let zone = table.need("zone", "the id of a [[camera.zone]] of this camera", |item| {
        reference(item, "zone", zones, "line", lines)
    });
    let ends = shapes::ends(table);
    let classes = table.need("classes", rule::EXPECTED_CLASSES, |item| rule::classes(item, model));
    let min_score = table.or("min-score", rule::MIN_SCORE, |item| item.fraction(0.0..=1.0));
    let anchor = table.or("anchor", Anchor::Foot, |item| item.choice(&rule::ANCHORS));
    let standing_below = table.or("standing-below", STANDING_BELOW, |item| item.fraction(0.001..=1.0));
    let standing_below_mps =
        table.or("standing-below-mps", STANDING_BELOW_MPS, |item| item.fraction(0.05..=5.0));
    let queue_gap_m = table.or("queue-gap-m", QUEUE_GAP_M, |item| item.fraction(0.0..=50.0));
    let queue_gap = table.or("queue-gap", QUEUE_GAP, |item| item.fraction(0.0..=2.0));
    let period = table.or("period", PERIOD, |item| item.duration(PERIODS));
    let (from, to) = ends?;
    Some(Lane {
        id: id?,
        zone: zone?,
        from,
        to,
        classes: classes?,
        min_score: min_score?,
        anchor: anchor?,
        standing_below: standing_below?,
        standing_below_mps: standing_below_mps?,
        queue_gap: queue_gap?,
        queue_gap_m: queue_gap_m?,
        period: period?,
    })
}
