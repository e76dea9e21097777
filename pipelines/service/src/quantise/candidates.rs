//! What ONNX Runtime's tools make of a model.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use models::Card;
use models::artifact::{Artifact, Sha256};
use serde::Deserialize;
use serde_json::json;

use super::calibration::Calibration;
use super::guard::ApChange;
use super::step;

/// Our part of the work in Python: the recipes.
const SCRIPT: &str = include_str!("../../../../models/quantise/quantise.py");

/// Lines of what a failed quantiser said that are shown.
const SHOWN_LINES: usize = 20;

/// A quantised model by one recipe.
pub(super) struct Candidate {
    /// Name of the recipe.
    pub(super) recipe: String,
    /// The recipe in words.
    pub(super) what: String,
    pub(super) file: PathBuf,
    /// That of the model it was made from, with this file and the id `<model>-int8-<recipe>`.
    pub(super) card: Arc<Card>,
    /// How it compares with the model it was made from; `None` until it was scored.
    pub(super) score: Option<ApChange>,
}

/// A line of the script.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Said {
    Progress(String),
    Candidate { recipe: String, what: String, file: PathBuf },
}

/// Quantises the model of `card` in `model` by each recipe; the results lie in `folder`.
///
/// # Errors
/// When the quantiser fails, with the end of what it said.
pub(super) fn make(
    python: &Path,
    card: &Card,
    model: &Path,
    calibration: &Calibration,
    folder: &Path,
) -> anyhow::Result<Vec<Candidate>> {
    let (script, job, errors) =
        (folder.join("quantise.py"), folder.join("job.json"), folder.join("said.txt"));
    let tensors: Vec<_> = calibration
        .tensors()
        .iter()
        .map(|tensor| json!({ "file": tensor.file, "shape": [1, 3, tensor.size.height, tensor.size.width] }))
        .collect();
    let described =
        json!({ "model": model, "input": card.input.name, "tensors": tensors, "folder": folder }).to_string();
    super::write_whole(&script, SCRIPT.as_bytes())?;
    super::write_whole(&job, described.as_bytes())?;
    let said = File::create(&errors).with_context(|| format!("could not write `{}`", errors.display()))?;
    let mut command = Command::new(python);
    // Neither the user's packages nor PYTHONPATH come in its way.
    command.args(["-I", "-B"]).arg(&script).arg(&job);
    let candidates = listen(command, said).with_context(|| {
        let said = std::fs::read_to_string(&errors).unwrap_or_default();
        format!("model `{}` was not quantised\n{}", card.id, end_of(&said))
    })?;
    candidates.into_iter().map(|(recipe, what, file)| candidate(card, recipe, what, file)).collect()
}

/// Runs `command`, whose standard error goes to `errors`: recipe, words and file of each candidate.
fn listen(mut command: Command, errors: File) -> anyhow::Result<Vec<(String, String, PathBuf)>> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors);
    let mut child = command.spawn().context("could not run the quantiser")?;
    let output = child.stdout.take().context("the quantiser has no output")?;
    let mut candidates = Vec::new();
    for line in BufReader::new(output).lines() {
        let line = line.context("could not read what the quantiser says")?;
        match serde_json::from_str(&line) {
            Ok(Said::Progress(text)) => step(format_args!("{text}")),
            Ok(Said::Candidate { recipe, what, file }) => candidates.push((recipe, what, file)),
            Err(error) => {
                // It would wait for somebody to read the rest.
                child.kill().ok();
                child.wait().ok();
                return Err(error).with_context(|| format!("the quantiser said `{line}`"));
            }
        }
    }
    let status = child.wait().context("could not wait for the quantiser")?;
    if !status.success() {
        bail!("the quantiser failed with {status}");
    }
    if candidates.is_empty() {
        bail!("the quantiser made nothing");
    }
    Ok(candidates)
}

fn candidate(card: &Card, recipe: String, what: String, file: PathBuf) -> anyhow::Result<Candidate> {
    let bytes = std::fs::read(&file).with_context(|| format!("could not read `{}`", file.display()))?;
    let id = format!("{}-int8-{recipe}", card.id);
    let artifact = Artifact {
        id: id.clone(),
        sha256: Sha256::of(&bytes),
        bytes: bytes.len() as u64,
        source: None,
        ..card.artifact.clone()
    };
    // The golden answers are those of the file that it was made from.
    let card = Arc::new(Card { id, artifact, golden: None, ..card.clone() });
    Ok(Candidate { recipe, what, file, card, score: None })
}

/// The last lines of `said`.
fn end_of(said: &str) -> String {
    let lines: Vec<&str> = said.trim_end().lines().collect();
    lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or(&[]).join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listened(script: &str) -> anyhow::Result<Vec<(String, String, PathBuf)>> {
        let folder = tempfile::tempdir().expect("folder");
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        listen(command, File::create(folder.path().join("said.txt")).expect("file"))
    }

    #[test]
    fn each_line_of_the_quantiser_is_understood() {
        let script = r#"echo '{"progress": "well"}'
            echo '{"candidate": {"recipe": "a", "what": "b", "file": "c.onnx"}}'"#;
        let found = listened(script).expect("candidates");
        assert_eq!(found, [("a".to_owned(), "b".to_owned(), PathBuf::from("c.onnx"))]);
    }

    #[test]
    fn a_quantiser_that_fails_or_makes_nothing_is_an_error() {
        let failed = listened("exit 7").expect_err("failed").to_string();
        assert_eq!(failed, "the quantiser failed with exit status: 7");
        assert_eq!(listened("true").expect_err("nothing").to_string(), "the quantiser made nothing");
        let babble = format!("{:#}", listened("echo babble; cat /dev/zero").expect_err("babble"));
        assert!(babble.starts_with("the quantiser said `babble`"), "{babble}");
    }

    #[test]
    fn the_end_of_what_was_said_is_shown() {
        let said: Vec<String> = (0..30).map(|line| line.to_string()).collect();
        assert!(end_of(&said.join("\n")).starts_with("10\n11\n"));
        assert_eq!(end_of("a\n"), "a");
    }

    #[test]
    fn a_failed_quantiser_is_told_with_what_it_said() {
        let folder = tempfile::tempdir().expect("folder");
        let python = folder.path().join("python");
        std::fs::write(&python, "#!/bin/sh\necho 'ValueError: no data' >&2\nexit 1\n").expect("written");
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&python, executable).expect("executable");
        let cards = models::builtin_cards().expect("built in");
        let calibration = Calibration::of(Vec::new());
        let made = make(&python, &cards[0], Path::new("model.onnx"), &calibration, folder.path());
        let Err(error) = made else { panic!("it fails") };
        let told = format!("{error:#}");
        let expected = format!(
            "model `{}` was not quantised\nValueError: no data: the quantiser failed with exit status: 1",
            cards[0].id
        );
        assert_eq!(told, expected);
    }
}
