//! `cairn models`: which models there are, whether their files are here and right, and how they get here.

use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::DecimalBytes;
use models::artifact::{Store, StoreError};
use models::home::{Home, MODELS};
use models::{Card, CardError, DEFAULT_MODEL};
use serde_json::{Value, json};

use self::pulling::{Consent, PullArgs, Unaccepted};

mod preparing;
pub(crate) mod pulling;

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
        /// Every model with stated licences, the others too with `--accept-unlicensed`.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        args: PullArgs,
        #[command(flatten)]
        place: Place,
    },
    /// Hash files of the store against their cards; the default model and all that is held, unless told otherwise.
    Verify {
        /// Ids of the models.
        #[arg(value_name = "ID")]
        ids: Vec<String>,
        /// Answer as one JSON document on standard output.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Have providers build what they need to run models, so that a box starts without waiting for it.
    Prepare(preparing::PrepareArgs),
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
            pull(&to_pull(&cards, &ids, all, args.consent())?, &args, &store)
        }
        ModelsCommand::Verify { ids, json, place } => {
            let (cards, store) = place.open(home)?;
            let found = to_verify(&cards, &ids, &store)?;
            if json {
                print_document(&found, &store)?;
            } else {
                found.iter().for_each(|found| println!("{}", found.verdict()));
            }
            let right = found.iter().all(|found| found.state.is_ok());
            Ok(if right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        ModelsCommand::Prepare(args) => preparing::run(&args, home),
        ModelsCommand::Show { id, json, place } => {
            let (cards, store) = place.open(home)?;
            let found = Found::look(models::find(&cards, &id)?, &store);
            if json {
                return print_document(&[found], &store);
            }
            println!("{}", found.sheet());
            Ok(ExitCode::SUCCESS)
        }
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
    consent: Consent,
) -> anyhow::Result<Vec<&'a Card>> {
    if all {
        return Ok(cards.iter().filter(|card| consent.covers(card.licence.is_stated())).collect());
    }
    if ids.is_empty() {
        return Ok(vec![models::find(cards, DEFAULT_MODEL)?]);
    }
    let mut chosen = Vec::new();
    for id in ids {
        let card = models::find(cards, id)?;
        if !consent.covers(card.licence.is_stated()) {
            return Err(Unaccepted { id: id.clone(), reason: card.licence.note.clone() }.into());
        }
        chosen.push(card);
    }
    Ok(chosen)
}

/// What a verification is about, with its outcome. Without `ids` a model that nobody pulled is no fault, except the
/// default one.
fn to_verify<'a>(cards: &'a [Card], ids: &[String], store: &Store) -> Result<Vec<Found<'a>>, CardError> {
    if !ids.is_empty() {
        return ids.iter().map(|id| Ok(Found::look(models::find(cards, id)?, store))).collect();
    }
    let of_interest = |found: &Found<'_>| {
        found.card.id == DEFAULT_MODEL || !matches!(found.state, Err(StoreError::Missing { .. }))
    };
    Ok(cards.iter().map(|card| Found::look(card, store)).filter(of_interest).collect())
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
}

impl<'a> Found<'a> {
    fn look(card: &'a Card, store: &Store) -> Self {
        Self { card, state: store.locate(&card.artifact) }
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
        format!("{:<22} {}{problem}", self.card.id, self.word())
    }

    fn sheet(&self) -> String {
        let card = self.card;
        let source = card
            .artifact
            .source
            .as_ref()
            .map_or_else(|| "a mirror alone".to_owned(), |source| source.to_string());
        let licence = &card.licence;
        let mut lines = vec![
            format!("{}: {}", card.id, card.about),
            format!("  task     {}", card.task),
            format!("  file     {} ({} bytes), {}", card.artifact.file, card.artifact.bytes, self.word()),
            format!("  sha256   {}", card.artifact.sha256),
            format!("  source   {source}"),
            format!("  licence  code {}, weights {}; {}", licence.code, licence.weights, licence.note),
            format!(
                "  input    {} {}, {:?}, {} {:?}, {:?}",
                card.input.name,
                card.input.size.preferred(),
                card.input.spec.order,
                card.input.element,
                card.input.layout,
                card.input.fit,
            ),
            format!("  outputs  {}, read as {:?}", card.outputs.join(", "), card.head),
        ];
        if card.task.detects() {
            lines.push(format!("  scores   from {}, boxes overlap up to {}", card.min_score, card.nms_iou));
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
            "source": source.map(|source| {
                json!({ "repository": source.repository, "path": source.path, "commit": source.commit })
            }),
            "licence": {
                "code": card.licence.code, "weights": card.licence.weights, "note": card.licence.note,
            },
            "input_size": [card.input.size.preferred().width, card.input.size.preferred().height],
            "classes": card.classes,
            "state": self.word(),
            "problem": self.problem(),
        })
    }
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
