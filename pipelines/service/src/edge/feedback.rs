//! What somebody says of an alarm, or of one that was missing: kept with what was decided, and without any effect on it.

use delivery::{DeliveryError, Verdict};
use prost::Message as _;
use proto::v1 as pb;
use sha2::{Digest as _, Sha256};

use super::state::BoxState;
use super::why_not::{WhyNotError, why_not};

const MAX_AUTHOR: usize = 128;
const MAX_COMMENT: usize = 4_096;
const MAX_NAME: usize = 128;
/// Considerations kept beside what was missed.
const CONSIDERATIONS: usize = 100;

/// Why a verdict is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FeedbackError {
    #[error("{0}")]
    UnknownEvent(String),
    #[error("missed.camera_id: this box has no camera `{0}`")]
    UnknownCamera(String),
    #[error("{field}: got {value}, expected {expected}")]
    Field { field: &'static str, value: String, expected: &'static str },
    #[error("the verdict was not kept")]
    Store(#[from] DeliveryError),
    #[error("what was missed cannot be looked into")]
    WhyNot(#[source] WhyNotError),
}

/// Keeps a verdict, durably.
///
/// # Errors
/// [`FeedbackError`].
pub(crate) async fn feedback(
    state: &BoxState,
    request: &pb::FeedbackRequest,
) -> Result<pb::FeedbackResponse, FeedbackError> {
    check(request)?;
    let (subject, about) = match &request.about {
        Some(pb::feedback_request::About::Event(key)) => of_event(state, key).await?,
        Some(pb::feedback_request::About::PassageId(id)) => {
            let key = find(state, id).await?;
            of_event(state, &key).await?
        }
        Some(pb::feedback_request::About::Missed(missed)) => of_missed(state, missed).await?,
        None => return Err(refused("about", "nothing", "an event, a passage or what was missed")),
    };
    let verdict = Verdict {
        subject: subject.clone(),
        author: request.author.clone(),
        told_unix_ns: request.told_unix_ns,
        bytes: request.encode_to_vec(),
        about,
    };
    let is_new = state.decisions.judge(verdict).await?;
    Ok(pb::FeedbackResponse { subject, duplicate: !is_new })
}

fn check(request: &pb::FeedbackRequest) -> Result<(), FeedbackError> {
    let length = |text: &str| text.chars().count();
    let expected = "1 to 128 characters, none of them a control character";
    text("author", &request.author, MAX_AUTHOR, expected)?;
    if MAX_COMMENT < length(&request.comment) {
        let value = format!("{} characters", length(&request.comment));
        return Err(FeedbackError::Field { field: "comment", value, expected: "at most 4096 characters" });
    }
    if request.told_unix_ns <= 0 {
        let value = request.told_unix_ns.to_string();
        let expected = "when it was said, nanoseconds since 1970";
        return Err(FeedbackError::Field { field: "told_unix_ns", value, expected });
    }
    let is_missed = matches!(request.about, Some(pb::feedback_request::About::Missed(_)));
    match (request.verdict(), is_missed) {
        (pb::Verdict::Confirmed | pb::Verdict::Dismissed, false) | (pb::Verdict::Missed, true) => Ok(()),
        (verdict, true) => {
            Err(refused("verdict", verdict.as_str_name(), "VERDICT_MISSED of what was missed"))
        }
        (verdict, false) => {
            let expected = "VERDICT_CONFIRMED or VERDICT_DISMISSED of an event or a passage";
            Err(refused("verdict", verdict.as_str_name(), expected))
        }
    }
}

fn text(field: &'static str, value: &str, most: usize, expected: &'static str) -> Result<(), FeedbackError> {
    let length = value.chars().count();
    if length == 0 || most < length || value.chars().any(char::is_control) {
        let value = format!("{length} characters");
        return Err(FeedbackError::Field { field, value, expected });
    }
    Ok(())
}

/// Names go into lists that evaluators read.
fn name(field: &'static str, value: &str) -> Result<(), FeedbackError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || " ._:-".contains(c);
    if value.is_empty() || MAX_NAME < value.len() || !value.chars().all(fits) {
        let expected = "1 to 128 letters, digits, spaces, `.`, `_`, `:` or `-`";
        return Err(FeedbackError::Field { field, value: format!("{} bytes", value.len()), expected });
    }
    Ok(())
}

fn refused(field: &'static str, value: &str, expected: &'static str) -> FeedbackError {
    FeedbackError::Field { field, value: value.to_owned(), expected }
}

/// Id of the passage, and the event's bytes.
async fn of_event(state: &BoxState, key: &pb::EventKey) -> Result<(String, Vec<u8>), FeedbackError> {
    let pb::EventKey { box_id, sequence } = key;
    let unknown = || {
        let here = &state.origin.box_id;
        FeedbackError::UnknownEvent(format!(
            "event: box `{here}` holds no event {sequence} of box `{box_id}`"
        ))
    };
    if *box_id != state.origin.box_id {
        return Err(unknown());
    }
    let found = state.journal.read(*sequence, 1, &[]).await?;
    let entry = found.into_iter().find(|entry| entry.sequence == *sequence).ok_or_else(unknown)?;
    let event = pb::Event::decode(entry.payload.as_slice()).map_err(|_| unknown())?;
    match event.body {
        Some(pb::event::Body::Passage(passage)) => {
            let opening = opening_of(state, &passage, *sequence).await?;
            Ok((passage.passage_id, opening.unwrap_or(entry.payload)))
        }
        _ => Err(refused("event", &format!("an event of kind `{}`", entry.kind), "an event of a passage")),
    }
}

/// The event that opened the passage, of which `sequence` is a later one: it tells when and why. None where it is not
/// known any more.
async fn opening_of(
    state: &BoxState,
    passage: &pb::Passage,
    sequence: u64,
) -> Result<Option<Vec<u8>>, FeedbackError> {
    if passage.state() == pb::PassageState::Opened {
        return Ok(None);
    }
    let Ok(key) = find(state, &passage.passage_id).await else { return Ok(None) };
    if key.sequence == sequence {
        return Ok(None);
    }
    let found = state.journal.read(key.sequence, 1, &[]).await?;
    Ok(found.into_iter().find(|entry| entry.sequence == key.sequence).map(|entry| entry.payload))
}

/// The event that opened a passage, as long as its decision is held.
async fn find(state: &BoxState, passage_id: &str) -> Result<pb::EventKey, FeedbackError> {
    let unknown = || {
        let id: String = passage_id.chars().take(MAX_NAME).collect();
        let line =
            format!("passage_id: no decision is held of passage `{id}`; name one of its events by its key");
        FeedbackError::UnknownEvent(line)
    };
    let decision = state.decisions.find(passage_id).await?.ok_or_else(unknown)?;
    match pb::KeptDecision::decode(decision.bytes.as_slice()).unwrap_or_default().body {
        Some(pb::kept_decision::Body::Consideration(consideration)) => {
            consideration.event.ok_or_else(unknown)
        }
        _ => Err(unknown()),
    }
}

/// A name for what was missed, the same whenever it is told, and what the camera considered at that time.
async fn of_missed(state: &BoxState, missed: &pb::MissedEvent) -> Result<(String, Vec<u8>), FeedbackError> {
    let pb::MissedEvent { camera_id, wall_unix_ns, object_class, rule_id } = missed;
    name("missed.object_class", object_class)?;
    name("missed.rule_id", rule_id)?;
    let asked =
        pb::WhyNotRequest { camera_id: camera_id.clone(), wall_unix_ns: *wall_unix_ns, tolerance_ms: 0 };
    let mut answer = why_not(state, &asked).await.map_err(|error| match error {
        WhyNotError::UnknownCamera(id) => FeedbackError::UnknownCamera(id),
        error => FeedbackError::WhyNot(error),
    })?;
    answer.considerations.truncate(CONSIDERATIONS);
    let mut hash = Sha256::new();
    for part in [&state.origin.box_id, camera_id, object_class, rule_id] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.update(wall_unix_ns.to_le_bytes());
    let digest: String = hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((format!("missed-{digest}"), answer.encode_to_vec()))
}
