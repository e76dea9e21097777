//! `cairn datasets`: which recorded footage there is, how it gets here, and whether it is what a dataset file says.

pub(crate) mod check;
mod export;
mod synth;

use std::process::ExitCode;

use datasets::{DEMO_CLIP, Footage, FootageError};
use models::artifact::{PullError, Store};
use models::home::FOOTAGE;
use serde_json::{Value, json};

use super::models::pulling::{PullArgs, Unaccepted};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum DatasetsCommand {
    /// Every recording that is known here, its licence, and whether its clip is held and right.
    List {
        /// Answer as one JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Bring recordings and their ground truth into the store; the demo's clip, unless told otherwise.
    Pull {
        /// Ids of the recordings.
        #[arg(value_name = "ID", conflicts_with = "all")]
        ids: Vec<String>,
        /// Every recording with a stated licence, and those that `--accept` names.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        args: PullArgs,
    },
    /// Read a dataset file, its ground truth and every file it names, and list all that is wrong.
    Check(check::CheckArgs),
    /// Write what people said of a box's alarms as ground truth: true events, verdicts with what was decided, pictures.
    Export(export::ExportArgs),
    /// Make data up: pictures with exact ground truth, from a seed.
    #[command(subcommand)]
    Synth(synth::SynthCommand),
}

/// Exit code 0 when done, 1 when a required file could not be had, [`crate::EXIT_USAGE`] for an unknown id, a
/// licence that was not accepted, or a dataset file with a problem.
pub(crate) fn run(command: DatasetsCommand) -> anyhow::Result<ExitCode> {
    let store = models::home::default_store()?.footage();
    let outcome = match command {
        DatasetsCommand::List { json } => list(&store, json),
        DatasetsCommand::Pull { ids, all, args } => pull(&ids, all, &args, &store),
        DatasetsCommand::Check(args) => check::run(&args),
        DatasetsCommand::Export(args) => export::run(&args),
        DatasetsCommand::Synth(command) => synth::run(&command),
    };
    match outcome {
        Err(error) if error.is::<FootageError>() || error.is::<Unaccepted>() => {
            eprintln!("cairn: {error:#}");
            Ok(ExitCode::from(crate::EXIT_USAGE))
        }
        other => other,
    }
}

fn list(store: &Store, json: bool) -> anyhow::Result<ExitCode> {
    let footage = datasets::builtin_footage()?;
    if json {
        let datasets: Vec<Value> = footage.iter().map(|footage| document(footage, store)).collect();
        let document = json!({
            "schema": "cairn.datasets/1",
            "store": store.folder().display().to_string(),
            "datasets": datasets,
        });
        crate::machine::print_document(document)?;
        return Ok(ExitCode::SUCCESS);
    }
    for card in &footage {
        let state = if is_held(card, store) { "ok" } else { "missing" };
        println!("{:<22} {state:<10} {:<10} {}", card.id, card.licence, card.about);
    }
    println!("files are kept in {}", store.folder().display());
    Ok(ExitCode::SUCCESS)
}

fn pull(ids: &[String], all: bool, args: &PullArgs, store: &Store) -> anyhow::Result<ExitCode> {
    let footage = datasets::builtin_footage()?;
    let sources = args.sources(FOOTAGE);
    let mut failed = false;
    for card in to_pull(&footage, ids, all, &args.accepted.accept)? {
        for file in &card.files {
            match sources.take(&file.artifact, store) {
                Ok(_) => {}
                // Ground truth that only some mirrors have.
                Err(PullError::Nowhere { file: name, .. }) if !file.required => {
                    println!("{:<22} goes without {name}, which only a mirror has", card.id);
                }
                Err(error) => {
                    eprintln!("cairn: {:#}", anyhow::Error::from(error));
                    failed = true;
                }
            }
        }
        println!("{:<22} {}, by {}", card.id, licence(card), card.attribution);
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The footage that a pull is about.
fn to_pull<'a>(
    footage: &'a [Footage],
    ids: &[String],
    all: bool,
    accepted: &[String],
) -> anyhow::Result<Vec<&'a Footage>> {
    let may_be_taken = |card: &Footage| !card.tests_only || accepted.contains(&card.id);
    if all {
        return Ok(footage.iter().filter(|card| may_be_taken(card)).collect());
    }
    if ids.is_empty() {
        return Ok(vec![datasets::find(footage, DEMO_CLIP)?]);
    }
    let mut chosen = Vec::new();
    for id in ids {
        let card = datasets::find(footage, id)?;
        if !may_be_taken(card) {
            let reason = format!("`{id}` states no licence, it is for tests only");
            return Err(Unaccepted { id: id.clone(), reason }.into());
        }
        chosen.push(card);
    }
    Ok(chosen)
}

fn is_held(card: &Footage, store: &Store) -> bool {
    card.files.iter().filter(|file| file.required).all(|file| store.locate(&file.artifact).is_ok())
}

fn licence(card: &Footage) -> String {
    if card.tests_only { "no licence, for tests only".to_owned() } else { card.licence.clone() }
}

fn document(card: &Footage, store: &Store) -> Value {
    json!({
        "id": card.id,
        "about": card.about,
        "licence": card.licence,
        "attribution": card.attribution,
        "tests_only": card.tests_only,
        "frames": card.frames,
        "frames_per_second": card.fps,
        "size": [card.size.width, card.size.height],
        "held": is_held(card, store),
        "files": card.files.iter().map(|file| json!({
            "file": file.artifact.file,
            "sha256": file.artifact.sha256.to_string(),
            "bytes": file.artifact.bytes,
            "required": file.required,
            "held": store.locate(&file.artifact).is_ok(),
        })).collect::<Vec<Value>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(chosen: &[&Footage]) -> Vec<String> {
        chosen.iter().map(|card| card.id.clone()).collect()
    }

    #[test]
    fn a_pull_without_ids_is_about_the_demos_clip() {
        let footage = datasets::builtin_footage().expect("built-in cards");
        let chosen = to_pull(&footage, &[], false, &[]).expect("chosen");
        assert_eq!(ids(&chosen), [DEMO_CLIP]);
    }

    #[test]
    fn footage_for_tests_is_taken_only_with_consent() {
        let footage = datasets::builtin_footage().expect("built-in cards");
        let junction = ["vehicle-junction".to_owned()];
        let error = to_pull(&footage, &junction, false, &[]).expect_err("no consent");
        assert!(error.is::<Unaccepted>(), "{error}");
        assert_eq!(ids(&to_pull(&footage, &junction, false, &junction).expect("chosen")), junction);
        let free = to_pull(&footage, &[], true, &[]).expect("chosen");
        assert_eq!(ids(&free), ["people-one-by-one", "vehicle-overhead-lane"]);
    }

    #[test]
    fn an_unknown_id_is_bad_usage_and_names_the_nearest() {
        let footage = datasets::builtin_footage().expect("built-in cards");
        let error = to_pull(&footage, &["junction".to_owned()], false, &[]).expect_err("unknown");
        assert!(error.is::<FootageError>(), "{error}");
        assert_eq!(error.to_string(), "no footage `junction`, nearest is `vehicle-junction`");
    }
}
