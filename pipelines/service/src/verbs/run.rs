//! `cairn run`: a box, from its first frame to its last event.

use std::future::Future;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use edge_config::{Checked, ConfigError, Strictness};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::check;
use crate::edge::{EdgeBox, StopGrace};
use crate::listen::Bound;

#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// The box's configuration.
    config: PathBuf,
    /// Stop when every camera has ended: for recorded footage.
    #[arg(long)]
    once: bool,
}

/// The network's threads: they do no work over half a millisecond.
pub(crate) const NETWORK_THREADS: usize = 2;

const GRACE: StopGrace = StopGrace { camera: Duration::from_secs(5), drain: Duration::from_secs(10) };

/// For servers to end their streams.
pub(crate) const SERVER_GRACE: Duration = Duration::from_secs(3);

/// Runs until SIGINT or SIGTERM, then drains. The first line on standard output tells the addresses in use, as JSON.
pub(crate) fn run(args: RunArgs) -> anyhow::Result<ExitCode> {
    let checked = match check::read(&args.config, Strictness::Lenient) {
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
    let outcome = runtime.block_on(serve(&args, checked));
    runtime.shutdown_timeout(SERVER_GRACE);
    let failures = outcome?;
    for failure in &failures {
        eprintln!("cairn: {failure}");
    }
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The box's whole life. Answers what went wrong on the way, a line each.
async fn serve(args: &RunArgs, checked: Checked) -> anyhow::Result<Vec<String>> {
    // Before anything else, so that an early SIGTERM is a stop and not a kill.
    let stop = stop_signal()?;
    let grpc = Bound::to(checked.config.listen.grpc, "gRPC").await?;
    let http = Bound::to(checked.config.listen.http, "HTTP").await?;
    let endpoints = serde_json::json!({
        "grpc": grpc.address.to_string(),
        "http": http.address.to_string(),
    });
    let (ended, mut all_ended) = mpsc::channel::<()>(1);
    let edge_box = EdgeBox::start(&args.config, checked, ended).await?;
    let (stopping, stopped) = watch::channel(false);
    let mut servers = JoinSet::new();
    servers.spawn(crate::grpc::serve(grpc, Arc::clone(&edge_box.state), stopped.clone()));
    servers.spawn(crate::http::serve(http, Arc::clone(&edge_box.state), stopped));
    // Whoever started the box may have closed its end; the box goes on.
    writeln!(std::io::stdout(), "{endpoints}").ok();
    tracing::info!(%endpoints, "box is running");

    let mut failures = Vec::new();
    tokio::select! {
        () = stop => tracing::info!("stopping: asked to"),
        // No message is ever sent: this ends when the last camera's thread has dropped its end.
        _ = all_ended.recv(), if args.once => {
            tracing::info!("stopping: every camera has ended");
            failures = edge_box.failures();
        }
        // A box that cannot be asked for its state is not left running.
        Some(server) = servers.join_next() => failures.push(format!("a server ended by itself: {server:?}")),
    }
    edge_box.stop(GRACE, &mut all_ended).await;
    stopping.send(true).ok();
    let ended = async {
        while let Some(server) = servers.join_next().await {
            match server {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(error = format!("{error:#}"), "server"),
                Err(error) => tracing::error!(%error, "server panicked"),
            }
        }
    };
    if tokio::time::timeout(SERVER_GRACE, ended).await.is_err() {
        tracing::warn!(limit = ?SERVER_GRACE, "servers did not end their streams in time");
    }
    Ok(failures)
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
