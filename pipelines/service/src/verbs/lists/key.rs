//! `cairn lists key`

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::lists::SecretKey;

#[derive(Debug, clap::Args)]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Make a key: the secret half into a file that nobody else may read, the public half onto standard output.
    New {
        /// File for the secret half, which may not be there yet.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Print the public half of a key.
    Show {
        /// File with the secret half.
        file: PathBuf,
    },
}

pub(super) fn run(args: &KeyArgs) -> anyhow::Result<ExitCode> {
    let key = match &args.what {
        What::New { out } => {
            let key = SecretKey::random()?;
            let cannot = || format!("could not write `{}`", out.display());
            let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
            let mut file = opened.with_context(cannot)?;
            file.write_all(key.text().as_bytes()).and_then(|()| file.sync_all()).with_context(cannot)?;
            key
        }
        What::Show { file } => super::sign::secret_key(file)?,
    };
    println!("{}", key.public());
    eprintln!("key id {}; the line above belongs into `[lists] keys` of the boxes", key.public().id());
    Ok(ExitCode::SUCCESS)
}
