//! The numbers of a document by their paths, computed where they are asked for.

use std::collections::BTreeMap;

use super::ScorePath;
use super::path::{Group, numbers};
use crate::report::Document;

/// A document's numbers.
pub(super) struct Figures<'a> {
    document: &'a Document,
    groups: BTreeMap<Group, BTreeMap<String, f64>>,
}

impl<'a> Figures<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self { document, groups: BTreeMap::new() }
    }

    /// The number at `path`; `None` where the document has none.
    pub(super) fn get(&mut self, path: &ScorePath) -> Option<f64> {
        let group = path.group();
        if !self.groups.contains_key(group) {
            self.groups.insert(group.clone(), of_group(self.document, group));
        }
        self.groups.get(group)?.get(path.score()).copied()
    }

    /// Why there is none, as far as it can be told: a name that the document does not know.
    pub(super) fn why_absent(&self, path: &ScorePath) -> Option<String> {
        let (what, name) = path.group().name()?;
        let known = path.group().known(self.document);
        if known.iter().any(|known| known == name) {
            return None;
        }
        let nearest = models::nearest(known.iter().map(String::as_str), name);
        let hint = if nearest.is_empty() { String::new() } else { format!(", nearest is `{nearest}`") };
        Some(format!("no {what} `{name}`{hint}"))
    }
}

fn of_group(document: &Document, group: &Group) -> BTreeMap<String, f64> {
    let value = match group.selection(document) {
        Some(selection) => serde_json::to_value(document.scores(selection)),
        None if *group == Group::Speed => serde_json::to_value(&document.speed),
        None => return BTreeMap::new(),
    };
    let mut found = Vec::new();
    // Scores are plain numbers, text and maps of them: they can always be written.
    numbers(&value.unwrap_or_default(), "", false, &mut found);
    found.into_iter().collect()
}
