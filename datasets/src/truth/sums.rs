//! `SHA256SUMS` files: a digest and a path on each line, as `sha256sum` writes them.

use std::collections::BTreeMap;
use std::path::Path;

use models::artifact::Sha256;

use super::{Findings, Problems};

/// The digest of each path in `text`; paths are as written, relative to the folder of the file.
///
/// # Errors
/// Every line that is not a digest, two spaces (or a space and `*`) and a path, and every path that comes again.
pub fn read(file: &Path, text: &str) -> Result<BTreeMap<String, Sha256>, Problems> {
    let mut findings = Findings::new(file);
    let mut sums = BTreeMap::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
        let split = line.split_once("  ").or_else(|| line.split_once(" *"));
        let parsed = split.and_then(|(digest, path)| Some((digest.parse::<Sha256>().ok()?, path)));
        match parsed {
            Some((digest, path)) if !path.is_empty() => {
                if sums.insert(path.to_owned(), digest).is_some() {
                    findings.note(index + 1, "", format!("`{path}` is there twice"));
                }
            }
            _ => {
                let expected = "64 lower-case hexadecimal digits, two spaces and a path";
                findings.note(index + 1, "", format!("got {line:?}, expected {expected}"));
            }
        }
    }
    findings.finish(sums)
}
