//! Traffic on a lane: what passed, how full it was, how long its queue and the wait in it.

mod lane;
mod period;
mod vehicle;

use std::collections::BTreeMap;
use std::time::Duration;

use track::Track;

use crate::{Direction, FrameInfo, GroundPlane, SceneError};
pub use lane::Lane;
use lane::{LaneAxis, Stretch};
pub use period::{FlowReport, LaneCount, Waits};
use period::{Instant, PeriodSums};
use vehicle::{LaneLook, Vehicle};

/// Time between two frames in which a lane counts as seen all along; what is longer is seen for so long and unseen after.
pub const LONGEST_STEP: Duration = Duration::from_secs(2);

/// The traffic on one lane, told once a period.
///
/// A vehicle is a confirmed track of one of the lane's classes and with its least mean score whose anchor was seen in the lane's zone. It is counted once
/// in its life, when it is seen on the other side of the lane's middle than at first: that needs no sharp end of the zone and
/// no box that the frame's border does not cut, and whoever turns round before is no traffic. It *stands* when over the latest
/// second it was nowhere further away than the lane's bound allows, and until it was twice as far. The queue are the standing vehicles from the stop
/// line backwards, none further from the one in front, or from the line, than the lane's gap. Who has joined the queue waits
/// until the anchor passes the stop line, creeping forward included; the wait begins with the second in which the vehicle
/// stood. A vehicle that brakes joins early by its last stretch within the bound: less than a tenth of a second for one that
/// comes ten times as fast as the bound. What the tracker loses on the way is not among the waits.
///
/// Lengths lie along the lane: boxes are projected onto the way from the lane's beginning to its stop line, and with a
/// ground plane that way is measured on the ground. A box seen from ahead reaches further back than its vehicle stands, by
/// what the vehicle's height hides of the ground.
///
/// Time is an argument: the same calls give the same reports. Memory is bounded by the living tracks and by
/// [`Waits::MAX_SAMPLE`].
#[derive(Debug)]
pub struct Flow {
    lane: Lane,
    plane: Option<GroundPlane>,
    vehicles: BTreeMap<u64, Vehicle>,
    now: Option<Now>,
    sums: PeriodSums,
}

/// The lane in its latest frame.
#[derive(Clone, Copy, Debug)]
struct Now {
    at: Duration,
    /// When the period began.
    began: Duration,
    state: Instant,
}

impl Flow {
    /// A lane that has seen nothing; in metres where its camera's `plane` is known.
    ///
    /// # Errors
    /// The first thing that is wrong with the lane, as a [`SceneError`].
    pub fn new(lane: Lane, plane: Option<GroundPlane>) -> Result<Self, SceneError> {
        lane.check(plane.as_ref())?;
        Ok(Self { lane, plane, vehicles: BTreeMap::new(), now: None, sums: PeriodSums::default() })
    }

    /// The lane's name.
    pub fn id(&self) -> &str {
        &self.lane.id
    }

    /// Takes a frame in: `active` are all living tracks. The report of a period that ended with it or before is pushed to
    /// `due`. A pause as long as a period ends the period early.
    pub fn judge(&mut self, frame: FrameInfo, active: &[Track], due: &mut Vec<FlowReport>) {
        if frame.size.is_empty() {
            return;
        }
        if let Some(now) = self.now {
            if frame.at < now.at {
                self.cut("clock set back", due);
            } else if self.lane.period <= frame.at - now.at {
                self.cut("no frames", due);
            } else {
                self.pass_time(now, frame.at, due);
            }
        }
        let axis = LaneAxis::new(&self.lane, self.plane.as_ref(), frame.size);
        see_vehicles(&mut self.vehicles, frame, active, &axis, &mut self.sums);
        let state = state_of(&mut self.vehicles, &axis);
        let began = self.now.map_or(frame.at, |now| now.began);
        self.sums.peak(&state);
        self.now = Some(Now { at: frame.at, began, state });
    }

    /// Ends the period at its latest frame for `reason`; nothing is remembered of any vehicle. Without a frame since the
    /// last one there is nothing to tell.
    pub fn finish(&mut self, reason: &'static str, due: &mut Vec<FlowReport>) {
        self.cut(reason, due);
    }

    fn cut(&mut self, reason: &'static str, due: &mut Vec<FlowReport>) {
        let Some(now) = self.now.take() else { return };
        self.vehicles.clear();
        let sums = std::mem::take(&mut self.sums);
        if now.began < now.at {
            due.push(sums.report(&self.lane, now.at, now.at - now.began, Some(reason)));
        }
    }

    /// What was true in the latest frame stays so until `at`, over the ends of periods.
    fn pass_time(&mut self, mut now: Now, at: Duration, due: &mut Vec<FlowReport>) {
        let mut seen_left = LONGEST_STEP;
        loop {
            let end = now.began + self.lane.period;
            let until = at.min(end);
            let seen = (until - now.at).min(seen_left);
            seen_left -= seen;
            self.sums.add(&now.state, seen);
            now.at = until;
            if at < end {
                break;
            }
            let sums = std::mem::take(&mut self.sums);
            due.push(sums.report(&self.lane, end, self.lane.period, None));
            now.began = end;
            self.sums.peak(&now.state);
            if at == end {
                break;
            }
        }
        self.now = Some(now);
    }
}

/// Takes in where the vehicles are, and counts who is due.
fn see_vehicles(
    vehicles: &mut BTreeMap<u64, Vehicle>,
    frame: FrameInfo,
    active: &[Track],
    axis: &LaneAxis<'_>,
    sums: &mut PeriodSums,
) {
    // In order of id, whatever the order of the slice.
    let mut tracks: Vec<&Track> = active.iter().filter(|track| track.confirmed).collect();
    tracks.sort_by_key(|track| track.id);
    vehicles.retain(|id, _| tracks.binary_search_by_key(id, |track| track.id).is_ok());
    for track in tracks.into_iter().filter(|track| track.seen_now) {
        let lane = axis.lane();
        if !lane.classes.contains(&track.class) || track.mean_score < lane.min_score {
            continue;
        }
        let look = LaneLook::new(track, axis);
        if look.is_inside && !vehicles.contains_key(&track.id) {
            sums.entered += 1;
            vehicles.insert(track.id, Vehicle::default());
        }
        let Some(vehicle) = vehicles.get_mut(&track.id) else { continue };
        vehicle.see(frame.at, look, axis);
        if let Some(direction) = vehicle.take_count() {
            sums.count(track.class, direction);
        }
        if let Some(wait) = vehicle.take_pass(frame.at) {
            sums.waits.push(wait);
        }
    }
}

/// Finds the queue, notes who joins it, and measures the lane.
fn state_of(vehicles: &mut BTreeMap<u64, Vehicle>, axis: &LaneAxis<'_>) -> Instant {
    let in_lane: Vec<(u64, Stretch, bool)> = vehicles
        .iter()
        .filter_map(|(&id, vehicle)| Some((id, vehicle.stretch()?, vehicle.stands())))
        .collect();
    let covered = axis.covered(in_lane.iter().map(|(_, stretch, _)| *stretch));
    let mut standing: Vec<(u64, Stretch)> =
        in_lane.iter().filter(|(.., stands)| *stands).map(|&(id, stretch, _)| (id, stretch)).collect();
    standing.sort_by(|(a, one), (b, other)| other.front.total_cmp(&one.front).then(a.cmp(b)));
    let mut tail = axis.length();
    let mut queued = 0;
    for (id, stretch) in standing {
        if !axis.is_within_gap(stretch.front, tail) {
            break;
        }
        queued += 1;
        tail = tail.min(stretch.back);
        if let Some(vehicle) = vehicles.get_mut(&id) {
            vehicle.join();
        }
    }
    let queue_m = axis.metres(tail, axis.length()).map(|metres| if queued == 0 { 0.0 } else { metres });
    Instant { vehicles: in_lane.len() as u32, covered, queued, queue_m }
}

/// Which way along a lane.
fn direction_of(forward: bool) -> Direction {
    if forward { Direction::Forward } else { Direction::Backward }
}

#[cfg(test)]
mod tests;
