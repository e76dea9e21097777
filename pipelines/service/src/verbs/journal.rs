//! `cairn journal`: what a box's journal holds, for people and their programs.

pub(crate) mod geojson;

use std::process::ExitCode;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum JournalCommand {
    /// The passages that are held, as a GeoJSON map (RFC 7946), whether the box runs or not.
    Geojson(geojson::GeojsonArgs),
}

/// Exit code 0 when done, [`crate::EXIT_USAGE`] for a configuration that cannot be read.
pub(crate) fn run(command: JournalCommand) -> anyhow::Result<ExitCode> {
    match command {
        JournalCommand::Geojson(args) => geojson::run(&args),
    }
}
