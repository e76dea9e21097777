//! A reference passage ledger: `cairn.v1.PassageLedger` over a file of events.
//!
//! The file is a row of length-delimited `Event` messages, in the order in which they were accepted. An event is
//! synced to disk before its receipt is sent, and a key that is already held changes nothing. A tail that a power cut
//! tore off is cut away at the next start: no receipt was ever sent for it.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use anyhow::Context as _;
use prost::Message as _;
use proto::v1::passage_ledger_server::{PassageLedger, PassageLedgerServer};
use proto::v1::{Event, Receipt, ReceiptStatus};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::{Request, Response, Status, Streaming};

use crate::edge::kind;

#[derive(Debug, clap::Args)]
pub(crate) struct ReceiveArgs {
    /// Address to listen on; port 0 takes a free one, which is printed.
    #[arg(long, default_value = "127.0.0.1:7600")]
    listen: SocketAddr,
    /// File that holds the events.
    #[arg(long)]
    store: PathBuf,
}

/// For streams to end after a stop was asked for.
const STOP_GRACE: Duration = Duration::from_secs(3);

/// Events of one stream that wait for their receipt.
const WINDOW: usize = 256;

/// Serves until SIGINT or SIGTERM. Prints one JSON line per event taken, which is how a demo or a test watches it.
pub(crate) fn run(args: ReceiveArgs) -> anyhow::Result<ExitCode> {
    if !args.listen.ip().is_loopback() {
        eprintln!("cairn: --listen: got {}, expected a loopback address until mTLS is there", args.listen);
        return Ok(ExitCode::from(crate::EXIT_USAGE));
    }
    let store = Store::open(&args.store)?;
    let (jobs, queue) = sync_channel(WINDOW);
    let writer = std::thread::Builder::new().name("ledger".to_owned()).spawn(move || store.serve(&queue))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(args.listen)
            .await
            .with_context(|| format!("could not listen on {}", args.listen))?;
        println!("{}", serde_json::json!({ "listening": listener.local_addr()?.to_string() }));
        let (stop, stopping) = watch::channel(false);
        let asked = crate::verbs::run::stop_signal()?;
        let mut until = stopping.clone();
        let server = tonic::transport::Server::builder()
            .add_service(PassageLedgerServer::new(Ledger { jobs, stopping }))
            .serve_with_incoming_shutdown(TcpListenerStream::new(listener), async move {
                until.wait_for(|stop| *stop).await.ok();
            });
        tokio::pin!(server);
        tokio::select! {
            served = &mut server => return served.context("ledger server failed"),
            () = asked => {}
        }
        stop.send(true).ok();
        match tokio::time::timeout(STOP_GRACE, server).await {
            Ok(served) => served.context("ledger server failed"),
            Err(_) => {
                tracing::warn!(limit = ?STOP_GRACE, "connections did not end in time");
                Ok(())
            }
        }
    })?;
    drop(runtime);
    writer.join().map_err(|_| anyhow::anyhow!("the ledger's writer panicked"))?;
    Ok(ExitCode::SUCCESS)
}

struct Job {
    event: Event,
    reply: oneshot::Sender<Receipt>,
}

struct Ledger {
    jobs: SyncSender<Job>,
    stopping: watch::Receiver<bool>,
}

#[tonic::async_trait]
impl PassageLedger for Ledger {
    type RecordStream = ReceiverStream<Result<Receipt, Status>>;

    async fn record(
        &self,
        request: Request<Streaming<Event>>,
    ) -> Result<Response<Self::RecordStream>, Status> {
        let mut events = request.into_inner();
        let (receipts, stream) = mpsc::channel(WINDOW);
        let jobs = self.jobs.clone();
        let mut stopping = self.stopping.clone();
        tokio::spawn(async move {
            loop {
                let asked = async { stopping.wait_for(|stop| *stop).await.is_ok() };
                let event = tokio::select! {
                    event = events.message() => event,
                    _ = asked => Err(Status::unavailable("the ledger is stopping")),
                };
                if let Err(status) = &event {
                    receipts.send(Err(status.clone())).await.ok();
                }
                let Ok(Some(event)) = event else { return };
                let (reply, receipt) = oneshot::channel();
                // One event at a time per stream, so the queue of `WINDOW` is only full with as many streams.
                let outcome = match jobs.try_send(Job { event, reply }) {
                    Ok(()) => receipt.await.map_err(|_| Status::unavailable("the ledger is stopping")),
                    Err(_) => Err(Status::resource_exhausted("the ledger is busy")),
                };
                let failed = outcome.is_err();
                if receipts.send(outcome).await.is_err() || failed {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

/// The file and the keys in it.
struct Store {
    file: File,
    /// Bytes of whole events.
    length: u64,
    held: HashSet<(String, u64)>,
}

impl Store {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .with_context(|| format!("could not open `{}`", path.display()))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(|| format!("could not read `{}`", path.display()))?;
        let mut held = HashSet::new();
        let mut rest = bytes.as_slice();
        let mut whole = 0;
        while !is_torn(rest) {
            let event = Event::decode_length_delimited(&mut rest).map_err(anyhow::Error::from);
            let key = event.and_then(|event| event.key.context("event has no key"));
            // Whole and unreadable is damage, not a power cut: what stands behind it has receipts and is not thrown away.
            let key = key.with_context(|| format!("`{}` is damaged at byte {whole}", path.display()))?;
            held.insert((key.box_id, key.sequence));
            whole = bytes.len() - rest.len();
        }
        if whole < bytes.len() {
            tracing::warn!(bytes = bytes.len() - whole, "cut a torn event off the end of the store");
            file.set_len(whole as u64)?;
        }
        Ok(Self { file, length: whole as u64, held })
    }

    fn serve(mut self, queue: &Receiver<Job>) {
        for Job { event, reply } in queue {
            match self.record(&event) {
                Ok(receipt) => {
                    print_receipt(&event, &receipt);
                    // A stream that is gone asks again.
                    reply.send(receipt).ok();
                }
                // The dropped reply ends the stream with UNAVAILABLE: the box keeps the event and tries again.
                Err(error) => tracing::error!(error = %error, "could not store an event"),
            }
        }
    }

    fn record(&mut self, event: &Event) -> std::io::Result<Receipt> {
        let key = event.key.clone().unwrap_or_default();
        let receipt = |status: ReceiptStatus, reason: &str| Receipt {
            key: event.key.clone(),
            status: status.into(),
            reason: reason.to_owned(),
        };
        if key.box_id.is_empty() || key.sequence == 0 {
            return Ok(receipt(ReceiptStatus::Rejected, "key: expected a box id and a sequence from 1"));
        }
        let held = (key.box_id, key.sequence);
        if self.held.contains(&held) {
            return Ok(receipt(ReceiptStatus::Duplicate, ""));
        }
        let bytes = event.encode_length_delimited_to_vec();
        if let Err(error) = self.file.write_all(&bytes).and_then(|()| self.file.sync_data()) {
            // What was written in part must not stand before the next event.
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.length += bytes.len() as u64;
        self.held.insert(held);
        Ok(receipt(ReceiptStatus::Accepted, ""))
    }
}

/// Whether `rest` is shorter than the event that it announces: the end of the file, or a write that a power cut tore.
fn is_torn(mut rest: &[u8]) -> bool {
    match prost::decode_length_delimiter(&mut rest) {
        Ok(length) => rest.len() < length,
        // A length of one to nine bytes that all go on; ten would be damage.
        Err(_) => rest.len() < 10,
    }
}

fn print_receipt(event: &Event, receipt: &Receipt) {
    let key = event.key.clone().unwrap_or_default();
    let line = serde_json::json!({
        "box": key.box_id,
        "sequence": key.sequence,
        "kind": kind(event),
        "status": receipt.status().as_str_name().trim_start_matches("RECEIPT_STATUS_").to_lowercase(),
    });
    // Standard output may be closed by whoever watched it; the ledger goes on.
    writeln!(std::io::stdout(), "{line}").ok();
}
