//! Where a run's outcome goes: the terminal, a document, a page.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use datasets::report::{Document, Exhibit};

use super::{BadRequest, table};

/// Whether `file` can be written, found out before hours of work are put into it. Leaves what is there as it is.
///
/// # Errors
/// [`BadRequest`], naming the file.
pub(crate) fn probe(file: &Path) -> Result<(), BadRequest> {
    let is_new = !file.exists();
    File::options().append(true).create(true).open(file).map_err(|error| not_written(file, &error))?;
    if is_new {
        std::fs::remove_file(file).map_err(|error| not_written(file, &error))?;
    }
    Ok(())
}

fn not_written(file: &Path, error: &std::io::Error) -> BadRequest {
    BadRequest::new(format!("`{}` cannot be written: {error}", file.display()))
}

/// Prints the table, then writes document and page where they are wanted: a full disk does not cost the scores.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn write_out(
    document: &Document,
    exhibits: &[Exhibit],
    json: Option<&Path>,
    html: Option<&Path>,
) -> anyhow::Result<()> {
    let to_stdout = json == Some(Path::new("-"));
    if !to_stdout {
        print!("{}", table::text(document));
    }
    for failure in &document.failed {
        eprintln!("cairn: {failure}");
    }
    if let Some(file) = json {
        let text = document.to_json()?;
        if to_stdout {
            std::io::stdout().write_all(text.as_bytes())?;
        } else {
            write(file, &text)?;
        }
    }
    if let Some(file) = html {
        write(file, &datasets::report::page(document, exhibits))?;
    }
    if !to_stdout {
        for file in [json, html].into_iter().flatten() {
            println!("written: {}", file.display());
        }
    }
    Ok(())
}

/// Writes a document or a page.
pub(crate) fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("could not write `{}`", file.display()))
}
