//! `cairn.v1.EventFeed`: the journal as a stream.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use delivery::{DeliveryError, Journal};
use prost::Message as _;
use proto::v1::event_feed_server::EventFeed;
use proto::v1::{AcknowledgeRequest, AcknowledgeResponse, Event, ReplayRequest, SubscribeRequest};
use tokio::sync::{mpsc, watch};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::edge::BoxState;

/// Events read from the journal at a time, and held for one reader.
const BATCH: usize = 64;

/// A reader that takes nothing for this long is ended; it resumes after the last sequence it has seen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Names of consumers are kept for ever, so they are kept short.
const MAX_CONSUMER_NAME: usize = 64;

const KINDS: [&str; 4] = ["passage", "camera_status", "box_status", "flow"];

pub(crate) struct Feed {
    state: Arc<BoxState>,
    stopping: watch::Receiver<bool>,
}

type EventStream = Pin<Box<dyn Stream<Item = Result<Event, Status>> + Send>>;

impl Feed {
    pub(crate) fn new(state: Arc<BoxState>, stopping: watch::Receiver<bool>) -> Self {
        Self { state, stopping }
    }

    /// Streams `[from, to]`; without `to`, whatever comes as well.
    fn stream(&self, from: u64, to: Option<u64>, kinds: Vec<String>) -> EventStream {
        let (events, receiver) = mpsc::channel(BATCH + 1);
        let reader = Reader::new(self.state.journal.clone(), self.stopping.clone(), events, kinds, PATIENCE);
        let state = Arc::clone(&self.state);
        tokio::spawn(async move {
            if matches!(reader.run(from, to).await, Err(End::TooSlow)) {
                state.subscribers_lagged.fetch_add(1, Ordering::Relaxed);
            }
        });
        Box::pin(ReceiverStream::new(receiver))
    }
}

#[tonic::async_trait]
impl EventFeed for Feed {
    type SubscribeStream = EventStream;
    type ReplayStream = EventStream;

    async fn subscribe(&self, request: Request<SubscribeRequest>) -> Result<Response<EventStream>, Status> {
        let SubscribeRequest { from_sequence, kinds, consumer } = request.into_inner();
        check_kinds(&kinds)?;
        let from = match (from_sequence, consumer.as_str()) {
            (0, "") => 1,
            (0, consumer) => {
                check_consumer(consumer)?;
                self.state.journal.consumer(consumer).await.map_err(|e| of_journal(&e))? + 1
            }
            (from, _) => from,
        };
        Ok(Response::new(self.stream(from, None, kinds)))
    }

    async fn replay(&self, request: Request<ReplayRequest>) -> Result<Response<EventStream>, Status> {
        let ReplayRequest { from_sequence, to_sequence, kinds } = request.into_inner();
        check_kinds(&kinds)?;
        let newest = *self.state.journal.newest().borrow();
        let to = if to_sequence == 0 { newest } else { to_sequence.min(newest) };
        if to_sequence != 0 && to_sequence < from_sequence {
            return Err(Status::invalid_argument(format!(
                "to_sequence: got {to_sequence}, expected 0 or at least from_sequence {from_sequence}"
            )));
        }
        Ok(Response::new(self.stream(from_sequence.max(1), Some(to), kinds)))
    }

    async fn acknowledge(
        &self,
        request: Request<AcknowledgeRequest>,
    ) -> Result<Response<AcknowledgeResponse>, Status> {
        let AcknowledgeRequest { consumer, sequence } = request.into_inner();
        check_consumer(&consumer)?;
        let newest = *self.state.journal.newest().borrow();
        if newest < sequence {
            return Err(Status::invalid_argument(format!(
                "sequence: got {sequence}, expected at most {newest}, the newest event"
            )));
        }
        let held = self.state.journal.acknowledge(&consumer, sequence).await.map_err(|e| of_journal(&e))?;
        Ok(Response::new(AcknowledgeResponse { sequence: held }))
    }
}

fn check_kinds(kinds: &[String]) -> Result<(), Status> {
    match kinds.iter().find(|kind| !KINDS.contains(&kind.as_str())) {
        Some(kind) => Err(Status::invalid_argument(format!(
            "kinds: got `{kind}`, expected one of {}",
            KINDS.join(", ")
        ))),
        None => Ok(()),
    }
}

fn check_consumer(name: &str) -> Result<(), Status> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || MAX_CONSUMER_NAME < name.len() || !name.chars().all(allowed) {
        return Err(Status::invalid_argument(format!(
            "consumer: expected 1 to {MAX_CONSUMER_NAME} letters, digits, `-`, `_` or `.`, got {} bytes",
            name.len()
        )));
    }
    Ok(())
}

/// One reader's way through the journal.
struct Reader {
    journal: Journal,
    stopping: watch::Receiver<bool>,
    events: mpsc::Sender<Result<Event, Status>>,
    /// A place in the channel for the stream's status: a reader that is too slow has filled all others.
    last_word: Option<mpsc::OwnedPermit<Result<Event, Status>>>,
    kinds: Vec<String>,
    patience: Duration,
}

/// Why a stream ends before its end.
enum End {
    ReaderGone,
    TooSlow,
    Stopping,
    Failed(Status),
}

impl Reader {
    /// `events` is empty and has room for one event more than are to be held.
    fn new(
        journal: Journal,
        stopping: watch::Receiver<bool>,
        events: mpsc::Sender<Result<Event, Status>>,
        kinds: Vec<String>,
        patience: Duration,
    ) -> Self {
        let last_word = events.clone().try_reserve_owned().ok();
        Self { journal, stopping, events, last_word, kinds, patience }
    }

    async fn run(mut self, from: u64, to: Option<u64>) -> Result<(), End> {
        let outcome = self.read(from, to).await;
        let status = match &outcome {
            Ok(()) | Err(End::ReaderGone) => return outcome,
            Err(End::TooSlow) => Status::resource_exhausted(
                "reader took no event for too long; resume after the last one seen",
            ),
            Err(End::Stopping) => {
                Status::unavailable("the box is stopping; resume after the last event seen")
            }
            Err(End::Failed(status)) => status.clone(),
        };
        if let Some(place) = self.last_word.take() {
            place.send(Err(status));
        }
        outcome
    }

    async fn read(&mut self, mut next: u64, to: Option<u64>) -> Result<(), End> {
        let mut newest = self.journal.newest();
        loop {
            // Taken before reading, so that an event appended meanwhile wakes the wait below.
            let upto = *newest.borrow_and_update();
            let upto = to.map_or(upto, |to| to.min(upto));
            while next <= upto {
                let entries = self
                    .journal
                    .read(next, BATCH, &self.kinds)
                    .await
                    .map_err(|e| End::Failed(of_journal(&e)))?;
                let Some(last) = entries.last().map(|entry| entry.sequence) else { break };
                for entry in entries.into_iter().filter(|entry| entry.sequence <= upto) {
                    let event = Event::decode(entry.payload.as_slice()).map_err(|error| {
                        End::Failed(Status::data_loss(format!("event {}: {error}", entry.sequence)))
                    })?;
                    self.send(event).await?;
                }
                // What was read beyond `upto` was left out above and comes next time.
                next = last.min(upto) + 1;
            }
            next = next.max(upto + 1);
            if to.is_some_and(|to| to < next) {
                return Ok(());
            }
            tokio::select! {
                changed = newest.changed() => changed.map_err(|_| End::Stopping)?,
                _ = self.stopping.wait_for(|stop| *stop) => return Err(End::Stopping),
                () = self.events.closed() => return Err(End::ReaderGone),
            }
        }
    }

    async fn send(&mut self, event: Event) -> Result<(), End> {
        tokio::select! {
            sent = self.events.send_timeout(Ok(event), self.patience) => match sent {
                Ok(()) => Ok(()),
                Err(mpsc::error::SendTimeoutError::Timeout(_)) => Err(End::TooSlow),
                Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(End::ReaderGone),
            },
            _ = self.stopping.wait_for(|stop| *stop) => Err(End::Stopping),
        }
    }
}

fn of_journal(error: &DeliveryError) -> Status {
    Status::unavailable(format!("the journal does not answer: {error}"))
}

#[cfg(test)]
mod tests {
    use delivery::Draft;
    use proto::v1::EventKey;

    use super::*;

    fn draft(kind: &str) -> Draft {
        Draft {
            kind: kind.to_owned(),
            priority: 2,
            camera: None,
            encode: Box::new(|sequence| {
                let key = EventKey { box_id: "box".to_owned(), sequence };
                Event { key: Some(key), ..Event::default() }.encode_to_vec()
            }),
        }
    }

    fn sequence(event: &Event) -> u64 {
        event.key.as_ref().map_or(0, |key| key.sequence)
    }

    /// A stopping signal that nobody gives, and its sender.
    fn running() -> (watch::Sender<bool>, watch::Receiver<bool>) {
        watch::channel(false)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_reader_that_catches_up_while_events_come_sees_each_of_them() {
        const EVENTS: u64 = 600;
        let dir = tempfile::tempdir().expect("temporary folder");
        let journal = Journal::open(dir.path(), "box").expect("opens");
        for _ in 0..100 {
            journal.append(draft("passage")).expect("stored");
        }
        let (_keep, stopping) = running();
        let (events, mut seen) = mpsc::channel(BATCH + 1);
        let reader = Reader::new(journal.clone(), stopping, events, Vec::new(), PATIENCE);
        tokio::spawn(reader.run(1, None));
        let appending = std::thread::Builder::new().name("appending".to_owned()).spawn(move || {
            for _ in 100..EVENTS {
                journal.append(draft("passage")).expect("stored");
            }
        });
        for expected in 1..=EVENTS {
            let event = tokio::time::timeout(PATIENCE, seen.recv()).await.expect("in time");
            assert_eq!(sequence(&event.expect("open").expect("event")), expected);
        }
        appending.expect("thread").join().expect("all stored");
    }

    #[tokio::test]
    async fn a_reader_that_takes_nothing_is_told_so_at_the_end() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let journal = Journal::open(dir.path(), "box").expect("opens");
        for _ in 0..10 {
            journal.append(draft("passage")).expect("stored");
        }
        let (_keep, stopping) = running();
        let (events, mut seen) = mpsc::channel(3);
        let reader = Reader::new(journal, stopping, events, Vec::new(), Duration::from_millis(20));
        assert!(matches!(reader.run(1, None).await, Err(End::TooSlow)));
        let mut last = None;
        while let Some(word) = seen.recv().await {
            last = Some(word);
        }
        let status = last.expect("something was said").expect_err("and it ends with a status");
        assert_eq!(status.code(), tonic::Code::ResourceExhausted);
    }

    #[tokio::test]
    async fn a_replay_gives_its_range_and_kinds_and_ends() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let journal = Journal::open(dir.path(), "box").expect("opens");
        for index in 0..200 {
            journal.append(draft(if index % 3 == 0 { "passage" } else { "camera_status" })).expect("stored");
        }
        let (_keep, stopping) = running();
        let (events, mut seen) = mpsc::channel(1000);
        let reader = Reader::new(journal, stopping, events, vec!["passage".to_owned()], PATIENCE);
        assert!(reader.run(10, Some(100)).await.is_ok());
        let mut sequences = Vec::new();
        while let Some(event) = seen.recv().await {
            sequences.push(sequence(&event.expect("event")));
        }
        let expected: Vec<u64> = (10..=100).filter(|sequence| (sequence - 1) % 3 == 0).collect();
        assert_eq!(sequences, expected);
    }
}
