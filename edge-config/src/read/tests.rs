//! Reader, `tests/good/complete.toml` and `docs/config.md` name the same keys.

use std::collections::BTreeSet;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::walk;
use crate::Surroundings;
use crate::cursor::Table;
use crate::document::Document;

const COMPLETE: &str = include_str!("../../tests/good/complete.toml");

/// Every key that the walk through a complete file asks for.
fn asked() -> BTreeSet<String> {
    let base_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good");
    let environment = |_: &str| Some("secret".to_owned());
    let surroundings = Surroundings { environment: &environment, ..Surroundings::default() };
    let document = Document::new("complete.toml", COMPLETE, &base_dir, surroundings);
    let root = DeTable::parse(COMPLETE).unwrap();
    walk(&Table::root(&document, root.get_ref()));
    document.into_asked()
}

/// Every key that the file writes.
fn written(prefix: &str, value: &DeValue<'_>, keys: &mut BTreeSet<String>) {
    match value {
        DeValue::Table(table) => {
            for (key, value) in table.iter() {
                let path = if prefix.is_empty() {
                    key.get_ref().to_string()
                } else {
                    format!("{prefix}.{}", key.get_ref())
                };
                written(&path, value.get_ref(), keys);
                keys.insert(path);
            }
        }
        DeValue::Array(values) => values.iter().for_each(|value| written(prefix, value.get_ref(), keys)),
        _ => {}
    }
}

/// Keys in the first column of the tables of `docs/config.md`.
fn documented() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/config.md");
    let text = std::fs::read_to_string(path).unwrap();
    let key = |line: &str| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned());
    text.lines().filter_map(key).collect()
}

#[test]
fn the_complete_file_writes_every_key_that_is_read() {
    let mut keys = BTreeSet::new();
    let root = DeTable::parse(COMPLETE).unwrap().into_inner();
    written("", &DeValue::Table(root), &mut keys);
    // An `env` or `file` is asked for under each secret, and one of them is written.
    let read = asked();
    let missing = read.difference(&keys).filter(|key| !is_way_to_a_secret(key));
    // Excludes `prefer`, which is written there; `[[inference.model]]` has one of each.
    let missing: Vec<&String> = missing.filter(|key| *key != "inference.provider.require").collect();
    assert_eq!(missing, Vec::<&String>::new());
}

#[test]
fn the_reference_documents_every_key_that_is_read_and_no_other() {
    let documented = documented();
    let asked: BTreeSet<String> = asked().into_iter().filter(|key| !is_way_to_a_secret(key)).collect();
    let undocumented: Vec<&String> = asked.difference(&documented).collect();
    let unread: Vec<&String> = documented.difference(&asked).collect();
    assert_eq!((undocumented, unread), (vec![], vec![]));
}

/// Documented once for all secrets, in a section of their own.
fn is_way_to_a_secret(key: &str) -> bool {
    key.ends_with(".env") || key.ends_with(".file")
}
