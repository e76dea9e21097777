//! One configured list: the file that may change at any time, and the version in force.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Kind, ListError, MAX_FILE_BYTES, Opened, PublicKey, open};

/// A list by its name.
pub(super) struct Shelf {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Where new versions come in.
    file: PathBuf,
    /// The version in force, for the next start.
    kept: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    in_force: Option<Arc<Opened>>,
    /// Of the file that was looked at last.
    seen: Option<Stamp>,
    /// Why that file was not taken.
    fault: Option<String>,
    refused: u64,
    /// Expiry was told in the log.
    expiry_told: bool,
}

/// What tells a file from another one in its place without reading it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// What servers tell of a list.
pub(super) struct ShelfReport {
    pub(super) in_force: Option<Arc<Opened>>,
    pub(super) fault: Option<String>,
    pub(super) refused: u64,
}

impl Shelf {
    pub(super) fn new(name: &str, kind: Kind, file: &Path, kept: PathBuf) -> Self {
        Self { name: name.to_owned(), kind, file: file.to_owned(), kept, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The version in force.
    pub(super) fn in_force(&self) -> Option<Arc<Opened>> {
        self.state().in_force.clone()
    }

    pub(super) fn report(&self) -> ShelfReport {
        let state = self.state();
        ShelfReport { in_force: state.in_force.clone(), fault: state.fault.clone(), refused: state.refused }
    }

    /// Brings back the version that was in force when the box ran last.
    pub(super) fn recall(&self, keys: &[PublicKey]) {
        let bytes = match read(&self.kept) {
            Ok(bytes) => bytes,
            Err(ListError::Unreadable { source, .. }) if source.kind() == io::ErrorKind::NotFound => return,
            Err(error) => return self.tell("the kept version of a list was not taken", &error),
        };
        match open(&bytes, keys).and_then(|opened| self.is_ours(opened)) {
            Ok(opened) => self.state().in_force = Some(Arc::new(opened)),
            Err(error) => self.tell("the kept version of a list was not taken", &error),
        }
    }

    /// Looks at the file, and takes it where it is another one than last time and good.
    pub(super) fn refresh(&self, keys: &[PublicKey], unix_s: i64) {
        let stamp = Stamp::of(&self.file).ok();
        let known = self.state().seen;
        if known.is_none() || stamp != known {
            let outcome = self.take(keys);
            let mut state = self.state();
            // What the disk refused may go next time.
            let is_disks = matches!(outcome, Err(ListError::Unreadable { .. } | ListError::NotKept { .. }));
            state.seen = stamp.filter(|_| !is_disks);
            match outcome {
                Ok(None) => state.fault = None,
                Ok(Some(opened)) => {
                    tracing::info!(
                        list = self.name,
                        version = opened.header.version,
                        entries = opened.list.entries().len(),
                        "list is in force"
                    );
                    state.fault = None;
                    state.expiry_told = false;
                    state.in_force = Some(opened);
                }
                Err(error) => {
                    let fault = told(&error);
                    // A file that is not there is said once.
                    if state.fault.as_ref() != Some(&fault) {
                        state.refused += 1;
                        let held = state.in_force.as_ref().map(|opened| opened.header.version);
                        tracing::error!(list = self.name, fault, held, "list was not taken");
                    }
                    state.fault = Some(fault);
                }
            }
        }
        let mut state = self.state();
        let expired = state.in_force.as_ref().is_some_and(|opened| opened.header.is_expired(unix_s));
        if expired && !state.expiry_told {
            tracing::warn!(list = self.name, "list has expired");
        }
        state.expiry_told = expired;
    }

    /// The file as a newer version, kept; `None` where it is the one in force.
    fn take(&self, keys: &[PublicKey]) -> Result<Option<Arc<Opened>>, ListError> {
        let bytes = read(&self.file)?;
        let opened = open(&bytes, keys).and_then(|opened| self.is_ours(opened))?;
        if let Some(held) = self.in_force() {
            let (version, held_version) = (opened.header.version, held.header.version);
            if version < held_version {
                return Err(ListError::Older { version, held: held_version });
            }
            if version == held_version {
                let is_same = (&opened.header, &opened.sha256) == (&held.header, &held.sha256);
                return if is_same { Ok(None) } else { Err(ListError::SameVersion { version }) };
            }
        }
        // Kept first: what was in force once has to be known after a restart, or an older version could come back.
        keep(&self.kept, &bytes).map_err(|source| ListError::NotKept { path: self.kept.clone(), source })?;
        Ok(Some(Arc::new(opened)))
    }

    /// A good signature does not make it this list.
    fn is_ours(&self, opened: Opened) -> Result<Opened, ListError> {
        let (name, kind) = (&opened.header.name, opened.header.kind);
        if (name, kind) == (&self.name, self.kind) {
            return Ok(opened);
        }
        Err(ListError::OtherList {
            name: name.clone(),
            kind,
            expected: self.name.clone(),
            expected_kind: self.kind,
        })
    }

    fn tell(&self, what: &str, error: &ListError) {
        let fault = told(error);
        tracing::error!(list = self.name, fault, "{what}");
        let mut state = self.state();
        state.refused += 1;
        state.fault = Some(fault);
    }
}

/// The error with its causes, on one line.
fn told(error: &ListError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text += &format!(": {next}");
        cause = next.source();
    }
    text
}

impl Stamp {
    fn of(file: &Path) -> io::Result<Self> {
        let known = fs::metadata(file)?;
        Ok(Self {
            inode: known.ino(),
            bytes: known.len(),
            modified: (known.mtime(), known.mtime_nsec()),
            changed: (known.ctime(), known.ctime_nsec()),
        })
    }
}

/// The bytes of a file that may be a list.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, ListError> {
    let unreadable = |source| ListError::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if MAX_FILE_BYTES < bytes.len() as u64 {
        return Err(ListError::TooLarge { limit: MAX_FILE_BYTES });
    }
    Ok(bytes)
}

/// The file is whole under its name or not there, and survives a power cut.
fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let temporary = path.with_extension("tmp");
    // Plates are personal data.
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    fs::rename(&temporary, path)?;
    File::open(folder)?.sync_all()
}
