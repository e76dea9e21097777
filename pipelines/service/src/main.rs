//! `cairn`: computer vision for the edge of a border.
//!
//! This crate wires the parts together and turns their types into each other; it holds no vision, no storage and no
//! protocol of its own. [`verbs`] has one file per command; [`edge`] is a running box.

mod bench;
mod edge;
mod eval;
mod grpc;
mod http;
mod listen;
mod lists;
mod machine;
mod outside;
mod plate_desk;
mod plate_read;
mod quantise;
mod readers;
mod sessions;
mod tensors;
mod verbs;

mod demo;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Exit code for bad usage or configuration.
pub(crate) const EXIT_USAGE: u8 = 64;

#[derive(Debug, Parser)]
#[command(name = "cairn", version, about = "Computer vision for the edge of a border", max_term_width = 110)]
struct Cli {
    /// How log lines look on standard error.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Human)]
    log: LogFormat,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum LogFormat {
    Human,
    Json,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run a box: cameras in, confirmed events out.
    Run(verbs::run::RunArgs),
    /// Check a box's configuration and name every problem in it.
    Check(verbs::check::CheckArgs),
    /// What this machine can decode and infer with, and why it cannot do the rest.
    Doctor(verbs::doctor::DoctorArgs),
    /// Recorded footage through a real stream, model, journal, broker and ledger, in front of your eyes.
    Demo(demo::DemoArgs),
    /// Measures this machine: what a frame costs, and how many cameras it carries.
    Bench(verbs::bench::BenchArgs),
    /// Model files: list, pull, verify, show.
    #[command(subcommand)]
    Models(verbs::models::ModelsCommand),
    /// Recorded footage through the code of the field: scores with intervals, a document, a page.
    Eval(Box<verbs::eval::EvalArgs>),
    /// Two runs of `eval`: what moved, what of it is significant, and which gates fall short.
    Compare(verbs::compare::CompareArgs),
    /// Recorded footage and data made up: list, pull, check, export, synth.
    #[command(subcommand)]
    Datasets(verbs::datasets::DatasetsCommand),
    /// A box's journal: passages as a map.
    #[command(subcommand)]
    Journal(verbs::journal::JournalCommand),
    /// Signed lists of plates: keys, signing, checking.
    #[command(subcommand)]
    Lists(verbs::lists::ListsCommand),
    /// Models alone, for load tools and evaluators: the Open Inference Protocol over gRPC, no cameras, no journal.
    Serve(verbs::serve::ServeArgs),
    /// A reference passage ledger: keeps events in a file and answers with receipts.
    Receive(verbs::receive::ReceiveArgs),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, anything else is bad usage.
            let code = if error.use_stderr() { EXIT_USAGE } else { 0 };
            return match error.print() {
                Ok(()) => ExitCode::from(code),
                Err(_) => ExitCode::FAILURE,
            };
        }
    };
    init_logs(cli.log);
    let outcome = match cli.verb {
        Verb::Run(args) => verbs::run::run(args),
        Verb::Check(args) => verbs::check::run(args),
        Verb::Doctor(args) => verbs::doctor::run(args),
        Verb::Demo(args) => demo::run(args),
        Verb::Eval(args) => verbs::eval::run(*args),
        Verb::Compare(args) => verbs::compare::run(args),
        Verb::Bench(args) => verbs::bench::run(args),
        Verb::Models(command) => verbs::models::run(command),
        Verb::Datasets(command) => verbs::datasets::run(command),
        Verb::Journal(command) => verbs::journal::run(command),
        Verb::Lists(command) => verbs::lists::run(command),
        Verb::Serve(args) => verbs::serve::run(args),
        Verb::Receive(args) => verbs::receive::run(args),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cairn: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn init_logs(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CAIRN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Human => subscriber.init(),
        LogFormat::Json => subscriber.json().init(),
    }
}
