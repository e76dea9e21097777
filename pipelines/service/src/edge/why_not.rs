//! "Why was there an alarm, and why none?": everything that a camera considered around a time.

use std::collections::BTreeMap;
use std::time::Duration;

use delivery::{Around, DeliveryError};
use prost::Message as _;
use proto::v1 as pb;

use super::decisions::{Living, instant, lost_clauses, summary};
use super::event::camera_state_name;
use super::state::{BoxState, CameraRecord};

/// Tolerance where none is given.
const TOLERANCE: Duration = Duration::from_secs(5);
/// Largest tolerance taken.
const MAX_TOLERANCE: Duration = Duration::from_secs(600);
/// Records read for one answer at most.
const RECORDS: usize = 2_000;
/// Considerations in one answer at most.
const CONSIDERATIONS: usize = 500;
/// How long a camera's thread may take: longer than an inference usually does.
const THREAD_LIMIT: Duration = Duration::from_secs(2);
/// Between two spans, or at the ends of footage: less is how late things are written down, not a hole.
const HOLE_NS: i64 = 2_000_000_000;
/// Clauses that say that a rule was not in force.
const NOT_IN_FORCE: [&str; 3] = ["schedule", "enabled", "local_time_known"];

/// Why a question gets no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WhyNotError {
    #[error("camera_id: this box has no camera `{0}`")]
    UnknownCamera(String),
    #[error("wall_unix_ns: got {asked}, which is in the future: it is {now}")]
    Future { asked: String, now: String },
    #[error("tolerance_ms: got {0}, expected at most {limit}", limit = MAX_TOLERANCE.as_millis())]
    Tolerance(u32),
    #[error("decisions cannot be read")]
    Store(#[from] DeliveryError),
}

/// What a camera considered around a time, and what kept it from looking.
///
/// # Errors
/// [`WhyNotError`].
pub(crate) async fn why_not(
    state: &BoxState,
    request: &pb::WhyNotRequest,
) -> Result<pb::WhyNotResponse, WhyNotError> {
    let id = &request.camera_id;
    let camera = state.camera(id).ok_or_else(|| WhyNotError::UnknownCamera(id.clone()))?;
    let tolerance = match request.tolerance_ms {
        0 => TOLERANCE,
        ms => Duration::from_millis(u64::from(ms)),
    };
    if MAX_TOLERANCE < tolerance {
        return Err(WhyNotError::Tolerance(request.tolerance_ms));
    }
    let now = now_of(camera);
    let at = request.wall_unix_ns;
    if now < at {
        return Err(WhyNotError::Future { asked: instant(at), now: instant(now) });
    }
    let tolerance_ns = i64::try_from(tolerance.as_nanos()).unwrap_or(i64::MAX);
    let window =
        Window { from: at.saturating_sub(tolerance_ns), to: at.saturating_add(tolerance_ns).min(now) };
    // First the thread, then the store: what the one hands over meanwhile is found in the other.
    let living = camera.living(THREAD_LIMIT).await;
    let held = state.decisions.around(id, window.from, window.to, RECORDS).await?;
    let disabled = disabled_since(camera);
    Ok(answer(window, held, living.ok().map(Option::unwrap_or_default), disabled))
}

/// Now on the clock of the camera's frames: footage may name any time as its own.
fn now_of(camera: &CameraRecord) -> i64 {
    let latest = camera.latest_frame().map(|(frame, _)| frame.clocks.wall_unix_ns);
    delivery::unix_ns().max(latest.unwrap_or(i64::MIN))
}

/// A camera that is out of service has no thread that would say so.
fn disabled_since(camera: &CameraRecord) -> Option<pb::CameraSpan> {
    let report = camera.report();
    if report.state() != pb::CameraState::Disabled {
        return None;
    }
    let now = delivery::unix_ns();
    Some(pb::CameraSpan {
        state: pb::CameraState::Disabled.into(),
        reason: report.reason,
        from_unix_ns: now.saturating_sub_unsigned(report.state_since_ms.saturating_mul(1_000_000)),
        to_unix_ns: now,
        ..pb::CameraSpan::default()
    })
}

#[derive(Clone, Copy, Debug)]
struct Window {
    from: i64,
    to: i64,
}

impl Window {
    fn touches(self, from: i64, to: i64) -> bool {
        self.from <= to && from <= self.to
    }
}

/// `living` is absent where the camera's thread did not answer.
fn answer(
    window: Window,
    held: Around,
    living: Option<Living>,
    disabled: Option<pb::CameraSpan>,
) -> pb::WhyNotResponse {
    let mut considered = Vec::new();
    let mut spans: Vec<pb::CameraSpan> = disabled.into_iter().collect();
    for decision in &held.decisions {
        // What an older program wrote may lack a body; it says nothing then.
        match pb::KeptDecision::decode(decision.bytes.as_slice()).unwrap_or_default().body {
            Some(pb::kept_decision::Body::Consideration(consideration)) => considered.push(consideration),
            Some(pb::kept_decision::Body::Span(span)) => spans.push(span),
            None => {}
        }
    }
    let is_unknown = living.is_none();
    let Living { considerations, span } = living.unwrap_or_default();
    spans.extend(span);
    spans.retain(|span| window.touches(span.from_unix_ns, span.to_unix_ns));
    spans.sort_by_key(|span| (span.from_unix_ns, span.to_unix_ns));
    considered.extend(considerations);
    let mut considerations = in_order(window, considered);

    let mut reasons = reasons_of(window, &spans, held.forgotten_to_unix_ns);
    reasons.extend(nothing_considered(window, &spans, &considerations));
    reasons.extend(not_in_force(window, &considerations));
    let mut add = |kind: pb::CameraReasonKind, summary: String| {
        reasons.push(reason(kind, summary, window.from, window.to));
    };
    if is_unknown {
        let summary =
            "the camera's thread did not answer in time: tracks that are still followed are missing here";
        add(pb::CameraReasonKind::LivingUnknown, summary.to_owned());
    }
    if held.is_cut || CONSIDERATIONS < considerations.len() {
        considerations.truncate(CONSIDERATIONS);
        let summary = format!(
            "more was considered than the {CONSIDERATIONS} that an answer holds: ask for a shorter time"
        );
        add(pb::CameraReasonKind::Cut, summary);
    }
    pb::WhyNotResponse { considerations, reasons, from_unix_ns: window.from, to_unix_ns: window.to }
}

/// Each consideration once, passages first, then by track, then by rule.
fn in_order(window: Window, considered: Vec<pb::Consideration>) -> Vec<pb::Consideration> {
    let is_passage = |consideration: &pb::Consideration| {
        matches!(consideration.outcome(), pb::Outcome::Passage | pb::Outcome::Retracted)
    };
    let mut passages: BTreeMap<String, pb::Consideration> = BTreeMap::new();
    let mut others = Vec::new();
    for consideration in considered {
        if !window.touches(consideration.first_seen_unix_ns, consideration.last_seen_unix_ns) {
            continue;
        }
        if is_passage(&consideration) && !consideration.passage_id.is_empty() {
            // Told again when it was closed: the later one knows more.
            passages.insert(consideration.passage_id.clone(), consideration);
        } else {
            others.push(consideration);
        }
    }
    let same = |one: &pb::Consideration, other: &pb::Consideration| {
        // Ids count from 1 again after a restart: the same track was also first seen at the same time, but for rounding.
        let apart = one.first_seen_unix_ns.abs_diff(other.first_seen_unix_ns);
        one.track_id == other.track_id && one.rule_id == other.rule_id && apart < 1_000_000_000
    };
    let told: Vec<pb::Consideration> = passages.into_values().collect();
    // A track that lives on after its passage, of which the window holds the passage.
    others.retain(|other| !is_passage(other) || !told.iter().any(|passage| same(passage, other)));
    // A track that ended between the thread's answer and the store's.
    let ended: Vec<pb::Consideration> =
        others.iter().filter(|other| other.outcome() == pb::Outcome::Rejected).cloned().collect();
    others.retain(|other| {
        other.outcome() != pb::Outcome::Alive || !ended.iter().chain(&told).any(|over| same(over, other))
    });
    let mut all = told;
    all.append(&mut others);
    all.sort_by(|one, other| {
        let key = |c: &pb::Consideration| (!is_passage(c), c.first_seen_unix_ns, c.track_id);
        key(one).cmp(&key(other)).then_with(|| one.rule_id.cmp(&other.rule_id))
    });
    for consideration in &mut all {
        consideration.summary = summary(consideration);
    }
    all
}

fn reason(kind: pb::CameraReasonKind, summary: String, from: i64, to: i64) -> pb::CameraReason {
    pb::CameraReason { kind: kind.into(), summary, from_unix_ns: from, to_unix_ns: to }
}

/// States other than streaming, frames without an answer, and times of which nothing is held.
fn reasons_of(window: Window, spans: &[pb::CameraSpan], forgotten: Option<i64>) -> Vec<pb::CameraReason> {
    let mut reasons: Vec<pb::CameraReason> = Vec::new();
    let mut known_to = window.from;
    for span in spans {
        let (from, to) = (span.from_unix_ns.max(window.from), span.to_unix_ns.min(window.to));
        reasons.extend(hole(known_to, from, forgotten));
        known_to = known_to.max(to);
        if span.state() != pb::CameraState::Streaming {
            let kind = match span.state() {
                pb::CameraState::Frozen => pb::CameraReasonKind::Frozen,
                _ => pb::CameraReasonKind::NotStreaming,
            };
            let why = if span.reason.is_empty() { String::new() } else { format!(": {}", span.reason) };
            let summary = format!("the camera was `{}`{why}", camera_state_name(span.state()));
            match reasons.last_mut().filter(|last| last.summary == summary) {
                // Handed over in pieces of a minute.
                Some(last) => last.to_unix_ns = to,
                None => reasons.push(reason(kind, summary, from, to)),
            }
        }
        if 0 < span.frames_unanswered {
            let (lost, all) = (span.frames_unanswered, span.frames + span.frames_unanswered);
            let summary = format!(
                "{lost} of {all} frames between {} and {} were not looked at: no session answered in time",
                instant(span.from_unix_ns),
                instant(span.to_unix_ns)
            );
            reasons.push(reason(pb::CameraReasonKind::FramesNotInferred, summary, from, to));
        }
    }
    reasons.extend(hole(known_to, window.to, forgotten));
    reasons
}

/// A time of which nothing is held.
fn hole(from: i64, to: i64, forgotten: Option<i64>) -> Option<pb::CameraReason> {
    if to.saturating_sub(from) < HOLE_NS {
        return None;
    }
    Some(match forgotten.filter(|forgotten| from <= *forgotten) {
        Some(forgotten) => {
            let summary =
                format!("decisions up to {} have been let go: their retention is over", instant(forgotten));
            reason(pb::CameraReasonKind::Forgotten, summary, from, to)
        }
        None => {
            let (since, until) = (instant(from), instant(to));
            let summary = format!(
                "nothing is held from {since} to {until}: the camera did not run, or the box was killed"
            );
            reason(pb::CameraReasonKind::NotRunning, summary, from, to)
        }
    })
}

/// The camera looked, and still there is nothing to tell of.
fn nothing_considered(
    window: Window,
    spans: &[pb::CameraSpan],
    considerations: &[pb::Consideration],
) -> Option<pb::CameraReason> {
    let frames: u64 = spans.iter().map(|span| span.frames).sum();
    if !considerations.is_empty() || frames == 0 {
        return None;
    }
    let (first, last) = (spans.first()?, spans.last()?);
    let most = spans.iter().map(|span| span.most_tracks).max().unwrap_or(0);
    let (from, to) = (instant(first.from_unix_ns), instant(last.to_unix_ns));
    let summary = match most {
        0 => format!("nothing was followed: {frames} frames between {from} and {to} were looked at"),
        most => format!(
            "nothing came near a rule: {frames} frames between {from} and {to} were looked at, and of what was followed \
             in them (at most {most} at a time) nothing was sure enough and of a class of a rule at this time"
        ),
    };
    Some(reason(pb::CameraReasonKind::NothingTracked, summary, window.from, window.to))
}

/// Rules that could not tell, by what was considered under them.
fn not_in_force(window: Window, considerations: &[pb::Consideration]) -> Vec<pb::CameraReason> {
    let mut rules: BTreeMap<&str, &str> = BTreeMap::new();
    for consideration in considerations.iter().filter(|c| c.outcome() != pb::Outcome::Passage) {
        let lost = lost_clauses(consideration).find(|clause| NOT_IN_FORCE.contains(&clause.name.as_str()));
        if let Some(clause) = lost {
            rules.insert(&consideration.rule_id, &clause.name);
        }
    }
    let kind = pb::CameraReasonKind::RuleNotInForce;
    let line = |(rule, clause): (&str, &str)| {
        let summary = format!("rule `{rule}` was not in force (clause `{clause}`)");
        reason(kind, summary, window.from, window.to)
    };
    rules.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests;
