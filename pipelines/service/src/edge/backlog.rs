//! Events of one camera on their way to the journal.

use std::collections::VecDeque;
use std::time::Duration;

use delivery::{Appending, DeliveryError, Draft, Journal};
use prost::Message as _;
use proto::v1 as pb;

use super::event::kind;

/// Events that may wait in memory while the journal does not take them.
const CAPACITY: usize = 1024;

/// How long a camera waits for the disk before it goes on with its frames.
const PATIENCE: Duration = Duration::from_secs(1);

/// Oldest first; bounded. At most one event is with the journal at a time, so that order is kept, and it is never handed
/// over a second time while the outcome of the first is open: that would store it twice.
#[derive(Default)]
pub(crate) struct Backlog {
    waiting: VecDeque<pb::Event>,
    /// Of the front event.
    appending: Option<Appending>,
}

impl Backlog {
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// What waits of passages, oldest first: a crash must neither lose nor repeat it.
    pub(crate) fn reports(&self) -> impl Iterator<Item = &pb::Event> {
        use pb::event::Body;
        let is_report =
            |event: &&pb::Event| matches!(event.body, Some(Body::Passage(_) | Body::Suppressed(_)));
        self.waiting.iter().filter(is_report)
    }

    /// Takes an event in. A full backlog loses its oldest telemetry, or, when it holds nothing but passages, its oldest
    /// passage; either is said in the log.
    pub(crate) fn push(&mut self, event: pb::Event, camera: &str) {
        if self.waiting.len() == CAPACITY {
            // The front may be with the journal already.
            let sheddable = || self.waiting.iter().enumerate().skip(1);
            let telemetry = sheddable().find(|(_, event)| event.priority() == pb::Priority::Telemetry);
            let index = telemetry.or_else(|| sheddable().next()).map_or(0, |(index, _)| index);
            let shed = self.waiting.remove(index);
            tracing::error!(
                camera,
                kind = shed.as_ref().map(kind),
                "journal refuses events: one was dropped"
            );
        }
        self.waiting.push_back(event);
    }

    /// Gives the journal what waits, in order, and tells `stored` of each event and its sequence. Answers why something
    /// waits on, or `None` when nothing does.
    pub(crate) fn flush(
        &mut self,
        journal: &Journal,
        camera: &str,
        mut stored: impl FnMut(&pb::Event, u64),
    ) -> Option<String> {
        while let Some(front) = self.waiting.front() {
            let mut appending = match self.appending.take() {
                Some(appending) => appending,
                None => match journal.submit(draft(front)) {
                    Ok(appending) => appending,
                    Err(error) => return Some(error.to_string()),
                },
            };
            match appending.wait(PATIENCE) {
                None => {
                    self.appending = Some(appending);
                    return Some(format!("no answer from the disk for {PATIENCE:?}"));
                }
                Some(Err(error)) if !is_for_good(&error) => return Some(error.to_string()),
                Some(Err(error)) => {
                    tracing::error!(camera, kind = kind(front), %error, "event can never be stored and was dropped");
                }
                Some(Ok(sequence)) => stored(front, sequence),
            }
            self.waiting.pop_front();
        }
        None
    }
}

/// Whether the same event would be refused again, however often it is tried.
fn is_for_good(error: &DeliveryError) -> bool {
    matches!(
        error,
        DeliveryError::Name { .. }
            | DeliveryError::PayloadTooLarge { .. }
            | DeliveryError::EncodePanicked { .. }
    )
}

/// The event as the journal takes it; its sequence is written into its key there.
pub(crate) fn draft(event: &pb::Event) -> Draft {
    let mut keyed = event.clone();
    Draft {
        kind: kind(event).to_owned(),
        priority: u8::try_from(event.priority).unwrap_or(0),
        camera: event.camera_id.clone(),
        encode: Box::new(move |sequence| {
            keyed.key.get_or_insert_default().sequence = sequence;
            keyed.encode_to_vec()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(priority: pb::Priority, at: u64) -> pb::Event {
        let clocks = pb::Clocks { received_monotonic_ns: at, ..pb::Clocks::default() };
        pb::Event { priority: priority.into(), clocks: Some(clocks), ..pb::Event::default() }
    }

    #[test]
    fn a_full_backlog_sheds_telemetry_before_passages_and_never_the_front() {
        let mut backlog = Backlog::default();
        backlog.push(event(pb::Priority::Telemetry, 0), "c");
        backlog.push(event(pb::Priority::Normal, 1), "c");
        backlog.push(event(pb::Priority::Telemetry, 2), "c");
        for at in 3..CAPACITY as u64 + 2 {
            backlog.push(event(pb::Priority::Normal, at), "c");
        }
        let held: Vec<u64> = backlog
            .waiting
            .iter()
            .filter_map(|event| Some(event.clocks.as_ref()?.received_monotonic_ns))
            .collect();
        assert_eq!(held.len(), CAPACITY);
        assert_eq!(held[..3], [0, 3, 4], "telemetry 2 went first, then the oldest passage behind the front");
    }

    #[test]
    fn events_reach_the_journal_in_order_and_once() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let journal = Journal::open(dir.path(), "box").expect("opens");
        let mut backlog = Backlog::default();
        for at in 0..20 {
            backlog.push(event(pb::Priority::Normal, at), "c");
        }
        let mut told = Vec::new();
        assert_eq!(backlog.flush(&journal, "c", |_, sequence| told.push(sequence)), None);
        assert_eq!(told, (1..=20).collect::<Vec<u64>>());
        assert_eq!((backlog.len(), journal.bounds()), (0, (1, 20)));
        journal.close();
        backlog.push(event(pb::Priority::Normal, 20), "c");
        assert!(backlog.flush(&journal, "c", |_, _| ()).is_some(), "a closed journal takes nothing");
        assert_eq!(backlog.len(), 1, "and nothing is lost by that");
    }
}
