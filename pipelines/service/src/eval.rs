//! Runs a dataset through the code of the field and matches the outcome with its ground truth.
//!
//! A [`plan`] lists jobs; [`workers`] share them among threads, each with its own sessions; what a job finds does not
//! depend on who did it or when, so neither does the document.

mod plan;
mod sampling;

mod sessions;
mod workers;

mod clip;
mod playback;
mod stills;

mod elsewhere;

mod exhibit;
mod explained;
mod output;
mod progress;
mod table;
mod unknown;
mod watching;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use datasets::report::{DatasetId, Document, Exhibit, Options, Pace, SCHEMA, Shard, Speed, keep_first};
use vision::SizePx;

pub(crate) use clip::INFERENCE_LIMIT;
pub(crate) use explained::feedback_text;
pub(crate) use output::{probe, write, write_out};
pub(crate) use plan::{TaskArg, mirror};
pub(crate) use playback::{Playback, Playing};
pub(crate) use sampling::{Sample, sample};
pub(crate) use sessions::{locate, runtime};

/// What to evaluate, and how.
pub(crate) struct Request {
    pub(crate) dataset: PathBuf,
    pub(crate) tasks: Vec<TaskArg>,
    pub(crate) items: Vec<String>,
    pub(crate) model: Option<String>,
    /// Models that the evaluator accepts whatever their licences are, besides those that the dataset names.
    pub(crate) accepted: Vec<String>,
    pub(crate) config: Option<PathBuf>,
    pub(crate) provider: engine::Wish,
    /// Detectors see everything at this size, whatever a camera or a frame's aspect asks for.
    pub(crate) input: Option<SizePx>,
    pub(crate) limit: Option<u64>,
    pub(crate) threads: Option<usize>,
    pub(crate) shard: Option<Shard>,
    pub(crate) pace: Pace,
    pub(crate) degradations: Vec<String>,
    pub(crate) seed: Option<u64>,
    pub(crate) predictions: Vec<(String, PathBuf)>,
    /// Whether pictures of what went wrong are wanted.
    pub(crate) exhibits: bool,
    /// Reported beside the models they stand in for, on the same items.
    pub(crate) stand_ins: Vec<StandIn>,
}

/// A model that is not installed, to be held against one that is.
#[derive(Clone)]
pub(crate) struct StandIn {
    /// Id of the model it stands in for: it gets what that one gets, the camera's own input size too.
    pub(crate) of: String,
    pub(crate) card: Arc<models::Card>,
    /// The model's file, whole and right.
    pub(crate) file: PathBuf,
    /// What its numbers are.
    pub(crate) precision: engine::Precision,
}

impl Request {
    fn stand_in(&self, id: &str) -> Option<&StandIn> {
        self.stand_ins.iter().find(|stand_in| stand_in.card.id == id)
    }

    /// Id of the model that a camera's settings for the model `id` are about.
    fn meant_for<'a>(&'a self, id: &'a str) -> &'a str {
        self.stand_in(id).map_or(id, |stand_in| &stand_in.of)
    }
}

/// The request cannot be carried out as it is: the caller has to change something.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BadRequest(String);

impl BadRequest {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}

/// Whether there is anything to do for `request`.
///
/// # Errors
/// [`BadRequest`] as [`evaluate`].
pub(crate) fn check(request: &Request) -> anyhow::Result<()> {
    plan::prepare(request)?.plan(request).map(|_| ())
}

/// Carries out `request`. Items that fail are named in the document; the others go on.
///
/// # Errors
/// [`BadRequest`] for a dataset, configuration or name that cannot be used; others when the machine lacks something that
/// no item can do without.
pub(crate) fn evaluate(request: Request) -> anyhow::Result<(Document, Vec<Exhibit>)> {
    capture::init().context("could not start GStreamer")?;
    let prepared = plan::prepare(&request)?;
    let plan = prepared.plan(&request)?;
    let jobs = u32::try_from(plan.len()).map_err(|_| BadRequest::new("too many jobs for one run"))?;
    let mine: Vec<_> =
        plan.into_iter().filter(|job| request.shard.is_none_or(|shard| shard.takes(job.index))).collect();
    unknown::tell(&prepared, &mine);
    let mut outcome = workers::work(&prepared, &request, &mine)?;
    outcome.failed.extend(prepared.unreadable(&request));
    keep_first(&mut outcome.failed);
    let document = Document {
        schema: SCHEMA.to_owned(),
        cairn: serde_json::to_value(crate::machine::Build::current())?,
        machine: Some(serde_json::to_value(crate::machine::Machine::current())?),
        dataset: DatasetId {
            id: prepared.dataset.id.clone(),
            sha256: prepared.dataset.sha256.to_string(),
            seed: prepared.seed,
        },
        config_sha256: prepared.config_sha256.clone(),
        models: outcome.models,
        options: Options {
            tasks: request.tasks.iter().map(ToString::to_string).collect(),
            items: request.items.clone(),
            model: request.model.clone(),
            input: request.input.map(|input| [input.width, input.height]),
            limit: request.limit,
            pace: request.pace,
            degradations: prepared.degradations.iter().map(ToString::to_string).collect(),
            shard: request.shard,
        },
        jobs,
        speed: Some(Speed::new(outcome.frames, outcome.wall_s, outcome.cpu_s, outcome.latency_ms)),
        failed: outcome.failed,
        units: outcome.units,
    };
    Ok((document, Exhibit::worst(outcome.exhibits)))
}
