//! A detector in 8-bit integers, kept only where it loses little and is faster here.
//!
//! ONNX Runtime's own tools quantise the model by a few recipes, from frames of a dataset that went through the real way
//! into the model's input. What comes of it is timed in turn with the model it was made from, and the evaluator scores
//! both on the same footage. The best candidate becomes a model of this machine if the [`guard`] lets it pass; else
//! nothing is installed, and it is said by how much it fell short.

mod tools;

mod calibration;
mod candidates;

mod scoring;
mod speed;

mod guard;

mod installing;
mod report;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use datasets::report::Pace;
use engine::{Precision, Wish};
use models::home::Home;
use models::{Card, Fit, Task};
use vision::{ElementType, TensorLayout};

use self::calibration::Calibration;
use self::candidates::Candidate;
use self::guard::{Bounds, Measured};
use self::installing::{Installed, Target};
pub(crate) use self::report::Report;
use crate::eval::{self, BadRequest, Request, StandIn, TaskArg};

/// What is wanted.
pub(crate) struct Order {
    /// Id of the model to quantise.
    pub(crate) model: String,
    /// The dataset file: its detection items calibrate and judge.
    pub(crate) dataset: PathBuf,
    /// Points of AP that may be lost.
    pub(crate) max_loss: f64,
    /// What runs both models.
    pub(crate) provider: Wish,
    /// Frames and pictures to calibrate with.
    pub(crate) samples: usize,
    /// Frames of a clip and pictures of a set that are looked at.
    pub(crate) limit: Option<u64>,
    /// Folder that gets `cards` and `models`, instead of the home.
    pub(crate) out_dir: Option<PathBuf>,
    /// Models that are taken whatever their licences are.
    pub(crate) accepted: Vec<String>,
}

/// Quantises, measures and judges; installs what passes.
///
/// # Errors
/// [`models::CardError`] for an unknown model or a broken card, [`BadRequest`] for a model that is no detector or a dataset
/// without detection items; others when a tool, the model or an item of the dataset fails.
pub(crate) fn carry_out(order: &Order) -> anyhow::Result<Report> {
    let home = models::home::default_store()?;
    let cards = models::cards(&home.cards())?;
    let card = models::find(&cards, &order.model)?;
    suits(card)?;
    let target = Target::new(&home, order.out_dir.as_deref(), &card.id)?;
    let request = order.request();
    // Before anything is fetched: the dataset may have nothing to judge by.
    eval::check(&request)?;
    let file = eval::locate(card)?;
    let python = tools::python(&home)?;
    let work = WorkFolder::new(&home)?;
    step(format_args!("taking {} frames of {}", order.samples, order.dataset.display()));
    let calibration = Calibration::take(&request, card, order.samples, &work.0)?;
    let mut candidates = candidates::make(&python, card, &file, &calibration, &work.0)?;
    let size = calibration.usual_size();
    step(format_args!("timing {} candidates in turn with `{}` at {size}", candidates.len(), card.id));
    let runs = speed::in_turn(order, card, &file, &candidates, calibration.usual())?;
    // Who is not faster cannot pass; where nobody is, the fastest shows what the accuracy would have been.
    let speed_ups = runs.speed_ups();
    let keep = guard::worth_scoring(&speed_ups);
    step(format_args!("scoring {} and `{}` on the same items", counted(keep.len(), "candidate"), card.id));
    let stand_ins: Vec<StandIn> = keep.iter().map(|&place| candidates[place].stand_in(&card.id)).collect();
    let scored = scoring::score(Request { stand_ins, ..request }, &card.id)?;
    for (place, score) in keep.into_iter().zip(scored.changes) {
        candidates[place].score = Some(score);
    }
    let bounds = Bounds { max_loss: order.max_loss };
    let measured: Vec<Measured> = candidates
        .iter()
        .zip(speed_ups)
        .map(|(candidate, speed_up)| Measured { speed_up, ap: candidate.score })
        .collect();
    let best = guard::best(&measured, bounds);
    let mut report = Report {
        model: card.id.clone(),
        model_sha256: card.artifact.sha256,
        dataset: scored.dataset,
        max_loss: order.max_loss,
        limit: order.limit,
        provider: order.provider.to_string(),
        calibrated_with: calibration.count(),
        size,
        rounds: runs.rounds(),
        original_ms: runs.original_ms(),
        candidates: report::tried(&candidates, &runs.candidates_ms(), &measured, bounds),
        best,
        installed: None,
    };
    if report.passes() {
        let candidate = &candidates[best];
        let Installed { card, file } = target.install(&home, &report, candidate)?;
        report.installed = Some((card, file));
    }
    Ok(report)
}

impl Order {
    fn request(&self) -> Request {
        Request {
            dataset: self.dataset.clone(),
            tasks: vec![TaskArg::Detect],
            items: Vec::new(),
            model: Some(self.model.clone()),
            accepted: self.accepted.clone(),
            config: None,
            provider: self.provider.clone(),
            input: None,
            limit: self.limit,
            threads: None,
            shard: None,
            pace: Pace::Lockstep,
            degradations: vec!["none".to_owned()],
            seed: None,
            predictions: Vec::new(),
            exhibits: false,
            stand_ins: Vec::new(),
        }
    }
}

impl Candidate {
    fn stand_in(&self, of: &str) -> StandIn {
        let card = Arc::clone(&self.card);
        StandIn { of: of.to_owned(), card, file: self.file.clone(), precision: Precision::Int8 }
    }
}

/// Whether the evaluator can judge what comes of quantising `card`.
fn suits(card: &Card) -> Result<(), BadRequest> {
    let refuse = |why: String| Err(BadRequest::new(format!("model `{}` is not quantised: {why}", card.id)));
    if card.task != Task::Detect {
        return refuse(format!(
            "its task is `{}`, expected `detect`, whose average precision guards the result",
            card.task
        ));
    }
    if !matches!(card.input.fit, Fit::Letterbox(_))
        || (card.input.element, card.input.layout) != (ElementType::F32, TensorLayout::Nchw)
    {
        return refuse("expected an input of f32 in the order NCHW with a letterbox".to_owned());
    }
    Ok(())
}

/// A line about what is going on, for whoever waits.
fn step(what: std::fmt::Arguments<'_>) {
    eprintln!("cairn: {what}");
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A folder for files that nobody needs afterwards.
struct WorkFolder(PathBuf);

impl WorkFolder {
    fn new(home: &Home) -> anyhow::Result<Self> {
        let folder = tools::folder(home).join(format!("work-{}", std::process::id()));
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("could not make the folder `{}`", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "could not be removed");
        }
    }
}

/// Writes `bytes` to `path` so that it is there whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&part, path)
    };
    write().with_context(|| format!("could not write `{}`", path.display()))
}

#[cfg(test)]
mod tests;
