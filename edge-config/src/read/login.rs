//! User and password, and where they are fetched.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::cursor::{Item, Table};
use crate::{Login, Secret};

const EXPECTED_SECRET: &str = "{ env = \"NAME\" } or { file = \"path\" }";
/// A longer file is not a password.
const MAX_SECRET_BYTES: u64 = 4096;

/// The keys `user` and `password` of `table`: both or neither.
pub(super) fn login(table: &Table<'_>) -> Option<Option<Login>> {
    let user = table.maybe("user", user);
    let password = table.maybe("password", password);
    for (key, other) in [("user", "password"), ("password", "user")] {
        if table.has(other) && !table.has(key) {
            table.problem(Some(key), format_args!("missing, expected beside `{other}`"));
            return None;
        }
    }
    match (user?, password?) {
        (Some(user), Some(password)) => Some(Some(Login { user, password })),
        _ => Some(None),
    }
}

fn user(item: &Item<'_>) -> Option<Secret> {
    if item.is_table() {
        return item.table(fetched);
    }
    let expected = format!("a name, {EXPECTED_SECRET}");
    item.text(&expected).map(Secret::new)
}

fn password(item: &Item<'_>) -> Option<Secret> {
    if item.is_table() {
        return item.table(fetched);
    }
    // Whatever stands there may be the password: not shown.
    item.problem(format_args!("a password does not stand in this file, expected {EXPECTED_SECRET}"))
}

fn fetched(table: &Table<'_>) -> Option<Secret> {
    match (table.get("env"), table.get("file")) {
        (Some(env), None) => from_environment(&env),
        (None, Some(file)) => from_file(&file),
        (Some(_), Some(_)) => {
            table.problem(None, format_args!("both `env` and `file`, expected {EXPECTED_SECRET}"));
            None
        }
        (None, None) => {
            table.problem(None, format_args!("neither `env` nor `file`, expected {EXPECTED_SECRET}"));
            None
        }
    }
}

fn from_environment(item: &Item<'_>) -> Option<Secret> {
    let expected = "the name of an environment variable such as \"CAIRN_CAMERA_PASSWORD\"";
    let Some(name) = item.peek_text() else { return item.refuse(expected) };
    if name.is_empty()
        || !name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    {
        return item.problem(format_args!("not shown as it may be the secret itself, expected {expected}"));
    }
    match (item.document.surroundings.environment)(name) {
        Some(value) if value.is_empty() => {
            item.problem(format_args!("environment variable {name:?} is empty"))
        }
        Some(value) => Some(Secret::new(value)),
        None => item.problem(format_args!("environment variable {name:?} is not set, or not text")),
    }
}

fn from_file(item: &Item<'_>) -> Option<Secret> {
    let path = item.file_path()?;
    match secret_in(&path) {
        Ok(text) if text.is_empty() => item.problem(format_args!("file {path:?} is empty")),
        Ok(text) => Some(Secret::new(text)),
        Err(err) => item.problem(format_args!("could not read file {path:?}: {err}")),
    }
}

/// The text of a file without the line break that editors leave at its end.
fn secret_in(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_SECRET_BYTES + 1).read_to_string(&mut text)?;
    if MAX_SECRET_BYTES < text.len() as u64 {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("longer than {MAX_SECRET_BYTES} bytes"),
        ));
    }
    let trimmed = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(&text);
    Ok(trimmed.to_owned())
}
