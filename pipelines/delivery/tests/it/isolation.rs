use std::time::Duration;

use delivery::testkit::Mosquitto;
use delivery::{DestinationStatus, LinkState, spawn_ledger, spawn_mqtt};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::support::journal::{append, open};
use crate::support::ledger::{self, Ledger};
use crate::support::mqtt;
use crate::support::wait::status_is;

#[tokio::test]
async fn a_ledger_that_never_answers_holds_up_neither_the_journal_nor_the_broker() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    let broker = Mosquitto::start().unwrap();
    let mut silent = Ledger::start().await;
    let (_shutdown, shut_down) = watch::channel(false);
    let to_ledger =
        spawn_ledger(journal.clone(), ledger::destination(silent.port), shut_down.clone()).unwrap();
    let to_broker = spawn_mqtt(journal.clone(), mqtt::destination(broker.port()), shut_down).unwrap();
    append(&journal, 500);
    status_is(&to_broker, |status| status.settled == 500).await;
    // The ledger has its window full and not one receipt given.
    silent.next().await;
    let status = status_is(&to_ledger, |status| status.in_flight == 16).await;
    assert_eq!((status.settled, status.sent), (0, 16));
    to_broker.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_journal_closed_too_early_ends_the_delivery_by_name() {
    let dir = TempDir::new().unwrap();
    let journal = open(dir.path());
    let ledger = Ledger::start().await;
    let (_shutdown, shut_down) = watch::channel(false);
    let forwarder = spawn_ledger(journal.clone(), ledger::destination(ledger.port), shut_down).unwrap();
    status_is(&forwarder, |status| status.state == LinkState::Connected).await;
    journal.close();
    let is_closed = |status: &DestinationStatus| status.last_error.as_deref() == Some("journal is closed");
    status_is(&forwarder, is_closed).await;
    forwarder.stop(Duration::from_secs(600)).await;
}
