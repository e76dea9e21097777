//! Sessions on threads.
//!
//! Constraints: a session is used by one thread only; the queue is bounded and never blocks a caller; callers take turns;
//! each request's reply is called exactly once, whatever happens; a request that panics fails alone, and the thread goes
//! on. Sessions side by side share one queue: whichever is free takes who is next, so turns hold over all of them.
//!
//! Order of operations at the end: the queue is closed. From then on nothing more is taken in; what is queued is still
//! served, each within its own limit and without being held; then the models go, and the threads are joined.

mod job;
mod queue;
mod reply;
mod serving;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use self::job::{Job, Queued};
use self::queue::{Caller, Queue, Refused};
use self::reply::Reply;
use crate::model::Model;
use crate::provider::{ProviderOutcome, ProviderRequest};
use crate::{Answer, Batching, EngineError, InputShape, Proof, Provider, Request, Runtime, Ticket, Wait};

/// How much longer than its limit [`SessionHandle::run`] waits: a run that began in time may end.
pub const RUN_GRACE: Duration = Duration::from_secs(1);

/// Longest time that a frame may be held back for others: beyond it nobody wants the answer.
const MAX_HOLD: Duration = Duration::from_secs(10);

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
    /// How waiting requests are put together.
    pub batch: Batching,
    /// What shall run the model.
    pub provider: ProviderRequest,
    /// What it must show before it serves.
    pub proof: Proof,
}

/// Counts since the session was spawned, those of sessions side by side together; their proofs are not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionStats {
    /// Requests that were answered with an output.
    pub runs: u64,
    /// Runs of the model that ended well, each for one request or more.
    pub batches: u64,
    /// Requests refused because the queue was full.
    pub overloaded: u64,
    /// Requests whose limit passed in the queue.
    pub expired: u64,
    /// Requests whose caller hung up, in the queue or during the run.
    pub abandoned: u64,
    /// Requests that ended in an error of their own or of the runtime.
    pub failed: u64,
}

/// Sends requests to a session; cheap to clone. All clones of a handle are one caller and take turns as one; see
/// [`SessionHandle::another_caller`].
#[derive(Clone, Debug)]
pub struct SessionHandle {
    caller: Caller,
    shared: Arc<Shared>,
}

/// The session's thread, or the threads of sessions side by side. Dropping it stops and joins, too.
#[derive(Debug)]
#[must_use = "the session stops when this is dropped"]
pub struct SessionThread {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    name: String,
    provider: ProviderOutcome,
    batch: Batching,
    /// How many take from the queue.
    sessions: usize,
    queue: Queue<Box<dyn Job>>,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    runs: AtomicU64,
    batches: AtomicU64,
    overloaded: AtomicU64,
    expired: AtomicU64,
    abandoned: AtomicU64,
    failed: AtomicU64,
}

/// Loads the model of `spec`, lets it prove itself and drops it again: what its provider builds for it is then in the
/// cache, and a session of the same specification starts without building.
///
/// # Errors
/// As [`SessionHandle::spawn`].
pub fn prepare(runtime: &Runtime, spec: &SessionSpec) -> Result<ProviderOutcome, EngineError> {
    check(spec)?;
    Model::load(runtime, spec).map(|(_, outcome)| outcome)
}

impl SessionHandle {
    /// Loads the model of `spec` on the calling thread, checks it and lets it prove itself, then gives it a thread named
    /// `session-<name>`.
    ///
    /// # Errors
    /// [`EngineError::SpecInvalid`], [`EngineError::ProviderOption`], [`EngineError::ProviderRefused`],
    /// [`EngineError::CacheUnusable`], [`EngineError::ModelUnreadable`], [`EngineError::InputMismatch`],
    /// [`EngineError::OutputMismatch`], [`EngineError::BatchFixed`], [`EngineError::CanaryFailed`],
    /// [`EngineError::ProofFailed`], [`EngineError::Run`] or [`EngineError::Thread`].
    pub fn spawn(runtime: &Runtime, spec: SessionSpec) -> Result<(Self, SessionThread), EngineError> {
        Self::spawn_side_by_side(runtime, spec, 1)
    }

    /// As [`SessionHandle::spawn`], but `sessions` of the same specification, at least 1, behind one queue; the threads of
    /// the second and further ones are named `session-<number>-<name>`. Each holds the model's weights for itself. One that
    /// ends in a panic stops them all.
    ///
    /// # Errors
    /// As [`SessionHandle::spawn`], and [`EngineError::ProviderRefused`] when a further session would run on another
    /// provider than the first.
    pub fn spawn_side_by_side(
        runtime: &Runtime,
        spec: SessionSpec,
        sessions: usize,
    ) -> Result<(Self, SessionThread), EngineError> {
        check(&spec)?;
        if sessions == 0 {
            return Err(EngineError::SpecInvalid {
                session: spec.name,
                field: "sessions",
                actual: sessions.to_string(),
                expected: "at least 1",
            });
        }
        let (first, provider) = Model::load(runtime, &spec)?;
        let mut models = vec![first];
        for number in 2..=sessions {
            let (model, outcome) = Model::load(runtime, &spec)?;
            check_same(&spec, number, &provider, &outcome)?;
            models.push(model);
        }
        let shared = Arc::new(Shared {
            queue: Queue::new(spec.queue, spec.batch),
            name: spec.name,
            provider,
            batch: spec.batch,
            sessions,
            counts: Counts::default(),
        });
        let mut threads =
            SessionThread { shared: Arc::clone(&shared), threads: Vec::with_capacity(sessions) };
        for (number, mut model) in (1..).zip(models) {
            let name = &shared.name;
            let thread =
                if number == 1 { format!("session-{name}") } else { format!("session-{number}-{name}") };
            let of_thread = Arc::clone(&shared);
            let spawned = thread::Builder::new()
                .name(thread)
                .spawn(move || serving::serve(&mut model, &of_thread.queue, &of_thread.counts))
                .map_err(|source| EngineError::Thread { session: shared.name.clone(), source })?;
            threads.threads.push(spawned);
        }
        let handle = Self { caller: shared.queue.caller(), shared };
        Ok((handle, threads))
    }

    /// A handle that takes turns of its own: of all callers with a request in the queue, the one served longest ago is
    /// next, so that one who asks often cannot crowd out the others. A new caller begins as one served just now. There
    /// should be one for each source of requests, not one for each request.
    #[must_use]
    pub fn another_caller(&self) -> Self {
        Self { caller: self.shared.queue.caller(), shared: Arc::clone(&self.shared) }
    }

    /// Queues `request`, which is dropped there if it waits longer than the limit of `wait`. Never blocks.
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
        wait: impl Into<Wait>,
        reply: impl FnOnce(Result<Answer<R::Output>, EngineError>) + Send + 'static,
    ) -> Result<Ticket, EngineError> {
        let wait = wait.into();
        let session = || self.shared.name.clone();
        let ticket =
            Ticket::new().map_err(|source| EngineError::Run { session: session(), source: source.into() })?;
        let job = Queued {
            session: session(),
            request,
            queued_at: Instant::now(),
            limit: wait.limit,
            ticket: ticket.clone(),
            reply: Reply::new(session(), reply),
            outcome: None,
        };
        let (mut job, error) = match self.shared.queue.push(&self.caller, wait.born, Box::new(job)) {
            Ok(()) => return Ok(ticket),
            Err(Refused::Full(job)) => {
                self.shared.counts.overloaded.fetch_add(1, Ordering::Relaxed);
                (job, EngineError::Overloaded { session: session(), capacity: self.shared.queue.capacity() })
            }
            Err(Refused::Closed(job)) => (job, EngineError::Stopped { session: session() }),
        };
        job.withdraw();
        Err(error)
    }

    /// Runs `request` and waits for its answer, at most the limit of `wait` and [`RUN_GRACE`]: the limit is for the queue,
    /// the grace for the run. A run that takes longer is cut short, unless others are in it, too.
    ///
    /// # Errors
    /// As [`SessionHandle::submit`], then [`EngineError::DeadlineExceeded`], [`EngineError::RequestPanicked`],
    /// [`EngineError::ElementMismatch`] or [`EngineError::Run`].
    pub fn run<R: Request>(
        &self,
        request: R,
        wait: impl Into<Wait>,
    ) -> Result<Answer<R::Output>, EngineError> {
        let wait = wait.into();
        let limit = wait.limit;
        let (sender, receiver) = sync_channel(1);
        let ticket = self.submit(request, wait, move |answer| {
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

    /// What was asked to run the model, what really does, and who refused.
    pub fn provider(&self) -> &ProviderOutcome {
        &self.shared.provider
    }

    /// What really runs the model.
    pub fn actual_provider(&self) -> Provider {
        self.shared.provider.actual
    }

    /// How waiting requests are put together.
    pub fn batching(&self) -> Batching {
        self.shared.batch
    }

    /// Sessions side by side that take from the queue, at least 1.
    pub fn sessions(&self) -> usize {
        self.shared.sessions
    }

    /// The counts so far.
    pub fn stats(&self) -> SessionStats {
        let Counts { runs, batches, overloaded, expired, abandoned, failed } = &self.shared.counts;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        SessionStats {
            runs: read(runs),
            batches: read(batches),
            overloaded: read(overloaded),
            expired: read(expired),
            abandoned: read(abandoned),
            failed: read(failed),
        }
    }
}

impl SessionThread {
    /// Takes nothing more in, serves what is queued and waits for every thread to end.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.shared.queue.close();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!(session = self.shared.name, "session thread ended in a panic");
            }
        }
    }
}

impl Drop for SessionThread {
    fn drop(&mut self) {
        self.end();
    }
}

/// Sessions behind one queue answer alike: which of them serves a request must not matter.
fn check_same(
    spec: &SessionSpec,
    number: usize,
    first: &ProviderOutcome,
    further: &ProviderOutcome,
) -> Result<(), EngineError> {
    if further.actual == first.actual {
        return Ok(());
    }
    let why = further.refused.iter().find(|refusal| refusal.provider == first.actual);
    let why = why.map_or_else(String::new, |refusal| format!(": {}", refusal.reason));
    Err(EngineError::ProviderRefused {
        session: spec.name.clone(),
        model: spec.model.clone(),
        provider: first.actual,
        reason: format!("it took {} of the sessions side by side and not the next one{why}", number - 1),
    })
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
    if spec.batch.max == 0 {
        return Err(refuse("batch max", spec.batch.max.to_string(), "at least 1"));
    }
    if MAX_HOLD < spec.batch.hold {
        return Err(refuse("batch hold", format!("{:?}", spec.batch.hold), "at most 10s"));
    }
    if let Some(input) = spec.proof.input() {
        if input.element() != spec.input.element {
            return Err(refuse(
                "a proof's input of",
                input.element().to_string(),
                "the element type of its input",
            ));
        }
        if input.len() != spec.input.len() {
            return Err(refuse("a proof's input of length", input.len().to_string(), "3 * width * height"));
        }
    }
    if let Proof::Expected { outputs, .. } = &spec.proof {
        if outputs.iter().all(|output| output.samples.is_empty()) {
            return Err(refuse("a proof of outputs", format!("{outputs:?}"), "at least one value"));
        }
        if let Some(output) = outputs.iter().find(|output| !spec.outputs.contains(&output.name)) {
            return Err(refuse("a proof of output", output.name.clone(), "one of its outputs"));
        }
    }
    Ok(())
}
