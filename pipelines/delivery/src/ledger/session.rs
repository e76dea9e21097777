//! One stream of events and receipts.

use std::pin::pin;
use std::time::Duration;

use prost::Message as _;
use proto::v1::passage_ledger_client::PassageLedgerClient;
use proto::v1::{Event, Receipt, ReceiptStatus};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Status, Streaming};

use crate::destination::{FAREWELL, Halt, Lane};

pub(super) async fn run(
    channel: Channel,
    in_flight: usize,
    receipt_timeout: Duration,
    lane: &mut Lane,
) -> Result<(), Halt> {
    // As long as the window, so that an event that may be sent finds room.
    let (events, queue) = mpsc::channel(in_flight);
    let mut client = PassageLedgerClient::new(channel);
    // A ledger may open its side only when it has the first event, so that sending cannot wait for it.
    let mut opening = pin!(client.record(ReceiverStream::new(queue)));
    let mut receipts = None;
    loop {
        send_what_fits(&events, in_flight, lane).await?;
        if lane.is_done() {
            break;
        }
        tokio::select! {
            opened = &mut opening, if receipts.is_none() => {
                receipts = Some(opened.map_err(|status| lost(&status))?.into_inner());
                lane.connected();
            }
            receipt = next(&mut receipts) => take(receipt?, lane).await?,
            waited = lane.wait(in_flight, receipt_timeout) => waited?,
        }
    }
    // The end of our side lets the ledger end its own; a stream cut off would look like a fault there.
    drop(events);
    let ended = async { while next(&mut receipts).await.is_ok() {} };
    timeout(FAREWELL, ended).await.ok();
    Ok(())
}

async fn send_what_fits(events: &mpsc::Sender<Event>, in_flight: usize, lane: &mut Lane) -> Result<(), Halt> {
    // A receipt for an event that is still in the channel frees the window before the channel.
    while 0 < events.capacity() {
        let Some(entry) = lane.next_to_send(in_flight) else { break };
        match Event::decode(entry.payload.as_slice()) {
            Ok(event) => events
                .try_send(event)
                .map_err(|error| Halt::Lost(format!("stream to the ledger has ended: {error}")))?,
            Err(error) => lane.bury(entry.sequence, format!("payload is no event: {error}")).await?,
        }
    }
    Ok(())
}

async fn next(receipts: &mut Option<Streaming<Receipt>>) -> Result<Receipt, Halt> {
    let Some(receipts) = receipts else { return std::future::pending().await };
    match receipts.message().await {
        Ok(Some(receipt)) => Ok(receipt),
        Ok(None) => Err(Halt::Lost("ledger ended the stream".to_owned())),
        Err(status) => Err(lost(&status)),
    }
}

async fn take(receipt: Receipt, lane: &mut Lane) -> Result<(), Halt> {
    let status = receipt.status();
    let key = receipt.key.unwrap_or_default();
    if key.box_id != lane.journal().box_id() || !lane.is_in_flight(key.sequence) {
        tracing::debug!(
            box_id = key.box_id,
            sequence = key.sequence,
            "receipt for an event that is not in flight"
        );
        lane.count_unknown();
        return Ok(());
    }
    match status {
        ReceiptStatus::Accepted | ReceiptStatus::Duplicate => lane.settle(key.sequence),
        ReceiptStatus::Rejected => lane.bury(key.sequence, receipt.reason).await?,
        ReceiptStatus::Unspecified => {
            tracing::warn!(sequence = key.sequence, "receipt without a known status");
            lane.count_unknown();
        }
    }
    Ok(())
}

fn lost(status: &Status) -> Halt {
    Halt::Lost(format!("ledger answered {:?}: {}", status.code(), status.message()))
}
