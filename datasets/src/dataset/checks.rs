//! Values that several tables have, checked: each `None` has a problem recorded.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::FilePin;
use super::toml_file::{TomlFile, joined};
use super::written::PinToml;

/// What an item is checked against.
pub(super) struct Known<'a> {
    pub(super) groups: &'a BTreeMap<String, Vec<String>>,
    /// Whether the dataset names a configuration.
    pub(super) config: bool,
}

/// Lower-case letters, digits and `-`.
pub(super) fn id(file: &mut TomlFile<'_>, key: String, value: &Spanned<String>) -> Option<String> {
    let text = value.get_ref();
    let holds =
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !holds {
        file.refuse(key, value, "lower-case letters, digits and `-`");
    }
    holds.then(|| text.clone())
}

/// Anything but blanks.
pub(super) fn some_text(file: &mut TomlFile<'_>, key: String, value: &Spanned<String>) -> Option<String> {
    let holds = !value.get_ref().trim().is_empty();
    if !holds {
        file.refuse(key, value, "some text");
    }
    holds.then(|| value.get_ref().clone())
}

/// Texts that are not blank, none of them twice.
pub(super) fn names(file: &mut TomlFile<'_>, key: &str, values: &[Spanned<String>]) -> Option<Vec<String>> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut good = true;
    for (index, value) in values.iter().enumerate() {
        let key = format!("{key}[{index}]");
        if !seen.insert(value.get_ref()) {
            file.refuse(key, value, "each name once");
            good = false;
        } else if some_text(file, key, value).is_none() {
            good = false;
        }
    }
    good.then(|| values.iter().map(|value| value.get_ref().clone()).collect())
}

/// Names of groups of the dataset that share no class.
pub(super) fn groups(
    file: &mut TomlFile<'_>,
    key: &str,
    values: &[Spanned<String>],
    known: &Known<'_>,
) -> Option<Vec<String>> {
    let chosen = names(file, key, values)?;
    let mut good = true;
    let mut classes: BTreeMap<&str, &str> = BTreeMap::new();
    for (index, value) in values.iter().enumerate() {
        let key = format!("{key}[{index}]");
        let Some(members) = known.groups.get(value.get_ref()) else {
            let names: Vec<&str> = known.groups.keys().map(String::as_str).collect();
            file.refuse(key, value, &format!("a group of `[groups]`, one of {names:?}"));
            good = false;
            continue;
        };
        for class in members {
            if let Some(other) = classes.insert(class, value.get_ref()) {
                let expected = format!("a group without the class \"{class}\" of group \"{other}\"");
                file.refuse(key.clone(), value, &expected);
                good = false;
            }
        }
    }
    good.then_some(chosen)
}

/// A file and its hash, from the keys `file` and `sha256` of the table at `path`.
pub(super) fn pin(
    file: &mut TomlFile<'_>,
    path: &str,
    name: &Spanned<String>,
    sha256: &Spanned<String>,
) -> Option<FilePin> {
    let name = relative(file, joined(path, "file"), name);
    let digest = sha256.get_ref().parse().ok();
    if digest.is_none() {
        file.refuse(joined(path, "sha256"), sha256, "64 lower-case hexadecimal digits");
    }
    Some(FilePin { file: name?, sha256: digest? })
}

/// As [`pin`], for a table of its own.
pub(super) fn pin_table(file: &mut TomlFile<'_>, path: String, written: &PinToml) -> Option<FilePin> {
    pin(file, &path, &written.file, &written.sha256)
}

/// A path that stays below the folder it is joined to.
pub(super) fn relative(file: &mut TomlFile<'_>, key: String, value: &Spanned<String>) -> Option<String> {
    let holds = is_below(value.get_ref());
    if !holds {
        file.refuse(key, value, "a relative path with `/` between its parts and without `..`");
    }
    holds.then(|| value.get_ref().clone())
}

/// Whether `path` stays below the folder it is joined to.
pub(super) fn is_below(path: &str) -> bool {
    let is_plain = |c: char| c != '\\' && !c.is_control();
    path.chars().all(is_plain) && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}
