use std::collections::BTreeMap;

use models::artifact::Sha256;

use super::{FilePin, ItemError, Media};
use crate::truth::{decode, sums};

/// A `SHA256SUMS` file: the hash of each picture of a set.
pub(super) struct Sums {
    /// As the dataset names it.
    file: String,
    /// By path below the same root as the file itself.
    digests: BTreeMap<String, Sha256>,
}

impl Sums {
    pub(super) fn read(pin: &FilePin, media: &Media) -> Result<Self, ItemError> {
        let (path, bytes) = media.read(pin)?;
        let written = sums::read(&path, decode(&path, &bytes)?)?;
        let folder = pin.file.rsplit_once('/').map(|(folder, _)| folder);
        let below = |file: String| match folder {
            Some(folder) => format!("{folder}/{file}"),
            None => file,
        };
        let digests = written.into_iter().map(|(file, digest)| (below(file), digest)).collect();
        Ok(Self { file: pin.file.clone(), digests })
    }

    /// The picture `file`, if its hash is known; what was expected otherwise.
    pub(super) fn pin(&self, file: String) -> Result<FilePin, String> {
        match self.digests.get(&file) {
            Some(sha256) => Ok(FilePin { file, sha256: *sha256 }),
            None => Err(format!("a picture in `{}`, which does not list \"{file}\"", self.file)),
        }
    }

    /// Every listed file below `folder`, by path.
    pub(super) fn below(&self, folder: &str) -> impl Iterator<Item = FilePin> {
        let prefix = format!("{folder}/");
        let listed = self.digests.iter().filter(move |(file, _)| file.starts_with(&prefix));
        listed.map(|(file, sha256)| FilePin { file: file.clone(), sha256: *sha256 })
    }
}
