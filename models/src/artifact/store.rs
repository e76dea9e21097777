use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::sha256::Hasher;
use super::{Artifact, Misfit, StoreError};

/// A folder of files that cards name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in `folder`, which the first pull creates.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The store's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where `artifact` is or will be; says nothing about what lies there.
    pub fn path(&self, artifact: &Artifact) -> PathBuf {
        self.folder.join(&artifact.file)
    }

    /// Path of `artifact`'s file, after its length and its hash were found right. Reads the whole file.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Wrong`], or the file could not be read.
    pub fn locate(&self, artifact: &Artifact) -> Result<PathBuf, StoreError> {
        let path = self.path(artifact);
        let unreadable = |source| StoreError::Io { what: "read", path: path.clone(), source };
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Err(StoreError::Missing { path }),
            Err(err) => return Err(unreadable(err)),
        };
        let actual = file.metadata().map_err(unreadable)?.len();
        if actual != artifact.bytes {
            let misfit = Misfit::Length { expected: artifact.bytes, actual };
            return Err(StoreError::Wrong { path, misfit });
        }
        let mut hasher = Hasher::default();
        hasher.read(&mut file).map_err(unreadable)?;
        match misfit(&hasher, artifact) {
            None => Ok(path),
            Some(misfit) => Err(StoreError::Wrong { path, misfit }),
        }
    }
}

/// How the hashed content differs from what `artifact`'s card says.
pub(super) fn misfit(content: &Hasher, artifact: &Artifact) -> Option<Misfit> {
    if content.len() != artifact.bytes {
        return Some(Misfit::Length { expected: artifact.bytes, actual: content.len() });
    }
    let actual = content.digest();
    (actual != artifact.sha256).then_some(Misfit::Hash { expected: artifact.sha256, actual })
}
