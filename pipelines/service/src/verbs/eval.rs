//! `cairn eval`: recorded footage in, scores out, with the code that runs in the field.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use datasets::report::{Document, Pace, Shard};
use vision::SizePx;

use super::models::pulling::Accepted;
use crate::eval::{self, BadRequest, Request, TaskArg};

#[derive(Debug, clap::Args)]
pub(crate) struct EvalArgs {
    /// The dataset file.
    #[arg(required_unless_present_any = ["merge", "feedback"], conflicts_with_all = ["merge", "feedback"])]
    dataset: Option<PathBuf>,
    /// Weigh the verdicts of an export of `cairn datasets export` instead: what each tighter bound would have prevented and
    /// lost, and what was missed. No media are needed.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["merge", "json", "html"])]
    feedback: Option<PathBuf>,
    /// What to score; may be given several times.
    #[arg(long = "task", value_enum, value_name = "TASK", default_value = "all")]
    tasks: Vec<TaskArg>,
    /// Only these items of the dataset; may be given several times.
    #[arg(long = "item", value_name = "ID")]
    items: Vec<String>,
    /// Run every item that it fits with this model alone.
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    #[command(flatten)]
    accepted: Accepted,
    /// A box's configuration to take cameras from, instead of the one that the dataset names.
    #[arg(long, value_name = "EDGE.toml")]
    config: Option<PathBuf>,
    /// What runs the models: one name requires that provider, a list such as `openvino,cpu` prefers them in this order.
    #[arg(long, value_name = "NAME[,NAME…]", default_value = "cpu")]
    provider: engine::Wish,
    /// Detectors see every frame and picture at this size, instead of the camera's or the one that the aspect needs.
    #[arg(long, value_name = "WxH", value_parser = super::serve::size)]
    input: Option<SizePx>,
    /// At most so many frames of each clip, pictures of each set and pairs of each list.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Threads that work on items; results do not depend on it. As many as the machine has cores, unless told.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Work on part I of N of the run, counted from 1.
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
    /// Put the documents of all shards together.
    #[arg(long, value_name = "SHARD.json", num_args = 1.., conflicts_with_all = ["shard", "predictions", "items", "model", "config", "input", "limit", "degradations", "seed", "threads"])]
    merge: Vec<PathBuf>,
    /// Every frame however long it takes, or as a live camera would have sent them.
    #[arg(long, value_enum, default_value_t = PaceArg::Lockstep)]
    speed: PaceArg,
    /// Also score degraded footage: `night`, `rain:0.8`, … `all` or `none`, instead of what the dataset asks for; may be
    /// given several times.
    #[arg(long = "degrade", value_name = "KIND[:STRENGTH]")]
    degradations: Vec<String>,
    /// Seed of degradations and bootstraps, instead of the dataset's.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Score results made elsewhere: COCO results, MOT text, events CSV, plate list or score list, for one item; may be
    /// given several times.
    #[arg(long, value_name = "ITEM=FILE", value_parser = prediction)]
    predictions: Vec<(String, PathBuf)>,
    /// Leave machine and speed out of the document, so that the same run gives the same bytes.
    #[arg(long)]
    reproducible: bool,
    /// Write the document, `cairn.eval/1`; `-` is standard output.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the report, one self-contained page with pictures of what went wrong.
    #[arg(long, value_name = "FILE", conflicts_with = "merge")]
    html: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum PaceArg {
    Lockstep,
    Real,
}

/// Exit code 0 when everything was scored, 1 when an item failed (the others are scored), [`crate::EXIT_USAGE`] for a
/// bad dataset, configuration or argument.
pub(crate) fn run(args: EvalArgs) -> anyhow::Result<ExitCode> {
    match carry_out(args) {
        Err(error) if error.is::<BadRequest>() => {
            eprintln!("cairn: {error:#}");
            Ok(ExitCode::from(crate::EXIT_USAGE))
        }
        other => other,
    }
}

fn carry_out(args: EvalArgs) -> anyhow::Result<ExitCode> {
    let EvalArgs { json, html, reproducible, merge, feedback, .. } = &args;
    if let Some(dir) = feedback {
        let feedback =
            datasets::feedback::read(dir).map_err(|error| BadRequest::new(crate::eval::chain(&error)))?;
        print!("{}", eval::feedback_text(&feedback));
        return Ok(ExitCode::SUCCESS);
    }
    let (json, html, reproducible) = (json.clone(), html.clone(), *reproducible);
    for file in json.iter().chain(&html).filter(|file| file.as_path() != Path::new("-")) {
        eval::probe(file)?;
    }
    let (mut document, exhibits) =
        if merge.is_empty() { eval::evaluate(request(args))? } else { (merged(merge.clone())?, Vec::new()) };
    if reproducible {
        document.machine = None;
        document.speed = None;
    }
    eval::write_out(&document, &exhibits, json.as_deref(), html.as_deref())?;
    Ok(if document.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn request(args: EvalArgs) -> Request {
    Request {
        // Required by clap where nothing is merged.
        dataset: args.dataset.unwrap_or_default(),
        tasks: args.tasks,
        items: args.items,
        model: args.model,
        accepted: args.accepted.accept,
        config: args.config,
        provider: args.provider,
        input: args.input,
        limit: args.limit,
        threads: args.threads.map(usize::from),
        shard: args.shard,
        pace: match args.speed {
            PaceArg::Lockstep => Pace::Lockstep,
            PaceArg::Real => Pace::Real,
        },
        degradations: args.degradations,
        seed: args.seed,
        predictions: args.predictions,
        exhibits: args.html.is_some(),
        stand_ins: Vec::new(),
    }
}

fn merged(files: Vec<PathBuf>) -> anyhow::Result<Document> {
    let bad = |error: &dyn std::error::Error| BadRequest::new(crate::eval::chain(error));
    let mut shards = Vec::new();
    for file in files {
        let document = Document::read(&file).map_err(|error| bad(&error))?;
        shards.push((file, document));
    }
    Ok(datasets::report::merge(shards).map_err(|error| bad(&error))?)
}

fn shard(text: &str) -> Result<Shard, String> {
    let expected = || "expected I/N with 1 <= I <= N, such as 2/8".to_owned();
    let (index, of) = text.split_once('/').ok_or_else(expected)?;
    let index: u32 = index.parse().map_err(|_| expected())?;
    let of: u32 = of.parse().map_err(|_| expected())?;
    if (1..=of).contains(&index) { Ok(Shard { index, of }) } else { Err(expected()) }
}

fn prediction(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((item, file)) if !item.is_empty() && !file.is_empty() => {
            Ok((item.to_owned(), PathBuf::from(file)))
        }
        _ => Err("expected ITEM=FILE, such as voc2007=results.json".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_a_part_of_the_whole() {
        assert_eq!(shard("2/8"), Ok(Shard { index: 2, of: 8 }));
        for bad in ["0/8", "9/8", "8", "a/8", "1/0", "-1/2", ""] {
            assert!(shard(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_prediction_names_item_and_file() {
        assert_eq!(prediction("a=b=c.txt"), Ok(("a".to_owned(), PathBuf::from("b=c.txt"))));
        for bad in ["a", "a=", "=b"] {
            assert!(prediction(bad).is_err(), "{bad}");
        }
    }
}
