use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use delivery::{DeliveryError, Draft, HeldEvents, Journal, MAX_PAYLOAD_BYTES};
use tempfile::TempDir;

use crate::support::journal::{BOX, append, encode, large_passage, open, passage, sequence_in};
use crate::support::wait::within;

/// Names the folder for [`child_that_appends_until_it_is_killed`].
const CHILD_DIR: &str = "DELIVERY_TEST_CHILD_DIR";

#[tokio::test]
async fn events_and_sequences_survive_a_reopening() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    assert_eq!(journal.bounds(), (0, 0));
    append(&journal, 3);
    assert_eq!(journal.bounds(), (1, 3));
    journal.close();
    assert!(matches!(journal.append(passage()), Err(DeliveryError::Closed)));
    assert!(matches!(journal.read(1, 1, &[]).await, Err(DeliveryError::Closed)));

    let journal = open(dir.path());
    assert_eq!(journal.bounds(), (1, 3));
    assert_eq!(*journal.newest().borrow(), 3);
    assert_eq!(journal.append(passage()).unwrap(), 4);
    let entries = journal.read(2, 10, &[]).await.unwrap();
    let sequences: Vec<u64> = entries.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, [2, 3, 4]);
    let entry = &entries[0];
    assert_eq!((entry.kind.as_str(), entry.priority, entry.camera.as_deref()), ("passage", 1, Some("north")));
    assert_eq!(entry.payload, encode(2));
}

#[test]
fn held_events_are_read_beside_a_running_box_and_after_it() {
    let dir = TempDir::new().unwrap();
    assert!(matches!(HeldEvents::open(dir.path()), Err(DeliveryError::File { .. })));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "looking creates nothing");
    fs::write(dir.path().join("journal.db"), "").unwrap();
    assert!(matches!(HeldEvents::open(dir.path()), Err(DeliveryError::Damaged { .. })));
    fs::write(dir.path().join("journal.db"), "no journal at all, but long enough for a header. ".repeat(20))
        .unwrap();
    assert!(matches!(HeldEvents::open(dir.path()), Err(DeliveryError::Damaged { .. })));
    fs::remove_file(dir.path().join("journal.db")).unwrap();

    let sequences = |held: &HeldEvents, from: u64| -> Vec<u64> {
        held.read(from, 10, &["passage".to_owned()]).unwrap().iter().map(|entry| entry.sequence).collect()
    };
    let journal = open(dir.path());
    append(&journal, 3);
    let held = HeldEvents::open(dir.path()).unwrap();
    assert_eq!(sequences(&held, 2), [2, 3]);
    append(&journal, 1);
    assert_eq!(sequences(&held, 2), [2, 3, 4], "what came since");
    journal.close();
    drop(held);
    assert_eq!(sequences(&HeldEvents::open(dir.path()).unwrap(), 0), [1, 2, 3, 4]);
    assert_eq!(open(dir.path()).bounds(), (1, 4));
}

#[tokio::test]
async fn dropping_the_last_handle_closes_the_journal() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    append(&journal, 2);
    let clone = journal.clone();
    drop(journal);
    assert_eq!(clone.append_async(passage()).await.unwrap(), 3);
    drop(clone);
    assert_eq!(open(dir.path()).bounds(), (1, 3));
}

#[tokio::test]
async fn eight_threads_get_sequences_without_gaps_and_each_event_carries_its_own() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    let given = Mutex::new(BTreeSet::new());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..500 {
                    let sequence = journal.append(passage()).unwrap();
                    assert!(sequence <= *journal.newest().borrow(), "given out before it was durable");
                    assert!(given.lock().unwrap().insert(sequence), "sequence {sequence} was given twice");
                }
            });
        }
    });
    let given = given.into_inner().unwrap();
    assert!(given.iter().copied().eq(1..=4_000));
    let mut next = 1;
    loop {
        let entries = journal.read(next, usize::MAX, &[]).await.unwrap();
        let Some(last) = entries.last() else { break };
        next = last.sequence + 1;
        for entry in &entries {
            assert_eq!(sequence_in(&entry.payload), entry.sequence);
        }
    }
    assert_eq!(next, 4_001);
}

#[test]
fn a_second_opening_is_refused_by_name() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    let refused = Journal::open(dir.path(), BOX).err().unwrap();
    assert!(matches!(refused, DeliveryError::Locked { .. }));
    assert!(refused.to_string().contains("journal.lock"), "{refused}");
    drop(journal);
    open(dir.path());
}

#[test]
fn the_journal_of_another_box_is_refused() {
    let dir = TempDir::new().unwrap();
    open(dir.path()).close();
    let refused = Journal::open(dir.path(), "box-8").err().unwrap();
    assert!(
        matches!(&refused, DeliveryError::ForeignBox { found, expected, .. } if found == BOX && expected == "box-8")
    );
    assert!(matches!(Journal::open(dir.path(), "a/b"), Err(DeliveryError::Name { .. })));
}

#[test]
fn a_damaged_file_is_refused_and_left_as_it_is() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("journal.db");
    fs::write(&path, b"this is no database, and long enough to be taken for one.".repeat(20)).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(Journal::open(dir.path(), BOX), Err(DeliveryError::Damaged { .. })));
    assert_eq!(fs::read(&path).unwrap(), before);

    fs::remove_file(&path).unwrap();
    let journal = open(dir.path());
    append(&journal, 200);
    journal.close();
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4_096].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    let refused = Journal::open(dir.path(), BOX).err();
    assert!(matches!(refused, Some(DeliveryError::Damaged { .. })), "{refused:?}");
}

#[test]
fn a_bad_draft_uses_up_no_sequence_and_spoils_no_other() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    append(&journal, 1);
    let panicking = Draft { encode: Box::new(|_| panic!("bad encoder")), ..passage() };
    assert!(matches!(journal.append(panicking), Err(DeliveryError::EncodePanicked { .. })));
    let large = journal.append(large_passage(MAX_PAYLOAD_BYTES));
    assert!(matches!(large, Err(DeliveryError::PayloadTooLarge { limit: MAX_PAYLOAD_BYTES, .. })));
    let unnamed = Draft { kind: "a/b".to_owned(), ..passage() };
    assert!(matches!(journal.append(unnamed), Err(DeliveryError::Name { .. })));
    assert_eq!(journal.append(passage()).unwrap(), 2);
}

#[tokio::test]
async fn reads_can_be_limited_to_kinds_and_stay_short() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    for kind in ["passage", "camera_status", "box_status", "passage"] {
        journal.append(Draft { kind: kind.to_owned(), ..passage() }).unwrap();
    }
    let kinds = ["passage".to_owned(), "box_status".to_owned()];
    let read = journal.read(0, 10, &kinds).await.unwrap();
    assert_eq!(read.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [1, 3, 4]);
    assert_eq!(journal.read(2, 1, &kinds).await.unwrap()[0].sequence, 3);
    assert!(journal.read(u64::MAX, 10, &[]).await.unwrap().is_empty());

    for _ in 0..4 {
        journal.append(large_passage(3 << 20)).unwrap();
    }
    let read = journal.read(5, 10, &[]).await.unwrap();
    assert_eq!(read.len(), 3, "an answer ends when it reaches eight megabytes");
}

#[tokio::test]
async fn a_consumer_is_remembered_and_never_moves_back() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    append(&journal, 5);
    assert_eq!(journal.consumer("console").await.unwrap(), 0);
    assert_eq!(journal.acknowledge("console", 4).await.unwrap(), 4);
    assert_eq!(journal.acknowledge("console", 2).await.unwrap(), 4);
    let ahead = journal.acknowledge("console", 6).await;
    assert!(matches!(ahead, Err(DeliveryError::AcknowledgedAhead { newest: 5, .. })), "{ahead:?}");
    journal.close();
    let journal = open(dir.path());
    assert_eq!(journal.consumer("console").await.unwrap(), 4);
    assert_eq!(journal.consumer("other").await.unwrap(), 0);
}

#[tokio::test]
async fn newest_wakes_those_who_wait_for_an_event() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    let mut newest = journal.newest();
    let appender = {
        let journal = journal.clone();
        thread::Builder::new().name("appender".to_owned()).spawn(move || append(&journal, 2)).unwrap()
    };
    within("second event", newest.wait_for(|newest| *newest == 2)).await.unwrap();
    appender.join().unwrap();
}

#[tokio::test]
async fn a_killed_process_leaves_every_event_it_was_told_of() {
    let dir = TempDir::new().unwrap();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["journal::child_that_appends_until_it_is_killed", "--exact", "--nocapture"])
        .env(CHILD_DIR, dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told =
        lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("durable ")?.parse::<u64>().ok());
    assert_eq!(told.by_ref().take(200).last(), Some(200));

    let refused = Journal::open(dir.path(), BOX).err().unwrap();
    assert!(matches!(refused, DeliveryError::Locked { .. }), "{refused}");

    child.kill().unwrap();
    child.wait().unwrap();
    let last_told = told.last().unwrap_or(200);
    let journal = open(dir.path());
    let (first, last) = journal.bounds();
    assert_eq!(first, 1);
    assert!(last_told <= last, "told of {last_told}, but the journal ends at {last}");
    assert_eq!(journal.append(passage()).unwrap(), last + 1);
}

/// Not a test by itself: the child process of the one above. Without its folder it does nothing.
#[test]
fn child_that_appends_until_it_is_killed() {
    let Some(dir) = env::var_os(CHILD_DIR) else { return };
    let journal = open(dir.as_ref());
    loop {
        println!("durable {}", journal.append(passage()).unwrap());
    }
}
