//! Sessions on threads.
//!
//! Constraints: a session is used by one thread only; the queue is bounded and never blocks a caller; each request's
//! reply is called exactly once, whatever happens; a session thread survives a panic of a request.
//!
//! Order of operations at the end: the stop flag is set, then the thread is woken. From then on nothing more is taken in;
//! what is queued is still served, each within its own limit; then the model goes, and the thread is joined.

mod job;
mod reply;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use self::job::{Job, Queued};
use self::reply::Reply;
use crate::model::Model;
use crate::{Answer, EngineError, InputShape, Provider, Request, Runtime, Ticket};

/// How much longer than its limit [`SessionHandle::run`] waits: a run that began in time may end.
pub const RUN_GRACE: Duration = Duration::from_secs(1);

/// What a session is made from.
#[derive(Clone, Debug)]
pub struct SessionSpec {
    /// Short name for threads, messages and metrics.
    pub name: String,
    /// The ONNX file.
    pub model: PathBuf,
    /// The model's only input.
    pub input: InputShape,
    /// Names of the outputs that requests read, all `f32`; others are allowed and ignored.
    pub outputs: Vec<String>,
    /// Requests that may wait, at least 1.
    pub queue: usize,
    /// Threads that share one operation, at least 1.
    pub intra_op_threads: usize,
    /// What shall run the model.
    pub provider: Provider,
}

/// Counts since the session was spawned; the canary is not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionStats {
    /// Requests that were answered with an output.
    pub runs: u64,
    /// Requests refused because the queue was full.
    pub overloaded: u64,
    /// Requests whose limit passed in the queue.
    pub expired: u64,
    /// Requests whose caller hung up, in the queue or during the run.
    pub abandoned: u64,
    /// Requests that ended in an error of their own or of the runtime.
    pub failed: u64,
}

/// Sends requests to a session; cheap to clone.
#[derive(Clone, Debug)]
pub struct SessionHandle {
    sender: SyncSender<Message>,
    shared: Arc<Shared>,
}

/// The session's thread. Dropping it stops and joins, too.
#[derive(Debug)]
#[must_use = "the session stops when this is dropped"]
pub struct SessionThread {
    handle: SessionHandle,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    name: String,
    capacity: usize,
    requested_provider: Provider,
    actual_provider: Provider,
    stopping: AtomicBool,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    runs: AtomicU64,
    overloaded: AtomicU64,
    expired: AtomicU64,
    abandoned: AtomicU64,
    failed: AtomicU64,
}

enum Message {
    Job(Box<dyn Job>),
    /// Look at the stop flag.
    Wake,
}

impl SessionHandle {
    /// Loads the model of `spec` on the calling thread, checks and tries it, then gives it a thread named
    /// `session-<name>`.
    ///
    /// # Errors
    /// [`EngineError::SpecInvalid`], [`EngineError::ModelUnreadable`], [`EngineError::InputMismatch`],
    /// [`EngineError::OutputMismatch`], [`EngineError::CanaryFailed`], [`EngineError::Run`] or
    /// [`EngineError::Thread`].
    pub fn spawn(runtime: &Runtime, spec: SessionSpec) -> Result<(Self, SessionThread), EngineError> {
        check(&spec)?;
        let (sender, receiver) = sync_channel(spec.queue);
        let (name, capacity, requested_provider) = (spec.name.clone(), spec.queue, spec.provider);
        let mut model = Model::load(runtime, spec)?;
        let shared = Arc::new(Shared {
            name,
            capacity,
            requested_provider,
            actual_provider: model.actual_provider(),
            stopping: AtomicBool::new(false),
            counts: Counts::default(),
        });
        let of_thread = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name(format!("session-{}", shared.name))
            .spawn(move || serve(&mut model, &receiver, &of_thread))
            .map_err(|source| EngineError::Thread { session: shared.name.clone(), source })?;
        let handle = Self { sender, shared };
        Ok((handle.clone(), SessionThread { handle, thread: Some(thread) }))
    }

    /// Queues `request`, which is dropped there if it waits longer than `limit`. Never blocks.
    ///
    /// When this returns `Ok`, `reply` is called exactly once, as a rule on the session's thread, so it must be quick
    /// and must not wait; when it returns an error, never.
    ///
    /// # Errors
    /// [`EngineError::Overloaded`] when the queue is full, [`EngineError::Stopped`] after the end, and
    /// [`EngineError::Run`] when the runtime has no memory left.
    pub fn submit<R: Request>(
        &self,
        request: R,
        limit: Duration,
        reply: impl FnOnce(Result<Answer<R::Output>, EngineError>) + Send + 'static,
    ) -> Result<Ticket, EngineError> {
        let session = || self.shared.name.clone();
        if self.shared.stopping.load(Ordering::Acquire) {
            return Err(EngineError::Stopped { session: session() });
        }
        let ticket =
            Ticket::new().map_err(|source| EngineError::Run { session: session(), source: source.into() })?;
        let job = Queued {
            session: session(),
            request,
            queued_at: Instant::now(),
            limit,
            ticket: ticket.clone(),
            reply: Reply::new(session(), reply),
        };
        let (returned, error) = match self.sender.try_send(Message::Job(Box::new(job))) {
            Ok(()) => return Ok(ticket),
            Err(TrySendError::Full(message)) => {
                self.shared.counts.overloaded.fetch_add(1, Ordering::Relaxed);
                (message, EngineError::Overloaded { session: session(), capacity: self.shared.capacity })
            }
            Err(TrySendError::Disconnected(message)) => {
                (message, EngineError::Stopped { session: session() })
            }
        };
        if let Message::Job(mut job) = returned {
            job.withdraw();
        }
        Err(error)
    }

    /// Runs `request` and waits for its answer, at most `limit` and [`RUN_GRACE`]: the limit is for the queue, the grace
    /// for the run. A run that takes longer is cut short.
    ///
    /// # Errors
    /// As [`SessionHandle::submit`], then [`EngineError::DeadlineExceeded`], [`EngineError::RequestPanicked`],
    /// [`EngineError::ElementMismatch`] or [`EngineError::Run`].
    pub fn run<R: Request>(&self, request: R, limit: Duration) -> Result<Answer<R::Output>, EngineError> {
        let (sender, receiver) = sync_channel(1);
        let ticket = self.submit(request, limit, move |answer| {
            // Nobody waits any more: the caller has its answer already.
            sender.try_send(answer).ok();
        })?;
        receiver.recv_timeout(limit.saturating_add(RUN_GRACE)).unwrap_or_else(|end| {
            let session = self.shared.name.clone();
            Err(match end {
                RecvTimeoutError::Timeout => {
                    ticket.hang_up();
                    EngineError::DeadlineExceeded { session, limit }
                }
                RecvTimeoutError::Disconnected => EngineError::Stopped { session },
            })
        })
    }

    /// Name of the session.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// What the specification asked for.
    pub fn requested_provider(&self) -> Provider {
        self.shared.requested_provider
    }

    /// What really runs the model.
    pub fn actual_provider(&self) -> Provider {
        self.shared.actual_provider
    }

    /// The counts so far.
    pub fn stats(&self) -> SessionStats {
        let Counts { runs, overloaded, expired, abandoned, failed } = &self.shared.counts;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        SessionStats {
            runs: read(runs),
            overloaded: read(overloaded),
            expired: read(expired),
            abandoned: read(abandoned),
            failed: read(failed),
        }
    }
}

impl SessionThread {
    /// Takes nothing more in, serves what is queued and waits for the thread to end.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.handle.shared.stopping.store(true, Ordering::Release);
        // When the queue is full the thread is awake anyway and sees the flag after its next job.
        self.handle.sender.try_send(Message::Wake).ok();
        if thread.join().is_err() {
            tracing::error!(session = self.handle.shared.name, "session thread ended in a panic");
        }
    }
}

impl Drop for SessionThread {
    fn drop(&mut self) {
        self.end();
    }
}

fn check(spec: &SessionSpec) -> Result<(), EngineError> {
    let refuse = |field, actual, expected| EngineError::SpecInvalid {
        session: spec.name.clone(),
        field,
        actual,
        expected,
    };
    if spec.name.is_empty() || spec.name.contains('\0') {
        return Err(refuse("name", format!("{:?}", spec.name), "text without NUL"));
    }
    if spec.input.size.is_empty() {
        return Err(refuse("input size", spec.input.size.to_string(), "at least 1x1"));
    }
    if spec.outputs.is_empty() || spec.outputs.iter().any(String::is_empty) {
        return Err(refuse("outputs", format!("{:?}", spec.outputs), "at least one, each with a name"));
    }
    if spec.queue == 0 {
        return Err(refuse("queue", spec.queue.to_string(), "at least 1"));
    }
    if spec.intra_op_threads == 0 {
        return Err(refuse("intra-op threads", spec.intra_op_threads.to_string(), "at least 1"));
    }
    Ok(())
}

/// The life of a session's thread.
fn serve(model: &mut Model, messages: &Receiver<Message>, shared: &Shared) {
    loop {
        let message = if shared.stopping.load(Ordering::Acquire) {
            messages.try_recv().ok()
        } else {
            messages.recv().ok()
        };
        match message {
            Some(Message::Job(mut job)) => job.perform(model, &shared.counts),
            Some(Message::Wake) => {}
            None => return,
        }
    }
}
