//! Threads that share the jobs of a run.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use datasets::report::{Exhibit, Failure, ModelUse, Unit, keep_first};

use super::clip::ClipRun;
use super::plan::{Job, Predictor, Prepared, Work};
use super::progress::Progress;
use super::sessions::Sessions;
use super::stills::Stills;
use super::{BadRequest, Request, elsewhere};

/// What the jobs found out.
pub(crate) struct Outcome {
    /// In order of the jobs.
    pub(crate) units: Vec<Unit>,
    /// The first failure of each condition of an item.
    pub(crate) failed: Vec<Failure>,
    pub(crate) models: Vec<ModelUse>,
    pub(crate) exhibits: Vec<Exhibit>,
    pub(crate) frames: u64,
    pub(crate) wall_s: f64,
    pub(crate) cpu_s: f64,
    /// By model: frames by the upper edge of their bin in milliseconds.
    pub(crate) latency_ms: BTreeMap<String, BTreeMap<u32, u64>>,
}

/// What one job found out.
pub(crate) struct Done {
    pub(crate) unit: Unit,
    pub(crate) exhibits: Vec<Exhibit>,
    pub(crate) latency: Latency,
}

/// What a job found out, and what ran its model.
type Run = (Done, Option<engine::Provider>);

/// Works on `jobs`, each once.
///
/// # Errors
/// When a thread cannot be started or the runtime library cannot be had. A job that fails is named in the outcome.
pub(crate) fn work(prepared: &Prepared, request: &Request, jobs: &[Job<'_>]) -> anyhow::Result<Outcome> {
    let begun = Instant::now();
    let cpu_before = crate::machine::own_cpu_seconds();
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // At the pace of a camera, a second worker would steal the first one's time.
    let alone = request.pace == datasets::report::Pace::Real;
    let threads = if alone { 1 } else { request.threads.unwrap_or(cores).min(jobs.len()).max(1) };
    let progress = Progress::new(jobs.iter().map(|job| job.frames).sum());
    let runtime = super::sessions::runtime()?;
    check_provider(&runtime, &request.provider)?;

    // Long jobs first, so that no thread is left alone with one at the end.
    let mut order: Vec<&Job<'_>> = jobs.iter().collect();
    order.sort_by_key(|job| std::cmp::Reverse(job.frames));
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<u32, anyhow::Result<Run>>> = Mutex::default();
    thread::scope(|scope| -> anyhow::Result<()> {
        for number in 0..threads {
            let (order, next, done, progress, runtime) = (&order, &next, &done, &progress, &runtime);
            let body = move || {
                let mut sessions = Sessions::new(runtime, request);
                while let Some(job) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let work = AssertUnwindSafe(|| one(prepared, request, job, &mut sessions, progress));
                    let result = catch_unwind(work).unwrap_or_else(|_| {
                        // Whatever it left half done goes with it.
                        sessions = Sessions::new(runtime, request);
                        Err(anyhow!("panicked, see the log"))
                    });
                    let provider = sessions.provider_of(&job.model_id());
                    let result = result.map(|done| (done, provider));
                    done.lock().unwrap_or_else(PoisonError::into_inner).insert(job.index, result);
                }
            };
            Builder::new()
                .name(format!("eval-{number}"))
                .spawn_scoped(scope, body)
                .context("could not start a worker")?;
        }
        Ok(())
    })?;
    progress.finish();

    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    // A file that the request names and that cannot be read is the request's fault, not an item's.
    let (bad, done): (BTreeMap<_, _>, BTreeMap<_, _>) = done
        .into_iter()
        .partition(|(_, result)| result.as_ref().is_err_and(|error| error.is::<BadRequest>()));
    if let Some(Err(error)) = bad.into_values().next() {
        return Err(error);
    }
    let mut outcome = collected(jobs, done);
    outcome.wall_s = begun.elapsed().as_secs_f64();
    outcome.cpu_s = crate::machine::own_cpu_seconds() - cpu_before;
    Ok(outcome)
}

/// A provider that is required and cannot be used here is the request's fault, not that of every item.
fn check_provider(runtime: &engine::Runtime, wish: &engine::Wish) -> Result<(), BadRequest> {
    let engine::Wish::Require(required) = wish else { return Ok(()) };
    let reports = engine::providers(runtime);
    let absent = reports.into_iter().find(|report| report.provider == *required && !report.is_present());
    match absent.map(|report| report.presence) {
        Some(engine::Presence::Absent { reason }) => {
            Err(BadRequest::new(format!("provider `{required}` cannot be used here: {reason}")))
        }
        _ => Ok(()),
    }
}

fn one(
    prepared: &Prepared,
    request: &Request,
    job: &Job<'_>,
    sessions: &mut Sessions<'_>,
    progress: &Progress,
) -> anyhow::Result<Done> {
    progress.begin(job);
    let card = match &job.predictor {
        Predictor::Results(file) => return elsewhere::run(prepared, request, job, file),
        Predictor::Model(card) => card,
    };
    let stills = Stills { prepared, request, job, card, progress };
    match &job.work {
        Work::Clip { clip, camera, tasks } => {
            ClipRun { prepared, request, job, card, clip, camera, tasks: *tasks, progress }.run(sessions)
        }
        Work::Pictures { set, part } => stills.pictures(set, part.clone(), sessions),
        Work::Plates { set, part } => stills.plates(set, part.clone(), sessions),
        Work::Faces { set } => stills.faces(set, sessions),
    }
}

fn collected(jobs: &[Job<'_>], done: BTreeMap<u32, anyhow::Result<Run>>) -> Outcome {
    let mut outcome = Outcome {
        units: Vec::new(),
        failed: Vec::new(),
        models: Vec::new(),
        exhibits: Vec::new(),
        frames: 0,
        wall_s: 0.0,
        cpu_s: 0.0,
        latency_ms: BTreeMap::new(),
    };
    for (job, result) in jobs.iter().zip(done.into_values()) {
        match result {
            Ok((Done { unit, exhibits, latency }, provider)) => {
                outcome.models.extend(provider.and_then(|provider| job.model_use(provider)));
                outcome.frames += unit.frames;
                outcome.exhibits.extend(exhibits);
                let bins = outcome.latency_ms.entry(unit.model.clone()).or_default();
                for (edge, count) in latency.bins() {
                    *bins.entry(edge).or_default() += count;
                }
                outcome.units.push(unit);
            }
            Err(error) => outcome.failed.push(Failure {
                job: Some(job.index),
                item: job.item.id.clone(),
                model: Some(job.model_id()),
                degradation: job.degradation.map(|degradation| degradation.to_string()),
                reason: format!("{error:#}"),
            }),
        }
    }
    keep_first(&mut outcome.failed);
    // Half a set would be scored as if it were the whole.
    let failed = &outcome.failed;
    outcome.units.retain(|unit| !failed.iter().any(|failure| failure.takes_out(unit)));
    outcome.models.sort();
    outcome.models.dedup();
    outcome
}

/// Times of single frames.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latency(BTreeMap<u32, u64>);

impl Latency {
    /// Adds one.
    pub(crate) fn record(&mut self, took: Duration) {
        let edge_ms = u32::try_from(took.as_millis()).unwrap_or(u32::MAX).saturating_add(1);
        *self.0.entry(edge_ms).or_default() += 1;
    }

    /// Counts by the upper edge of their bin in milliseconds.
    pub(crate) fn bins(self) -> BTreeMap<u32, u64> {
        self.0
    }
}
