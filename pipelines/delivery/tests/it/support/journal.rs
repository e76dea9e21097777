//! Events that are real `cairn.v1.Event`s.

use std::path::Path;

use delivery::{Draft, Journal};
use prost::Message as _;
use proto::v1::{Event, EventKey};

pub(crate) const BOX: &str = "box-7";

pub(crate) fn open(dir: &Path) -> Journal {
    Journal::open(dir, BOX).unwrap()
}

/// A passage whose bytes carry its own key.
pub(crate) fn passage() -> Draft {
    Draft {
        kind: "passage".to_owned(),
        priority: 1,
        camera: Some("north".to_owned()),
        encode: Box::new(encode),
    }
}

/// A passage of at least this many bytes.
pub(crate) fn large_passage(bytes: usize) -> Draft {
    let encode = move |sequence| {
        let key = EventKey { box_id: BOX.to_owned(), sequence };
        Event { key: Some(key), site: "x".repeat(bytes), ..Event::default() }.encode_to_vec()
    };
    Draft { encode: Box::new(encode), ..passage() }
}

pub(crate) fn encode(sequence: u64) -> Vec<u8> {
    let key = EventKey { box_id: BOX.to_owned(), sequence };
    Event { key: Some(key), site: "hill".to_owned(), ..Event::default() }.encode_to_vec()
}

pub(crate) fn sequence_in(payload: &[u8]) -> u64 {
    Event::decode(payload).unwrap().key.unwrap().sequence
}

pub(crate) fn append(journal: &Journal, count: usize) {
    for _ in 0..count {
        journal.append(passage()).unwrap();
    }
}
