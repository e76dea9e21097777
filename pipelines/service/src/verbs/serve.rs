//! `cairn serve`: models alone behind the Open Inference Protocol, for load tools and evaluators.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use engine::{Batching, Provider, Runtime, SessionHandle, SessionSpec, SessionThread, Wish};
use models::Card;
use tokio::sync::watch;
use vision::SizePx;

use super::models::Place;
use super::models::pulling::{Accepted, Unaccepted};
use super::run::{NETWORK_THREADS, SERVER_GRACE, stop_signal};
use crate::EXIT_USAGE;
use crate::listen::Bound;
use crate::outside::Outside;
use crate::sessions;
use crate::tensors::Lent;

#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// Ids of model cards; `cairn models list` names them.
    #[arg(required = true, value_name = "MODEL")]
    ids: Vec<String>,
    /// Size of the models' inputs in pixels, instead of each card's own.
    #[arg(long, value_name = "WxH", value_parser = size)]
    input: Option<SizePx>,
    /// Address to listen on; port 0 takes a free one, which is printed.
    #[arg(long, default_value = "127.0.0.1:8001")]
    listen: SocketAddr,
    /// Tensors that may wait for one model, and so the largest batch; one more is refused at once.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=256))]
    queue: u16,
    /// Threads inside one run of a model.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: u16,
    /// Tensors that are run together where so many wait; of models whose cards say that they take several.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=32))]
    batch: u16,
    /// Sessions of each model side by side.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=16))]
    sessions: u16,
    #[command(flatten)]
    accepted: Accepted,
    #[command(flatten)]
    place: Place,
    /// Print the address in use as one line of JSON.
    #[arg(long)]
    json: bool,
}

/// How long a tensor may wait for its model, unless its caller asks for less.
const DEADLINE: Duration = Duration::from_secs(10);

/// Serves until SIGINT or SIGTERM. The first line on standard output tells the address, once every model has answered.
pub(crate) fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    if !args.listen.ip().is_loopback() {
        eprintln!("cairn: --listen: got {}, expected a loopback address until mTLS is there", args.listen);
        return Ok(ExitCode::from(EXIT_USAGE));
    }
    let chosen = match Chosen::of(&args) {
        Ok(chosen) => chosen,
        Err(error) => {
            eprintln!("cairn: {error:#}");
            return Ok(ExitCode::from(EXIT_USAGE));
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(NETWORK_THREADS)
        .thread_name("network")
        .enable_all()
        .build()
        .context("could not start the network's threads")?;
    let outcome = runtime.block_on(serve(&args, &chosen));
    runtime.shutdown_timeout(SERVER_GRACE);
    outcome?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(args: &ServeArgs, chosen: &[Chosen]) -> anyhow::Result<()> {
    // Before anything else, so that an early SIGTERM is a stop and not a kill.
    let stop = stop_signal()?;
    let bound = Bound::to(args.listen, "gRPC").await?;
    let address = bound.address;
    let (lent, sessions) = load(args, chosen)?;
    let (stopping, stopped) = watch::channel(false);
    let mut server = tokio::spawn(crate::grpc::serve_models(bound, Arc::new(lent), stopped));
    // Whoever started this may have closed its end; the server goes on.
    if args.json {
        writeln!(std::io::stdout(), "{}", serde_json::json!({ "grpc": address.to_string() })).ok();
    } else {
        let models = args.ids.join(", ");
        writeln!(std::io::stdout(), "{models}: gRPC on {address} (Open Inference Protocol), Ctrl-C ends")
            .ok();
    }
    tokio::select! {
        () = stop => {}
        served = &mut server => return served.context("the server panicked")?,
    }
    stopping.send(true).ok();
    match tokio::time::timeout(SERVER_GRACE, server).await {
        Ok(served) => served.context("the server panicked")??,
        Err(_) => tracing::warn!(limit = ?SERVER_GRACE, "calls did not end in time"),
    }
    drop(sessions);
    Ok(())
}

/// A model whose file is there.
struct Chosen {
    card: Arc<Card>,
    file: PathBuf,
    size: SizePx,
}

impl Chosen {
    /// # Errors
    /// An unknown id, one given twice, a licence that was not accepted, a size that its model does not take, a file that
    /// is missing or another.
    fn of(args: &ServeArgs) -> anyhow::Result<Vec<Self>> {
        if let Some(id) =
            args.ids.iter().enumerate().find_map(|(at, id)| args.ids[..at].contains(id).then_some(id))
        {
            anyhow::bail!("model `{id}` is given twice");
        }
        let (cards, store) = args.place.open(&models::home::default_store()?)?;
        let mut chosen: Vec<Self> = Vec::new();
        for id in &args.ids {
            let card = models::find(&cards, id)?;
            card.may_be_used(&args.accepted.accept).map_err(Unaccepted::from)?;
            let size = args.input.unwrap_or_else(|| card.input.size.preferred());
            anyhow::ensure!(
                card.input.size.takes(size),
                "--input: got {size}, expected a size that model `{id}` takes: {}",
                card.input.size
            );
            let file = store
                .locate(&card.artifact)
                .with_context(|| format!("model `{id}` cannot be used, run `cairn models pull {id}`"))?;
            chosen.push(Self { card: Arc::new(card.clone()), file, size });
        }
        Ok(chosen)
    }
}

fn load(args: &ServeArgs, chosen: &[Chosen]) -> anyhow::Result<(Lent, Vec<SessionThread>)> {
    let runtime = Runtime::load(&Runtime::find(None)?)?;
    let queue = usize::from(args.queue);
    let mut ways_in = Vec::new();
    let mut threads = Vec::new();
    for Chosen { card, file, size } in chosen {
        let (threads_each, provider) = (usize::from(args.threads), Wish::Require(Provider::Cpu).into());
        let spec = sessions::spec(card, file, *size, queue, threads_each, provider)?;
        let max = card.input.batch.most(usize::from(args.batch));
        let spec = SessionSpec { batch: Batching { max, ..Batching::default() }, ..spec };
        let (session, thread) = SessionHandle::spawn_side_by_side(&runtime, spec, usize::from(args.sessions))
            .with_context(|| format!("model `{}` does not load", card.id))?;
        ways_in.push((Arc::clone(card), *size, Outside::new(session, queue)));
        threads.push(thread);
    }
    Ok((Lent::new(ways_in, DEADLINE)?, threads))
}

/// A size on the command line.
pub(super) fn size(text: &str) -> Result<SizePx, String> {
    let side = |text: &str| text.parse::<u32>().ok().filter(|side| (1..=4096).contains(side));
    text.split_once('x')
        .and_then(|(width, height)| Some(SizePx::new(side(width)?, side(height)?)))
        .ok_or_else(|| "expected width and height in pixels up to 4096, such as 416x256".to_owned())
}
