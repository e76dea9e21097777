//! One destination of events: a task that connects, sends from the journal, waits for confirmations, and starts over.
//!
//! What the kinds of destination share stands here; how a connection works stands in a [`Link`].

mod backoff;
mod camera_board;
mod lane;
mod read_ahead;
mod status;
mod stop;
mod window;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::error::DeliveryError;
use crate::journal::Journal;
use backoff::Backoff;
pub(crate) use camera_board::{CameraBoard, Shown};
pub(crate) use lane::{Halt, Lane, SentMeans};
pub use status::{DestinationStatus, LinkState};
use stop::StopSignal;

/// Time for a last word to the receiver, after the grace of a stop.
pub(crate) const FAREWELL: Duration = Duration::from_secs(1);

/// A way to a receiver.
pub(crate) trait Link: Send + 'static {
    /// How [`DestinationStatus::sent`] is counted.
    const SENT_MEANS: SentMeans;

    /// One connection, from the attempt to its loss; `Ok` after a stop was asked for and carried out.
    fn session(&mut self, lane: &mut Lane) -> impl Future<Output = Result<(), Halt>> + Send;
}

/// A running destination. Dropping it aborts the task as a power cut would; [`stop`](Self::stop) ends it in order.
#[derive(Debug)]
#[must_use = "dropping it aborts the delivery"]
pub struct Forwarder {
    name: &'static str,
    status: watch::Receiver<DestinationStatus>,
    stop: watch::Sender<Option<Instant>>,
    cameras: Option<Arc<CameraBoard>>,
    task: Option<JoinHandle<()>>,
}

impl Forwarder {
    /// How the destination is doing now.
    pub fn status(&self) -> DestinationStatus {
        self.status.borrow().clone()
    }

    /// The same, for waiting on changes.
    pub fn watch_status(&self) -> watch::Receiver<DestinationStatus> {
        self.status.clone()
    }

    /// Sets the retained status of a camera: sent on change and after each connect, the latest value only.
    ///
    /// # Errors
    /// [`DeliveryError::Name`] or [`DeliveryError::CameraStatus`]: a camera too many (256), a text too long
    /// (16 KiB), or a destination that keeps no status.
    pub fn set_camera_status(&self, camera: &str, json: String) -> Result<(), DeliveryError> {
        let Some(cameras) = &self.cameras else {
            let reason = format!("destination `{}` keeps no camera status", self.name);
            return Err(DeliveryError::CameraStatus { camera: camera.to_owned(), reason });
        };
        cameras.set(camera, json)
    }

    /// Ends the destination: sends what the journal holds now and awaits its confirmations for at most `grace`, takes
    /// leave of the receiver for at most a second more, and is gone. What is not confirmed by then is sent again after
    /// the next start. Without a connection it ends at once.
    pub async fn stop(mut self, grace: Duration) {
        let deadline = Instant::now() + grace;
        self.stop.send_replace(Some(deadline));
        let Some(mut task) = self.task.take() else { return };
        match timeout_at(deadline + 2 * FAREWELL, &mut task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(destination = self.name, %error, "delivery task failed"),
            Err(_) => {
                tracing::error!(
                    destination = self.name,
                    "delivery task did not stop in time and was aborted"
                );
                task.abort();
            }
        }
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Starts the task of a destination on the current tokio runtime.
pub(crate) fn spawn<L: Link>(
    name: &'static str,
    journal: Journal,
    link: L,
    max_backoff: Duration,
    shutdown: watch::Receiver<bool>,
    cameras: Option<Arc<CameraBoard>>,
) -> Forwarder {
    let (stop, stop_asked) = watch::channel(None);
    let (lane, status) = Lane::new(name, L::SENT_MEANS, journal, StopSignal::new(shutdown, stop_asked));
    let task = tokio::spawn(forward(link, lane, max_backoff));
    Forwarder { name, status, stop, cameras, task: Some(task) }
}

async fn forward<L: Link>(mut link: L, mut lane: Lane, max_backoff: Duration) {
    let mut backoff = Backoff::new(max_backoff);
    let name = lane.name();
    loop {
        let settled_before = lane.settled();
        let begun = Instant::now();
        let halt = match lane.begin().await {
            Ok(()) => link.session(&mut lane).await,
            Err(halt) => Err(halt),
        };
        match halt {
            Ok(()) => return,
            Err(Halt::JournalClosed) => {
                tracing::warn!(destination = name, "journal was closed before the delivery was stopped");
                lane.end_attempt(DeliveryError::Closed.to_string());
                return;
            }
            Err(Halt::Lost(reason)) => {
                // A receiver that hangs up at once is no success, however often it takes the connection.
                if settled_before < lane.settled() || max_backoff < begun.elapsed() {
                    backoff.reset();
                }
                let pause = backoff.next_pause();
                tracing::warn!(destination = name, reason, ?pause, "link lost");
                lane.end_attempt(reason);
                if lane.stopped_within(pause).await {
                    return;
                }
            }
        }
    }
}
