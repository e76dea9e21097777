//! Pictures and clips on disk, named by the SHA-256 of their content.
//!
//! `evidence/ab/abcd…`: a file appears under its name only when all of it is durable, so whatever carries a name is
//! whole. Half-written files live in `evidence/tmp` and are removed at the next open.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use crate::error::DeliveryError;

/// Tells apart the temporary files of all stores of this process.
static NEXT_TEMPORARY: AtomicU64 = AtomicU64::new(0);

/// Folder of evidence; calls from several threads do not disturb each other.
#[derive(Clone, Debug)]
pub struct EvidenceStore {
    root: PathBuf,
}

/// Where a piece of evidence is found again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// SHA-256 of the content, 64 lower-case hex digits.
    pub sha256: String,
    /// Size of the content.
    pub bytes: u64,
}

impl EvidenceStore {
    /// Opens (or creates) `dir/evidence` and removes what an interrupted [`put`](Self::put) left behind.
    ///
    /// # Errors
    /// [`DeliveryError::File`].
    pub fn open(dir: &Path) -> Result<Self, DeliveryError> {
        let root = dir.join("evidence");
        let temporary = root.join("tmp");
        fs::create_dir_all(&temporary).map_err(DeliveryError::file("create", &temporary))?;
        let torn = fs::read_dir(&temporary).map_err(DeliveryError::file("list", &temporary))?;
        for file in torn {
            let path = file.map_err(DeliveryError::file("list", &temporary))?.path();
            fs::remove_file(&path).map_err(DeliveryError::file("remove", &path))?;
        }
        sync_dir(dir)?;
        sync_dir(&root)?;
        Ok(Self { root })
    }

    /// The store in `dir` that another process keeps: for reading beside it. Nothing is created or removed.
    pub fn attach(dir: &Path) -> Self {
        Self { root: dir.join("evidence") }
    }

    /// Stores `bytes`; durable when it returns. Storing the same content again changes nothing.
    ///
    /// Blocks for some milliseconds of disk time.
    ///
    /// # Errors
    /// [`DeliveryError::File`]; nothing appears under the name then.
    pub fn put(&self, bytes: &[u8]) -> Result<Stored, DeliveryError> {
        let sha256 = hex_sha256(bytes);
        let stored = Stored { bytes: bytes.len() as u64, sha256 };
        let path = self.path(&stored.sha256)?;
        let shard = self.shard(&stored.sha256);
        if !shard.is_dir() {
            fs::create_dir_all(&shard).map_err(DeliveryError::file("create", &shard))?;
            sync_dir(&self.root)?;
        }
        let whole = fs::metadata(&path).is_ok_and(|held| held.len() == stored.bytes);
        if !whole {
            self.write(bytes, &path)?;
        }
        // Also when the file was there: its name may not be durable yet.
        sync_dir(&shard)?;
        Ok(stored)
    }

    /// Where the content with this hash is, or would be.
    ///
    /// # Errors
    /// [`DeliveryError::Name`] when `sha256` is not 64 lower-case hex digits.
    pub fn path(&self, sha256: &str) -> Result<PathBuf, DeliveryError> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if sha256.len() != 64 || !sha256.bytes().all(is_hex) {
            return Err(DeliveryError::Name {
                what: "SHA-256",
                value: sha256.chars().take(64).collect(),
                expected: "64 lower-case hex digits",
            });
        }
        Ok(self.shard(sha256).join(sha256))
    }

    /// The content with this hash; `None` when it is not held.
    ///
    /// # Errors
    /// [`DeliveryError::Name`], [`DeliveryError::File`], or [`DeliveryError::EvidenceDamaged`] when the file's
    /// content is not what its name promises.
    pub fn get(&self, sha256: &str) -> Result<Option<Vec<u8>>, DeliveryError> {
        let path = self.path(sha256)?;
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(DeliveryError::File { action: "read", path, source }),
        };
        let found = hex_sha256(&bytes);
        if found != sha256 {
            return Err(DeliveryError::EvidenceDamaged { path, found });
        }
        Ok(Some(bytes))
    }

    fn shard(&self, sha256: &str) -> PathBuf {
        self.root.join(&sha256[..2])
    }

    fn write(&self, bytes: &[u8], path: &Path) -> Result<(), DeliveryError> {
        let number = NEXT_TEMPORARY.fetch_add(1, Ordering::Relaxed);
        let temporary = self.root.join("tmp").join(format!("{}-{number}", process::id()));
        let written = write_durably(&temporary, bytes)
            .and_then(|()| fs::rename(&temporary, path).map_err(DeliveryError::file("name", path)));
        if written.is_err() {
            // Best effort: what stays is removed at the next open.
            fs::remove_file(&temporary).ok();
        }
        written
    }
}

fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), DeliveryError> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(DeliveryError::file("create", path))?;
    file.write_all(bytes).map_err(DeliveryError::file("write", path))?;
    file.sync_data().map_err(DeliveryError::file("sync", path))
}

/// Makes the names in `dir` durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), DeliveryError> {
    File::open(dir).and_then(|folder| folder.sync_all()).map_err(DeliveryError::file("sync", dir))
}

fn hex_sha256(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a `String` cannot fail.
        write!(text, "{byte:02x}").ok();
    }
    text
}
