//! `cairn run`: a box, from its first frame to its last event.

use std::future::Future;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use edge_config::{ConfigError, Strictness};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

use crate::edge::{EdgeBox, StopGrace};
use crate::grpc::GrpcServer;
use crate::http::HttpServer;

#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// The box's configuration.
    config: PathBuf,
    /// Stop when every camera has ended: for recorded footage.
    #[arg(long)]
    once: bool,
}

/// The network's threads: they do no work over half a millisecond.
const NETWORK_THREADS: usize = 2;

const GRACE: StopGrace = StopGrace { camera: Duration::from_secs(5), drain: Duration::from_secs(10) };

/// For servers to end their streams.
const SERVER_GRACE: Duration = Duration::from_secs(3);

/// Runs until SIGINT or SIGTERM, then drains. The first line on standard output tells the addresses in use, as JSON.
pub(crate) fn run(args: RunArgs) -> anyhow::Result<ExitCode> {
    let checked = match edge_config::read(&args.config, Strictness::Lenient) {
        Ok(checked) => checked,
        Err(error @ ConfigError::Unreadable { .. }) => {
            eprintln!("cairn: {:#}", anyhow::Error::from(error));
            return Ok(ExitCode::from(crate::EXIT_USAGE));
        }
        Err(ConfigError::Refused(problems)) => {
            eprintln!("{problems}");
            return Ok(ExitCode::from(crate::EXIT_USAGE));
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(NETWORK_THREADS)
        .thread_name("network")
        .enable_all()
        .build()
        .context("could not start the network's threads")?;
    runtime.block_on(async {
        // Before anything else, so that an early SIGTERM is a stop and not a kill.
        let stop = stop_signal()?;
        let grpc = GrpcServer::bind(checked.config.listen.grpc).await?;
        let http = HttpServer::bind(checked.config.listen.http).await?;
        let endpoints = serde_json::json!({
            "grpc": grpc.address().to_string(),
            "http": http.address().to_string(),
        });
        let (ended, mut all_ended) = mpsc::channel::<()>(1);
        let edge_box = EdgeBox::start(&args.config, checked, ended).await?;
        let (stopping, stopped) = watch::channel(false);
        let servers = [
            tokio::spawn(grpc.serve(Arc::clone(&edge_box.state), stopped.clone())),
            tokio::spawn(http.serve(Arc::clone(&edge_box.state), stopped)),
        ];
        // Whoever started the box may have closed its end; the box goes on.
        writeln!(std::io::stdout(), "{endpoints}").ok();
        tracing::info!(%endpoints, "box is running");

        tokio::select! {
            () = stop => tracing::info!("stopping: asked to"),
            // No message is ever sent: this ends when the last camera's thread has dropped its end.
            _ = all_ended.recv(), if args.once => tracing::info!("stopping: every camera has ended"),
        }
        edge_box.stop(GRACE).await;
        stopping.send(true).ok();
        for server in servers {
            match tokio::time::timeout(SERVER_GRACE, server).await {
                Ok(Ok(Ok(()))) => {}
                Ok(Ok(Err(error))) => tracing::error!(error = format!("{error:#}"), "server"),
                Ok(Err(error)) => tracing::error!(%error, "server panicked"),
                Err(_) => tracing::warn!(limit = ?SERVER_GRACE, "server did not end its streams in time"),
            }
        }
        Ok::<(), anyhow::Error>(())
    })?;
    runtime.shutdown_timeout(SERVER_GRACE);
    Ok(ExitCode::SUCCESS)
}

/// Resolves on SIGINT or SIGTERM, which are caught from this call on.
pub(crate) fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send> {
    let mut interrupt = signal(SignalKind::interrupt()).context("could not listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("could not listen for SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
