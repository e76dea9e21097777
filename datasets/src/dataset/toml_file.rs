//! Text of a dataset file → its tables, each read on its own, so that a problem in one does not hide the next one's.

use std::path::Path;

use models::BadValue;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::truth::{Findings, Lines};

/// A dataset file while it is read.
pub(super) struct TomlFile<'a> {
    lines: Lines<'a>,
    pub(super) findings: Findings,
}

/// The table of one item, not yet read.
pub(super) struct ItemTable<'a> {
    pub(super) line: usize,
    span: std::ops::Range<usize>,
    /// Such as `clip[0]`.
    pub(super) path: String,
    values: DeTable<'a>,
}

impl<'a> TomlFile<'a> {
    /// The file and its root table; where the text is not TOML, the table is `None` and the problems are found.
    pub(super) fn parse(file: &Path, text: &'a str) -> (Self, Option<DeTable<'a>>) {
        let mut parsed = Self { lines: Lines::of(text), findings: Findings::new(file) };
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            parsed.syntax(error, 0, "");
        }
        (parsed, errors.is_empty().then(|| root.into_inner()))
    }

    /// Line of a value.
    pub(super) fn line<T>(&self, value: &Spanned<T>) -> usize {
        self.lines.at(value.span().start)
    }

    /// The value at `key` is not what is `expected`.
    pub(super) fn refuse<T: std::fmt::Debug>(&mut self, key: String, value: &Spanned<T>, expected: &str) {
        let line = self.line(value);
        self.findings.value(line, BadValue::new(key, value.get_ref(), expected));
    }

    /// Removes the list `key` from `root`: the tables of its items.
    pub(super) fn take_items(&mut self, root: &mut DeTable<'a>, key: &str) -> Vec<ItemTable<'a>> {
        let Some(list) = root.remove(key) else { return Vec::new() };
        let line = self.line(&list);
        let DeValue::Array(entries) = list.into_inner() else {
            self.findings.note(line, key, format!("`{key}` is no list, expected `[[{key}]]`"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (index, entry) in entries.into_iter().enumerate() {
            let (span, path) = (entry.span(), format!("{key}[{index}]"));
            let line = self.lines.at(span.start);
            match entry.into_inner() {
                DeValue::Table(values) => tables.push(ItemTable { line, span, path, values }),
                _ => self.findings.note(line, &path, format!("`{path}` is no table, expected `[[{key}]]`")),
            }
        }
        tables
    }

    /// Removes the keys of `values` that are not `known`, with a problem for each.
    pub(super) fn drop_unknown(&mut self, values: &mut DeTable<'a>, path: &str, known: &[&str]) {
        let unknown = values.keys().filter(|key| !known.contains(&key.get_ref().as_ref()));
        let dropped: Vec<(usize, String)> =
            unknown.map(|key| (key.span().start, key.get_ref().to_string())).collect();
        for (at, name) in dropped {
            values.remove(name.as_str());
            let near = models::nearest(known.iter().copied(), &name);
            let key = joined(path, &name);
            let message = format!("unknown key `{key}`, did you mean `{near}`?");
            self.findings.note(self.lines.at(at), key, message);
        }
    }

    /// The root table, without its lists of items.
    pub(super) fn root<T: DeserializeOwned>(&mut self, values: DeTable<'a>) -> Option<T> {
        self.table(values, 0..0, "")
    }

    /// The two halves of an item's table: the keys in `common`, and those in `own`.
    pub(super) fn halves<C: DeserializeOwned, O: DeserializeOwned>(
        &mut self,
        table: ItemTable<'a>,
        common: &[&str],
        own: &[&str],
    ) -> (Option<C>, Option<O>) {
        let ItemTable { span, path, mut values, .. } = table;
        self.drop_unknown(&mut values, &path, &[common, own].concat());
        let mut rest = DeTable::new();
        for key in own {
            if let Some((key, value)) = values.remove_entry(*key) {
                rest.insert(key, value);
            }
        }
        (self.table(values, span.clone(), &path), self.table(rest, span, &path))
    }

    fn table<T: DeserializeOwned>(
        &mut self,
        values: DeTable<'a>,
        span: std::ops::Range<usize>,
        path: &str,
    ) -> Option<T> {
        let at = span.start;
        let keys = values.iter().map(|(key, value)| (value.span(), joined(path, key.get_ref())));
        let keys: Vec<(std::ops::Range<usize>, String)> = keys.collect();
        let value = Spanned::new(span, DeValue::Table(values));
        let error = match T::deserialize(ValueDeserializer::from(value)) {
            Ok(table) => return Some(table),
            Err(error) => error,
        };
        let found = error.span().map_or(at, |span| span.start);
        let key = keys.into_iter().find(|(value, _)| value.contains(&found));
        self.syntax(&error, at, key.as_ref().map_or(path, |(_, key)| key));
        None
    }

    /// Passes on what the TOML reader says of the value at `key`, or of the text as a whole.
    fn syntax(&mut self, error: &toml::de::Error, at: usize, key: &str) {
        let line = self.lines.at(error.span().map_or(at, |span| span.start));
        let message = error.message();
        let message = if key.is_empty() { message.to_owned() } else { format!("`{key}`: {message}") };
        self.findings.note(line, key, message);
    }
}

/// `key` in the table at `path`.
pub(super) fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
