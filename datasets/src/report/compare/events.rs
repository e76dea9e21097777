//! Confirmed events: clips are drawn where there are enough of them, else blocks of time.
//!
//! A block takes what happened in it and what was told in it together: truths (told or missed), false alarms and camera
//! time. So one draw serves every score, recall and the rate of false alarms alike, and errors that come in bursts stay
//! together. Truths are the same on both sides and fall into the same block.

use super::TaskChange;
use super::pairing::{Both, Side};
use super::resampling::{Measured, Named, resample};
use crate::score::events::{self, ClipEvents, EventScores};
use crate::score::interval::quantile;

/// From so many clips on, clips are drawn.
const ENOUGH_CLIPS: usize = 10;
/// Longer than the tolerance of a true event, so that what belongs together mostly falls into one block.
const BLOCK_S: f64 = 10.0;
const SECONDS_PER_HOUR: f64 = 3600.0;

/// One side, cut into what is drawn.
#[derive(Default)]
struct Ready {
    /// Ascending, each with its unit.
    delays: Vec<(f64, usize)>,
    units: Vec<Counts>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    missed: u64,
    false_alarms: u64,
    duration_s: f64,
}

pub(super) fn change(clips: &Both<'_, ClipEvents>, seed: u64) -> Option<TaskChange> {
    if clips.a.is_empty() {
        return None;
    }
    let by_clip = ENOUGH_CLIPS <= clips.a.len();
    let blocks: Vec<usize> =
        clips
            .a
            .iter()
            .zip(&clips.b)
            .map(|(a, b)| {
                if by_clip { 1 } else { ((a.duration_s.max(b.duration_s) / BLOCK_S).ceil() as usize).max(1) }
            })
            .collect();
    let [a, b] = [Side::A, Side::B].map(|side| Ready::of(clips.side(side), &blocks));
    let [scores_a, scores_b] = [Side::A, Side::B].map(|side| events::score(clips.side(side)));
    let scores: [Named<EventScores>; 6] = [
        ("precision", |scores| scores.precision),
        ("recall", |scores| scores.recall),
        ("f1", |scores| scores.f1),
        ("false_alarms_per_hour", |scores| scores.false_alarms_per_hour),
        ("time_to_event_s.p50", |scores| scores.time_to_event_s.p50),
        ("time_to_event_s.p95", |scores| scores.time_to_event_s.p95),
    ];
    let measured = scores
        .iter()
        .map(|(name, of)| Measured { name: (*name).to_owned(), a: of(&scores_a), b: of(&scores_b) })
        .collect();
    let drawn = if by_clip { "clips" } else { "blocks" };
    Some(resample(seed, drawn, blocks.iter().sum(), measured, |side, weights| match side {
        Side::A => a.draw(weights),
        Side::B => b.draw(weights),
    }))
}

impl Ready {
    /// `blocks` says into how many units each clip is cut.
    fn of(clips: &[&ClipEvents], blocks: &[usize]) -> Self {
        let mut ready = Self::default();
        for (clip, &count) in clips.iter().zip(blocks) {
            let first = ready.units.len();
            let unit_at = |at_s: f64| {
                // One unit is the whole clip; a moment before its start or after its end belongs to the nearest block.
                let block = (at_s / BLOCK_S).max(0.0) as usize;
                first + block.min(count - 1)
            };
            ready.units.extend((0..count).map(|block| Counts {
                duration_s: if count == 1 {
                    clip.duration_s
                } else {
                    (clip.duration_s - block as f64 * BLOCK_S).clamp(0.0, BLOCK_S)
                },
                ..Counts::default()
            }));
            let moments =
                clip.matched.iter().map(|pair| (pair.delay_s, unit_at(clip.truths[pair.truth].moment_s())));
            ready.delays.extend(moments);
            for &missed in &clip.missed {
                ready.units[unit_at(clip.truths[missed].moment_s())].missed += 1;
            }
            for &told in &clip.false_alarms {
                ready.units[unit_at(clip.found[told].at_s)].false_alarms += 1;
            }
        }
        ready.delays.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        ready
    }

    /// In the order of the scores in [`change`].
    fn draw(&self, weights: &[u32]) -> Vec<f64> {
        let mut delays: Vec<f64> = Vec::with_capacity(self.delays.len());
        for (delay, unit) in &self.delays {
            delays.extend((0..weights[*unit]).map(|_| delay));
        }
        let (mut missed, mut false_alarms, mut duration_s) = (0, 0, 0.0);
        for (unit, &weight) in self.units.iter().zip(weights) {
            missed += u64::from(weight) * unit.missed;
            false_alarms += u64::from(weight) * unit.false_alarms;
            duration_s += f64::from(weight) * unit.duration_s;
        }
        let right = delays.len() as u64;
        // 0 / 0 is NaN: a draw without a value.
        let share = |part: u64, whole: u64| part as f64 / whole as f64;
        vec![
            share(right, right + false_alarms),
            share(right, right + missed),
            share(2 * right, 2 * right + missed + false_alarms),
            if 0.0 < duration_s { false_alarms as f64 / (duration_s / SECONDS_PER_HOUR) } else { f64::NAN },
            quantile(&delays, 0.5).unwrap_or(f64::NAN),
            quantile(&delays, 0.95).unwrap_or(f64::NAN),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::compare::testing::whole;

    #[test]
    fn every_block_once_is_the_run_itself() {
        let run = whole(0.7);
        let clips: Vec<&ClipEvents> = run.units.iter().filter_map(|unit| unit.events.as_ref()).collect();
        let scores = events::score(&clips);
        let wanted = [
            scores.precision,
            scores.recall,
            scores.f1,
            scores.false_alarms_per_hour,
            scores.time_to_event_s.p50,
            scores.time_to_event_s.p95,
        ];
        for blocks in [1, 40] {
            let drawn = Ready::of(&clips, &[blocks]).draw(&vec![1; blocks]);
            for (drawn, wanted) in drawn.iter().zip(wanted) {
                assert!((drawn - wanted.unwrap()).abs() < 1e-12, "{blocks}: {drawn} {wanted:?}");
            }
        }
        // A truth each 20 s from 5 s on, told from 14 s on where it is missed: the first two blocks.
        let first =
            Ready::of(&clips, &[40]).draw(&std::array::from_fn::<u32, 40, _>(|block| u32::from(block < 2)));
        assert_eq!(first[..4], [1.0, 1.0, 1.0, 0.0]);
        let last =
            Ready::of(&clips, &[40]).draw(&std::array::from_fn::<u32, 40, _>(|block| u32::from(38 <= block)));
        assert_eq!(last[..4], [0.0, 0.0, 0.0, 180.0]);
    }
}
