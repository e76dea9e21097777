use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::sha256::{Hasher, Sha256};
use super::store::misfit;
use super::{Artifact, Misfit, Progress, StoreError};

/// The temporary file `<target>.part`, hashed as it grows. Its owner holds the target's lock.
pub(super) struct Part {
    target: PathBuf,
    path: PathBuf,
    file: File,
    hasher: Hasher,
    resumed: bool,
}

/// What came of a finished [`Part`].
pub(super) enum Settled {
    /// Renamed to the target.
    Right,
    /// Renamed to `kept`.
    Wrong { misfit: Misfit, kept: PathBuf },
}

/// Which side of a copy failed.
pub(super) enum FillError {
    Source(io::Error),
    Store(StoreError),
}

impl Part {
    /// Opens the temporary file of `target`, with what an earlier pull left in it.
    pub(super) fn open(target: PathBuf) -> Result<Self, StoreError> {
        let path = with_suffix(&target, ".part");
        let mut hasher = Hasher::default();
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .and_then(|mut file| hasher.read(&mut file).map(|()| file))
            .map_err(|source| StoreError::Io { what: "open", path: path.clone(), source })?;
        let resumed = 0 < hasher.len();
        Ok(Self { target, path, file, hasher, resumed })
    }

    /// Bytes held.
    pub(super) fn len(&self) -> u64 {
        self.hasher.len()
    }

    /// Whether some of what is held came from an earlier pull.
    pub(super) fn resumed(&self) -> bool {
        self.resumed
    }

    /// Whether what is held is the whole right file.
    pub(super) fn fits(&self, artifact: &Artifact) -> bool {
        misfit(&self.hasher, artifact).is_none()
    }

    /// Forgets everything held.
    pub(super) fn restart(&mut self) -> Result<(), StoreError> {
        self.file.set_len(0).and_then(|()| self.file.rewind()).map_err(|err| self.io("truncate", err))?;
        self.hasher = Hasher::default();
        self.resumed = false;
        Ok(())
    }

    /// Appends what `source` gives, at most one byte more than `artifact` has: enough to know that it is too long.
    pub(super) fn fill(
        &mut self,
        source: &mut dyn Read,
        artifact: &Artifact,
        progress: &mut dyn Progress,
    ) -> Result<(), FillError> {
        let mut chunk = vec![0; 64 * 1024];
        progress.advance(self.len());
        while self.len() <= artifact.bytes {
            let room = artifact.bytes + 1 - self.len();
            let most = usize::try_from(room).map_or(chunk.len(), |room| room.min(chunk.len()));
            let n = match source.read(&mut chunk[..most]) {
                Ok(0) => break,
                Ok(n) => n,
                Err(err) if err.kind() == io::ErrorKind::Interrupted => continue,
                Err(err) => return Err(FillError::Source(err)),
            };
            self.file.write_all(&chunk[..n]).map_err(|err| FillError::Store(self.io("write", err)))?;
            self.hasher.update(&chunk[..n]);
            progress.advance(self.len());
        }
        Ok(())
    }

    /// Syncs the file and renames it to the target, or aside when it is not what `artifact` says. `announced` is
    /// the whole length the source spoke of.
    pub(super) fn settle(self, artifact: &Artifact, announced: Option<u64>) -> Result<Settled, StoreError> {
        self.file.sync_all().map_err(|err| self.io("sync", err))?;
        let misfit = misfit(&self.hasher, artifact).map(|misfit| match misfit {
            Misfit::Length { expected, actual } => {
                Misfit::Length { expected, actual: announced.unwrap_or(actual).max(actual) }
            }
            hash @ Misfit::Hash { .. } => hash,
        });
        let goal = match misfit {
            None => self.target.clone(),
            Some(_) => rejected(&self.target, self.hasher.digest()),
        };
        rename(&self.path, &goal)?;
        Ok(match misfit {
            None => Settled::Right,
            Some(misfit) => Settled::Wrong { misfit, kept: goal },
        })
    }

    /// Leaves what is held for a later pull; an empty file is of no use to it.
    pub(super) fn leave(self) -> Result<(), StoreError> {
        if self.len() == 0 {
            fs::remove_file(&self.path).map_err(|err| self.io("remove", err))?;
        }
        Ok(())
    }

    fn io(&self, what: &'static str, source: io::Error) -> StoreError {
        StoreError::Io { what, path: self.path.clone(), source }
    }
}

/// Renames the wrong file at `target` as [`Part::settle`] would have, so that the right one does not overwrite it;
/// gives its new place.
pub(super) fn set_aside(target: &Path, misfit: &Misfit) -> Result<PathBuf, StoreError> {
    let digest = match misfit {
        Misfit::Hash { actual, .. } => *actual,
        Misfit::Length { .. } => {
            let mut hasher = Hasher::default();
            File::open(target)
                .and_then(|mut file| hasher.read(&mut file))
                .map_err(|source| StoreError::Io { what: "read", path: target.to_owned(), source })?;
            hasher.digest()
        }
    };
    let kept = rejected(target, digest);
    rename(target, &kept)?;
    Ok(kept)
}

/// Where a content that is not what `target` should be is kept.
fn rejected(target: &Path, content: Sha256) -> PathBuf {
    with_suffix(target, &format!(".rejected-{}", content.short()))
}

/// Renames within a folder and syncs the folder: without that a power cut can undo the rename.
fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::rename(from, to).map_err(|source| StoreError::Io {
        what: "rename",
        path: from.to_owned(),
        source,
    })?;
    let Some(folder) = to.parent() else { return Ok(()) };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| StoreError::Io {
        what: "sync",
        path: folder.to_owned(),
        source,
    })
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}
