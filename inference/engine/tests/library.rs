//! Libraries that cannot be used. These tests have a process of their own, in which no library is ever loaded: the first
//! one that loads stays.

#![expect(clippy::expect_used, reason = "a test that cannot go on ends there")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use engine::{EngineError, Runtime};

const REMEDY: &str = "run `make setup` or `scripts/setup.sh` to install one";

fn refused(path: &Path) -> EngineError {
    Runtime::load(path).expect_err("not a library that can be used")
}

/// A shared library made of `source`, in C. Whoever links Rust programs has `cc`.
fn library_of(folder: &Path, source: &str) -> PathBuf {
    let (code, library) = (folder.join("fake.c"), folder.join("libonnxruntime.so"));
    std::fs::write(&code, source).expect("source written");
    let compiler = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &code])
        .status()
        .expect("cc runs");
    assert!(compiler.success(), "cc: {compiler}");
    library.canonicalize().expect("there")
}

#[test]
fn a_missing_library_is_told_with_its_place() {
    let path = Path::new("/nowhere/libonnxruntime.so");
    assert_eq!(
        refused(path).to_string(),
        "no ONNX Runtime library found, looked at `/nowhere/libonnxruntime.so`; \
         run `make setup` or `scripts/setup.sh` to install it"
    );
}

#[test]
fn a_text_file_is_no_library() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("libonnxruntime.so");
    std::fs::write(&path, "not found: see other\n").expect("file written");
    let path = path.canonicalize().expect("there");
    let error = refused(&path);
    let expected = format!("`{}` is not a usable ONNX Runtime library; {REMEDY}", path.display());
    assert_eq!(error.to_string(), expected);
    let cause = error.source().expect("has a cause").to_string();
    assert!(cause.contains(&path.display().to_string()), "{cause}");
}

#[test]
fn a_library_of_something_else_is_refused() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let error = refused(&library_of(folder.path(), "int answer(void) { return 42; }\n"));
    assert!(matches!(error, EngineError::LibraryUnusable { .. }), "{error:?}");
    let cause = error.source().expect("has a cause").to_string();
    assert!(cause.ends_with("does not export `OrtGetApiBase`"), "{cause}");
}

#[test]
fn an_old_library_is_refused_with_its_version_and_the_oldest_accepted() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = library_of(
        folder.path(),
        "static const char *version(void) { return \"1.22.4\"; }\n\
         static const void *api(unsigned wanted) { (void)wanted; return 0; }\n\
         static const struct { const void *(*api)(unsigned); const char *(*version)(void); } base = { api, version };\n\
         const void *OrtGetApiBase(void) { return &base; }\n",
    );
    let place = path.display();
    assert_eq!(
        refused(&path).to_string(),
        format!("ONNX Runtime at `{place}` is version 1.22.4, expected 1.23 or newer; {REMEDY}")
    );
}
