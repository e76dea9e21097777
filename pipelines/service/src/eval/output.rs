//! Where a run's outcome goes: the terminal, a document, a page.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use datasets::report::{Document, Exhibit};

use super::table;

/// Prints the table, and writes document and page where they are wanted.
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
        print!("{}", table::text(document));
        for file in [json, html].into_iter().flatten() {
            println!("written: {}", file.display());
        }
    }
    for failure in &document.failed {
        eprintln!("cairn: {failure}");
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("could not write `{}`", file.display()))
}
