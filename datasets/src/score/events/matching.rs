//! Which told event is which true one.

use track::Assignment;

use super::{ClipEvents, EventMatch, FoundEvent, TrueEvent};

/// Granted on top of each truth's own tolerance.
pub(super) const GRACE_S: f64 = 1.0;

/// Times are whole nanoseconds before they are seconds: an offset of exactly the limit must not depend on how their
/// difference rounds.
const ROUNDING_S: f64 = 1e-9;

/// Matches the events `found` in a clip of `duration_s` seconds with the true ones.
///
/// One to one: as many as possible, and of these pairings the one with the least sum of absolute offsets. Direction and
/// rule are compared only where the truth states them, the rule only where the other side has one too: results of another
/// system have none. All times are finite.
pub fn match_clip(duration_s: f64, truths: Vec<TrueEvent>, found: Vec<FoundEvent>) -> ClipEvents {
    let offsets: Vec<Option<f64>> =
        truths.iter().flat_map(|truth| found.iter().map(move |found| offset_s(truth, found))).collect();
    let farthest = offsets.iter().flatten().fold(0.0_f64, |farthest, offset| farthest.max(offset.abs()));
    // Worth more than all offsets of a pairing together, so that one match more always wins.
    let worth = 1.0 + farthest * truths.len().min(found.len()) as f64;
    let weights: Vec<f64> =
        offsets.iter().map(|offset| offset.map_or(0.0, |offset| worth - offset.abs())).collect();
    let mut solver = Assignment::default();
    let pairs = solver.solve(truths.len(), found.len(), &weights);
    let matched: Vec<_> = pairs
        .iter()
        .map(|&(truth, index)| {
            let moment_s = truths[truth].moment_s();
            let FoundEvent { at_s, confirmed_s, .. } = found[index];
            EventMatch { truth, found: index, offset_s: at_s - moment_s, delay_s: confirmed_s - moment_s }
        })
        .collect();
    let missed = (0..truths.len()).filter(|&truth| matched.iter().all(|pair| pair.truth != truth)).collect();
    let false_alarms =
        (0..found.len()).filter(|&index| matched.iter().all(|pair| pair.found != index)).collect();
    ClipEvents { duration_s, truths, found, matched, missed, false_alarms }
}

/// How late `found` says that `truth` happened; `None` when it cannot mean it.
pub(super) fn offset_s(truth: &TrueEvent, found: &FoundEvent) -> Option<f64> {
    let offset_s = found.at_s - truth.moment_s();
    let same = found.kind == truth.kind
        && (truth.rule.is_none() || found.rule.is_none() || truth.rule == found.rule)
        && (truth.direction.is_none() || truth.direction == found.direction);
    let near = offset_s.abs() <= truth.tolerance_s + GRACE_S + ROUNDING_S;
    (same && near).then_some(offset_s)
}
