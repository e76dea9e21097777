//! Which vehicles are looked at in a frame.

use std::collections::BTreeMap;
use std::time::Duration;

use plates::ReadSettings;
use track::Track;

use super::vehicle::Vehicle;

/// A plate is at most this share of its vehicle's width: on a vehicle that is narrower, none could be wide enough.
const WIDEST_SHARE: f32 = 0.5;

/// Chooses the vehicles of one camera.
pub(super) struct Choice {
    /// Of vehicles.
    pub(super) classes: Vec<u16>,
    pub(super) settings: ReadSettings,
    /// From one search on a vehicle to the next.
    pub(super) period: Duration,
    /// Vehicles in one frame.
    pub(super) per_frame: usize,
}

impl Choice {
    /// Those of `tracks` on which a plate is to be sought in the frame of `at`: those that were looked at least first, then
    /// the larger. Each vehicle among them is one of `vehicles` from here on.
    pub(super) fn due(
        &self,
        at: Duration,
        tracks: &[Track],
        vehicles: &mut BTreeMap<u64, Vehicle>,
    ) -> Vec<u64> {
        let mut due = Vec::new();
        for track in tracks.iter().filter(|track| track.confirmed && track.seen_now) {
            if !self.classes.contains(&track.class) {
                continue;
            }
            let vehicle = vehicles.entry(track.id).or_insert_with(|| Vehicle::new(self.settings));
            let width = track.last_observed.bbox.width();
            vehicle.seen_at = at;
            if width * WIDEST_SHARE < self.settings.min_width_px {
                vehicle.tally.too_far();
            } else if vehicle.is_due(at, width, self.period) {
                due.push((vehicle.tally.searches(), width, track.id));
            }
        }
        due.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
        due.truncate(self.per_frame);
        due.into_iter().map(|(.., id)| id).collect()
    }
}

#[cfg(test)]
mod tests {
    use plates::{Reason, Status, grammar};
    use track::{Observation, Tracker, TrackerSettings};
    use vision::FrameBox;

    use super::*;

    const PERSON: u16 = 0;
    const CAR: u16 = 2;

    fn seen(class: u16, x: f32, width: f32) -> Observation {
        let bbox = FrameBox::new(x, 100.0, x + width, 100.0 + width).expect("valid");
        Observation { class, score: 0.9, bbox }
    }

    /// A tracker whose tracks are confirmed at once, and who chooses among them.
    struct Lane {
        tracker: Tracker,
        choice: Choice,
        vehicles: BTreeMap<u64, Vehicle>,
    }

    impl Lane {
        fn new(per_frame: usize) -> Self {
            let settings = TrackerSettings { min_hits: 1, ..TrackerSettings::default() };
            let choice = Choice {
                classes: vec![CAR],
                settings: ReadSettings::default(),
                period: Duration::from_millis(200),
                per_frame,
            };
            Self { tracker: Tracker::new(settings), choice, vehicles: BTreeMap::new() }
        }

        /// The widths of the vehicles that are looked at, nothing being found on any.
        fn frame(&mut self, at_ms: u64, observations: &[Observation]) -> Vec<f32> {
            let at = Duration::from_millis(at_ms);
            let update = self.tracker.update(at, observations);
            let due = self.choice.due(at, update.active, &mut self.vehicles);
            let mut widths = Vec::new();
            for id in &due {
                let track = update.active.iter().find(|track| track.id == *id).expect("a track");
                let vehicle = self.vehicles.get_mut(id).expect("a vehicle");
                widths.push(track.last_observed.bbox.width());
                vehicle.sought(at, track.last_observed.bbox.width());
                vehicle.tally.found_none();
            }
            widths
        }
    }

    #[test]
    fn every_vehicle_gets_its_turn_within_the_budget_of_a_frame() {
        let mut lane = Lane::new(1);
        let cars = [seen(CAR, 0.0, 200.0), seen(CAR, 400.0, 250.0), seen(PERSON, 800.0, 300.0)];
        let looked: Vec<Vec<f32>> = (0..6).map(|frame| lane.frame(50 * frame, &cars)).collect();
        // The larger first, the other one next, nobody until 200 ms are over, and then again.
        assert_eq!(looked, [vec![250.0], vec![200.0], vec![], vec![], vec![250.0], vec![200.0]]);
    }

    #[test]
    fn a_vehicle_too_small_for_a_legible_plate_is_not_searched_and_says_so() {
        let mut lane = Lane::new(4);
        assert_eq!(lane.frame(0, &[seen(CAR, 0.0, 60.0)]), Vec::<f32>::new());
        let status = |lane: &Lane| lane.vehicles[&1].tally.outcome(grammar::all()).status;
        assert_eq!(status(&lane), Status::Rejected(Reason::TooSmall));
        assert_eq!(lane.frame(100, &[seen(CAR, 0.0, 90.0)]), [90.0]);
        assert_eq!(status(&lane), Status::Rejected(Reason::NoPlate));
    }
}
