use std::collections::BTreeSet;
use std::time::Duration;

use delivery::{DeliveryError, Draft, Forwarder, Journal, LedgerDestination, LinkState, spawn_ledger};
use proto::v1::ReceiptStatus;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::support::journal::{BOX, append, open, passage};
use crate::support::ledger::{Arrival, Ledger, destination};
use crate::support::wait::status_is;

const GRACE: Duration = Duration::from_secs(10);

fn spawn(journal: &Journal, spec: LedgerDestination) -> (Forwarder, watch::Sender<bool>) {
    let (shutdown, shut_down) = watch::channel(false);
    (spawn_ledger(journal.clone(), spec, shut_down).unwrap(), shutdown)
}

async fn arrivals(ledger: &mut Ledger, count: usize) -> Vec<Arrival> {
    let mut arrived = Vec::with_capacity(count);
    while arrived.len() < count {
        arrived.push(ledger.next().await);
    }
    arrived
}

#[tokio::test]
async fn a_ledger_killed_and_brought_back_holds_every_event() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    append(&journal, 300);
    let mut ledger = Ledger::start().await;
    let (forwarder, _shutdown) = spawn(&journal, destination(ledger.port));
    let mut held = BTreeSet::new();
    for killed_at in [100, 200, 300] {
        while held.len() < killed_at {
            let arrival = ledger.next().await;
            if held.insert(arrival.sequence) {
                assert_eq!(arrival.sequence, held.len() as u64, "an event overtook another or was left out");
                arrival.accept().await;
            } else {
                arrival.answer(ReceiptStatus::Duplicate, "").await;
            }
        }
        if killed_at < 300 {
            // At least one receipt is never given, so that something is sent again.
            let unanswered = ledger.next().await;
            held.insert(unanswered.sequence);
            let port = ledger.kill();
            ledger = Ledger::start_on(port).await;
        }
    }
    let status = status_is(&forwarder, |status| status.settled == 300).await;
    assert!(2 <= status.resent, "{status:?}");
    assert_eq!((status.sent, status.in_flight, status.dead_letters), (300, 0, 0));
    forwarder.stop(GRACE).await;
}

#[tokio::test]
async fn receipts_out_of_order_settle_without_a_gap() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    append(&journal, 6);
    let mut ledger = Ledger::start().await;
    let (forwarder, _shutdown) =
        spawn(&journal, LedgerDestination { in_flight: 4, ..destination(ledger.port) });
    let first = arrivals(&mut ledger, 4).await;
    let status = status_is(&forwarder, |status| status.in_flight == 4).await;
    assert_eq!((status.sent, status.settled), (4, 0));
    first[3].accept().await;
    first[1].accept().await;
    let second = arrivals(&mut ledger, 2).await;
    assert_eq!(second[1].sequence, 6);
    let status = status_is(&forwarder, |status| status.sent == 6).await;
    assert_eq!((status.settled, status.in_flight), (0, 4), "settled over a gap");
    first[0].accept().await;
    status_is(&forwarder, |status| status.settled == 2).await;
    first[2].accept().await;
    status_is(&forwarder, |status| status.settled == 4).await;
    for arrival in &second {
        arrival.accept().await;
    }
    let status = status_is(&forwarder, |status| status.settled == 6).await;
    assert_eq!((status.resent, status.unknown_receipts), (0, 0));
    forwarder.stop(GRACE).await;
}

#[tokio::test]
async fn a_rejected_event_becomes_a_dead_letter_and_the_rest_goes_on() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    append(&journal, 1);
    journal.append(Draft { encode: Box::new(|_| vec![0xff]), ..passage() }).unwrap();
    append(&journal, 2);
    let mut ledger = Ledger::start().await;
    let (forwarder, _shutdown) = spawn(&journal, destination(ledger.port));
    // The second is no event at all and never leaves the box.
    let arrived = arrivals(&mut ledger, 3).await;
    arrived[0].accept().await;
    arrived[1].answer(ReceiptStatus::Rejected, "unknown site").await;
    arrived[2].accept().await;
    let status = status_is(&forwarder, |status| status.settled == 4).await;
    assert_eq!(status.dead_letters, 2);
    let letters = journal.dead_letters(10).await.unwrap();
    let listed: Vec<_> =
        letters.iter().map(|letter| (letter.destination.as_str(), letter.sequence)).collect();
    assert_eq!(listed, [("ledger", 2), ("ledger", 3)]);
    assert!(letters[0].reason.contains("no event"));
    assert_eq!(letters[1].reason, "unknown site");
    forwarder.stop(GRACE).await;
    journal.close();

    let journal = open(dir.path());
    let (forwarder, _shutdown) = spawn(&journal, destination(ledger.port));
    assert_eq!(status_is(&forwarder, |status| status.state == LinkState::Connected).await.dead_letters, 2);
}

#[tokio::test]
async fn receipts_for_events_that_are_not_in_flight_are_only_counted() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    append(&journal, 1);
    let mut ledger = Ledger::start().await;
    let (forwarder, _shutdown) = spawn(&journal, destination(ledger.port));
    let arrival = ledger.next().await;
    arrival.receipt_for(BOX, 99, ReceiptStatus::Accepted, "").await;
    arrival.receipt_for("box-8", 1, ReceiptStatus::Accepted, "").await;
    arrival.receipt_for(BOX, 1, ReceiptStatus::Unspecified, "").await;
    let status = status_is(&forwarder, |status| status.unknown_receipts == 3).await;
    assert_eq!((status.settled, status.in_flight, status.dead_letters), (0, 1, 0));
    arrival.accept().await;
    status_is(&forwarder, |status| status.settled == 1).await;
    forwarder.stop(GRACE).await;
}

#[tokio::test]
async fn a_ledger_that_takes_events_and_says_nothing_is_left_and_tried_again() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    append(&journal, 1);
    let mut ledger = Ledger::start().await;
    let patience = Duration::from_millis(200);
    let (forwarder, _shutdown) =
        spawn(&journal, LedgerDestination { receipt_timeout: patience, ..destination(ledger.port) });
    let silent = ledger.next().await;
    let again = ledger.next().await;
    assert_eq!((silent.sequence, again.sequence), (1, 1));
    assert!(forwarder.status().last_error.unwrap().contains("no confirmation for 200ms"));
    again.break_stream().await;
    let third = ledger.next().await;
    assert!(forwarder.status().last_error.unwrap().contains("going down"));
    third.accept().await;
    let status = status_is(&forwarder, |status| status.settled == 1).await;
    assert!(2 <= status.resent);
    forwarder.stop(GRACE).await;
}

#[tokio::test]
async fn a_stop_waits_for_receipts_and_a_restart_begins_behind_them() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    append(&journal, 3);
    let mut ledger = Ledger::start().await;
    let (forwarder, _shutdown) = spawn(&journal, destination(ledger.port));
    let arrived = arrivals(&mut ledger, 3).await;
    let mut status = forwarder.watch_status();
    let stopping = tokio::spawn(forwarder.stop(GRACE));
    for arrival in &arrived {
        arrival.accept().await;
    }
    stopping.await.unwrap();
    assert_eq!(status.borrow_and_update().settled, 3);
    journal.close();

    let journal = open(dir.path());
    append(&journal, 1);
    let (forwarder, _shutdown) = spawn(&journal, destination(ledger.port));
    assert_eq!(forwarder.status().settled, 3);
    assert_eq!(ledger.next().await.sequence, 4);
    let (begun, grace) = (std::time::Instant::now(), Duration::from_millis(100));
    forwarder.stop(grace).await;
    let taken = begun.elapsed();
    assert!(grace <= taken && taken < GRACE, "a stop without receipts took {taken:?}");
}

#[tokio::test]
async fn settings_out_of_bounds_are_refused() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    let good = destination(1);
    let bad = [
        LedgerDestination { endpoint: "127.0.0.1:1".to_owned(), ..good.clone() },
        LedgerDestination { endpoint: "https://127.0.0.1:1".to_owned(), ..good.clone() },
        LedgerDestination { endpoint: String::new(), ..good.clone() },
        LedgerDestination { in_flight: 0, ..good.clone() },
        LedgerDestination { in_flight: 1_025, ..good.clone() },
        LedgerDestination { receipt_timeout: Duration::ZERO, ..good.clone() },
        LedgerDestination { max_backoff: Duration::ZERO, ..good.clone() },
    ];
    let (_shutdown, shut_down) = watch::channel(false);
    for spec in bad {
        let text = format!("{spec:?}");
        let refused = spawn_ledger(journal.clone(), spec, shut_down.clone()).err();
        assert!(matches!(refused, Some(DeliveryError::Setting { .. })), "{text} gave {refused:?}");
    }
    let (forwarder, _shutdown) = spawn(&journal, good);
    assert!(forwarder.set_camera_status("north", "{}".to_owned()).is_err());
}
