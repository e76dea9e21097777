use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use models::artifact::{Artifact, Misfit, Sha256, Store, StoreError};

use super::MediaError;

/// One file that a dataset names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePin {
    /// Path below one of the roots: relative, `/` between its parts, no `..`.
    pub file: String,
    /// Hash of the whole file.
    pub sha256: Sha256,
}

/// Where the files of a dataset are looked for.
#[derive(Clone, Debug)]
pub struct Media {
    roots: Vec<PathBuf>,
}

impl Media {
    /// Looks into `roots` in their order: the folder of the dataset file, the store of footage, a mirror's.
    pub fn new(roots: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { roots: roots.into_iter().collect() }
    }

    /// The folders that are looked into.
    pub fn roots(&self) -> &[PathBuf] {
        &self.roots
    }

    /// Path of the first file under that name that has the right hash. Reads whole files.
    ///
    /// # Errors
    /// No root has a file of that name, or none of those that have one has the right one.
    pub fn locate(&self, pin: &FilePin) -> Result<PathBuf, MediaError> {
        let mut refusal = None;
        for root in &self.roots {
            match locate_in(root, pin) {
                Ok(Some(path)) => return Ok(path),
                Ok(None) => {}
                Err(error) => {
                    refusal.get_or_insert(error);
                }
            }
        }
        Err(refusal
            .unwrap_or_else(|| MediaError::Missing { file: pin.file.clone(), roots: self.roots.clone() }))
    }

    /// Path and content of the file that [`Media::locate`] finds.
    ///
    /// # Errors
    /// As [`Media::locate`].
    pub(super) fn read(&self, pin: &FilePin) -> Result<(PathBuf, Vec<u8>), MediaError> {
        let path = self.locate(pin)?;
        match fs::read(&path) {
            Ok(bytes) => Ok((path, bytes)),
            Err(source) => Err(MediaError::Unreadable { path, source }),
        }
    }
}

/// `None` where there is no such file.
fn locate_in(root: &Path, pin: &FilePin) -> Result<Option<PathBuf>, MediaError> {
    let path = root.join(&pin.file);
    let unreadable = |source| MediaError::Unreadable { path: path.clone(), source };
    let bytes = match fs::metadata(&path) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    // A pin has no length: the file's own leaves the hash to decide.
    let FilePin { file, sha256 } = pin.clone();
    let artifact = Artifact { id: String::new(), file, sha256, bytes, source: None, derived: None };
    match Store::new(root).locate(&artifact) {
        Ok(path) => Ok(Some(path)),
        Err(StoreError::Missing { .. }) => Ok(None),
        Err(StoreError::Wrong { path, misfit: Misfit::Hash { expected, actual } }) => {
            Err(MediaError::Wrong { path, expected, actual })
        }
        Err(StoreError::Wrong { path, misfit: Misfit::Length { .. } }) => {
            let source = io::Error::other("it changes while it is read");
            Err(MediaError::Unreadable { path, source })
        }
        Err(StoreError::Io { path, source, .. }) => Err(MediaError::Unreadable { path, source }),
    }
}
