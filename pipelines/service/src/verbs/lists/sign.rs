//! `cairn lists sign`

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::lists::{Header, Kind, ListError, MAX_FILE_BYTES, SecretKey, moment, offset, sign, written};

#[derive(Debug, clap::Args)]
pub(crate) struct SignArgs {
    /// Comma-separated text with a header: `plate` and, if wanted, `country`, `note`, `valid-from`, `valid-until`.
    table: PathBuf,
    /// File with the secret half of the key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// What boxes call the list: 1 to 64 characters of a-z, 0-9 and -.
    #[arg(long)]
    name: String,
    /// What it is for.
    #[arg(long, value_enum)]
    kind: Kind,
    /// Higher than that of every list of this name before; boxes take no lower one back.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    version: u64,
    /// Days from the time of issue after which it is out of date.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3660))]
    expires_in: u16,
    /// Time of issue, such as 2026-12-31T18:00:00+07:00; now, unless told otherwise.
    #[arg(long, value_name = "TIME", value_parser = time)]
    issued: Option<i64>,
    /// Of the place whose days `valid-from` and `valid-until` mean.
    #[arg(long, value_name = "OFFSET", default_value = "+00:00", allow_hyphen_values = true, value_parser = utc_offset)]
    utc_offset: i32,
    /// The signed file; it is replaced at once, as boxes may be looking at it.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Doubts on standard error, one line each; the signed file only where the table is good.
pub(super) fn run(args: &SignArgs) -> anyhow::Result<ExitCode> {
    let key = secret_key(&args.key)?;
    let table = text(&args.table)?;
    let issued_unix_s = args.issued.unwrap_or_else(|| delivery::unix_ns().div_euclid(1_000_000_000));
    let header = Header {
        name: args.name.clone(),
        kind: args.kind,
        version: args.version,
        issued_unix_s,
        expires_unix_s: issued_unix_s + i64::from(args.expires_in) * 86_400,
        utc_offset_min: args.utc_offset,
    };
    let (signed, list) = match sign(&header, &table, &key) {
        Ok(signed) => signed,
        Err(ListError::Table { problems }) => {
            for problem in problems.iter() {
                eprintln!("{}: {problem}", args.table.display());
            }
            match problems.iter().len() {
                1 => bail!("nothing was signed: 1 problem"),
                count => bail!("nothing was signed: {count} problems"),
            }
        }
        Err(error) => return Err(error.into()),
    };
    for doubt in list.doubts() {
        eprintln!("{}: warning: {doubt}", args.table.display());
    }
    replace(&args.out, signed.as_bytes())
        .with_context(|| format!("could not write `{}`", args.out.display()))?;
    eprintln!(
        "{}: {} list `{}`, version {}, {} entries, until {}, signed with key {}",
        args.out.display(),
        header.kind,
        header.name,
        header.version,
        list.entries().len(),
        written(header.expires_unix_s),
        key.public().id(),
    );
    Ok(ExitCode::SUCCESS)
}

pub(super) fn secret_key(file: &Path) -> anyhow::Result<SecretKey> {
    let text = text(file)?;
    SecretKey::parse(&text).with_context(|| format!("`{}` is no key file", file.display()))
}

fn text(file: &Path) -> anyhow::Result<String> {
    let cannot = || format!("could not read `{}`", file.display());
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).with_context(cannot)?;
    opened.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).with_context(cannot)?;
    if MAX_FILE_BYTES < bytes.len() as u64 {
        bail!("`{}` is larger than {MAX_FILE_BYTES} bytes", file.display());
    }
    String::from_utf8(bytes).with_context(|| format!("`{}` is not UTF-8 text", file.display()))
}

/// Whoever looks at `path` sees the old file or the new one, never a part.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.new"));
    let mut file = std::fs::File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)
}

fn time(text: &str) -> Result<i64, String> {
    moment(text).ok_or_else(|| "expected a time such as 2026-12-31T18:00:00+07:00".to_owned())
}

fn utc_offset(text: &str) -> Result<i32, String> {
    offset(text).ok_or_else(|| "expected an offset such as +07:00, from -14:00 to +14:00".to_owned())
}
