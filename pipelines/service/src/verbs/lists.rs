//! `cairn lists`: what makes a list of plates one that a box believes.

mod check;
mod key;
mod sign;

use std::process::ExitCode;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum ListsCommand {
    /// Make a key that signs lists, and print its public half for the boxes.
    Key(key::KeyArgs),
    /// Turn a table of plates into a signed file that boxes take.
    Sign(sign::SignArgs),
    /// Whether a box would take a file, and what is in it.
    Check(check::CheckArgs),
}

/// Exit code 0 when done, 1 for a file that is not good, [`crate::EXIT_USAGE`] for arguments that cannot be used.
pub(crate) fn run(command: ListsCommand) -> anyhow::Result<ExitCode> {
    match command {
        ListsCommand::Key(args) => key::run(&args),
        ListsCommand::Sign(args) => sign::run(&args),
        ListsCommand::Check(args) => check::run(&args),
    }
}
