//! The file format: a header that is signed, and the table that the header names by its hash.
//!
//! ```text
//! cairn-plate-list 1
//! name: stolen
//! kind: watch
//! version: 12
//! issued: 2026-11-22T03:00:00Z
//! expires: 2026-12-22T03:00:00Z
//! utc-offset: +07:00
//! sha256: (of everything below the blank line)
//! key: (id of the key)
//! signature: (Ed25519 over every line above, their line breaks included)
//!
//! plate,country,note
//! 30A-123.45,VN,stolen in Hanoi
//! ```
//!
//! Every line is there once, in this order, and ends with a line feed: a header has one spelling. Nothing below it is
//! looked at before the signature is found good.

use std::fmt;

use plates::list::PlateList;
use sha2::{Digest as _, Sha256};

use super::{ListError, PublicKey, SecretKey, hex, moment, written};

/// A larger file is not read.
pub(crate) const MAX_FILE_BYTES: u64 = 64 << 20;

const MAGIC: &str = "cairn-plate-list 1";
/// Header lines are short; this bounds the search for their end.
const MAX_HEADER_BYTES: usize = 2048;
const MAX_NAME: usize = 64;

/// What a list is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// Somebody looks for these plates.
    Watch,
    /// Somebody lets these plates pass.
    Permit,
}

/// What a list says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// 1 to 64 characters of `[a-z0-9-]`.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Counts up; an older one never comes back.
    pub(crate) version: u64,
    pub(crate) issued_unix_s: i64,
    /// The first second in which it is out of date.
    pub(crate) expires_unix_s: i64,
    /// Of the place whose days the table means.
    pub(crate) utc_offset_min: i32,
}

/// A list whose signature is good.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) header: Header,
    /// Of the table, lower-case hex.
    pub(crate) sha256: String,
    pub(crate) key_id: String,
    pub(crate) list: PlateList,
}

/// A signed file of `csv`, which has to be a good table.
///
/// # Errors
/// [`ListError::Table`], [`ListError::Format`] for a name that no list may have.
pub(crate) fn sign(header: &Header, csv: &str, key: &SecretKey) -> Result<(String, PlateList), ListError> {
    check_name(&header.name).map_err(|problem| ListError::Format { line: 2, problem })?;
    let list = read_table(csv, header)?;
    let Header { name, kind, version, issued_unix_s, expires_unix_s, utc_offset_min } = header;
    let signed = format!(
        "{MAGIC}\nname: {name}\nkind: {kind}\nversion: {version}\nissued: {}\nexpires: {}\nutc-offset: {}\n\
         sha256: {}\nkey: {}\n",
        written(*issued_unix_s),
        written(*expires_unix_s),
        written_offset(*utc_offset_min),
        hex::digits(&Sha256::digest(csv.as_bytes())),
        key.public().id(),
    );
    let signature = key.sign(signed.as_bytes());
    Ok((format!("{signed}signature: {signature}\n\n{csv}"), list))
}

/// Reads a signed file, if one of `keys` has signed it.
///
/// # Errors
/// Any [`ListError`] but those of versions, names and files.
pub(crate) fn open(bytes: &[u8], keys: &[PublicKey]) -> Result<Opened, ListError> {
    let mut lines = HeaderLines { rest: &bytes[..bytes.len().min(MAX_HEADER_BYTES)], line: 0, read: 0 };
    let magic = lines.next_line()?;
    if magic != MAGIC {
        let problem = format!("got `{}`, expected `{MAGIC}`", shown(magic));
        return Err(ListError::Format { line: 1, problem });
    }
    let name = lines.field("name", "1 to 64 characters of a-z, 0-9 and -", |text| {
        check_name(text).is_ok().then(|| text.to_owned())
    })?;
    let kind = lines.field("kind", "`watch` or `permit`", Kind::parse)?;
    let version = lines.field("version", "a whole number from 1", |text| {
        text.parse().ok().filter(|version: &u64| 0 < *version && version.to_string() == text)
    })?;
    let expected = "a time such as `2026-12-31T11:00:00Z`";
    let time = |text: &str| moment(text).filter(|&time| written(time) == text);
    let issued_unix_s = lines.field("issued", expected, time)?;
    let expires_unix_s = lines.field("expires", expected, time)?;
    let utc_offset_min = lines.field("utc-offset", "an offset such as `+07:00`", offset)?;
    let sha256 = lines.field("sha256", "64 hexadecimal digits", hex::bytes::<32>)?;
    let key_id = lines.field("key", "16 hexadecimal digits", hex::bytes::<8>)?;
    let signed = &bytes[..lines.read];
    let signature = lines.field("signature", "128 hexadecimal digits", hex::bytes::<64>)?;
    let line = lines.next_line()?;
    if !line.is_empty() {
        let problem = format!("got `{}`, expected a blank line before the table", shown(line));
        return Err(ListError::Format { line: lines.line, problem });
    }
    let (first_line, table) = (lines.line + 1, &bytes[lines.read..]);

    let key_id = hex::digits(&key_id);
    if !keys.iter().any(|key| key.id() == key_id) {
        let trusted = keys.iter().map(PublicKey::id).collect();
        return Err(ListError::UnknownKey { id: key_id, trusted });
    }
    if !keys.iter().any(|key| key.id() == key_id && key.has_signed(signed, &signature)) {
        return Err(ListError::Signature { id: key_id });
    }
    let (expected, actual) = (hex::digits(&sha256), hex::digits(&Sha256::digest(table)));
    if expected != actual {
        return Err(ListError::Content { expected, actual });
    }
    let csv = std::str::from_utf8(table).map_err(|error| {
        let before = &table[..error.valid_up_to()];
        let line = first_line + before.iter().filter(|&&byte| byte == b'\n').count();
        ListError::Format { line, problem: "not UTF-8 text".to_owned() }
    })?;
    let header = Header { name, kind, version, issued_unix_s, expires_unix_s, utc_offset_min };
    let list = read_table(csv, &header)?;
    Ok(Opened { header, sha256: expected, key_id, list })
}

fn read_table(csv: &str, header: &Header) -> Result<PlateList, ListError> {
    PlateList::read(csv, header.utc_offset_min, plates::grammar::all())
        .map_err(|problems| ListError::Table { problems })
}

/// `+07:00` in minutes, from -14:00 to +14:00.
pub(crate) fn offset(text: &str) -> Option<i32> {
    let (sign, digits) = text.split_at_checked(1)?;
    let (hours, minutes) = digits.split_once(':')?;
    let two = |text: &str| {
        let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| text.parse::<i32>().ok()).flatten()
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    let sign = match sign {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let offset = sign * (60 * hours + minutes);
    (minutes < 60 && offset.abs() <= 14 * 60 && written_offset(offset) == text).then_some(offset)
}

fn written_offset(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

fn check_name(name: &str) -> Result<(), String> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(fits) {
        true => Ok(()),
        false => {
            Err(format!("name is `{}`, expected 1 to {MAX_NAME} characters of a-z, 0-9 and -", shown(name)))
        }
    }
}

/// As much of a stranger's text as fits on a line.
fn shown(text: &str) -> String {
    text.chars().take(60).map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// The lines of a header, one after the other.
struct HeaderLines<'b> {
    rest: &'b [u8],
    /// The line read last, from 1.
    line: usize,
    /// Bytes read.
    read: usize,
}

impl<'b> HeaderLines<'b> {
    fn next_line(&mut self) -> Result<&'b str, ListError> {
        self.line += 1;
        let bad = |problem: &str| ListError::Format { line: self.line, problem: problem.to_owned() };
        let end = self.rest.iter().position(|&byte| byte == b'\n');
        let end = end.ok_or_else(|| bad("the header ends here, expected one line more"))?;
        let line = std::str::from_utf8(&self.rest[..end]).map_err(|_| bad("not UTF-8 text"))?;
        if line.ends_with('\r') {
            return Err(bad("ends with a carriage return: the file was changed after it was signed"));
        }
        self.rest = &self.rest[end + 1..];
        self.read += end + 1;
        Ok(line)
    }

    /// The value of the next line, which has to be `name: value`.
    fn field<T>(
        &mut self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ListError> {
        let text = self.next_line()?;
        let value = text.strip_prefix(name).and_then(|rest| rest.strip_prefix(": "));
        value.and_then(read).ok_or_else(|| ListError::Format {
            line: self.line,
            problem: format!("got `{}`, expected `{name}: ` and {expected}", shown(text)),
        })
    }
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Permit => "permit",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Watch, Self::Permit].into_iter().find(|kind| kind.name() == text)
    }
}

impl From<edge_config::ListKind> for Kind {
    fn from(kind: edge_config::ListKind) -> Self {
        match kind {
            edge_config::ListKind::Watch => Self::Watch,
            edge_config::ListKind::Permit => Self::Permit,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Header {
    pub(crate) fn is_expired(&self, unix_s: i64) -> bool {
        self.expires_unix_s <= unix_s
    }
}
