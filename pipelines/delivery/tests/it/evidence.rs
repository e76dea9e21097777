use std::fs;
use std::thread;

use delivery::{DeliveryError, EvidenceStore};
use tempfile::TempDir;

/// `printf abc | sha256sum`
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

#[test]
fn content_is_found_under_its_hash_and_storing_it_twice_changes_nothing() {
    let dir = TempDir::new().unwrap();
    let store = EvidenceStore::open(dir.path()).unwrap();
    let first = store.put(b"abc").unwrap();
    assert_eq!((first.sha256.as_str(), first.bytes), (ABC, 3));
    let path = store.path(ABC).unwrap();
    assert_eq!(path, dir.path().join("evidence/ba").join(ABC));
    let written = fs::metadata(&path).unwrap().modified().unwrap();

    assert_eq!(store.put(b"abc").unwrap(), first);
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written, "the file was written again");
    assert_eq!(store.get(ABC).unwrap().as_deref(), Some(b"abc".as_slice()));
    assert_eq!(fs::read_dir(dir.path().join("evidence/tmp")).unwrap().count(), 0);
}

#[test]
fn a_torn_temporary_file_is_ignored_and_removed() {
    let dir = TempDir::new().unwrap();
    let store = EvidenceStore::open(dir.path()).unwrap();
    let torn = dir.path().join("evidence/tmp/1-0");
    fs::write(&torn, b"ab").unwrap();
    assert_eq!(store.get(ABC).unwrap(), None);

    let store = EvidenceStore::open(dir.path()).unwrap();
    assert!(!torn.exists());
    assert_eq!(store.put(b"abc").unwrap().sha256, ABC);
}

#[test]
fn a_file_of_the_wrong_length_is_replaced_and_damaged_content_is_not_handed_out() {
    let dir = TempDir::new().unwrap();
    let store = EvidenceStore::open(dir.path()).unwrap();
    store.put(b"abc").unwrap();
    let path = store.path(ABC).unwrap();
    fs::write(&path, b"abX").unwrap();
    assert!(matches!(store.get(ABC), Err(DeliveryError::EvidenceDamaged { .. })));
    fs::write(&path, b"a").unwrap();
    store.put(b"abc").unwrap();
    assert_eq!(store.get(ABC).unwrap().as_deref(), Some(b"abc".as_slice()));
}

#[test]
fn a_hash_cannot_name_a_file_outside_the_store() {
    let dir = TempDir::new().unwrap();
    let store = EvidenceStore::open(dir.path()).unwrap();
    for name in ["", "../journal.db", &ABC.to_uppercase(), &ABC[..63], &format!("..{}", &ABC[2..])] {
        assert!(matches!(store.get(name), Err(DeliveryError::Name { .. })), "{name:?} was taken");
    }
}

#[test]
fn threads_that_store_the_same_and_other_pictures_do_not_disturb_each_other() {
    let dir = TempDir::new().unwrap();
    let store = EvidenceStore::open(dir.path()).unwrap();
    thread::scope(|scope| {
        for thread in 0..4_u8 {
            let store = &store;
            scope.spawn(move || {
                for picture in 0..25_u8 {
                    let shared = store.put(&[picture; 1_000]).unwrap();
                    assert_eq!(store.get(&shared.sha256).unwrap().unwrap(), [picture; 1_000]);
                    store.put(&[thread, picture]).unwrap();
                }
            });
        }
    });
}
