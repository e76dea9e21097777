use std::ops::RangeInclusive;
use std::time::Duration;

use crate::cursor::Table;
use crate::{TrackerChoice, TrackerKind};

const TRACKER: TrackerChoice =
    TrackerChoice { kind: TrackerKind::Cairn, max_lost: None, min_hits: None, min_iou: None };
const KINDS: [(&str, TrackerKind); 4] = [
    ("cairn", TrackerKind::Cairn),
    ("sort", TrackerKind::Sort),
    ("byte-track", TrackerKind::ByteTrack),
    ("oc-sort", TrackerKind::OcSort),
];
/// Below a twentieth of a second a track would not live from one frame to the next.
const MAX_LOST: RangeInclusive<Duration> = Duration::from_millis(50)..=Duration::from_secs(30);

pub(super) fn tracker(camera: &Table<'_>) -> Option<TrackerChoice> {
    camera.or("tracker", TRACKER, |item| {
        item.table(|table| {
            let kind = table.or("kind", TRACKER.kind, |item| item.choice(&KINDS));
            let max_lost = table.maybe("max-lost", |item| item.duration(MAX_LOST));
            let min_hits = table.maybe("min-hits", |item| item.whole(1..=64, ""));
            let min_iou = table.maybe("min-iou", |item| item.fraction(0.0..=1.0));
            Some(TrackerChoice { kind: kind?, max_lost: max_lost?, min_hits: min_hits?, min_iou: min_iou? })
        })
    })
}
