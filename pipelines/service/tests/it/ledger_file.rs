//! The reference ledger keeps what it has receipted, whatever happens to it.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use prost::Message as _;
use proto::v1::passage_ledger_client::PassageLedgerClient;
use proto::v1::{Event, EventKey, Receipt, ReceiptStatus};
use tokio_stream::StreamExt as _;

use crate::harness::{Process, cairn, ledger, output};

fn event(sequence: u64) -> Event {
    Event { key: Some(EventKey { box_id: "box".to_owned(), sequence }), ..Event::default() }
}

/// Sends `events` on a stream that stays open and answers the receipts' statuses.
async fn record(process: &Process, events: Vec<Event>) -> Vec<ReceiptStatus> {
    let address = process.first_line["listening"].as_str().expect("address");
    let mut client = PassageLedgerClient::connect(format!("http://{address}")).await.expect("listens");
    let count = events.len();
    let endless = tokio_stream::iter(events).chain(tokio_stream::pending());
    let receipts = client.record(endless).await.expect("takes the stream").into_inner();
    let receipts: Vec<Receipt> =
        receipts.take(count).map(|receipt| receipt.expect("receipt")).collect().await;
    receipts.iter().map(Receipt::status).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_outlive_a_restart_and_a_torn_write() {
    use ReceiptStatus::{Accepted, Duplicate, Rejected};
    let dir = tempfile::tempdir().expect("temporary folder");
    let store = dir.path().join("ledger.events");
    let mut first = ledger(&store);
    let keyless = Event::default();
    assert_eq!(
        record(&first, vec![event(1), event(2), event(1), keyless]).await,
        [Accepted, Accepted, Duplicate, Rejected]
    );
    // A box is still connected: the stop does not wait for it.
    assert_eq!(first.stop(), Some(0), "{}", first.log());

    // A power cut in the middle of a write.
    let torn = event(3).encode_length_delimited_to_vec();
    append(&store, &torn[..torn.len() - 2]);
    let second = ledger(&store);
    assert_eq!(record(&second, vec![event(1), event(2), event(3)]).await, [Duplicate, Duplicate, Accepted]);
}

#[test]
fn damage_in_the_middle_is_named_and_nothing_is_cut_off() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let store = dir.path().join("ledger.events");
    File::create(&store).expect("created");
    append(&store, &event(1).encode_length_delimited_to_vec());
    // A length of two and a field that is none.
    append(&store, &[2, 0xff, 0xff]);
    append(&store, &event(2).encode_length_delimited_to_vec());
    let before = std::fs::read(&store).expect("readable");
    let path = store.to_str().expect("a path of ours");
    let refused = output(&["receive", "--listen", "127.0.0.1:0", "--store", path]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains(path) && said.contains("damaged at byte"), "{said}");
    assert_eq!(std::fs::read(&store).expect("readable"), before);
}

#[test]
fn an_address_for_strangers_is_refused() {
    let refused = cairn(&["receive", "--listen", "0.0.0.0:0", "--store", "unused"]).output().expect("runs");
    assert_eq!(refused.status.code(), Some(64));
    assert!(!Path::new("unused").exists());
}

fn append(store: &Path, bytes: &[u8]) {
    OpenOptions::new().append(true).open(store).and_then(|mut file| file.write_all(bytes)).expect("written");
}
