//! Runs a reference implementation: JSON in, JSON out.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// How far a score may lie from its reference.
pub(crate) const TOLERANCE: f64 = 1e-9;

/// What `tests/parity/<script>` answers to `cases`; `None` means: the oracles are not installed, return from `test`.
///
/// One process answers all cases of a test: starting Python and its libraries takes longer than scoring.
///
/// # Panics
/// When the script fails; when there are no oracles and `CI` is `true`.
pub(crate) fn ask<C: Serialize, A: DeserializeOwned>(test: &str, script: &str, cases: &C) -> Option<A> {
    let Some(python) = python() else {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{test} needs the oracles");
        eprintln!("SKIPPED: {test}: needs the oracles: run scripts/setup.sh --tests");
        return None;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity");
    let mut child = Command::new(python)
        .arg(folder.join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    // The script reads all of its input before it answers: no deadlock.
    let mut input = child.stdin.take().expect("piped");
    input.write_all(&serde_json::to_vec(cases).expect("cases")).expect("python reads");
    drop(input);
    let output = child.wait_with_output().expect("python ends");
    assert!(output.status.success(), "{script} failed: see above");
    Some(serde_json::from_slice(&output.stdout).expect("the script answers in JSON"))
}

/// Whether `ours` is the reference's `theirs`; both may be NaN, which JSON writes as `null`.
pub(crate) fn agrees(ours: f64, theirs: Option<f64>) -> bool {
    match theirs {
        Some(theirs) => (ours - theirs).abs() <= TOLERANCE,
        None => ours.is_nan(),
    }
}

fn python() -> Option<PathBuf> {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cairn/oracles/bin/python");
    let python = std::env::var_os("CAIRN_ORACLES").map_or(installed, PathBuf::from);
    python.exists().then_some(python)
}
