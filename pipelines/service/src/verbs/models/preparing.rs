//! `cairn models prepare`: what providers build from models, built before a box starts.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use edge_config::Strictness;
use engine::{
    EngineError, Precision, Provider, ProviderOutcome, ProviderRequest, Runtime, SessionSpec, Wish,
};
use indicatif::ProgressBar;
use models::Card;
use models::artifact::Store;
use models::home::Home;
use vision::SizePx;

use super::pulling::{Accepted, Unaccepted};
use super::{Found, Place, to_verify};
use crate::edge::usual_input;
use crate::sessions;

/// How often a build that takes long says so.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);

#[derive(Debug, clap::Args)]
pub(crate) struct PrepareArgs {
    /// Ids of the models; the default model and all that is held, unless told otherwise.
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// What shall run them: one name, or a list such as `tensorrt,cuda`; every provider here that keeps what it builds,
    /// unless told otherwise.
    #[arg(long, value_name = "NAME[,NAME…]")]
    provider: Option<Wish>,
    /// The numbers that they are computed in.
    #[arg(long, value_name = "fp32|fp16|int8", default_value = "fp32")]
    precision: Precision,
    /// Size of the input; the card's own, unless told otherwise.
    #[arg(long, value_name = "WIDTHxHEIGHT")]
    size: Option<InputSize>,
    /// Prepare what the cameras of this configuration use, as it says, and nothing else.
    #[arg(long, value_name = "EDGE.toml", conflicts_with_all = ["ids", "provider", "precision", "size", "accept", "store", "cards"])]
    config: Option<PathBuf>,
    #[command(flatten)]
    accepted: Accepted,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Copy, Debug)]
struct InputSize(SizePx);

impl FromStr for InputSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let side = |text: &str| text.parse::<u32>().ok().filter(|side| (1..=4096).contains(side));
        let sides = text.split_once('x').and_then(|(width, height)| Some((side(width)?, side(height)?)));
        let (width, height) = sides.ok_or("expected WIDTHxHEIGHT, such as 416x256")?;
        Ok(Self(SizePx::new(width, height)))
    }
}

/// One session to prepare.
struct Job {
    card: Card,
    file: PathBuf,
    size: SizePx,
    request: ProviderRequest,
}

/// Exit code 0 when all is prepared, 1 when something was not.
pub(crate) fn run(args: &PrepareArgs, home: &Home) -> anyhow::Result<ExitCode> {
    let (runtime, jobs) = match &args.config {
        Some(file) => of_config(file, home)?,
        None => of_ids(args, home)?,
    };
    if jobs.is_empty() {
        println!("nothing to prepare: no provider here keeps what it builds, or no model is held");
    }
    let mut failed = false;
    for job in &jobs {
        let spec = sessions::spec(&job.card, &job.file, job.size, 1, 1, job.request.clone())?;
        let label = format!("{} {} on {}", job.card.id, job.size, job.request.wish);
        let begun = Instant::now();
        match watched(&label, &runtime, &spec)? {
            Ok(outcome) => println!("{label}: {} ({:.1} s)", told(&outcome), begun.elapsed().as_secs_f64()),
            Err(error) => {
                eprintln!("cairn: {:#}", anyhow::Error::from(error));
                failed = true;
            }
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn of_ids(args: &PrepareArgs, home: &Home) -> anyhow::Result<(Runtime, Vec<Job>)> {
    let runtime = Runtime::load(&Runtime::find(None)?)?;
    let wishes: Vec<Wish> = match &args.provider {
        Some(wish) => vec![wish.clone()],
        None => engine::providers(&runtime)
            .into_iter()
            .filter(|report| report.is_present() && report.provider.caches())
            .map(|report| Wish::Require(report.provider))
            .collect(),
    };
    let (cards, store) = args.place.open(home)?;
    let mut jobs = Vec::new();
    let accepted = &args.accepted.accept;
    for Found { card, state, .. } in to_verify(&cards, &args.ids, accepted, &store)? {
        // Whoever names such a model without accepting it was refused above.
        if let Err(reason) = card.may_be_used(accepted) {
            eprintln!("cairn: not prepared: {}", Unaccepted::from(reason));
            continue;
        }
        let size = args.size.map_or_else(|| usual_input(card), |size| size.0);
        anyhow::ensure!(
            card.input.size.takes(size),
            "input size {size} is not one that model `{}` takes: {}",
            card.id,
            card.input.size
        );
        let file = state
            .with_context(|| format!("model `{0}` is not here, run `cairn models pull {0}`", card.id))?;
        for wish in &wishes {
            let request = ProviderRequest {
                precision: args.precision,
                cache: Some(sessions::cache(home)),
                ..wish.clone().into()
            };
            jobs.push(Job { card: card.clone(), file: file.clone(), size, request });
        }
    }
    Ok((runtime, jobs))
}

fn of_config(file: &Path, home: &Home) -> anyhow::Result<(Runtime, Vec<Job>)> {
    let config = crate::verbs::check::read(file, Strictness::Lenient)?.config;
    let runtime = Runtime::load(&Runtime::find(config.inference.runtime.as_deref())?)?;
    let cards = models::cards(&config.models.dir.clone().unwrap_or_else(|| home.cards()))?;
    let store = config.models.store.as_ref().map_or_else(|| home.models(), Store::new);
    let mut used: Vec<(&str, Option<(u32, u32)>)> =
        config.cameras.iter().map(|camera| (camera.model.as_str(), camera.input_size)).collect();
    used.sort_unstable();
    used.dedup();
    let mut jobs = Vec::new();
    for (id, size) in used {
        let card = models::find(&cards, id)?.clone();
        let file = store
            .locate(&card.artifact)
            .with_context(|| format!("model `{id}` is not here, run `cairn models pull {id}`"))?;
        let size = size.map_or_else(|| usual_input(&card), |(width, height)| SizePx::new(width, height));
        let request = sessions::provider(config.inference.provider_of(id), &sessions::cache(home))?;
        jobs.push(Job { card, file, size, request });
    }
    Ok((runtime, jobs))
}

/// Prepares on a thread of its own, and says every now and then that it goes on.
fn watched(
    label: &str,
    runtime: &Runtime,
    spec: &SessionSpec,
) -> anyhow::Result<Result<ProviderOutcome, EngineError>> {
    let begun = Instant::now();
    let bar =
        std::io::stderr().is_terminal().then(|| ProgressBar::new_spinner().with_message(label.to_owned()));
    thread::scope(|scope| {
        let (done, waiting) = sync_channel(1);
        thread::Builder::new()
            .name("prepare".to_owned())
            .spawn_scoped(scope, move || done.send(engine::prepare(runtime, spec)).ok())
            .context("could not start a thread")?;
        loop {
            match waiting.recv_timeout(SIGN_OF_LIFE) {
                Ok(outcome) => {
                    bar.inspect(ProgressBar::finish_and_clear);
                    return Ok(outcome);
                }
                Err(RecvTimeoutError::Disconnected) => return Err(anyhow!("{label}: panicked, see the log")),
                Err(RecvTimeoutError::Timeout) => {
                    let elapsed = begun.elapsed().as_secs();
                    match &bar {
                        Some(bar) => {
                            bar.set_message(format!("{label}: building, {elapsed} s"));
                            bar.tick();
                        }
                        None => eprintln!("{label}: building, {elapsed} s"),
                    }
                }
            }
        }
    })
}

fn told(outcome: &ProviderOutcome) -> String {
    let help = if outcome.partial { " with help of the processor" } else { "" };
    let refused: String = outcome
        .refused
        .iter()
        .map(|refusal| format!("; {} refused: {}", refusal.provider, refusal.reason))
        .collect();
    let kept = match &outcome.cache {
        Some(folder) => format!("kept in {}", folder.display()),
        None if outcome.actual == Provider::Cpu => "nothing to build".to_owned(),
        None => "nothing is kept".to_owned(),
    };
    format!("runs on {}{help}, {kept}{refused}", outcome.actual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_two_numbers_of_pixels() {
        let size = |text: &str| text.parse::<InputSize>().map(|size| size.0);
        assert_eq!(size("416x256"), Ok(SizePx::new(416, 256)));
        for bad in ["416", "416x", "x256", "0x256", "416x5000", "416X256", "416x256x3"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }
}
