//! `cairn lists check`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::lists::{ListError, Opened, PublicKey, open, read, written};

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// The signed file.
    file: PathBuf,
    /// Public key whose signature is taken, as `cairn lists key` prints it; several times for several.
    #[arg(long, value_name = "KEY", required = true, value_parser = public_key)]
    public_key: Vec<PublicKey>,
    /// Answer as one JSON document on standard output.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let file = args.file.display();
    let outcome = read(&args.file).and_then(|bytes| open(&bytes, &args.public_key));
    let is_good = outcome.is_ok();
    if args.json {
        crate::machine::print_document(document(outcome))?;
    } else {
        let Opened { header, key_id, list, .. } =
            outcome.with_context(|| format!("`{file}` is not taken by a box"))?;
        for doubt in list.doubts() {
            eprintln!("{file}: warning: table: {doubt}");
        }
        let expired = if header.is_expired(now()) { " (expired)" } else { "" };
        println!(
            "{file}: good: {} list `{}`, version {}, {} entries, issued {}, until {}{expired}, signed with key {key_id}",
            header.kind,
            header.name,
            header.version,
            list.entries().len(),
            written(header.issued_unix_s),
            written(header.expires_unix_s),
        );
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn document(outcome: Result<Opened, ListError>) -> Value {
    match outcome {
        Ok(Opened { header, sha256, key_id, list }) => json!({
            "schema": "cairn.list/1",
            "ok": true,
            "name": header.name,
            "kind": header.kind.name(),
            "version": header.version,
            "issued": written(header.issued_unix_s),
            "expires": written(header.expires_unix_s),
            "expired": header.is_expired(now()),
            "sha256": sha256,
            "key": key_id,
            "entries": list.entries().len(),
            "warnings": list.doubts().iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
        Err(error) => {
            json!({ "schema": "cairn.list/1", "ok": false, "error": format!("{:#}", anyhow::Error::from(error)) })
        }
    }
}

fn now() -> i64 {
    delivery::unix_ns().div_euclid(1_000_000_000)
}

fn public_key(text: &str) -> Result<PublicKey, String> {
    PublicKey::parse(text).ok_or_else(|| "expected `ed25519:` and 64 hexadecimal digits".to_owned())
}
