//! Signed lists of plates: whose signatures are taken, and where the files are.

use crate::cursor::{Item, Table};
use crate::{ListKind, Lists, PlateListFile};

const KINDS: [(&str, ListKind); 2] = [("watch", ListKind::Watch), ("permit", ListKind::Permit)];
const KEY_PREFIX: &str = "ed25519:";
const EXPECTED_KEY: &str =
    "a public key as `cairn lists key` prints it, \"ed25519:\" and 64 digits of 0-9 and a-f";

/// `[lists]`
pub(super) fn lists(root: &Table<'_>) -> Option<Lists> {
    root.or("lists", Lists::default(), |item| {
        item.table(|table| {
            let keys = table.or("keys", Vec::new(), keys);
            let mut names: Vec<String> = Vec::new();
            let lists = table.each("list", |table| one_list(table, &mut names));
            let (keys, lists) = (keys?, lists?);
            if keys.is_empty() && !lists.is_empty() {
                table
                    .problem(Some("keys"), "none, expected a list of public keys: no list is taken unsigned");
                return None;
            }
            Some(Lists { keys, lists: lists.into_iter().collect::<Option<Vec<_>>>()? })
        })
    })
}

fn keys(item: &Item<'_>) -> Option<Vec<[u8; 32]>> {
    let items = item.items("a list of public keys")?;
    let mut keys: Vec<[u8; 32]> = Vec::new();
    let mut is_whole = true;
    for item in &items {
        let known = match item.peek_text().and_then(key) {
            Some(key) if keys.contains(&key) => item.problem("this key is there already"),
            Some(key) => {
                keys.push(key);
                Some(())
            }
            None => item.refuse(EXPECTED_KEY),
        };
        is_whole &= known.is_some();
    }
    is_whole.then_some(keys)
}

fn key(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix(KEY_PREFIX)?.as_bytes();
    if digits.len() != 64 || !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(key)
}

fn one_list(table: &Table<'_>, names: &mut Vec<String>) -> Option<PlateListFile> {
    let name = table.need("name", "the name of the list, as it was signed", |item| {
        let name = item.id()?;
        if names.contains(&name) {
            return item.problem(format_args!("{name:?} names an earlier list"));
        }
        names.push(name.clone());
        Some(name)
    });
    let kind = table.need("kind", "\"watch\" or \"permit\"", |item| item.choice(&KINDS));
    let path = table.need("path", "the signed file", Item::file_path);
    Some(PlateListFile { name: name?, kind: kind?, path: path? })
}
