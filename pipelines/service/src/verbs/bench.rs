//! `cairn bench`: measures this machine.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use engine::{Provider, Wish};
use models::artifact::{Patience, PublicHost, Quiet, pull};
use models::{Card, Task};
use serde_json::{Value, json};
use vision::SizePx;

use super::models::pulling::{Accepted, Unaccepted};
use crate::bench::{self, Capacity, Floor, Plan, Profile};
use crate::edge::{Detector, SessionSettings};
use crate::eval::{self, BadRequest};
use crate::machine::Machine;

/// A whole recording that anybody can have.
const FOOTAGE: &str = "people-one-by-one";

#[derive(Debug, clap::Args)]
pub(crate) struct BenchArgs {
    /// Write what was measured for `[inference] tuned` of a box on this machine.
    #[arg(long, conflicts_with = "clip")]
    tune: bool,
    /// Where.
    #[arg(long, value_name = "FILE", default_value = "tuned.toml", requires = "tune")]
    out: PathBuf,
    /// Shorter measurements: to see that it works, not to rely on.
    #[arg(long)]
    quick: bool,
    /// Models that look at cameras, instead of the default one; may be given several times. Every model held here is run by
    /// itself, unless some are named.
    #[arg(long = "model", value_name = "ID")]
    models: Vec<String>,
    /// Size of the model's input instead of its own.
    #[arg(long, value_name = "WxH", value_parser = size)]
    input: Option<SizePx>,
    /// What each camera sends: codec, size, pictures per second.
    #[arg(long, value_name = "CODEC:WxH@HZ", default_value = "h264:1920x1080@25", value_parser = stream)]
    camera: Profile,
    /// Pictures of each camera that are looked at per second.
    #[arg(long, value_name = "HZ", default_value_t = 10.0)]
    rate: f64,
    /// Recorded footage that everything is made of, instead of people one by one.
    #[arg(long, value_name = "FILE")]
    footage: Option<PathBuf>,
    /// Instead of all this, compare what a frame of this clip costs with decoding and session alone, on one CPU.
    #[arg(long, value_name = "FILE", requires = "models")]
    clip: Option<PathBuf>,
    /// How often the clip is measured; medians are told.
    #[arg(long, value_name = "N", default_value_t = 5, requires = "clip", value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// At most so many frames of the clip.
    #[arg(long, value_name = "N", requires = "clip", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Run the clip through the whole once and compare it with nothing: for others to measure the process.
    #[arg(long, requires = "clip")]
    whole: bool,
    #[command(flatten)]
    accepted: Accepted,
    /// Write the document; `-` is standard output.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Exit code 0 when everything was measured, [`crate::EXIT_USAGE`] for a bad argument.
pub(crate) fn run(args: BenchArgs) -> anyhow::Result<ExitCode> {
    match carry_out(&args) {
        Err(error) if error.is::<BadRequest>() => {
            eprintln!("cairn: {error:#}");
            Ok(ExitCode::from(crate::EXIT_USAGE))
        }
        other => other.map(|()| ExitCode::SUCCESS),
    }
}

fn carry_out(args: &BenchArgs) -> anyhow::Result<()> {
    // Asked before the process keeps itself to one CPU.
    let machine = Machine::current();
    let files = args.json.iter().chain(args.tune.then_some(&args.out));
    for file in files.filter(|file| file.as_os_str() != "-") {
        eval::probe(file)?;
    }
    let cards = models::cards(&models::home::default_store()?.cards())?;
    let mut chosen = Vec::new();
    for id in &args.models {
        let card = models::find(&cards, id).map_err(|error| BadRequest::new(format!("--model: {error}")))?;
        if let Some(input) = args.input.filter(|input| !card.input.size.takes(*input)) {
            let takes = card.input.size;
            return Err(BadRequest::new(format!("--input: got {input}, `{id}` takes {takes}")).into());
        }
        card.may_be_used(&args.accepted.accept)
            .map_err(|reason| BadRequest::new(Unaccepted::from(reason).to_string()))?;
        chosen.push(Arc::new(card.clone()));
    }
    match &args.clip {
        Some(clip) => on_clip(args, clip, &chosen),
        None => on_machine(args, &machine, &cards, chosen),
    }
}

/// The comparison with the floor.
fn on_clip(args: &BenchArgs, clip: &Path, chosen: &[Arc<Card>]) -> anyhow::Result<()> {
    let [card] = chosen else { return Err(BadRequest::new("--model: expected one beside --clip").into()) };
    // Before any other thread is there.
    let cpu = bench::pin_to_one()?;
    let runtime = eval::runtime()?;
    let provider = Wish::Require(Provider::Cpu).into();
    let settings = SessionSettings::plain(provider);
    let detector = Detector::new(&runtime, Arc::clone(card), &eval::locate(card)?, args.input, settings, 1)
        .with_context(|| format!("model `{}` does not load", card.id))?;
    let rounds = if args.quick { 1 } else { usize::from(args.rounds) };
    let floor = Floor { file: clip.to_owned(), card: Arc::clone(card), detector, limit: args.limit, rounds };
    let mut document = json!({
        "schema": "cairn.bench-clip/1",
        "clip": clip.file_name().map(|name| name.to_string_lossy()),
        "model": card.id,
        "onnxruntime": runtime.version(),
        "pinned_to_cpu": cpu,
    });
    let named = || format!("`{}`", clip.display());
    let said = if args.whole {
        let spent = floor.whole().with_context(named)?;
        let (cpu_s, wall_s) = (spent.cpu.as_secs_f64(), spent.wall.as_secs_f64());
        merge(&mut document, json!({"frames": spent.frames, "cpu_seconds": cpu_s, "seconds": wall_s}));
        format!("{} frames, {cpu_s:.2} CPU seconds", spent.frames)
    } else {
        let figures = floor.measure().with_context(named)?;
        let of = figures.cpu_ms_per_frame;
        let said = format!(
            "{} frames, CPU ms per frame: decode {:.3}, session {:.3}, whole {:.3}; overhead over the floor {:.3}",
            figures.frames, of.decode, of.session, of.whole, figures.overhead_over_floor
        );
        document["rounds"] = json!(rounds);
        merge(&mut document, serde_json::to_value(figures)?);
        said
    };
    write_out(args, document, &said)
}

/// Everything about the machine.
fn on_machine(
    args: &BenchArgs,
    machine: &Machine,
    cards: &[Card],
    chosen: Vec<Arc<Card>>,
) -> anyhow::Result<()> {
    let profile = Profile { rate_hz: args.rate.min(args.camera.camera_hz), ..args.camera.clone() };
    if !(0.1..=1000.0).contains(&profile.rate_hz) {
        return Err(BadRequest::new(format!("--rate: got {}, expected 0.1 to 1000", args.rate)).into());
    }
    let all = chosen.is_empty();
    let measured = if all { held_detectors(cards, &args.accepted.accept) } else { chosen };
    let on_cameras: Vec<usize> = if all {
        measured.iter().position(|card| card.id == models::DEFAULT_MODEL).into_iter().collect()
    } else {
        (0..measured.len()).collect()
    };
    ensure!(!on_cameras.is_empty(), "the default model is not held here, run `cairn models pull`");
    let footage = match &args.footage {
        Some(file) => file.clone(),
        None => own_footage()?,
    };
    let inputs = |card: &Card| match args.input {
        Some(input) => vec![input],
        None => inputs_of(card, profile.size),
    };
    let plan = Plan {
        footage,
        cards: measured.into_iter().map(|card| (Arc::clone(&card), inputs(&card))).collect(),
        on_cameras,
        profile,
        cores: machine.cores,
        quick: args.quick,
    };
    let runtime = eval::runtime()?;
    let told = |step: &str| {
        if args.json.as_deref() != Some(Path::new("-")) {
            println!("{step}");
        }
    };
    let capacity = bench::measure(&runtime, &plan, &told)?;
    let date = delivery::rfc3339(delivery::unix_ns()).chars().take(10).collect::<String>();
    let mut document = json!({
        "schema": "cairn.bench/1",
        "measured_on": date,
        "quick": args.quick,
        "onnxruntime": runtime.version(),
    });
    let mut said = summary(&capacity);
    if args.tune {
        let text = bench::tuned_toml(&capacity, machine, runtime.version(), &date);
        std::fs::write(&args.out, text)
            .with_context(|| format!("could not write `{}`", args.out.display()))?;
        said = format!("{said}\nwritten: {}", args.out.display());
    }
    merge(&mut document, serde_json::to_value(&capacity)?);
    write_out(args, document, &said)
}

/// The clip that is held here, or pulled.
fn own_footage() -> anyhow::Result<PathBuf> {
    let footage = datasets::builtin_footage()?;
    let (store, mirror) =
        (models::home::default_store()?.footage(), eval::mirror().map(|dir| dir.join(models::home::FOOTAGE)));
    let host = PublicHost::github(Patience::default());
    let clip = datasets::find(&footage, FOOTAGE)?.clip();
    Ok(pull(clip, &store, mirror.as_deref(), Some(&host), &mut Quiet)?.path)
}

/// The detectors whose files are here, in the order of the cards.
/// Those whose licence is in the list, or accepted.
fn held_detectors(cards: &[Card], accepted: &[String]) -> Vec<Arc<Card>> {
    let held = |card: &&Card| {
        card.task == Task::Detect && card.may_be_used(accepted).is_ok() && eval::locate(card).is_ok()
    };
    cards.iter().filter(held).map(|card| Arc::new(card.clone())).collect()
}

/// The size that the cameras' pictures need, which is what cameras run at, and the model's own where it is another.
fn inputs_of(card: &Card, picture: (u32, u32)) -> Vec<SizePx> {
    let (cut, own) = (card.input.size.cut_to(SizePx::new(picture.0, picture.1)), card.input.size.preferred());
    if cut == own { vec![own] } else { vec![cut, own] }
}

fn summary(capacity: &Capacity) -> String {
    let line = |found: &bench::Certified| {
        let profile = &found.profile;
        let age =
            found.frame_age_ms.map_or_else(String::new, |ages| format!(", frame age p95 {:.0} ms", ages.p95));
        format!(
            "{} cameras of {} {}x{} at {} Hz, {} Hz looked at, with {} at {}x{} {}{age}",
            found.cameras,
            profile.codec,
            profile.size.0,
            profile.size.1,
            profile.camera_hz,
            profile.rate_hz,
            found.model,
            found.input.0,
            found.input.1,
            found.setup
        )
    };
    capacity.capacity.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn write_out(args: &BenchArgs, document: Value, said: &str) -> anyhow::Result<()> {
    if args.json.as_deref() != Some(Path::new("-")) {
        println!("{said}");
    }
    match args.json.as_deref() {
        Some(file) => crate::machine::write_document(document, file),
        None => Ok(()),
    }
}

fn merge(document: &mut Value, more: Value) {
    if let (Value::Object(document), Value::Object(more)) = (document, more) {
        document.extend(more);
    }
}

fn size(text: &str) -> Result<SizePx, String> {
    let expected = || "expected WIDTHxHEIGHT in pixels, such as 416x256".to_owned();
    let (width, height) = text.split_once('x').ok_or_else(expected)?;
    match (width.parse(), height.parse()) {
        (Ok(width), Ok(height)) if 0 < width && 0 < height => Ok(SizePx::new(width, height)),
        _ => Err(expected()),
    }
}

/// A camera that every picture of is looked at.
fn stream(text: &str) -> Result<Profile, String> {
    let expected = || "expected CODEC:WIDTHxHEIGHT@HZ, such as h264:1920x1080@25".to_owned();
    let (codec, rest) = text.split_once(':').ok_or_else(expected)?;
    let (size_text, rate) = rest.split_once('@').ok_or_else(expected)?;
    let size = size(size_text).map_err(|_| expected())?;
    let camera_hz: f64 = rate.parse().map_err(|_| expected())?;
    // The server that plays the cameras speaks no other.
    if codec != "h264" {
        return Err(format!("got codec `{codec}`, expected h264"));
    }
    if !(16..=3840).contains(&size.width)
        || !(16..=2160).contains(&size.height)
        || !(1.0..=120.0).contains(&camera_hz)
    {
        return Err("expected a size from 16x16 to 3840x2160 and 1 to 120 Hz".to_owned());
    }
    Ok(Profile { codec: "h264", size: (size.width, size.height), camera_hz, rate_hz: camera_hz })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_is_codec_size_and_rate() {
        let profile = stream("h264:1280x720@12.5").expect("right");
        assert_eq!((profile.size, profile.camera_hz), ((1280, 720), 12.5));
        for bad in
            ["", "h264", "h264:1280x720", "h265:1280x720@25", "h264:8x8@25", "h264:1280x720@0", "h264:x@25"]
        {
            assert!(stream(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_free_model_is_measured_at_the_cameras_aspect_too() {
        let cards = models::builtin_cards().expect("built in");
        let inputs = |id, picture| inputs_of(models::find(&cards, id).expect("built in"), picture);
        let size = SizePx::new;
        assert_eq!(inputs("yolox-nano", (1920, 1080)), [size(416, 256), size(416, 416)]);
        assert_eq!(inputs("yolox-nano", (480, 480)), [size(416, 416)]);
        assert_eq!(inputs("yolox-nano", (480, 3000)), [size(96, 416), size(416, 416)]);
        assert_eq!(inputs("yolox-nano-416", (1920, 1080)), [size(416, 416)]);
    }
}
