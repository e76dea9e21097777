//! Where the ONNX Runtime library may lie.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::EngineError;

const NAME: &str = "libonnxruntime.so";
/// Below the folder of a checkout; `scripts/setup.sh` puts it there.
const IN_CHECKOUT: &str = ".cairn/onnxruntime/lib";
const IN_HOME: &str = ".local/share/cairn/onnxruntime/lib";
const IN_SYSTEM: &str = "/usr/lib/cairn";

/// What the search depends on, so that a test need not change the process.
pub(crate) struct Surroundings<'a> {
    /// Value of `ORT_DYLIB_PATH`.
    pub(crate) variable: Option<&'a OsStr>,
    pub(crate) current_dir: Option<&'a Path>,
    pub(crate) executable: Option<&'a Path>,
    pub(crate) home: Option<&'a Path>,
}

/// The library named by `explicit`, else by the variable, else the newest one in the first folder that has one.
///
/// A file that was named but is not there is an error, never a reason to look elsewhere.
pub(crate) fn find(explicit: Option<&Path>, surroundings: &Surroundings<'_>) -> Result<PathBuf, EngineError> {
    let named = explicit.or(surroundings.variable.filter(|value| !value.is_empty()).map(Path::new));
    if let Some(path) = named {
        return if path.is_file() {
            Ok(path.to_path_buf())
        } else {
            Err(EngineError::LibraryMissing { looked_at: vec![path.to_path_buf()] })
        };
    }
    let folders = folders(surroundings);
    folders
        .iter()
        .find_map(|folder| newest_in(folder))
        .ok_or_else(|| EngineError::LibraryMissing { looked_at: folders })
}

fn folders(surroundings: &Surroundings<'_>) -> Vec<PathBuf> {
    let from_here = surroundings.current_dir.into_iter().flat_map(Path::ancestors);
    let from_executable = surroundings.executable.into_iter().flat_map(|path| path.ancestors().skip(1));
    let in_checkouts = from_here.chain(from_executable).map(|folder| folder.join(IN_CHECKOUT));
    let in_home = surroundings.home.map(|home| home.join(IN_HOME));
    let mut folders: Vec<PathBuf> = Vec::new();
    for folder in in_checkouts.chain(in_home).chain([PathBuf::from(IN_SYSTEM)]) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

/// `libonnxruntime.so` itself, else the one with the highest version behind its name.
fn newest_in(folder: &Path) -> Option<PathBuf> {
    let entries = folder.read_dir().ok()?;
    let versions = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        let version = version_in(path.file_name()?.to_str()?)?;
        path.is_file().then_some((version, path))
    });
    versions.max_by(|(a, _), (b, _)| a.cmp(b)).map(|(_, path)| path)
}

/// `[1, 31, 1]` for `libonnxruntime.so.1.31.1`; above every version for the bare name.
fn version_in(file_name: &str) -> Option<Vec<u32>> {
    match file_name.strip_prefix(NAME)? {
        "" => Some(vec![u32::MAX]),
        rest => rest.strip_prefix('.')?.split('.').map(|part| part.parse().ok()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Place {
        root: tempfile::TempDir,
    }

    impl Place {
        fn new() -> Self {
            Self { root: tempfile::tempdir().expect("temporary folder") }
        }

        fn file(&self, relative: &str) -> PathBuf {
            let path = self.root.path().join(relative);
            fs::create_dir_all(path.parent().expect("has a folder")).expect("folder");
            fs::write(&path, "").expect("file");
            path
        }

        fn find(&self, explicit: Option<&Path>, variable: Option<&Path>) -> Result<PathBuf, EngineError> {
            let here = self.root.path().join("checkout/inference/engine");
            let executable = self.root.path().join("build/release/cairn");
            let home = self.root.path().join("home");
            let surroundings = Surroundings {
                variable: variable.map(Path::as_os_str),
                current_dir: Some(&here),
                executable: Some(&executable),
                home: Some(&home),
            };
            find(explicit, &surroundings)
        }
    }

    #[test]
    fn the_nearer_place_wins_and_the_newest_file_in_it() {
        let place = Place::new();
        let in_home = place.file("home/.local/share/cairn/onnxruntime/lib/libonnxruntime.so");
        assert_eq!(place.find(None, None).expect("found"), in_home);
        let beside_executable = place.file("build/.cairn/onnxruntime/lib/libonnxruntime.so.1.23.0");
        assert_eq!(place.find(None, None).expect("found"), beside_executable);
        place.file("checkout/.cairn/onnxruntime/lib/libonnxruntime.so.1.9.2");
        place.file("checkout/.cairn/onnxruntime/lib/libonnxruntime.so.1.31.1.part");
        place.file("checkout/.cairn/onnxruntime/lib/libonnxruntime_providers_shared.so");
        let newest = place.file("checkout/.cairn/onnxruntime/lib/libonnxruntime.so.1.31.1");
        assert_eq!(place.find(None, None).expect("found"), newest);
        let variable = place.file("elsewhere/runtime.so");
        assert_eq!(place.find(None, Some(&variable)).expect("found"), variable);
        assert_eq!(place.find(Some(&in_home), Some(&variable)).expect("found"), in_home);
        assert_eq!(place.find(None, Some(Path::new(""))).expect("an empty variable is none"), newest);
    }

    #[test]
    fn a_named_file_that_is_not_there_is_not_replaced_by_another() {
        let place = Place::new();
        place.file("home/.local/share/cairn/onnxruntime/lib/libonnxruntime.so");
        for (explicit, variable) in
            [(Some(Path::new("/nowhere/a.so")), None), (None, Some(Path::new("/nowhere/a.so")))]
        {
            let error = place.find(explicit, variable).expect_err("missing");
            assert_eq!(
                error.to_string(),
                "no ONNX Runtime library found, looked at `/nowhere/a.so`; \
                 run `make setup` or `scripts/setup.sh` to install it"
            );
        }
    }

    #[test]
    fn nothing_found_lists_every_place() {
        let place = Place::new();
        let EngineError::LibraryMissing { looked_at } = place.find(None, None).expect_err("empty") else {
            panic!("another error");
        };
        let at = |relative: &str| place.root.path().join(relative);
        assert_eq!(looked_at[0], at("checkout/inference/engine/.cairn/onnxruntime/lib"));
        assert!(looked_at.contains(&at("checkout/.cairn/onnxruntime/lib")));
        assert!(looked_at.contains(&at("build/release/.cairn/onnxruntime/lib")));
        let last = [at("home/.local/share/cairn/onnxruntime/lib"), PathBuf::from(IN_SYSTEM)];
        assert_eq!(looked_at[looked_at.len() - 2..], last);
    }
}
