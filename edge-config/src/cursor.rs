//! Typed access to a parsed file that records what is wrong and goes on.
//!
//! Each method that gives an `Option` has recorded a problem where it gives `None`. Ask a table for *all* its keys
//! before giving up on one of them: [`Table::finish`] takes a key that nobody asked for as unknown.

mod found;
mod item;
mod suggest;

use std::cell::RefCell;
use std::fmt::Display;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::document::Document;

pub(crate) use item::Item;
pub(crate) use suggest::did_you_mean;

/// One table of the file.
pub(crate) struct Table<'a> {
    pub(crate) document: &'a Document<'a>,
    /// Path of the table; empty at the root.
    path: String,
    /// Byte offset of its header.
    at: usize,
    values: &'a DeTable<'a>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Table<'a> {
    pub(crate) fn root(document: &'a Document<'a>, values: &'a DeTable<'a>) -> Self {
        Self { document, path: String::new(), at: 0, values, asked: RefCell::default() }
    }

    /// Path of `key` in this table.
    pub(crate) fn path_of(&self, key: &str) -> String {
        let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let key = if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { format!("{key:?}") };
        if self.path.is_empty() { key } else { format!("{}.{key}", self.path) }
    }

    /// Path of this table.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Records a problem of the table as a whole, or of the lack of `key` in it.
    pub(crate) fn problem(&self, key: Option<&str>, message: impl Display) {
        let path = key.map_or_else(|| self.path.clone(), |key| self.path_of(key));
        self.document.problem(self.at, &path, message);
    }

    /// Whether the operator wrote `key`; does not count as asking for it.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// The value of a key that may be absent.
    pub(crate) fn get(&self, key: &'static str) -> Option<Item<'a>> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        self.document.note_asked(without_indices(&self.path_of(key)));
        let (written, value) = self.values.get_key_value(key)?;
        Some(Item::new(self.document, self.path_of(key), written.span().start, value))
    }

    /// What `read` makes of a key that must be there; `expected` says in words what belongs there.
    pub(crate) fn need<T>(
        &self,
        key: &'static str,
        expected: &str,
        read: impl FnOnce(&Item<'a>) -> Option<T>,
    ) -> Option<T> {
        match self.get(key) {
            Some(item) => read(&item),
            None => {
                self.problem(Some(key), format_args!("missing, expected {expected}"));
                None
            }
        }
    }

    /// What `read` makes of a key, or `default` where it is absent.
    pub(crate) fn or<T>(
        &self,
        key: &'static str,
        default: T,
        read: impl FnOnce(&Item<'a>) -> Option<T>,
    ) -> Option<T> {
        self.get(key).map_or(Some(default), |item| read(&item))
    }

    /// What `read` makes of a key that may be absent.
    pub(crate) fn maybe<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&Item<'a>) -> Option<T>,
    ) -> Option<Option<T>> {
        self.get(key).map_or(Some(None), |item| read(&item).map(Some))
    }

    /// What `read` makes of each table of a `[[list]]`, `None` for one with problems. An absent list is empty; one
    /// that is no list gives `None`.
    pub(crate) fn each<T>(
        &self,
        key: &'static str,
        mut read: impl FnMut(&Table<'a>) -> Option<T>,
    ) -> Option<Vec<Option<T>>> {
        let Some(list) = self.get(key) else { return Some(Vec::new()) };
        Some(list.tables()?.iter().map(|item| item.table(&mut read)).collect())
    }

    /// Records every key that nobody asked for.
    pub(crate) fn finish(&self) {
        let asked = self.asked.borrow();
        for written in self.values.keys() {
            let key: &str = written.get_ref();
            if asked.contains(&key) {
                continue;
            }
            let advice = match did_you_mean(key, asked.iter().copied()) {
                Some(near) => format!(", did you mean `{near}`?"),
                None => format!(", expected one of `{}`", asked.join("`, `")),
            };
            self.document.problem(
                written.span().start,
                &self.path_of(key),
                format_args!("unknown key{advice}"),
            );
        }
    }
}

/// Records of each key that is there that it does not belong there; `None` if one is.
pub(crate) fn misplaced<const N: usize>(items: [Option<Item<'_>>; N], message: &str) -> Option<()> {
    let written: Vec<Item<'_>> = items.into_iter().flatten().collect();
    for item in &written {
        item.misplaced::<()>(message);
    }
    written.is_empty().then_some(())
}

/// What `read` makes of the table in `value`, after a look for unknown keys.
fn enter<'a, T>(
    item: &Item<'a>,
    value: &'a Spanned<DeValue<'a>>,
    values: &'a DeTable<'a>,
    read: impl FnOnce(&Table<'a>) -> Option<T>,
) -> Option<T> {
    let (document, path) = (item.document, item.path().to_owned());
    let table = Table { document, path, at: value.span().start, values, asked: RefCell::default() };
    let result = read(&table);
    table.finish();
    result
}

/// `camera[0].rule[1].id` → `camera.rule.id`
fn without_indices(path: &str) -> String {
    path.split('.').map(|part| part.split('[').next().unwrap_or(part)).collect::<Vec<_>>().join(".")
}
