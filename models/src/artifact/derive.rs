use std::fs;
use std::path::PathBuf;

use super::part::{FillError, Part, Settled};
use super::{Artifact, Content, Derived, Origin, Progress, PullError, Pulled, Sha256, StoreError};

/// Makes `artifact` at `target`, whose lock the caller holds, of its parent.
pub(super) fn derive(
    artifact: &Artifact,
    derived: &Derived,
    parent: Result<Pulled, PullError>,
    target: PathBuf,
    progress: &mut dyn Progress,
) -> Result<PathBuf, PullError> {
    let file = || artifact.file.clone();
    let failed = |source| PullError::Store { file: file(), source };
    let parent = parent.map_err(|source| PullError::Parent { file: file(), source: Box::new(source) })?;
    let bytes = fs::read(&parent.path)
        .map_err(|source| failed(StoreError::Io { what: "read", path: parent.path.clone(), source }))?;
    let made = derived.recipe.apply(&bytes).map_err(|source| PullError::Recipe {
        file: file(),
        from: parent.path.clone(),
        recipe: derived.recipe,
        source,
    })?;
    let actual = Content { sha256: Sha256::of(&made), bytes: made.len() as u64 };
    let expected = Content { sha256: artifact.sha256, bytes: artifact.bytes };
    if actual != expected {
        // Not kept aside as a pulled file is: it can be made again from what is held.
        return Err(PullError::Derived {
            file: file(),
            from: parent.path,
            recipe: derived.recipe,
            expected: Box::new(expected),
            actual: Box::new(actual),
        });
    }
    let mut part = Part::open(target.clone()).map_err(failed)?;
    part.restart().map_err(failed)?;
    progress.begin(&artifact.file, Origin::Derived, artifact.bytes);
    match part.fill(&mut made.as_slice(), artifact, progress) {
        Ok(()) => {}
        Err(FillError::Source(source)) => {
            return Err(failed(StoreError::Io { what: "make", path: target, source }));
        }
        Err(FillError::Store(err)) => return Err(failed(err)),
    }
    match part.settle(artifact, None).map_err(failed)? {
        Settled::Right => Ok(target),
        // What lies there is not what was written: the disk's fault.
        Settled::Wrong { misfit, kept } => Err(failed(StoreError::Wrong { path: kept, misfit })),
    }
}
