//! What measurements stand on: a camera, a bare request, a median.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use edge_config::{
    Anchor, Camera, Clip, Conditions, Confirm, Direction, Edge, LightBounds, Line, Point, Priority, Profiles,
    Rule, SmallObjects, Source, Tiles, TrackerChoice, TrackerKind, Trigger, Zone,
};
use engine::{Outputs, Request};
use models::Card;

/// A run that leaves the input as it finds it, unless it holds another, and does not look at the output.
pub(super) struct Bare(pub(super) Option<Arc<Vec<f32>>>);

impl Request for Bare {
    type Element = f32;
    type Output = ();

    fn fill(&mut self, input: &mut [f32]) {
        if let Some(tensor) = &self.0 {
            input.copy_from_slice(tensor);
        }
    }

    fn read(&mut self, _: &Outputs<'_>) {}
}

/// A camera that watches the objects of every class that the model knows, over a line and in a zone.
pub(super) fn camera(card: &Card) -> Camera {
    let rule = |id: &str, trigger| Rule {
        id: id.to_owned(),
        version: 1,
        priority: Priority::Normal,
        trigger,
        classes: card.classes.clone(),
        anchor: Anchor::Foot,
        confirm: Confirm { hits: 3, of: 5 },
        min_travel: 0.0,
        min_score: 0.0,
        smallest_px: None,
        conditions: Conditions::default(),
        profiles: Profiles::default(),
        limit: None,
        blur_bystanders: None,
        second_look: None,
    };
    let point = |x, y| Point { x, y };
    let zone = Trigger::Zone { zone: "middle".to_owned(), on: Edge::Both, min_dwell: Duration::ZERO };
    let line = Trigger::Line { line: "across".to_owned(), direction: Direction::Both, hysteresis: 0.01 };
    Camera {
        id: "bench".to_owned(),
        source: Source::File(Clip { path: PathBuf::new(), recorded_at: std::time::SystemTime::UNIX_EPOCH }),
        model: card.id.clone(),
        input_size: None,
        max_rate_hz: None,
        min_score: None,
        small_objects: SmallObjects { horizon: (0.0, 1.0), tiles: Tiles::All },
        required: true,
        frozen_after: Duration::from_secs(5),
        merge_window: scene::Merge::DEFAULT_WINDOW,
        stationary_after: scene::Stationary::default().after,
        position: None,
        heading_deg: None,
        pose: None,
        ground: None,
        light: LightBounds {
            night_below: 50.0,
            day_above: 70.0,
            infrared_below: 2.0,
            colour_above: 4.0,
            hold: Duration::from_secs(1),
            settle: Duration::from_secs(3),
        },
        tracker: TrackerChoice { kind: TrackerKind::Cairn, max_lost: None, min_hits: None, min_iou: None },
        appearance: None,
        plates: None,
        zones: vec![Zone {
            id: "middle".to_owned(),
            polygon: vec![point(0.25, 0.25), point(0.75, 0.25), point(0.75, 0.95), point(0.25, 0.95)],
        }],
        lines: vec![Line { id: "across".to_owned(), from: point(0.5, 0.0), to: point(0.5, 1.0) }],
        rules: vec![rule("over", line), rule("inside", zone)],
        lanes: Vec::new(),
        privacy: Vec::new(),
        blur_bystanders: false,
    }
}

/// The value below which `share` of the values lie, by nearest rank; of none, not a number.
pub(super) fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

/// The middle value; of an even number, the mean of the two in the middle; of none, not a number.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.len().saturating_sub(1) / 2, values.len() / 2);
    match (values.get(low), values.get(high)) {
        (Some(low), Some(high)) => (low + high) / 2.0,
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(vec![7.0]), 7.0);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(quantile(values.clone(), 0.5), 50.0);
        assert_eq!(quantile(values.clone(), 0.99), 99.0);
        assert_eq!(quantile(values, 1.0), 100.0);
        assert_eq!(quantile(vec![3.0], 0.01), 3.0);
        assert!(quantile(Vec::new(), 0.5).is_nan());
    }
}
