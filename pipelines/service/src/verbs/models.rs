//! `cairn models`: which models there are, whether their files are here and right, and how they get here.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use engine::Runtime;
use indicatif::DecimalBytes;
use models::artifact::{Store, StoreError};
use models::home::{Home, MODELS};
use models::{Card, CardError, DEFAULT_MODEL, InputBatch};
use serde_json::{Value, json};

use self::pulling::{Accepted, PullArgs, Unaccepted};
use self::verify::Verdict;

mod preparing;
pub(crate) mod pulling;
mod quantise;
mod reshape;
mod verify;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum ModelsCommand {
    /// Every model that is known here, and whether its file is held and right.
    List {
        /// Answer as one JSON document on standard output.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Bring model files into the store; the default model, unless told otherwise.
    Pull {
        /// Ids of the models.
        #[arg(value_name = "ID", conflicts_with = "all")]
        ids: Vec<String>,
        /// Every model whose licences anybody may use (models/licences.txt), and those that `--accept` names.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        args: PullArgs,
        #[command(flatten)]
        place: Place,
    },
    /// Hash files of the store against their cards and let the models answer to a known picture; the default model and
    /// all that is held, unless told otherwise.
    Verify {
        /// Ids of the models.
        #[arg(value_name = "ID")]
        ids: Vec<String>,
        #[command(flatten)]
        accepted: Accepted,
        /// Answer as one JSON document on standard output.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Have providers build what they need to run models, so that a box starts without waiting for it.
    Prepare(preparing::PrepareArgs),
    /// Make a model file of one input size take any, where that can be done without changing what it computes.
    Reshape(reshape::ReshapeArgs),
    /// What the card of a model says.
    Show {
        /// Id of the model.
        #[arg(value_name = "ID")]
        id: String,
        /// Answer as one JSON document on standard output.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Make a model in 8-bit integers, and keep it only if it loses little and is faster here.
    Quantise(quantise::QuantiseArgs),
}

/// Where cards and files are, for a box whose configuration says so.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    /// Folder of the model files.
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
    /// Folder of the operator's own cards.
    #[arg(long, value_name = "FOLDER")]
    cards: Option<PathBuf>,
}

/// Exit code 0 when done, 1 when a file could not be had or is not right, [`crate::EXIT_USAGE`] for an unknown id, a
/// broken card or a licence that was not accepted.
pub(crate) fn run(command: ModelsCommand) -> anyhow::Result<ExitCode> {
    let home = models::home::default_store()?;
    match perform(command, &home) {
        Err(error) if error.is::<CardError>() || error.is::<Unaccepted>() => {
            eprintln!("cairn: {error:#}");
            Ok(ExitCode::from(crate::EXIT_USAGE))
        }
        other => other,
    }
}

fn perform(command: ModelsCommand, home: &Home) -> anyhow::Result<ExitCode> {
    match command {
        ModelsCommand::List { json, place } => {
            let (cards, store) = place.open(home)?;
            let found: Vec<Found<'_>> = cards.iter().map(|card| Found::look(card, &store)).collect();
            if json {
                return print_document(&found, &store);
            }
            found.iter().for_each(|found| println!("{}", found.summary()));
            println!("files are kept in {}", store.folder().display());
            Ok(ExitCode::SUCCESS)
        }
        ModelsCommand::Pull { ids, all, args, place } => {
            let (cards, store) = place.open(home)?;
            pull(&to_pull(&cards, &ids, all, &args.accepted.accept)?, &args, &store)
        }
        ModelsCommand::Verify { ids, accepted, json, place } => {
            let (cards, store) = place.open(home)?;
            let mut found = to_verify(&cards, &ids, &accepted.accept, &store)?;
            run_golden(&mut found, &accepted.accept)?;
            if json {
                print_document(&found, &store)?;
            } else {
                found.iter().for_each(|found| println!("{}", found.verdict()));
            }
            let right = found.iter().all(Found::is_fine);
            Ok(if right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        ModelsCommand::Prepare(args) => preparing::run(&args, home),
        ModelsCommand::Reshape(args) => reshape::run(&args),
        ModelsCommand::Show { id, json, place } => {
            let (cards, store) = place.open(home)?;
            let found = Found::look(models::find(&cards, &id)?, &store);
            if json {
                return print_document(&[found], &store);
            }
            println!("{}", found.sheet());
            Ok(ExitCode::SUCCESS)
        }
        ModelsCommand::Quantise(args) => quantise::run(args),
    }
}

fn pull(cards: &[&Card], args: &PullArgs, store: &Store) -> anyhow::Result<ExitCode> {
    let sources = args.sources(MODELS);
    let mut failed = false;
    for card in cards {
        if let Err(error) = sources.take(&card.artifact, store) {
            eprintln!("cairn: {:#}", anyhow::Error::from(error));
            failed = true;
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The cards that a pull is about.
fn to_pull<'a>(
    cards: &'a [Card],
    ids: &[String],
    all: bool,
    accepted: &[String],
) -> anyhow::Result<Vec<&'a Card>> {
    if all {
        return Ok(cards.iter().filter(|card| card.may_be_used(accepted).is_ok()).collect());
    }
    if ids.is_empty() {
        return Ok(vec![models::find(cards, DEFAULT_MODEL)?]);
    }
    let mut chosen = Vec::new();
    for id in ids {
        let card = models::find(cards, id)?;
        card.may_be_used(accepted).map_err(Unaccepted::from)?;
        chosen.push(card);
    }
    Ok(chosen)
}

/// What a verification is about, its files hashed. Without `ids` a model that nobody pulled is no fault, except the
/// default one.
fn to_verify<'a>(
    cards: &'a [Card],
    ids: &[String],
    accepted: &[String],
    store: &Store,
) -> anyhow::Result<Vec<Found<'a>>> {
    if !ids.is_empty() {
        let chosen = ids.iter().map(|id| {
            let card = models::find(cards, id)?;
            card.may_be_used(accepted).map_err(Unaccepted::from)?;
            Ok(Found::look(card, store))
        });
        return chosen.collect();
    }
    let of_interest = |found: &Found<'_>| {
        found.card.id == DEFAULT_MODEL || !matches!(found.state, Err(StoreError::Missing { .. }))
    };
    Ok(cards.iter().map(|card| Found::look(card, store)).filter(of_interest).collect())
}

/// Lets every model answer whose file is right and whose licence is accepted.
fn run_golden(found: &mut [Found<'_>], accepted: &[String]) -> anyhow::Result<()> {
    let mut runtime = None;
    for found in found {
        let Ok(file) = &found.state else { continue };
        if let Err(reason) = found.card.may_be_used(accepted) {
            found.golden = Some(Verdict::NotAccepted(Unaccepted::from(reason).to_string()));
            continue;
        }
        let runtime = match &mut runtime {
            Some(runtime) => runtime,
            none => {
                let load = || Runtime::load(&Runtime::find(None)?);
                none.insert(load().context("models cannot be verified without ONNX Runtime")?)
            }
        };
        found.golden = Some(verify::verdict(runtime, found.card, file));
    }
    Ok(())
}

impl Place {
    pub(crate) fn open(&self, home: &Home) -> Result<(Vec<Card>, Store), CardError> {
        let cards = models::cards(&self.cards.clone().unwrap_or_else(|| home.cards()))?;
        Ok((cards, self.store.as_ref().map_or_else(|| home.models(), Store::new)))
    }
}

/// A model, and what its file in the store is like.
struct Found<'a> {
    card: &'a Card,
    state: Result<PathBuf, StoreError>,
    /// What the model answered to a known picture; `None` where it was not asked.
    golden: Option<Verdict>,
}

impl<'a> Found<'a> {
    fn look(card: &'a Card, store: &Store) -> Self {
        Self { card, state: store.locate(&card.artifact), golden: None }
    }

    fn is_fine(&self) -> bool {
        self.state.is_ok() && self.golden.as_ref().is_none_or(Verdict::is_fine)
    }

    fn word(&self) -> &'static str {
        match &self.state {
            Ok(_) => "ok",
            Err(StoreError::Missing { .. }) => "missing",
            Err(StoreError::Wrong { .. }) => "wrong",
            Err(StoreError::Io { .. }) => "unreadable",
        }
    }

    /// Why the file is not all right, with the cause.
    fn problem(&self) -> Option<String> {
        let error = self.state.as_ref().err()?;
        let cause = std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"));
        Some(format!("{error}{cause}"))
    }

    fn summary(&self) -> String {
        let Card { id, task, about, artifact, .. } = self.card;
        let size = DecimalBytes(artifact.bytes).to_string();
        format!("{id:<22} {task:<12} {:<10} {size:>9}  {about}", self.word())
    }

    fn verdict(&self) -> String {
        let problem = self.problem().map_or_else(String::new, |problem| format!(": {problem}"));
        let word = match &self.golden {
            Some(Verdict::Wrong(_)) => "wrong",
            _ => self.word(),
        };
        let golden = self.golden.as_ref().map_or_else(String::new, |golden| format!(": {}", golden.line()));
        format!("{:<22} {word}{problem}{golden}", self.card.id)
    }

    fn sheet(&self) -> String {
        let card = self.card;
        let source = match (&card.artifact.source, &card.artifact.derived) {
            (Some(source), _) => source.to_string(),
            (None, Some(derived)) => format!("made by {} of `{}`", derived.recipe, derived.from.id),
            (None, None) => without_source(card).to_owned(),
        };
        let licence = &card.licence;
        let mut lines = vec![
            format!("{}: {}", card.id, card.about),
            format!("  task     {}", card.task),
            format!("  file     {} ({} bytes), {}", card.artifact.file, card.artifact.bytes, self.word()),
            format!("  sha256   {}", card.artifact.sha256),
            format!("  source   {source}"),
            format!("  licence  code {}, weights {}; {}", licence.code, licence.weights, licence.note),
            match licence.is_allowed() {
                true => "  use      free".to_owned(),
                false => "  use      only where it is accepted by name".to_owned(),
            },
            format!(
                "  input    {} {}, {:?}, {} {:?}, {:?}, {}",
                card.input.name,
                card.input.size.preferred(),
                card.input.spec.order,
                card.input.element,
                card.input.layout,
                card.input.fit,
                match card.input.batch {
                    InputBatch::One => "one picture in a run",
                    InputBatch::Any => "any number of pictures in a run",
                },
            ),
            format!("  outputs  {}, read as {:?}", card.outputs.join(", "), card.head),
        ];
        if card.task.detects() {
            lines.push(format!("  scores   from {}, boxes overlap up to {}", card.min_score, card.nms_iou));
            lines.push(format!("  heights  from {} input pixels", card.smallest_px));
            lines.push(format!("  classes  {}", card.classes.join(", ")));
        }
        lines.join("\n")
    }

    fn document(&self) -> Value {
        let card = self.card;
        let source = card.artifact.source.as_ref();
        json!({
            "id": card.id,
            "task": card.task.name(),
            "about": card.about,
            "default": card.id == DEFAULT_MODEL,
            "file": card.artifact.file,
            "sha256": card.artifact.sha256.to_string(),
            "bytes": card.artifact.bytes,
            "made_here": card.made_here,
            "source": source.map(|source| {
                json!({ "repository": source.repository, "path": source.path, "commit": source.commit })
            }),
            "derived": card.artifact.derived.as_ref().map(|derived| {
                json!({ "from": derived.from.id, "recipe": derived.recipe.name() })
            }),
            "licence": {
                "code": card.licence.code, "weights": card.licence.weights, "note": card.licence.note,
                "allowed": card.licence.is_allowed(),
            },
            "input_size": [card.input.size.preferred().width, card.input.size.preferred().height],
            "smallest_px": card.task.detects().then_some(card.smallest_px),
            "batch": match card.input.batch {
                InputBatch::One => "one",
                InputBatch::Any => "any",
            },
            "classes": card.classes,
            "state": self.word(),
            "problem": self.problem(),
            "golden": self.golden.as_ref().map(Verdict::document),
        })
    }
}

/// Where a file without a public place is.
fn without_source(card: &Card) -> &'static str {
    if card.made_here { "made on this machine" } else { "a mirror alone" }
}

fn print_document(found: &[Found<'_>], store: &Store) -> anyhow::Result<ExitCode> {
    let models: Vec<Value> = found.iter().map(Found::document).collect();
    let document = json!({
        "schema": "cairn.models/1",
        "store": store.folder().display().to_string(),
        "models": models,
    });
    crate::machine::print_document(document)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests;
