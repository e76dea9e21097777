//! A named thread for coding pictures, so that the network's threads never do.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};

use tokio::sync::oneshot;
use tonic::Status;

/// Pictures that may wait; the next request is refused at once.
const QUEUE: usize = 8;

type Job = Box<dyn FnOnce() + Send>;

/// Ends when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct PictureThread(Arc<SyncSender<Job>>);

impl PictureThread {
    /// A thread of that name.
    pub(crate) fn spawn(name: &str) -> std::io::Result<Self> {
        let (sender, jobs) = sync_channel::<Job>(QUEUE);
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            for job in jobs {
                job();
            }
        })?;
        Ok(Self(Arc::new(sender)))
    }

    /// Runs `work` on the thread.
    ///
    /// # Errors
    /// `RESOURCE_EXHAUSTED` at once when the queue is full; `INTERNAL` when `work` panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Status> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(move || {
            // A caller that has hung up costs nothing.
            if reply.is_closed() {
                return;
            }
            // Decoders are fed by strangers: a panic must not end the thread. The dropped reply tells the caller.
            if let Ok(result) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
                reply.send(result).ok();
            }
        });
        self.0.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => {
                Status::resource_exhausted(format!("{QUEUE} pictures are waiting already"))
            }
            TrySendError::Disconnected(_) => Status::unavailable("the picture thread has stopped"),
        })?;
        answer.await.map_err(|_| Status::internal("the picture could not be worked on"))
    }
}
