//! What was decided is held for a while and within bounds; what people said of it is held for good.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use delivery::{Decision, DecisionLimits, DecisionStore, DeliveryError, MAX_DECISION_BYTES, Verdict};
use rusqlite::Connection;

const FILE: &str = "decisions.db";

fn open(dir: &Path) -> DecisionStore {
    DecisionStore::open(dir, DecisionLimits::default()).unwrap()
}

fn decision(camera: &str, from: i64, to: i64, bytes: &[u8]) -> Decision {
    let (camera, bytes) = (camera.to_owned(), bytes.to_vec());
    Decision { camera, from_unix_ns: from, to_unix_ns: to, key: None, bytes }
}

fn verdict(subject: &str, author: &str, told: i64, said: &[u8]) -> Verdict {
    Verdict {
        subject: subject.to_owned(),
        author: author.to_owned(),
        told_unix_ns: told,
        bytes: said.to_vec(),
        about: b"the event".to_vec(),
    }
}

/// Contents of a camera's decisions that touch the time, by their beginning.
async fn held(store: &DecisionStore, camera: &str, from: i64, to: i64) -> Vec<Vec<u8>> {
    let around = store.around(camera, from, to, 1_000).await.unwrap();
    around.decisions.into_iter().map(|decision| decision.bytes).collect()
}

#[tokio::test]
async fn a_time_finds_what_touches_it_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.keep(decision("north", 10, 20, b"a"));
    store.keep(decision("north", 15, 60, b"b"));
    store.keep(Decision { key: Some("p1".to_owned()), ..decision("north", 30, 40, b"c") });
    store.keep(decision("south", 10, 60, b"d"));
    assert_eq!(held(&store, "north", 20, 29).await, [b"a", b"b"], "ends are included");
    assert_eq!(held(&store, "north", 21, 30).await, [b"b", b"c"]);
    assert_eq!(held(&store, "north", 61, 90).await, Vec::<Vec<u8>>::new());
    assert_eq!(store.find("p1").await.unwrap().unwrap().bytes, b"c");
    assert_eq!(store.find("p2").await.unwrap(), None);
    let cut = store.around("north", 0, 100, 2).await.unwrap();
    assert_eq!((cut.decisions.len(), cut.is_cut, cut.forgotten_to_unix_ns), (2, true, None));
    assert!(!store.around("north", 0, 100, 3).await.unwrap().is_cut);
}

#[tokio::test]
async fn what_is_older_than_the_retention_goes_and_it_is_known_up_to_when() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.keep(decision("north", 10, 20, b"a"));
    store.keep(decision("north", 15, 60, b"b"));
    assert_eq!(held(&store, "north", 0, 100).await.len(), 2);
    store.close();

    let limits = DecisionLimits { retention: Duration::ZERO, ..DecisionLimits::default() };
    let store = DecisionStore::open(dir.path(), limits).unwrap();
    let around = store.around("north", 0, 100, 10).await.unwrap();
    assert_eq!((around.decisions, around.forgotten_to_unix_ns), (Vec::new(), Some(60)));
    assert_eq!(store.around("south", 0, 100, 10).await.unwrap().forgotten_to_unix_ns, None);
    let figures = store.figures();
    assert_eq!((figures.expired, figures.displaced, figures.held_bytes), (2, 0, 0));
}

#[tokio::test]
async fn the_oldest_make_room_and_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let limits = DecisionLimits { max_bytes: 100_000, ..DecisionLimits::default() };
    let store = DecisionStore::open(dir.path(), limits).unwrap();
    for number in 0..300 {
        store.keep(decision("north", number, number, &[0; 1_000]));
        // Each is on disk before the next, so that none is shed.
        assert_eq!(held(&store, "north", number, number).await.len(), 1, "the newest is never what goes");
    }
    let figures = store.figures();
    assert_eq!((figures.kept, figures.shed, figures.expired), (300, 0, 0));
    assert!(figures.held_bytes <= 100_000, "{figures:?}");
    let around = store.around("north", 0, 1_000, 1_000).await.unwrap();
    let first = around.decisions[0].from_unix_ns;
    assert_eq!(around.decisions.len() as u64, 300 - figures.displaced);
    assert_eq!((first as u64, around.forgotten_to_unix_ns), (figures.displaced, Some(first - 1)));
    store.close();
    // The count of bytes is that of the file, not of this run.
    let reopened = open(dir.path());
    assert_eq!(held(&reopened, "north", 0, 1_000).await.len() as u64, 300 - figures.displaced);
    assert_eq!(reopened.figures().held_bytes, figures.held_bytes);
}

#[tokio::test]
async fn a_disk_that_hangs_holds_nobody_up_and_what_is_lost_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    assert!(held(&store, "north", 0, 1).await.is_empty());
    let other = Connection::open(dir.path().join(FILE)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    for number in 0..5_000 {
        store.keep(decision("north", number, number, b"x"));
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "handing over took {:?}", begun.elapsed());
    let shed = store.figures().shed;
    assert!(2_000 < shed, "{shed} shed");
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    store.close();
    let reopened = open(dir.path());
    let kept = reopened.around("north", 0, 10_000, 10_000).await.unwrap().decisions.len() as u64;
    assert_eq!(kept + store.figures().shed, 5_000, "each is either held or counted");
}

#[tokio::test]
async fn what_was_answered_survives_the_death_of_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.keep(decision("north", 1, 2, b"kept"));
    assert!(store.judge(verdict("p1", "lan", 5, b"dismissed")).await.unwrap());
    // What the disk holds at this moment: nothing was closed, the write-ahead log is whole.
    let after = tempfile::tempdir().unwrap();
    for file in [FILE.to_owned(), format!("{FILE}-wal")] {
        fs::copy(dir.path().join(&file), after.path().join(&file)).unwrap();
    }
    let reopened = open(after.path());
    assert_eq!(held(&reopened, "north", 0, 9).await, [b"kept"]);
    assert_eq!(delivery::read_verdicts(after.path()).unwrap(), [verdict("p1", "lan", 5, b"dismissed")]);
}

#[tokio::test]
async fn a_verdict_told_twice_is_one_and_outlives_the_decisions() {
    let dir = tempfile::tempdir().unwrap();
    let limits = DecisionLimits { retention: Duration::ZERO, max_bytes: 0 };
    let store = DecisionStore::open(dir.path(), limits).unwrap();
    assert!(store.judge(verdict("p1", "lan", 5, b"dismissed")).await.unwrap());
    assert!(store.judge(verdict("p1", "lan", 9, b"confirmed")).await.unwrap());
    assert!(!store.judge(verdict("p1", "lan", 5, b"dismissed")).await.unwrap(), "sent again, late");
    assert!(store.judge(verdict("p1", "minh", 5, b"dismissed")).await.unwrap());
    let too_large = store.judge(verdict("p1", "lan", 5, &vec![0; MAX_DECISION_BYTES + 1])).await;
    assert!(matches!(too_large, Err(DeliveryError::PayloadTooLarge { .. })));
    let said: Vec<Vec<u8>> =
        delivery::read_verdicts(dir.path()).unwrap().into_iter().map(|verdict| verdict.bytes).collect();
    assert_eq!(said, [&b"dismissed"[..], b"confirmed", b"dismissed"], "the history, while the box runs");
    store.close();
    store.keep(decision("north", 1, 2, b"late"));
    assert!(matches!(store.judge(verdict("p1", "x", 1, b"")).await, Err(DeliveryError::Closed)));
    assert_eq!(store.figures().shed, 1);
}

#[tokio::test]
async fn a_damaged_store_is_set_aside_and_the_box_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(FILE), vec![b'x'; 10_000]).unwrap();
    let store = open(dir.path());
    store.keep(decision("north", 1, 2, b"new"));
    assert_eq!(held(&store, "north", 0, 9).await, [b"new"]);
    let aside =
        fs::read_dir(dir.path()).unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    assert_eq!(aside.filter(|name| name.starts_with("decisions.damaged-")).count(), 1);
    let nowhere = delivery::read_verdicts(&dir.path().join("nowhere"));
    assert!(matches!(nowhere, Err(DeliveryError::File { .. })), "{nowhere:?}");
}
