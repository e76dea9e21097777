//! A ledger whose every answer the test decides.

use std::net::Ipv4Addr;
use std::thread;
use std::time::Duration;

use delivery::LedgerDestination;
use proto::v1::passage_ledger_server::{PassageLedger, PassageLedgerServer};
use proto::v1::{Event, EventKey, Receipt, ReceiptStatus};
use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};
use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::transport::Server;
use tonic::{Request, Response, Status, Streaming};

use super::journal::BOX;
use super::wait::{LIMIT, within};

/// An event that reached the ledger, and the stream it came by.
pub(crate) struct Arrival {
    pub(crate) sequence: u64,
    receipts: mpsc::Sender<Result<Receipt, Status>>,
}

impl Arrival {
    pub(crate) async fn answer(&self, status: ReceiptStatus, reason: &str) {
        self.receipt_for(BOX, self.sequence, status, reason).await;
    }

    pub(crate) async fn accept(&self) {
        self.answer(ReceiptStatus::Accepted, "").await;
    }

    pub(crate) async fn receipt_for(&self, box_id: &str, sequence: u64, status: ReceiptStatus, reason: &str) {
        let key = EventKey { box_id: box_id.to_owned(), sequence };
        let receipt = Receipt { key: Some(key), status: status.into(), reason: reason.to_owned() };
        // The box may have hung up.
        self.receipts.send(Ok(receipt)).await.ok();
    }

    pub(crate) async fn break_stream(&self) {
        self.receipts.send(Err(Status::unavailable("going down"))).await.ok();
    }
}

/// A server with a runtime of its own, so that killing it closes every socket at once.
pub(crate) struct Ledger {
    pub(crate) port: u16,
    arrivals: mpsc::Receiver<Arrival>,
    runtime: Option<Runtime>,
}

impl Ledger {
    pub(crate) async fn start() -> Self {
        Self::start_on(0).await
    }

    pub(crate) async fn start_on(port: u16) -> Self {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (arrived, arrivals) = mpsc::channel(4_096);
        let listener = runtime.spawn(TcpListener::bind((Ipv4Addr::LOCALHOST, port))).await.unwrap().unwrap();
        let port = listener.local_addr().unwrap().port();
        let service = PassageLedgerServer::new(Scripted { arrived });
        runtime.spawn(
            Server::builder().add_service(service).serve_with_incoming(TcpListenerStream::new(listener)),
        );
        Self { port, arrivals, runtime: Some(runtime) }
    }

    pub(crate) async fn next(&mut self) -> Arrival {
        within("event at the ledger", self.arrivals.recv()).await.unwrap()
    }

    pub(crate) fn kill(mut self) -> u16 {
        self.shut_down();
        self.port
    }

    fn shut_down(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        // A runtime may not be waited for within another one, and unless it is gone its port cannot be taken again.
        let shut_down = move || runtime.shutdown_timeout(LIMIT);
        let thread = thread::Builder::new().name("ledger-end".to_owned()).spawn(shut_down);
        thread.unwrap().join().unwrap();
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.shut_down();
    }
}

pub(crate) fn destination(port: u16) -> LedgerDestination {
    LedgerDestination {
        endpoint: format!("http://127.0.0.1:{port}"),
        in_flight: 16,
        receipt_timeout: Duration::from_secs(20),
        max_backoff: Duration::from_millis(50),
    }
}

struct Scripted {
    arrived: mpsc::Sender<Arrival>,
}

#[tonic::async_trait]
impl PassageLedger for Scripted {
    type RecordStream = ReceiverStream<Result<Receipt, Status>>;

    async fn record(
        &self,
        request: Request<Streaming<Event>>,
    ) -> Result<Response<Self::RecordStream>, Status> {
        let mut events = request.into_inner();
        let arrived = self.arrived.clone();
        let (receipts, stream) = mpsc::channel(1_024);
        tokio::spawn(async move {
            while let Ok(Some(event)) = events.message().await {
                let sequence = event.key.unwrap().sequence;
                arrived.send(Arrival { sequence, receipts: receipts.clone() }).await.ok();
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}
