//! `cairn demo`: the main job on real input, with every part real and each of them killable.
//!
//! The demo itself serves the recorded clips over RTSP, subscribes to the broker and reads the box's feed. The broker,
//! the ledger and the box are child processes: kill any of them, and the demo starts it again. Nothing that the box
//! has accepted may be lost by that.

mod actor;
mod cast;
mod clips;
mod files;
mod outage;
mod report;
mod snapshot;
mod tally;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::sync::mpsc;

use cast::Cast;
use outage::{Outage, Part};
use tally::Tally;
use watch::Sighting;

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// How long to run.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Write the result as JSON (`cairn.demo/1`) to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Folder for configuration, journal, logs and snapshots; emptied at the start.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Folder with `models/` and `footage/` to take files from.
    #[arg(long)]
    mirror: Option<PathBuf>,
    /// Play only these cameras: people, junction, lane. Without it: people, and vehicles from where they can be had.
    #[arg(long)]
    camera: Vec<String>,
    /// Play the clips this much faster than they were recorded.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Kill a part and start it again: `broker@15+20` kills the broker after 15 s for 20 s. Parts: broker, ledger, box.
    #[arg(long, value_name = "PART@START+SECONDS")]
    outage: Vec<Outage>,
}

/// Reports of children, streams and receivers that wait for the demo.
const SIGHTINGS: usize = 1024;

/// For the broker to listen.
const START_LIMIT: Duration = Duration::from_secs(20);

/// How long the last events may take from the box's end to their receivers.
const STRAGGLERS: Duration = Duration::from_secs(10);

/// Runs for the given time; the exit code is 0 when at least one passage was confirmed and each one was published
/// and receipted.
pub(crate) fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(play(args))
}

async fn play(args: DemoArgs) -> anyhow::Result<ExitCode> {
    let mut interrupted = std::pin::pin!(crate::verbs::run::stop_signal()?);
    let out = match args.out {
        Some(out) => out,
        None => models::home::default_store()?.root().join("demo"),
    };
    let clips = clips::take(args.mirror.as_deref(), &args.camera)?;
    capture::init()?;
    let server = clips::serve(&clips, args.speed)?;
    let (sightings, mut seen) = mpsc::channel::<Sighting>(SIGHTINGS);
    let mut cast = Cast::start(&out, &clips, &server)?;
    cast.enter(Part::Broker, &sightings)?;
    let mut subscriber = watch::broker(cast.broker_port(), sightings.clone());
    // A broker keeps nothing for those it does not know: the box begins when somebody listens.
    tokio::time::timeout(START_LIMIT, subscriber.subscribed())
        .await
        .context("the broker took no subscriber")?;
    cast.enter(Part::Ledger, &sightings)?;
    cast.enter(Part::Box, &sightings)?;
    watch::outages(&args.outage, cast.orders(), sightings.clone());

    let mut tally = Tally::new(clips, cast.data_dir(), out.join("snapshots"));
    let begun = Instant::now();
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let end = tokio::time::sleep(Duration::from_secs(args.seconds));
    tokio::pin!(end);
    loop {
        tokio::select! {
            Some(sighting) = seen.recv() => {
                if let Sighting::BoxReady { endpoint } = &sighting {
                    watch::feed(endpoint.clone(), tally.next_sequence(), sightings.clone());
                }
                tally.take(sighting, begun.elapsed());
            }
            _ = second.tick() => {
                if let Some(endpoint) = tally.endpoint() {
                    watch::figures(endpoint, sightings.clone());
                }
                tally.sample_usage(begun.elapsed());
            }
            () = &mut end => break,
            () = &mut interrupted => {
                println!("stopping: asked to");
                break;
            }
        }
    }
    // The box's figures go with it, so the last ones are taken before it is asked to stop.
    if let Some(figures) = tally.endpoint() {
        watch::figures_now(figures, &sightings).await;
    }
    tally.sample_usage(begun.elapsed());
    cast.stop_box().await;
    let stragglers = async {
        while !tally.is_complete() {
            match seen.recv().await {
                Some(sighting) => tally.take(sighting, begun.elapsed()),
                None => break,
            }
        }
    };
    if tokio::time::timeout(STRAGGLERS, stragglers).await.is_err() {
        println!(
            "some events did not reach every receiver within {} s of the box's end",
            STRAGGLERS.as_secs()
        );
    }
    cast.stop_rest().await;
    drop(server);

    let report = tally.report(begun.elapsed(), &out);
    report.print();
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&report).context("the report is not JSON")?;
        std::fs::write(path, text + "\n").with_context(|| format!("could not write `{}`", path.display()))?;
        println!("figures: {}", path.display());
    }
    Ok(if report.held() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
