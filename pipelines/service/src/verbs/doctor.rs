//! `cairn doctor`: what there is on this machine to decode and to infer with, and why the rest is not.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use engine::{Presence, Provider, ProviderOutcome, ProviderReport, Runtime};
use models::Card;
use models::artifact::StoreError;
use serde_json::{Value, json};

use super::models::Place;
use super::models::pulling::{Accepted, Unaccepted};
use crate::sessions;

#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    /// Also try every model whose file is held on every provider that is present.
    #[arg(long)]
    models: bool,
    /// The ONNX Runtime library, instead of the one that is found.
    #[arg(long, value_name = "FILE")]
    runtime: Option<PathBuf>,
    /// Answer as one JSON document on standard output.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    accepted: Accepted,
    #[command(flatten)]
    place: Place,
}

/// Exit code 0 when cameras can be decoded and every model that was tried runs on the processor, else 1.
pub(crate) fn run(args: DoctorArgs) -> anyhow::Result<ExitCode> {
    let findings = Findings::gather(&args)?;
    if args.json {
        crate::machine::print_document(findings.document())?;
    } else {
        findings.lines().iter().for_each(|line| println!("{line}"));
    }
    let problems = findings.problems();
    if !args.json {
        problems.iter().for_each(|problem| eprintln!("cairn: {problem}"));
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Findings {
    /// The library's file and version, or why there is none.
    library: Result<(PathBuf, String), String>,
    providers: Vec<ProviderReport>,
    /// Or why they cannot be told.
    decoders: Result<Vec<capture::Decoders>, String>,
    models: Vec<Model>,
}

/// A model whose file is there.
struct Model {
    id: String,
    tried: Tried,
}

/// What came of a model.
enum Tried {
    On(Vec<Trial>),
    /// Its licence was not accepted, so it was not run.
    NotAccepted(String),
    /// What is wrong with the file.
    Unusable(String),
}

/// What a provider that is present says to a model.
struct Trial {
    provider: Provider,
    outcome: Result<ProviderOutcome, String>,
    took: Duration,
}

impl Findings {
    fn gather(args: &DoctorArgs) -> anyhow::Result<Self> {
        let runtime = Runtime::find(args.runtime.as_deref()).and_then(|file| Runtime::load(&file));
        let providers = runtime.as_ref().map(engine::providers).unwrap_or_default();
        let models = match &runtime {
            Ok(runtime) if args.models => tried(runtime, &providers, args)?,
            _ => Vec::new(),
        };
        Ok(Self {
            library: match runtime {
                Ok(runtime) => Ok((runtime.path().to_owned(), runtime.version().to_owned())),
                Err(error) => Err(crate::eval::chain(&error)),
            },
            providers,
            decoders: capture::decoders().map_err(|error| crate::eval::chain(&error)),
            models,
        })
    }

    /// What keeps a box from its work.
    fn problems(&self) -> Vec<String> {
        let mut problems: Vec<String> = self.library.as_ref().err().cloned().into_iter().collect();
        match &self.decoders {
            Ok(decoders) => {
                let missing = decoders.iter().filter(|decoders| decoders.elements.is_empty());
                problems.extend(missing.map(|decoders| format!("nothing here decodes {}", decoders.codec)));
            }
            Err(error) => problems.push(error.clone()),
        }
        for model in &self.models {
            match &model.tried {
                Tried::Unusable(error) => problems.push(error.clone()),
                Tried::NotAccepted(_) => {}
                Tried::On(trials) => {
                    let on_cpu = trials.iter().filter(|trial| trial.provider == Provider::Cpu);
                    problems.extend(on_cpu.filter_map(|trial| trial.outcome.as_ref().err()).cloned());
                }
            }
        }
        problems
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![match &self.library {
            Ok((path, version)) => format!("library   ONNX Runtime {version}, {}", path.display()),
            Err(_) => "library   none".to_owned(),
        }];
        for report in &self.providers {
            let compiled = if report.compiled_in { "compiled in" } else { "not compiled in" };
            let present = match &report.presence {
                Presence::Present => format!("present: {}", report.devices.join("; ")),
                Presence::Absent { reason } => format!("absent: {reason}"),
            };
            lines.push(format!("provider  {:<9} {compiled:<15}  {present}", report.provider.name()));
        }
        for decoders in self.decoders.iter().flatten() {
            let elements = match decoders.elements.as_slice() {
                [] => "none".to_owned(),
                elements => elements.join(", "),
            };
            lines.push(format!("decoder   {:<9} {elements}", decoders.codec));
        }
        for model in &self.models {
            if let Tried::NotAccepted(reason) = &model.tried {
                lines.push(format!("model     {:<22} not tried: {reason}", model.id));
            }
            for trial in model.trials() {
                let outcome = match &trial.outcome {
                    Ok(ProviderOutcome { partial: true, .. }) => "accepted in part".to_owned(),
                    Ok(_) => "accepted".to_owned(),
                    Err(reason) => format!("refused: {reason}"),
                };
                let (provider, took) = (trial.provider.name(), trial.took.as_secs_f64());
                lines.push(format!("model     {:<22} {provider:<9} {outcome} ({took:.1} s)", model.id));
            }
        }
        lines
    }

    fn document(&self) -> Value {
        let provider = |report: &ProviderReport| {
            let reason = match &report.presence {
                Presence::Present => None,
                Presence::Absent { reason } => Some(reason),
            };
            json!({
                "name": report.provider.name(),
                "compiled_in": report.compiled_in,
                "present": report.is_present(),
                "reason": reason,
                "devices": report.devices,
            })
        };
        let decoder =
            |decoders: &capture::Decoders| json!({ "codec": decoders.codec, "elements": decoders.elements });
        let library = self.library.as_ref().ok();
        json!({
            "schema": "cairn.doctor/1",
            "library": library.map(|(path, version)| json!({ "path": path.display().to_string(), "version": version })),
            "providers": self.providers.iter().map(provider).collect::<Vec<_>>(),
            "decoders": self.decoders.iter().flatten().map(decoder).collect::<Vec<_>>(),
            "models": self.models.iter().map(Model::document).collect::<Vec<_>>(),
            "problems": self.problems(),
        })
    }
}

impl Model {
    fn trials(&self) -> &[Trial] {
        if let Tried::On(trials) = &self.tried { trials } else { &[] }
    }

    fn document(&self) -> Value {
        let trial = |trial: &Trial| {
            let outcome = trial.outcome.as_ref();
            json!({
                "provider": trial.provider.name(),
                "accepted": outcome.is_ok(),
                "partial": outcome.is_ok_and(|outcome| outcome.partial),
                "reason": outcome.err(),
                "seconds": trial.took.as_secs_f64(),
            })
        };
        let (problem, not_accepted) = match &self.tried {
            Tried::On(_) => (None, None),
            Tried::NotAccepted(reason) => (None, Some(reason)),
            Tried::Unusable(problem) => (Some(problem), None),
        };
        json!({
            "id": self.id,
            "problem": problem,
            "not_accepted": not_accepted,
            "providers": self.trials().iter().map(trial).collect::<Vec<_>>(),
        })
    }
}

/// Every model that somebody pulled, on every provider that is present.
fn tried(runtime: &Runtime, reports: &[ProviderReport], args: &DoctorArgs) -> anyhow::Result<Vec<Model>> {
    let home = models::home::default_store()?;
    let (cards, store) = args.place.open(&home)?;
    let present: Vec<Provider> =
        reports.iter().filter(|report| report.is_present()).map(|report| report.provider).collect();
    let mut models = Vec::new();
    for card in &cards {
        let tried = match (store.locate(&card.artifact), card.may_be_used(&args.accepted.accept)) {
            (Err(StoreError::Missing { .. }), _) => continue,
            (Err(error), _) => Tried::Unusable(crate::eval::chain(&error)),
            (Ok(_), Err(reason)) => Tried::NotAccepted(Unaccepted::from(reason).to_string()),
            (Ok(file), Ok(())) => Tried::On(
                present.iter().map(|&provider| trial(runtime, card, &file, provider, &home)).collect(),
            ),
        };
        models.push(Model { id: card.id.clone(), tried });
    }
    Ok(models)
}

fn trial(
    runtime: &Runtime,
    card: &Card,
    file: &std::path::Path,
    provider: Provider,
    home: &models::home::Home,
) -> Trial {
    let begun = Instant::now();
    let request = sessions::on(provider, home);
    let outcome = sessions::spec(card, file, card.input.size.preferred(), 1, 1, request)
        .and_then(|spec| engine::prepare(runtime, &spec))
        .map_err(|error| crate::eval::chain(&error));
    Trial { provider, outcome, took: begun.elapsed() }
}
