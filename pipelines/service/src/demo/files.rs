//! The files that a demo needs, pulled where they are not held yet.

use std::path::{Path, PathBuf};

use models::artifact::{Artifact, Origin, Patience, Progress, PublicHost, Store, pull};
use models::home::{FOOTAGE, Home, MODELS};

/// Where files are kept, and where they may come from.
pub(crate) struct Files {
    home: Home,
    mirror: Option<PathBuf>,
    host: PublicHost,
}

impl Files {
    /// `mirror` is the folder that the caller named; else the one that the environment names.
    pub(crate) fn new(mirror: Option<&Path>) -> anyhow::Result<Self> {
        let from_environment =
            || std::env::var_os("CAIRN_MIRROR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
        Ok(Self {
            home: models::home::default_store()?,
            mirror: mirror.map(Path::to_owned).or_else(from_environment),
            host: PublicHost::github(Patience::default()),
        })
    }

    /// The file of model `id`, checked.
    pub(crate) fn model(&self, id: &str) -> anyhow::Result<PathBuf> {
        let cards = models::builtin_cards()?;
        self.take(&models::find(&cards, id)?.artifact, &self.home.models(), MODELS)
    }

    /// The clip of footage `id`, checked.
    pub(crate) fn clip(&self, id: &str) -> anyhow::Result<PathBuf> {
        let footage = datasets::builtin_footage()?;
        self.take(datasets::find(&footage, id)?.clip(), &self.home.footage(), FOOTAGE)
    }

    fn take(&self, artifact: &Artifact, store: &Store, kind: &str) -> anyhow::Result<PathBuf> {
        let mirror = self.mirror.as_ref().map(|mirror| mirror.join(kind));
        Ok(pull(artifact, store, mirror.as_deref(), Some(&self.host), &mut Lines)?.path)
    }
}

/// A line per transfer.
struct Lines;

impl Progress for Lines {
    fn waiting(&mut self, file: &str) {
        println!("waiting for another process that fetches {file}");
    }

    fn begin(&mut self, file: &str, from: Origin, bytes: u64) {
        let from = match from {
            Origin::AlreadyHeld => "the store",
            Origin::Mirror => "the mirror",
            Origin::Public => "its public source",
            Origin::Derived => return println!("making {file}, {bytes} bytes"),
        };
        println!("fetching {file}, {bytes} bytes, from {from}");
    }

    fn advance(&mut self, _done: u64) {}
}
