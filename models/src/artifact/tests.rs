use std::fs;

use tempfile::TempDir;

use super::*;

mod derived;
mod mirror;
mod public;
mod server;

const CONTENT: &[u8] = b"sixteen bytes ok";
const FILE: &str = "group/model.onnx";

fn artifact(content: &[u8], source: Option<PublicFile>) -> Artifact {
    let sha256 = Sha256::of(content);
    Artifact {
        id: "m".to_owned(),
        file: FILE.to_owned(),
        sha256,
        bytes: content.len() as u64,
        source,
        derived: None,
    }
}

fn public_file() -> PublicFile {
    PublicFile { repository: "o/r".to_owned(), path: "a/m.onnx".to_owned(), commit: "0123abc".to_owned() }
}

/// A store and a mirror in one temporary folder.
struct Place {
    folder: TempDir,
    store: Store,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = Store::new(folder.path().join("store"));
        Self { folder, store }
    }

    fn mirror(&self) -> std::path::PathBuf {
        self.folder.path().join("mirror")
    }

    fn put_in_mirror(&self, content: &[u8]) {
        put(&self.mirror().join(FILE), content);
    }

    /// Path in the store of the model with `suffix` after its name.
    fn held(&self, suffix: &str) -> std::path::PathBuf {
        self.store.folder().join(format!("{FILE}{suffix}"))
    }

    /// Names beside the model in the store, without the lock's.
    fn names(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.store.folder().join("group")) else { return Vec::new() };
        let name = |entry: std::io::Result<fs::DirEntry>| {
            entry.expect("entry").file_name().into_string().expect("UTF-8")
        };
        let mut names: Vec<String> = entries.map(name).filter(|name| !name.starts_with('.')).collect();
        names.sort();
        names
    }
}

fn put(path: &std::path::Path, content: &[u8]) {
    fs::create_dir_all(path.parent().expect("in a folder")).expect("folder");
    fs::write(path, content).expect("file");
}

fn rejected(content: &[u8]) -> String {
    format!("model.onnx.rejected-{}", &Sha256::of(content).to_string()[..12])
}

fn written() -> Written {
    Written {
        file: FILE.to_owned(),
        sha256: Sha256::of(CONTENT).to_string(),
        bytes: 16,
        source: Some(public_file()),
        mirror_only: false,
        derived: None,
    }
}

#[track_caller]
fn refused(written: Written, text: &str) {
    assert_eq!(Artifact::check("m", "files.0", written).expect_err("bad").to_string(), text);
}

#[test]
fn a_file_may_not_leave_the_store() {
    let expected = "expected a relative path of letters, digits and `._-`, parts separated by `/`";
    for path in ["../m.onnx", "/etc/m.onnx", "a//m.onnx", "a/./m.onnx", "", "a\\m.onnx", "m.onnx?x"] {
        let bad = Written { file: path.to_owned(), ..written() };
        refused(bad, &format!("`files.0.file` is {path:?}, {expected}"));
    }
}

#[test]
fn a_hash_is_64_lower_case_digits() {
    let good = written().sha256;
    for text in [&good[1..], &good.to_uppercase(), &format!("{good}0"), &good.replace(&good[..1], "g"), ""] {
        let bad = Written { sha256: text.to_owned(), ..written() };
        refused(bad, &format!("`files.0.sha256` is {text:?}, expected 64 lower-case hexadecimal digits"));
    }
}

#[test]
fn a_file_has_bytes() {
    let bad = Written { bytes: 0, ..written() };
    refused(bad, "`files.0.bytes` is 0, expected the length of the file, at least 1");
}

#[test]
fn a_file_is_public_or_says_that_it_is_not() {
    let bad = Written { source: None, ..written() };
    refused(
        bad,
        "`files.0.mirror-only` is false, expected a `source`, or `mirror-only = true` where no public file exists",
    );
    let bad = Written { mirror_only: true, ..written() };
    refused(bad, "`files.0.mirror-only` is true, expected `false` beside a `source`");
}

#[test]
fn a_public_place_is_one_file_at_one_commit() {
    let cases = [
        (
            PublicFile { repository: "r".to_owned(), ..public_file() },
            "repository` is \"r\", expected `owner/name`",
        ),
        (
            PublicFile { commit: "master".to_owned(), ..public_file() },
            "commit` is \"master\", expected 7 to 40 lower-case hexadecimal digits",
        ),
        (
            PublicFile { path: "../m".to_owned(), ..public_file() },
            "path` is \"../m\", expected a path of letters, digits and `._-`, parts separated by `/`",
        ),
    ];
    for (source, text) in cases {
        refused(Written { source: Some(source), ..written() }, &format!("`files.0.source.{text}"));
    }
}

#[test]
fn a_digest_reads_back_as_written() {
    // FIPS 180-2, appendix B.1.
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(Sha256::of(b"abc").to_string(), abc);
    assert_eq!(abc.parse(), Ok(Sha256::of(b"abc")));
}

#[test]
fn the_store_gives_out_only_what_its_card_says() {
    let place = Place::new();
    let artifact = artifact(CONTENT, None);
    let path = place.held("");
    let state = || place.store.locate(&artifact);
    assert!(matches!(state(), Err(StoreError::Missing { .. })));
    put(&path, b"fifteen bytes..");
    let text = state().expect_err("short").to_string();
    assert_eq!(
        text,
        format!(
            "`{}` in the store is not what its card says: it is 15 bytes long, expected 16",
            path.display()
        )
    );
    put(&path, b"sixteen bytes ko");
    let text = state().expect_err("changed").to_string();
    let (actual, expected) = (Sha256::of(b"sixteen bytes ko"), artifact.sha256);
    assert!(text.ends_with(&format!("its SHA-256 is {actual}, expected {expected}")), "{text}");
    put(&path, CONTENT);
    assert_eq!(state().expect("right"), path);
}
