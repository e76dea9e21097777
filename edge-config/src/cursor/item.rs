use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;
use toml::value::Datetime;

use super::{Table, enter, found, without_indices};
use crate::document::Document;
use crate::duration;

/// Longest id.
const MAX_ID_LEN: usize = 64;

/// One value of the file and its place.
pub(crate) struct Item<'a> {
    pub(crate) document: &'a Document<'a>,
    path: String,
    /// Byte offset of the key, of the value in a list.
    key_at: usize,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Item<'a> {
    pub(super) fn new(
        document: &'a Document<'a>,
        path: String,
        key_at: usize,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Self {
        Self { document, path, key_at, value }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Records a problem with the value; always `None`.
    pub(crate) fn problem<T>(&self, message: impl Display) -> Option<T> {
        self.document.problem(self.value.span().start, &self.path, message);
        None
    }

    /// Records that the value is not what was expected, and shows it; always `None`.
    pub(crate) fn refuse<T>(&self, expected: impl Display) -> Option<T> {
        self.problem(format_args!("got {}, expected {expected}", found::found(self.value.get_ref())))
    }

    /// Records that the key does not belong here; always `None`.
    pub(crate) fn misplaced<T>(&self, message: impl Display) -> Option<T> {
        self.document.problem(self.key_at, &self.path, message);
        None
    }

    /// Any text, if it is one; records nothing.
    pub(crate) fn peek_text(&self) -> Option<&'a str> {
        self.value.get_ref().as_str()
    }

    /// Text with at least one character and no control characters.
    pub(crate) fn text(&self, expected: &str) -> Option<&'a str> {
        match self.peek_text() {
            Some(text) if !text.is_empty() && !text.contains(char::is_control) => Some(text),
            _ => self.refuse(expected),
        }
    }

    /// 1 to 64 characters that are safe in topics, file names and metrics.
    pub(crate) fn id(&self) -> Option<String> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        match self.peek_text() {
            Some(text) if (1..=MAX_ID_LEN).contains(&text.len()) && text.bytes().all(allowed) => {
                Some(text.to_owned())
            }
            _ => self.refuse("an id of 1 to 64 characters of a-z, 0-9 and -"),
        }
    }

    /// A path; a relative one starts in the folder of the file.
    pub(crate) fn file_path(&self) -> Option<PathBuf> {
        Some(self.document.base_dir.join(self.text("a path")?))
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self) -> Option<bool> {
        match self.value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.refuse("true or false"),
        }
    }

    /// A whole number in `range`; `note` follows the range in the message.
    pub(crate) fn whole(&self, range: RangeInclusive<u32>, note: &str) -> Option<u32> {
        let value = match self.value.get_ref() {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let (low, high) = (range.start(), range.end());
        match value {
            Some(value) if range.contains(&value) => Some(value),
            _ if *high == u32::MAX => self.refuse(format_args!("a whole number of at least {low}{note}")),
            _ => self.refuse(format_args!("a whole number from {low} to {high}{note}")),
        }
    }

    /// The same for a count of things in memory.
    pub(crate) fn count(&self, range: RangeInclusive<u16>) -> Option<usize> {
        self.whole(u32::from(*range.start())..=u32::from(*range.end()), "").map(|value| value as usize)
    }

    /// A number in `range`, with or without a fraction.
    pub(crate) fn number(&self, range: RangeInclusive<f64>) -> Option<f64> {
        let value = match self.value.get_ref() {
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            _ => None,
        };
        match value {
            Some(value) if range.contains(&value) => Some(value),
            _ => self.refuse(format_args!("a number from {} to {}", range.start(), range.end())),
        }
    }

    /// The same in single precision, for fractions and scores.
    pub(crate) fn fraction(&self, range: RangeInclusive<f64>) -> Option<f32> {
        self.number(range).map(|value| value as f32)
    }

    /// Text such as `"500ms"`, `"5s"`, `"2m"`.
    pub(crate) fn duration(&self, range: RangeInclusive<Duration>) -> Option<Duration> {
        match self.peek_text().and_then(duration::parse) {
            Some(value) if range.contains(&value) => Some(value),
            _ => {
                let (low, high) = (duration::text(*range.start()), duration::text(*range.end()));
                self.refuse(format_args!(
                    "a duration such as \"500ms\", \"5s\" or \"2m\", from {low} to {high}"
                ))
            }
        }
    }

    /// One word of a list.
    pub(crate) fn choice<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let chosen = self.peek_text().and_then(|text| words.iter().find(|(word, _)| *word == text));
        match chosen {
            Some((_, value)) => Some(*value),
            None => {
                let words: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
                self.refuse(words.join(" or "))
            }
        }
    }

    /// A TOML date and time, not in quotes.
    pub(crate) fn datetime(&self, expected: &str) -> Option<&'a Datetime> {
        match self.value.get_ref() {
            DeValue::Datetime(datetime) => Some(datetime),
            _ => self.refuse(expected),
        }
    }

    /// The values of a list.
    pub(crate) fn items(&self, expected: &str) -> Option<Vec<Item<'a>>> {
        let DeValue::Array(values) = self.value.get_ref() else { return self.refuse(expected) };
        let item = |(index, value): (usize, &'a Spanned<DeValue<'a>>)| {
            Item::new(self.document, format!("{}[{index}]", self.path), value.span().start, value)
        };
        Some(values.iter().enumerate().map(item).collect())
    }

    /// Exactly `N` values.
    pub(crate) fn exactly<const N: usize>(&self, expected: &str) -> Option<[Item<'a>; N]> {
        match self.items(expected)?.try_into() {
            Ok(items) => Some(items),
            Err(items) => self.problem(format_args!("got a list of {}, expected {expected}", items.len())),
        }
    }

    /// Whether the value is a table; records nothing.
    pub(crate) fn is_table(&self) -> bool {
        self.value.get_ref().is_table()
    }

    /// The values of a table whose keys are not for this program to name.
    pub(crate) fn entries(&self) -> Option<Vec<(&'a str, Item<'a>)>> {
        let DeValue::Table(values) = self.value.get_ref() else { return self.refuse("a table") };
        let entry = |(key, value): (&'a Spanned<_>, &'a Spanned<DeValue<'a>>)| {
            let name: &'a str = std::convert::AsRef::<str>::as_ref(key.get_ref());
            let item = Item::new(self.document, format!("{}.{name}", self.path), key.span().start, value);
            (name, item)
        };
        Some(values.iter().map(entry).collect())
    }

    /// Text, or a whole number as it is written.
    pub(crate) fn scalar(&self, expected: &str) -> Option<String> {
        match self.value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
            _ => self.text(expected).map(str::to_owned),
        }
    }

    /// The values of a `[[list]]`.
    pub(crate) fn tables(&self) -> Option<Vec<Item<'a>>> {
        let header = without_indices(&self.path);
        self.items(&format!("a list of tables: write `[[{header}]]` above each"))
    }

    /// What `read` makes of the table, after a look for unknown keys.
    pub(crate) fn table<T>(&self, read: impl FnOnce(&Table<'a>) -> Option<T>) -> Option<T> {
        match self.value.get_ref() {
            DeValue::Table(values) => enter(self, self.value, values, read),
            _ => self.refuse("a table"),
        }
    }
}
