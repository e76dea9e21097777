//! What a provider builds from a model, kept in a folder of its own.
//!
//! Layout: `<cache>/<provider>/<model>-<surroundings>-<session>`, where `surroundings` is a hash of all that makes an
//! old build wrong (device, driver, libraries, the model's bytes) and `session` says for which input it was made.
//!
//! A build happens in `<folder>.building-<process>-<number>`, which is renamed when it has proved itself: a folder
//! without that ending is whole, whenever the power went.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use sha2::{Digest, Sha256};

use super::register::Options;
use super::{Provider, report};
use crate::{EngineError, Runtime, SessionSpec};

const BUILDING: &str = ".building-";
/// Hexadecimal digits of a hash in a folder's name: 64 bits.
const DIGITS: usize = 16;

/// The place of one build.
#[derive(Debug)]
pub(crate) struct Place {
    /// Of the provider.
    folder: PathBuf,
    model: String,
    surroundings: String,
    session: String,
}

/// A build that is not finished. Dropping it throws it away.
#[derive(Debug)]
pub(crate) struct Building {
    place: PathBuf,
    /// Where the provider writes.
    pub(crate) folder: PathBuf,
    kept: bool,
}

impl Place {
    /// Where `provider` keeps what it builds for `spec`, if it does and a cache is configured.
    pub(crate) fn of(
        runtime: &Runtime,
        spec: &SessionSpec,
        provider: Provider,
        options: &Options,
    ) -> Result<Option<Self>, EngineError> {
        let Some(cache) = spec.provider.cache.as_ref().filter(|_| provider.caches()) else { return Ok(None) };
        let model = fs::read(&spec.model).map_err(|source| EngineError::ModelUnreadable {
            session: spec.name.clone(),
            path: spec.model.clone(),
            source: source.into(),
        })?;
        let mut known = vec![runtime.version().to_owned(), hex(&Sha256::digest(&model))];
        let devices = report::devices(runtime, provider);
        if devices.is_empty() {
            // A build for one device must not be found on another.
            tracing::warn!(session = spec.name, %provider, "device is not known: nothing that is built is kept");
            return Ok(None);
        }
        known.extend(devices);
        Ok(Some(Self::at(&cache.join(provider.name()), spec, &known, options)))
    }

    fn at(folder: &Path, spec: &SessionSpec, surroundings: &[String], options: &Options) -> Self {
        let name = spec.model.file_stem().unwrap_or_default().to_string_lossy();
        let plain = |c: char| if c.is_ascii_alphanumeric() || "._".contains(c) { c } else { '-' };
        let mut session = format!("{}-b{}-{}", spec.input.size, spec.batch.max, spec.provider.precision);
        if !options.is_empty() {
            let lines = options.iter().map(|(name, value)| format!("{name}={value}\n"));
            _ = write!(session, "-{}", &digest(lines)[..8]);
        }
        Self {
            folder: folder.to_owned(),
            model: name.chars().map(plain).collect(),
            surroundings: digest(surroundings.iter().map(|line| format!("{line}\n"))),
            session,
        }
    }

    /// The folder of a finished build.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join(format!("{}-{}-{}", self.model, self.surroundings, self.session))
    }

    /// Whether a finished build is there.
    pub(crate) fn is_ready(&self) -> bool {
        self.path().is_dir()
    }

    /// Removes what was built for this model in other surroundings, and makes room for a build.
    pub(crate) fn begin(&self) -> Result<Building, EngineError> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let place = self.path();
        let mut folder = place.clone().into_os_string();
        folder.push(format!("{BUILDING}{}-{number}", std::process::id()));
        let folder = PathBuf::from(folder);
        self.clear_stale()
            .and_then(|()| fs::create_dir_all(&folder))
            .map_err(|source| unusable(&folder, source))?;
        Ok(Building { place, folder, kept: false })
    }

    fn clear_stale(&self) -> io::Result<()> {
        let entries = match self.folder.read_dir() {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_str().is_some_and(|name| self.is_stale(name)) {
                tracing::info!(folder = %entry.path().display(), "removing what was built for other surroundings");
                match fs::remove_dir_all(entry.path()) {
                    // Somebody else removed it first.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    result => result?,
                }
            }
        }
        Ok(())
    }

    fn is_stale(&self, name: &str) -> bool {
        if let Some((_, process)) = name.split_once(BUILDING)
            && let Some((process, _)) = process.split_once('-')
        {
            return self.surroundings_in(name).is_some() && !Path::new("/proc").join(process).exists();
        }
        self.surroundings_in(name).is_some_and(|other| other != self.surroundings)
    }

    /// The hash of the surroundings in the name of a folder of this model.
    fn surroundings_in<'a>(&self, name: &'a str) -> Option<&'a str> {
        let rest = name.strip_prefix(&self.model)?.strip_prefix('-')?;
        let (hash, _) = rest.split_once('-')?;
        (hash.len() == DIGITS && hash.bytes().all(|b| b.is_ascii_hexdigit())).then_some(hash)
    }
}

impl Building {
    /// The build is right: from now on it is found.
    pub(crate) fn keep(mut self) -> Result<(), EngineError> {
        match fs::rename(&self.folder, &self.place) {
            Ok(()) => self.kept = true,
            // Somebody else built the same in the meantime.
            Err(_) if self.place.is_dir() => {}
            Err(source) => return Err(unusable(&self.place, source)),
        }
        Ok(())
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = fs::remove_dir_all(&self.folder)
        {
            tracing::warn!(folder = %self.folder.display(), %error, "could not remove an unfinished build");
        }
    }
}

fn unusable(folder: &Path, source: io::Error) -> EngineError {
    EngineError::CacheUnusable { folder: folder.to_owned(), source }
}

fn digest(lines: impl Iterator<Item = String>) -> String {
    let mut hash = Sha256::new();
    lines.for_each(|line| hash.update(line));
    hex(&hash.finalize())[..DIGITS].to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
