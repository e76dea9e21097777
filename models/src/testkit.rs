//! Model files and footage for tests; behind the feature `testkit`, so that no product code can reach it.
//!
//! Files come from the mirror in `CAIRN_MIRROR`, else from `shared` beside the checkout, never from the network,
//! and lie in the checkout's own `.cairn`, which git ignores. A test whose file cannot be had is skipped with a
//! line that says so, except under `CI=true`, where it fails.

use std::env;
use std::path::{Path, PathBuf};

use crate::artifact::{Artifact, Quiet, Store, pull};
use crate::home::{Home, MODELS};
use crate::{builtin_cards, find};

/// Path of the file of the built-in model `id`, whole and right; `None` means: return from the test.
///
/// # Panics
/// When no card is called `id`; when the file cannot be had and `CI` is `true`.
pub fn model(id: &str) -> Option<PathBuf> {
    let found = builtin_cards().and_then(|cards| find(&cards, id).map(|card| card.artifact.clone()));
    match found {
        Ok(artifact) => file(&artifact, &home().models(), MODELS),
        Err(err) => panic!("{err}"),
    }
}

/// Path of `artifact` in `store`, pulled from the mirror's folder `kind` if need be; for crates with cards of
/// their own.
///
/// # Panics
/// When the file cannot be had and `CI` is `true`.
pub fn file(artifact: &Artifact, store: &Store, kind: &str) -> Option<PathBuf> {
    match pull(artifact, store, Some(&mirror().join(kind)), None, &mut Quiet) {
        Ok(pulled) => Some(pulled.path),
        Err(err) => {
            let thread = std::thread::current();
            let test = thread.name().unwrap_or("test");
            let needs = format!("{test}: needs `{}` of `{}`: {err}", artifact.file, artifact.id);
            assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "{needs}");
            eprintln!("SKIPPED: {needs}");
            None
        }
    }
}

/// The checkout's own home.
pub fn home() -> Home {
    Home::new(checkout().join(".cairn"))
}

/// The mirror folder, with `models` and `footage` in it.
pub fn mirror() -> PathBuf {
    let beside = || checkout().with_file_name("shared");
    env::var_os("CAIRN_MIRROR").filter(|path| !path.is_empty()).map_or_else(beside, PathBuf::from)
}

fn checkout() -> PathBuf {
    let this_crate = Path::new(env!("CARGO_MANIFEST_DIR"));
    this_crate.parent().unwrap_or(this_crate).to_owned()
}
