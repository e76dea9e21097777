//! `cairn compare`: what moved between two runs, what of it is significant, and which gates fall short.

mod table;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use datasets::report::Document;
use datasets::report::compare::{CompareError, Comparison, Report, Run, SCHEMA};
use datasets::report::gates::{Gates, Judgement};
use serde_json::{Value, json};

use crate::eval::{BadRequest, chain};

/// Exit code when a gate falls short.
const EXIT_FELL_SHORT: u8 = 2;

/// Taken from the current folder where no other file is named.
const GATES_FILE: &str = "gates.toml";

#[derive(Debug, clap::Args)]
pub(crate) struct CompareArgs {
    /// The base line and the candidate, as `cairn eval --json` wrote them; or the candidate alone, for its gates.
    #[arg(required = true, num_args = 1..=2, value_name = "JSON")]
    documents: Vec<PathBuf>,
    /// What the candidate is held to; `gates.toml` of the current folder where there is one.
    #[arg(long, value_name = "FILE")]
    gates: Option<PathBuf>,
    /// Compare though the dataset file has changed: its items must have stayed what they were.
    #[arg(long)]
    anyway: bool,
    /// Write the document, `cairn.compare/1`; `-` is standard output.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What was found: about two runs, about the gates, or both.
struct Outcome {
    candidate: Document,
    report: Option<Report>,
    gates: Option<(PathBuf, Vec<Judgement>)>,
}

/// Exit code 0 when every gate holds or there is none, [`EXIT_FELL_SHORT`] when one falls short,
/// [`crate::EXIT_USAGE`] for documents or gates that cannot be used.
pub(crate) fn run(args: CompareArgs) -> anyhow::Result<ExitCode> {
    match carry_out(&args) {
        Err(error) if error.is::<BadRequest>() => {
            eprintln!("cairn: {error:#}");
            Ok(ExitCode::from(crate::EXIT_USAGE))
        }
        other => other,
    }
}

fn carry_out(args: &CompareArgs) -> anyhow::Result<ExitCode> {
    let gates = gates_file(args)?.map(|file| Gates::read(&file).map_err(|error| bad(&error))).transpose()?;
    let outcome = match args.documents.as_slice() {
        [a, b] => two_runs(&read(a)?, read(b)?, args.anyway, gates)?,
        [b] => one_run(read(b)?, gates)?,
        _ => return Err(BadRequest::new("expected one document or two").into()),
    };
    write_out(args, &outcome)?;
    let short = outcome.gates.iter().flat_map(|(_, judged)| judged).filter(|judged| !judged.holds);
    let mut code = ExitCode::SUCCESS;
    for failure in &outcome.candidate.failed {
        eprintln!("cairn: in the candidate, {failure}");
        // What was left out may have been what was hard.
        if outcome.gates.is_some() {
            code = ExitCode::from(EXIT_FELL_SHORT);
        }
    }
    for judged in short {
        let why = judged.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
        eprintln!("cairn: gate `{}` falls short: it {}{why}", judged.score, judged.said);
        code = ExitCode::from(EXIT_FELL_SHORT);
    }
    Ok(code)
}

fn gates_file(args: &CompareArgs) -> anyhow::Result<Option<PathBuf>> {
    if args.gates.is_some() {
        return Ok(args.gates.clone());
    }
    let here = Path::new(GATES_FILE);
    let found = here.try_exists().with_context(|| format!("could not look for `{GATES_FILE}`"))?;
    Ok(found.then(|| here.to_owned()))
}

fn two_runs(a: &Document, b: Document, anyway: bool, gates: Option<Gates>) -> Result<Outcome, BadRequest> {
    let comparison = Comparison::new(a, &b, anyway).map_err(|error| match error {
        CompareError::OtherDataset { .. } => BadRequest::new(format!(
            "{error}; `--anyway` compares them if only other keys of the file have changed"
        )),
        error => bad(&error),
    })?;
    let report = comparison.report().map_err(|error| bad(&error))?;
    let judge = |gates: Gates| match gates.judge_against(&comparison) {
        Ok(judged) => Ok((gates.file, judged)),
        Err(error) => Err(bad(&error)),
    };
    let gates = gates.map(judge).transpose()?;
    Ok(Outcome { report: Some(report), gates, candidate: b })
}

fn one_run(b: Document, gates: Option<Gates>) -> Result<Outcome, BadRequest> {
    let Some(gates) = gates else {
        let reason = format!(
            "one document and no gates: expected a second document, `--gates` or a `{GATES_FILE}` here"
        );
        return Err(BadRequest::new(reason));
    };
    gates.need_no_base_line().map_err(|error| bad(&error))?;
    let judged = gates.judge(&b);
    Ok(Outcome { report: None, gates: Some((gates.file, judged)), candidate: b })
}

fn read(file: &Path) -> Result<Document, BadRequest> {
    Document::read(file).map_err(|error| bad(&error))
}

fn bad(error: &dyn std::error::Error) -> BadRequest {
    BadRequest::new(chain(error))
}

fn write_out(args: &CompareArgs, outcome: &Outcome) -> anyhow::Result<()> {
    let to_stdout = args.json.as_deref() == Some(Path::new("-"));
    if let Some(file) = &args.json {
        let mut text = serde_json::to_string_pretty(&document(outcome)?)?;
        text.push('\n');
        if to_stdout {
            std::io::stdout().write_all(text.as_bytes())?;
        } else {
            std::fs::write(file, &text).with_context(|| format!("could not write `{}`", file.display()))?;
        }
    }
    if to_stdout {
        return Ok(());
    }
    if let Some(report) = &outcome.report {
        print!("{}", table::text(report));
    }
    match &outcome.gates {
        Some((file, judged)) => print!("{}", table::gates(file, judged)),
        None => {
            println!("\nno gates: name a file with `--gates`, or put `{GATES_FILE}` here (docs/evaluator.md)")
        }
    }
    if let Some(file) = &args.json {
        println!("written: {}", file.display());
    }
    Ok(())
}

fn document(outcome: &Outcome) -> serde_json::Result<Value> {
    let mut document = match &outcome.report {
        Some(report) => serde_json::to_value(report)?,
        None => json!({ "schema": SCHEMA, "b": Run::of(&outcome.candidate) }),
    };
    document["cairn"] = serde_json::to_value(crate::machine::Build::current())?;
    document["machine"] = serde_json::to_value(crate::machine::Machine::current())?;
    if let Some((file, judged)) = &outcome.gates {
        document["gates_file"] = json!(file.display().to_string());
        document["gates"] = serde_json::to_value(judged)?;
    }
    Ok(document)
}
