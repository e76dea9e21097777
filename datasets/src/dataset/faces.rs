use std::collections::BTreeMap;
use std::path::Path;

use models::BadValue;

use super::checks::{self, Known};
use super::read::Context;
use super::sums::Sums;
use super::toml_file::{TomlFile, joined};
use super::written::FacesToml;
use super::{FilePin, ItemError};
use crate::truth::pairs::FacePair;
use crate::truth::{Findings, decode, pairs};

/// Pictures of faces, and which of them are compared.
#[derive(Clone, Debug)]
pub struct FaceSet {
    /// Each picture once, by path. With `all_pairs` every picture of the folder, else those in pairs.
    pub faces: Vec<FaceFile>,
    /// In the order of the list.
    pub pairs: Vec<Pair>,
    /// Whether every picture may be compared with every other, their identities being known.
    pub all_pairs: bool,
}

/// A picture of a face.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaceFile {
    /// The picture.
    pub file: FilePin,
    /// Its path below the set's folder, as in the list.
    pub name: String,
    /// Whose it is: two pictures of one person have the same number. Where only the pairs tell, pictures that no pair
    /// calls the same are taken for different persons.
    pub identity: u32,
}

/// Two pictures that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Index in [`FaceSet::faces`].
    pub a: usize,
    /// Index in [`FaceSet::faces`].
    pub b: usize,
    /// Whether they show one person.
    pub same: bool,
    /// Fold of a cross-validation.
    pub fold: Option<u8>,
}

pub(super) const KEYS: [&str; 4] = ["pairs", "folder", "sums", "all-pairs"];

/// A face set's table, checked.
pub(super) struct Plan {
    pairs: FilePin,
    folder: String,
    sums: FilePin,
    all_pairs: bool,
}

impl Plan {
    pub(super) fn check(
        file: &mut TomlFile<'_>,
        path: &str,
        written: &FacesToml,
        _: &Known<'_>,
    ) -> Option<Self> {
        let pairs = checks::pin_table(file, joined(path, "pairs"), &written.pairs);
        let folder = checks::relative(file, joined(path, "folder"), &written.folder);
        let sums = checks::pin_table(file, joined(path, "sums"), &written.sums);
        Some(Self { pairs: pairs?, folder: folder?, sums: sums?, all_pairs: written.all_pairs })
    }

    pub(super) fn read(&self, context: &Context<'_>) -> Result<FaceSet, ItemError> {
        let (path, bytes) = context.media.read(&self.pairs)?;
        let pairs = pairs::read(&path, decode(&path, &bytes)?)?;
        let sums = Sums::read(&self.sums, context.media)?;
        let mut files = self.files(&path, &pairs, &sums)?;
        if self.all_pairs {
            let below =
                sums.below(&self.folder).map(|pin| (pin.file[self.folder.len() + 1..].to_owned(), pin));
            files.extend(below);
        }
        let index: BTreeMap<&str, usize> =
            files.keys().enumerate().map(|(index, name)| (name.as_str(), index)).collect();
        let indexed = |pair: &FacePair| Pair {
            a: index[pair.a.as_str()],
            b: index[pair.b.as_str()],
            same: pair.same,
            fold: pair.fold,
        };
        let indexed: Vec<Pair> = pairs.iter().map(indexed).collect();
        let mut findings = Findings::new(&path);
        let identities = if self.all_pairs {
            by_folder(files.keys(), &mut findings)
        } else {
            by_pairs(files.len(), &indexed)
        };
        findings.finish(())?;
        let mut findings = Findings::new(&path);
        for (pair, indexed) in pairs.iter().zip(&indexed) {
            if (identities[indexed.a] == identities[indexed.b]) != pair.same {
                let found = if pair.same { 1 } else { 0 };
                let said = if self.all_pairs { "folders" } else { "other pairs" };
                let expected = format!("{}, by the {said} of \"{}\" and \"{}\"", 1 - found, pair.a, pair.b);
                findings.value(pair.line, BadValue::new("same", found, expected));
            }
        }
        findings.finish(())?;
        let named = files.into_iter().zip(identities);
        let faces = named.map(|((name, file), identity)| FaceFile { file, name, identity }).collect();
        Ok(FaceSet { faces, pairs: indexed, all_pairs: self.all_pairs })
    }

    /// The pictures in pairs, by their names in the list.
    fn files(
        &self,
        path: &Path,
        pairs: &[FacePair],
        sums: &Sums,
    ) -> Result<BTreeMap<String, FilePin>, ItemError> {
        let mut findings = Findings::new(path);
        let mut files = BTreeMap::new();
        for pair in pairs {
            for (column, name) in [("file_a", &pair.a), ("file_b", &pair.b)] {
                match sums.pin(format!("{}/{name}", self.folder)) {
                    Ok(pin) => {
                        files.insert(name.clone(), pin);
                    }
                    Err(expected) => findings.value(pair.line, BadValue::new(column, name, expected)),
                }
            }
        }
        if pairs.is_empty() && !self.all_pairs {
            findings.note(1, "", "no pair, expected at least one");
        }
        Ok(findings.finish(files)?)
    }
}

/// Numbers of the pictures' folders, in their order.
fn by_folder<'a>(names: impl Iterator<Item = &'a String>, findings: &mut Findings) -> Vec<u32> {
    let mut folders: BTreeMap<&str, u32> = BTreeMap::new();
    let mut identities = Vec::new();
    for name in names {
        let Some((folder, _)) = name.rsplit_once('/') else {
            let message = format!("\"{name}\" is in no folder, expected one per person for `all-pairs`");
            findings.note(1, "", message);
            identities.push(u32::MAX);
            continue;
        };
        let next = folders.len() as u32;
        identities.push(*folders.entry(folder).or_insert(next));
    }
    identities
}

/// Numbers of the groups that pairs of one person join `count` pictures to.
fn by_pairs(count: usize, pairs: &[Pair]) -> Vec<u32> {
    let mut parent: Vec<usize> = (0..count).collect();
    let root = |parent: &[usize], mut at: usize| {
        while parent[at] != at {
            at = parent[at];
        }
        at
    };
    for pair in pairs.iter().filter(|pair| pair.same) {
        let (a, b) = (root(&parent, pair.a), root(&parent, pair.b));
        parent[a.max(b)] = a.min(b);
    }
    let mut numbers: BTreeMap<usize, u32> = BTreeMap::new();
    (0..count)
        .map(|at| {
            let next = numbers.len() as u32;
            *numbers.entry(root(&parent, at)).or_insert(next)
        })
        .collect()
}
