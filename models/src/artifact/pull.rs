use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::derive::derive;
use super::part::{FillError, Part, Settled, set_aside};
use super::{Artifact, Progress, PublicHost, PullError, Refusal, Store, StoreError};

/// Where a file came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The store had it.
    AlreadyHeld,
    /// The mirror folder.
    Mirror,
    /// Its public place.
    Public,
    /// It was made here from the file of another card.
    Derived,
}

/// A file that is in the store and right.
#[derive(Debug)]
pub struct Pulled {
    /// The file in the store.
    pub path: PathBuf,
    /// Where it came from.
    pub from: Origin,
    /// What was wrong on the way: a wrong file in the store or the mirror. Worth an operator's eye.
    pub refused: Vec<Refusal>,
}

/// Brings `artifact` into `store`: from the store itself, else from `mirror` (the mirror's folder of this kind, as
/// `<mirror>/models`), else from `net`; `None` leaves that source out. A derived one that the store lacks is made of
/// its parent, which is pulled in the same way.
///
/// Safe to call for one file from several processes: they take turns, and the later ones find it held.
///
/// # Errors
/// [`PullError::Nowhere`] when no source has the file, [`PullError::Refused`] with each source's reason, or the
/// store failed; for a derived file [`PullError::Parent`], [`PullError::Recipe`] or [`PullError::Derived`]. A wrong content is kept beside the target as `<file>.rejected-<first 12 digits of its hash>`.
pub fn pull(
    artifact: &Artifact,
    store: &Store,
    mirror: Option<&Path>,
    net: Option<&PublicHost>,
    progress: &mut dyn Progress,
) -> Result<Pulled, PullError> {
    let failed = |source| PullError::Store { file: artifact.file.clone(), source };
    // Before anything is created or locked: a store on a read-only disk serves what it holds.
    if let Ok(path) = store.locate(artifact) {
        return Ok(Pulled { path, from: Origin::AlreadyHeld, refused: Vec::new() });
    }
    let target = store.path(artifact);
    let _lock = lock(&target, artifact, progress).map_err(failed)?;
    let mut refused = Vec::new();
    match store.locate(artifact) {
        Ok(path) => return Ok(Pulled { path, from: Origin::AlreadyHeld, refused }),
        Err(StoreError::Missing { .. }) => {}
        Err(StoreError::Wrong { path, misfit }) => {
            let kept = set_aside(&path, &misfit).map_err(failed)?;
            refused.push(Refusal::Held { path, misfit, kept });
        }
        Err(err @ StoreError::Io { .. }) => return Err(failed(err)),
    }
    if let Some(derived) = &artifact.derived {
        let from = pull(&derived.from, store, mirror, net, progress);
        let path = derive(artifact, derived, from, target, progress)?;
        return Ok(Pulled { path, from: Origin::Derived, refused });
    }
    let mirror_path = mirror.map(|folder| folder.join(&artifact.file));
    let mut pulling = Pulling { artifact, target, progress };
    if let Some(path) = &mirror_path {
        match pulling.copy(path).map_err(failed)? {
            Ok(path) => return Ok(Pulled { path, from: Origin::Mirror, refused }),
            Err(refusal) => refused.push(refusal),
        }
    }
    match (&artifact.source, net) {
        (Some(file), Some(host)) => match pulling.fetch(host, &host.url(file)).map_err(failed)? {
            Ok(path) => {
                refused.retain(|refusal| !matches!(refusal, Refusal::NotInMirror { .. }));
                return Ok(Pulled { path, from: Origin::Public, refused });
            }
            Err(refusal) => refused.push(refusal),
        },
        (Some(file), None) => refused.push(Refusal::NetworkOff { file: file.clone() }),
        (None, _) if refused.iter().all(|refusal| matches!(refusal, Refusal::NotInMirror { .. })) => {
            return Err(PullError::Nowhere { file: artifact.file.clone(), mirror: mirror_path });
        }
        (None, _) => {}
    }
    Err(PullError::Refused { file: artifact.file.clone(), refusals: refused })
}

/// One pull under way; the caller holds the lock of `target`. Each attempt ends with the file in place, with a
/// refusal of the source, or with an error of the store that no other source would mend.
struct Pulling<'a> {
    artifact: &'a Artifact,
    target: PathBuf,
    progress: &'a mut dyn Progress,
}

type Attempt = Result<Result<PathBuf, Refusal>, StoreError>;

impl Pulling<'_> {
    fn copy(&mut self, path: &Path) -> Attempt {
        let unreadable = |source| Refusal::MirrorUnreadable { path: path.to_owned(), source };
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(err) if err.kind() == io::ErrorKind::NotFound => {
                return Ok(Err(Refusal::NotInMirror { path: path.to_owned() }));
            }
            Err(err) => return Ok(Err(unreadable(err))),
        };
        let announced = match file.metadata() {
            Ok(metadata) => metadata.len(),
            Err(err) => return Ok(Err(unreadable(err))),
        };
        let mut part = Part::open(self.target.clone())?;
        part.restart()?;
        self.progress.begin(&self.artifact.file, Origin::Mirror, self.artifact.bytes);
        match part.fill(&mut file, self.artifact, self.progress) {
            Ok(()) => self.settle(part, format!("`{}` in the mirror", path.display()), Some(announced)),
            Err(FillError::Source(err)) => Ok(Err(unreadable(err))),
            Err(FillError::Store(err)) => Err(err),
        }
    }

    fn fetch(&mut self, host: &PublicHost, url: &str) -> Attempt {
        let mut part = Part::open(self.target.clone())?;
        if self.artifact.bytes <= part.len() && !part.fits(self.artifact) {
            part.restart()?;
        }
        self.progress.begin(&self.artifact.file, Origin::Public, self.artifact.bytes);
        let mut announced = None;
        while !part.fits(self.artifact) {
            match self.append(&mut part, host, url)? {
                Ok(told) => announced = told,
                Err(refusal) => {
                    part.leave()?;
                    return Ok(Err(refusal));
                }
            }
            // A wrong whole may be the fault of its older half: one more try without it.
            if !part.resumed() || part.fits(self.artifact) {
                break;
            }
            part.restart()?;
        }
        self.settle(part, url.to_owned(), announced)
    }

    /// Appends to `part` what it lacks; gives the whole length that the server announced.
    fn append(
        &mut self,
        part: &mut Part,
        host: &PublicHost,
        url: &str,
    ) -> Result<Result<Option<u64>, Refusal>, StoreError> {
        let mut answer = match host.get(url, part.len()) {
            Ok(answer) => answer,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if answer.from != part.len() {
            part.restart()?;
        }
        match part.fill(&mut answer.body, self.artifact, self.progress) {
            Ok(()) => Ok(Ok(answer.announced)),
            Err(FillError::Source(source)) => Ok(Err(Refusal::Interrupted {
                url: url.to_owned(),
                received: part.len(),
                expected: self.artifact.bytes,
                source,
            })),
            Err(FillError::Store(err)) => Err(err),
        }
    }

    fn settle(&self, part: Part, from: String, announced: Option<u64>) -> Attempt {
        Ok(match part.settle(self.artifact, announced)? {
            Settled::Right => Ok(self.target.clone()),
            Settled::Wrong { misfit, kept } => Err(Refusal::Wrong { from, misfit, kept }),
        })
    }
}

/// Waits until no other pull works on `target`. The system frees the lock when its holder dies, so the lock file
/// itself may stay.
fn lock(target: &Path, artifact: &Artifact, progress: &mut dyn Progress) -> Result<File, StoreError> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let path = target.with_file_name(format!(".{name}.lock"));
    let failed = |what| {
        let path = path.clone();
        move |source| StoreError::Io { what, path, source }
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed("make the folder of"))?;
    }
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed("open"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            progress.waiting(&artifact.file);
            file.lock().map_err(failed("lock"))?;
        }
        Err(TryLockError::Error(err)) => return Err(failed("lock")(err)),
    }
    Ok(file)
}
