//! Where this box keeps its models and footage.
//!
//! `CAIRN_HOME` if it is set; else the folder `.cairn` in the nearest ancestor of the current folder, then of the
//! executable, that has one (a checkout, an unpacked release); else `cairn` in the user's data folder.

use std::env;
use std::path::{Path, PathBuf};

use crate::HomeError;
use crate::artifact::Store;

/// The folder that holds everything pulled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    root: PathBuf,
}

/// What the choice of a home depends on.
#[derive(Clone, Debug, Default)]
struct Surroundings {
    cairn_home: Option<PathBuf>,
    current_folder: Option<PathBuf>,
    executable: Option<PathBuf>,
    xdg_data_home: Option<PathBuf>,
    user_home: Option<PathBuf>,
}

/// The home that this process uses by default. Nothing is created.
///
/// # Errors
/// [`HomeError::Nowhere`] for a user without a home folder and without `CAIRN_HOME`.
pub fn default_store() -> Result<Home, HomeError> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    Surroundings {
        cairn_home: variable("CAIRN_HOME"),
        current_folder: env::current_dir().ok(),
        executable: env::current_exe().ok(),
        xdg_data_home: variable("XDG_DATA_HOME"),
        user_home: variable("HOME"),
    }
    .home()
}

impl Home {
    /// The home in `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The home's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The store of model files, `<home>/models`.
    pub fn models(&self) -> Store {
        Store::new(self.root.join(MODELS))
    }

    /// The store of footage, `<home>/footage`.
    pub fn footage(&self) -> Store {
        Store::new(self.root.join(FOOTAGE))
    }

    /// The operator's own model cards, `<home>/cards`.
    pub fn cards(&self) -> PathBuf {
        self.root.join("cards")
    }
}

/// Folder of the model files in a home and in a mirror.
pub const MODELS: &str = "models";

/// Folder of the footage in a home and in a mirror.
pub const FOOTAGE: &str = "footage";

impl Surroundings {
    fn home(self) -> Result<Home, HomeError> {
        if let Some(root) = self.cairn_home {
            return Ok(Home::new(root));
        }
        let near = [self.current_folder, self.executable]
            .iter()
            .flatten()
            .flat_map(|start| start.ancestors())
            .map(|folder| folder.join(".cairn"))
            .find(|candidate| candidate.is_dir());
        // The XDG rules say that a relative path is to be ignored.
        let users = self
            .xdg_data_home
            .filter(|folder| folder.is_absolute())
            .or_else(|| self.user_home.map(|home| home.join(".local/share")))
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join("cairn"));
        near.or(users).map(Home::new).ok_or(HomeError::Nowhere)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn far_away() -> Surroundings {
        let nowhere = Some(PathBuf::from("/nonexistent/a/b"));
        Surroundings {
            current_folder: nowhere.clone(),
            executable: nowhere,
            user_home: Some(PathBuf::from("/home/lan")),
            ..Surroundings::default()
        }
    }

    fn root(surroundings: Surroundings) -> PathBuf {
        surroundings.home().expect("a place").root
    }

    #[test]
    fn the_variable_wins_over_everything() {
        let chosen = Surroundings { cairn_home: Some("/srv/cairn".into()), ..far_away() };
        assert_eq!(root(chosen), Path::new("/srv/cairn"));
    }

    #[test]
    fn the_nearest_folder_above_the_current_one_is_taken_before_the_executables() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let at = |path: &str| folder.path().join(path);
        for path in ["outer/.cairn", "outer/inner/.cairn", "outer/inner/deep", "bin/.cairn"] {
            std::fs::create_dir_all(at(path)).expect("folder");
        }
        let in_checkout = Surroundings {
            current_folder: Some(at("outer/inner/deep")),
            executable: Some(at("bin/cairn")),
            ..far_away()
        };
        assert_eq!(root(in_checkout.clone()), at("outer/inner/.cairn"));
        let elsewhere = Surroundings { current_folder: Some("/nonexistent".into()), ..in_checkout };
        assert_eq!(root(elsewhere), at("bin/.cairn"));
    }

    #[test]
    fn a_file_called_cairn_is_no_home() {
        let folder = tempfile::tempdir().expect("temporary folder");
        std::fs::write(folder.path().join(".cairn"), "").expect("file");
        let here = Surroundings { current_folder: Some(folder.path().to_owned()), ..far_away() };
        assert_eq!(root(here), Path::new("/home/lan/.local/share/cairn"));
    }

    #[test]
    fn the_data_folder_must_be_absolute() {
        let relative = Surroundings { xdg_data_home: Some("data".into()), ..far_away() };
        assert_eq!(root(relative), Path::new("/home/lan/.local/share/cairn"));
        let absolute = Surroundings { xdg_data_home: Some("/data".into()), ..far_away() };
        assert_eq!(root(absolute), Path::new("/data/cairn"));
    }

    #[test]
    fn a_user_without_any_place_is_told_what_to_set() {
        let err = Surroundings { user_home: None, ..far_away() }.home().expect_err("no place");
        assert_eq!(
            err.to_string(),
            "no place for the store: set `CAIRN_HOME`, `XDG_DATA_HOME` or `HOME` to an absolute path"
        );
    }
}
