//! `cairn.v1.EventFeed`: the journal as a stream.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use delivery::DeliveryError;
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

const KINDS: [&str; 3] = ["passage", "camera_status", "box_status"];

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
        let (events, receiver) = mpsc::channel(BATCH);
        let reader =
            Reader { state: Arc::clone(&self.state), stopping: self.stopping.clone(), events, kinds };
        tokio::spawn(reader.run(from, to));
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
    state: Arc<BoxState>,
    stopping: watch::Receiver<bool>,
    events: mpsc::Sender<Result<Event, Status>>,
    kinds: Vec<String>,
}

/// Why a stream ends before its end.
enum End {
    ReaderGone,
    TooSlow,
    Stopping,
    Failed(Status),
}

impl Reader {
    async fn run(mut self, from: u64, to: Option<u64>) {
        let status = match self.read(from, to).await {
            Ok(()) | Err(End::ReaderGone) => return,
            Err(End::TooSlow) => {
                self.state.subscribers_lagged.fetch_add(1, Ordering::Relaxed);
                Status::resource_exhausted(
                    "reader took no event for too long; resume after the last one seen",
                )
            }
            Err(End::Stopping) => {
                Status::unavailable("the box is stopping; resume after the last event seen")
            }
            Err(End::Failed(status)) => status,
        };
        // The reader may be gone or stuck by now: then there is nobody to tell.
        self.events.try_send(Err(status)).ok();
    }

    async fn read(&mut self, mut next: u64, to: Option<u64>) -> Result<(), End> {
        let mut newest = self.state.journal.newest();
        loop {
            // Taken before reading, so that an event appended meanwhile wakes the wait below.
            let upto = *newest.borrow_and_update();
            let upto = to.map_or(upto, |to| to.min(upto));
            while next <= upto {
                let journal = &self.state.journal;
                let entries =
                    journal.read(next, BATCH, &self.kinds).await.map_err(|e| End::Failed(of_journal(&e)))?;
                let Some(last) = entries.last().map(|entry| entry.sequence) else { break };
                for entry in entries.into_iter().filter(|entry| entry.sequence <= upto) {
                    let event = Event::decode(entry.payload.as_slice()).map_err(|error| {
                        End::Failed(Status::data_loss(format!("event {}: {error}", entry.sequence)))
                    })?;
                    self.send(event).await?;
                }
                next = last + 1;
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
            sent = self.events.send_timeout(Ok(event), PATIENCE) => match sent {
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
