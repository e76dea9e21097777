//! The Python path.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::json;

/// Name of the folder of pictures.
pub(crate) const COPIES: &str = "pictures";

/// One detection of the Python path, in pixels of the picture.
#[derive(Debug, Deserialize)]
pub(crate) struct TheirBox {
    pub(crate) class: u16,
    pub(crate) score: f32,
    #[serde(rename = "box")]
    pub(crate) edges: [f32; 4],
    pub(crate) points: Vec<[f32; 2]>,
}

/// What one model found, picture by picture.
#[derive(Debug, Deserialize)]
pub(crate) struct Theirs {
    pub(crate) found: Vec<Vec<TheirBox>>,
    /// The same by OpenCV's own decoder, where it has one.
    pub(crate) second: Option<Vec<Vec<TheirBox>>>,
    /// By class, where ground truth was given.
    pub(crate) ap: Option<BTreeMap<String, f64>>,
}

/// What the Python path says, and what it saw.
pub(crate) struct Reference {
    /// Of each model, in the order asked for.
    pub(crate) answers: Vec<Theirs>,
    /// The pictures as they were decoded there, without loss, in the order given.
    pub(crate) pictures: Vec<PathBuf>,
    /// They lie in its folder [`COPIES`].
    pub(crate) folder: tempfile::TempDir,
}

/// What the Python path says of `models` on `pictures`; `None` means: return from `test`.
///
/// # Panics
/// When the script fails; when the oracles are not installed and `CI` is `true`.
pub(crate) fn ask(
    test: &str,
    models: &[&str],
    pictures: &[PathBuf],
    truth: Option<&Path>,
) -> Option<Reference> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let installed = root.join("../../.cairn/oracles/bin/python");
    let python = std::env::var_os("CAIRN_ORACLES").map_or(installed, PathBuf::from);
    if !python.exists() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{test} needs the oracles");
        eprintln!("SKIPPED: {test}: needs the oracles: run scripts/setup.sh --tests");
        return None;
    }
    let folder = tempfile::tempdir().expect("folder");
    let copies = folder.path().join(COPIES);
    std::fs::create_dir(&copies).expect("folder");
    let request = json!({
        "models": models::testkit::mirror().join("models"),
        "detectors": models,
        "pictures": pictures,
        "copies": copies,
        "truth": truth,
        // Average precision is what the evaluator says, and it looks as cameras look.
        "cut": truth.is_some(),
    });
    let mut child = Command::new(python)
        .arg(root.join("tests/parity/reference.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    // The script reads all of its input before it answers: no deadlock.
    let mut input = child.stdin.take().expect("piped");
    input.write_all(request.to_string().as_bytes()).expect("python reads");
    drop(input);
    let output = child.wait_with_output().expect("python ends");
    assert!(output.status.success(), "reference.py failed: see above");
    let answers: Vec<Theirs> = serde_json::from_slice(&output.stdout).expect("the script answers in JSON");
    assert_eq!(answers.len(), models.len());
    let pictures = (0..pictures.len()).map(|index| copies.join(format!("{index:04}.png"))).collect();
    Some(Reference { answers, pictures, folder })
}

/// The pictures of `folders` of the mirror's footage, by name; `None` means: return from `test`.
pub(crate) fn pictures(test: &str, folders: &[&str]) -> Option<Vec<PathBuf>> {
    let mut pictures = Vec::new();
    for folder in folders {
        let folder = models::testkit::mirror().join("footage").join(folder);
        if !folder.exists() {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{test} needs {}", folder.display());
            eprintln!("SKIPPED: {test}: needs {}", folder.display());
            return None;
        }
        collect(&folder, &mut pictures);
    }
    pictures.sort();
    Some(pictures)
}

fn collect(folder: &Path, pictures: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => collect(&path, pictures),
            false => {
                pictures.extend(path.extension().is_some_and(|e| e == "jpg" || e == "png").then_some(path))
            }
        }
    }
}
