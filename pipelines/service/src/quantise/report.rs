//! What came of it, for people and for programs.

use std::path::PathBuf;

use datasets::report::DatasetId;
use models::artifact::Sha256;
use serde_json::{Value, json};
use vision::SizePx;

use super::candidates::Candidate;
use super::guard::{ApChange, Bounds, LEAST_SPEED_UP, Measured, Shortfall};
use crate::machine::{Build, Machine};

/// Schema of the document; additive changes keep it.
const SCHEMA: &str = "cairn.quantise/1";

/// What was tried, measured and done.
pub(crate) struct Report {
    pub(super) model: String,
    pub(super) model_sha256: Sha256,
    pub(super) dataset: DatasetId,
    /// In points of AP.
    pub(super) max_loss: f64,
    pub(super) limit: Option<u64>,
    pub(super) provider: String,
    /// Frames and pictures.
    pub(super) calibrated_with: usize,
    /// Input size that was timed.
    pub(super) size: SizePx,
    /// Runs of each model, in turn.
    pub(super) rounds: usize,
    /// Median of a run of the model as it is.
    pub(super) original_ms: f64,
    pub(super) candidates: Vec<Tried>,
    /// Place of the candidate that was installed, or came nearest to it.
    pub(super) best: usize,
    /// Card and file.
    pub(super) installed: Option<(PathBuf, PathBuf)>,
}

/// One recipe and what came of it.
pub(super) struct Tried {
    pub(super) recipe: String,
    pub(super) what: String,
    pub(super) sha256: Sha256,
    pub(super) bytes: u64,
    /// Median of a run.
    pub(super) ms: f64,
    pub(super) measured: Measured,
    pub(super) shortfalls: Vec<Shortfall>,
}

/// All that was tried, in the order of the recipes.
pub(super) fn tried(
    candidates: &[Candidate],
    ms: &[f64],
    measured: &[Measured],
    bounds: Bounds,
) -> Vec<Tried> {
    let tried = candidates.iter().zip(ms).zip(measured).map(|((candidate, &ms), measured)| Tried {
        recipe: candidate.recipe.clone(),
        what: candidate.what.clone(),
        sha256: candidate.card.artifact.sha256,
        bytes: candidate.card.artifact.bytes,
        ms,
        measured: *measured,
        shortfalls: measured.shortfalls(bounds),
    });
    tried.collect()
}

impl Report {
    /// Whether the best candidate may be installed.
    pub(crate) fn passes(&self) -> bool {
        self.candidates.get(self.best).is_some_and(|best| best.shortfalls.is_empty())
    }

    /// For a terminal.
    pub(crate) fn text(&self) -> String {
        let mut lines = vec![
            format!(
                "{} on {} at {}, one thread: {:.2} ms, median of {} runs in turn; calibrated with {} frames of {}",
                self.model,
                self.provider,
                self.size,
                self.original_ms,
                self.rounds,
                self.calibrated_with,
                self.dataset.id
            ),
            format!(
                "{:<24} {:>9} {:>7} {:>16} {:>8} {:>8}  loss in points of AP",
                "recipe", "ms", "faster", "95 %", "AP", "AP int8"
            ),
        ];
        lines.extend(self.candidates.iter().map(Tried::row));
        lines.push(String::new());
        if let Some((card, file)) = &self.installed {
            lines.push(format!("`{}-int8` is installed, by recipe {}", self.model, self.best().recipe));
            lines.push(format!("  card  {}\n  file  {}", card.display(), file.display()));
        } else {
            lines.push(format!("nothing is installed; the nearest is recipe {}:", self.best().recipe));
            lines.extend(self.best().shortfalls.iter().map(|shortfall| format!("  {shortfall}")));
            if let Some(interval) = self.best().measured.ap.and_then(|ap| ap.loss_interval()) {
                lines.push(format!(
                    "  95 % interval of its loss: {:.2} to {:.2} points",
                    interval.low, interval.high
                ));
            }
        }
        lines.join("\n")
    }

    /// For programs: [`SCHEMA`].
    pub(crate) fn document(&self) -> anyhow::Result<Value> {
        let installed = self
            .installed
            .as_ref()
            .map(|(card, file)| json!({ "id": format!("{}-int8", self.model), "card": card, "file": file }));
        Ok(json!({
            "schema": SCHEMA,
            "cairn": serde_json::to_value(Build::current())?,
            "machine": serde_json::to_value(Machine::current())?,
            "model": { "id": self.model, "sha256": self.model_sha256.to_string(), "run_ms": self.original_ms },
            "dataset": self.dataset,
            "options": { "max_loss": self.max_loss, "limit": self.limit, "provider": self.provider },
            "least_speed_up": LEAST_SPEED_UP,
            "rounds": self.rounds,
            "calibrated_with": self.calibrated_with,
            "input_size": [self.size.width, self.size.height],
            "candidates": self.candidates.iter().map(Tried::document).collect::<Vec<_>>(),
            "best": self.best().recipe,
            "passes": self.passes(),
            "installed": installed,
        }))
    }

    /// For the head of the card.
    pub(super) fn remarks(&self) -> Vec<String> {
        let best = self.best();
        let mut remarks = vec![
            format!("Made by `cairn models quantise {}` {}.", self.model, crate::machine::VERSION),
            format!("Recipe {}: {}.", best.recipe, best.what),
            format!(
                "Calibrated and judged on the dataset {}, SHA-256 {}, {} frames for calibration.",
                self.dataset.id, self.dataset.sha256, self.calibrated_with
            ),
            format!(
                "On {}: {:.2} ms a run at {} on {} with one thread, {:.2} ms before: {} over {} runs in turn.",
                Machine::current().cpu(),
                best.ms,
                self.size,
                self.provider,
                self.original_ms,
                best.measured.speed_up,
                self.rounds
            ),
        ];
        if let Some(ap) = best.measured.ap {
            remarks
                .push(format!("AP {:.4}, {:.4} before, on {} pictures.", ap.after, ap.before, ap.pictures));
        }
        remarks
    }

    #[expect(clippy::indexing_slicing, reason = "a report is about at least one candidate")]
    fn best(&self) -> &Tried {
        &self.candidates[self.best]
    }
}

impl Tried {
    fn row(&self) -> String {
        let Measured { speed_up, ap } = self.measured;
        let scores = ap.map_or_else(
            || format!("{:>8} {:>8}  -", "-", "-"),
            |ap: ApChange| {
                let interval = ap.loss_interval().map_or_else(String::new, |interval| {
                    format!(" ({:.2} to {:.2})", interval.low, interval.high)
                });
                format!("{:>8.4} {:>8.4}  {:.2}{interval}", ap.before, ap.after, ap.loss_points())
            },
        );
        let faster = speed_up.interval.map_or_else(
            || "-".to_owned(),
            |interval| format!("{:.3} to {:.3}", interval.low, interval.high),
        );
        format!("{:<24} {:>9.2} {:>6.2}x {faster:>16} {scores}", self.recipe, self.ms, speed_up.ratio)
    }

    fn document(&self) -> Value {
        let ap = self.measured.ap.map(|ap| {
            json!({
                "before": ap.before,
                "after": ap.after,
                "loss_points": ap.loss_points(),
                "loss_interval": ap.loss_interval(),
                "pictures": ap.pictures,
            })
        });
        json!({
            "recipe": self.recipe,
            "what": self.what,
            "sha256": self.sha256.to_string(),
            "bytes": self.bytes,
            "run_ms": self.ms,
            "speed_up": self.measured.speed_up.ratio,
            "speed_up_interval": self.measured.speed_up.interval,
            "ap": ap,
            "passes": self.shortfalls.is_empty(),
            "shortfalls": self.shortfalls.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    }
}
