//! `cairn datasets check`: everything that a dataset file names, held against what it says.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use datasets::dataset::{Content, Dataset, DatasetError, Item, Media};
use datasets::truth::Problem;
use edge_config::{Config, ConfigError, Strictness};
use models::Card;
use models::home::FOOTAGE;
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// The dataset file.
    dataset: PathBuf,
    /// Folder with `footage` in it, looked into after the dataset's own folder and the store; else the one in
    /// CAIRN_MIRROR.
    #[arg(long, value_name = "FOLDER")]
    mirror: Option<PathBuf>,
    /// Answer as one JSON document on standard output.
    #[arg(long)]
    json: bool,
}

/// Where the files of the dataset at `path` are looked for: its own folder, the store of footage, the mirror.
pub(crate) fn media(path: &Path, mirror: Option<&Path>) -> anyhow::Result<Media> {
    let from_environment =
        || std::env::var_os("CAIRN_MIRROR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let store = models::home::default_store()?.footage().folder().to_owned();
    let mirror = mirror.map(Path::to_owned).or_else(from_environment).map(|mirror| mirror.join(FOOTAGE));
    Ok(Media::new([folder, store].into_iter().chain(mirror)))
}

/// Exit code 0 when all is right, [`crate::EXIT_USAGE`] for a problem in the dataset file, its configuration or its
/// ground truth, else 1 when a file is missing or has another content.
pub(super) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let media = media(&args.dataset, args.mirror.as_deref())?;
    let findings = Findings::of(&args.dataset, &media);
    if args.json {
        crate::machine::print_document(findings.document(&args.dataset))?;
    } else {
        findings.print(&args.dataset);
    }
    Ok(ExitCode::from(findings.exit_code()))
}

/// What was found, in the file as a whole and per item.
struct Findings {
    /// Problems of the dataset file and its configuration, a line each.
    whole: Vec<Found>,
    items: Vec<ItemFindings>,
}

struct ItemFindings {
    id: String,
    kind: String,
    counts: Vec<(&'static str, usize)>,
    problems: Vec<Found>,
    /// Files that are missing or not right.
    media: Vec<String>,
}

/// What items are held against; `None` for what could not be read.
struct Known {
    config: Option<Config>,
    cards: Option<Vec<Card>>,
}

/// A problem, or a text without a place.
enum Found {
    At(Problem),
    Said(String),
}

impl Findings {
    fn of(path: &Path, media: &Media) -> Self {
        let dataset = match Dataset::read(path, media) {
            Ok(dataset) => dataset,
            Err(DatasetError::Refused(problems)) => {
                return Self { whole: problems.into_iter().map(Found::At).collect(), items: Vec::new() };
            }
            Err(error @ DatasetError::Unreadable { .. }) => {
                let said = format!("{:#}", anyhow::Error::from(error));
                return Self { whole: vec![Found::Said(said)], items: Vec::new() };
            }
        };
        let mut whole = Vec::new();
        let config = dataset.config.as_deref().and_then(|config| match read_config(config) {
            Ok(config) => Some(config),
            Err(found) => {
                whole.extend(found.into_iter().map(Found::Said));
                None
            }
        });
        let cards = match cards(config.as_ref()) {
            Ok(cards) => Some(cards),
            Err(error) => {
                whole.push(Found::Said(format!("{error:#}")));
                None
            }
        };
        let known = Known { config, cards };
        let items = dataset.items.iter().map(|item| ItemFindings::of(item, path, media, &known)).collect();
        Self { whole, items }
    }

    fn exit_code(&self) -> u8 {
        if !self.whole.is_empty() || self.items.iter().any(|item| !item.problems.is_empty()) {
            return crate::EXIT_USAGE;
        }
        u8::from(self.items.iter().any(|item| !item.media.is_empty()))
    }

    fn print(&self, path: &Path) {
        for found in &self.whole {
            println!("{found}");
        }
        for item in &self.items {
            let counts: Vec<String> =
                item.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
            let faults = item.problems.len() + item.media.len();
            let verdict = match faults {
                0 => "ok".to_owned(),
                1 => "1 problem".to_owned(),
                n => format!("{n} problems"),
            };
            println!("{:<22} {:<9} {verdict:<11} {}", item.id, item.kind, counts.join(", "));
            for problem in &item.problems {
                println!("  {problem}");
            }
            for media in &item.media {
                println!("  {media}");
            }
        }
        let good = if self.exit_code() == 0 { "good" } else { "not good" };
        println!("{}: {good}: {} items", path.display(), self.items.len());
    }

    fn document(&self, path: &Path) -> Value {
        json!({
            "schema": "cairn.datasets-check/1",
            "file": path.display().to_string(),
            "ok": self.exit_code() == 0,
            "problems": self.whole.iter().map(Found::document).collect::<Vec<Value>>(),
            "items": self.items.iter().map(ItemFindings::document).collect::<Vec<Value>>(),
        })
    }
}

impl ItemFindings {
    fn of(item: &Item, dataset: &Path, media: &Media, known: &Known) -> Self {
        let at = |(key, message): (&str, String)| {
            Found::At(Problem { file: dataset.to_owned(), line: item.line, key: key.to_owned(), message })
        };
        let (id, kind) = (item.id.clone(), item.kind.to_string());
        let mut findings = Self { id, kind, counts: Vec::new(), problems: Vec::new(), media: Vec::new() };
        match &item.content {
            Ok(content) => {
                findings.counts = counts(content);
                if let (Content::Clip(clip), Some(config)) = (content, &known.config) {
                    findings.problems = misfits(clip, config).into_iter().map(at).collect();
                }
                for pin in content.media() {
                    if let Err(error) = media.locate(pin) {
                        findings.media.push(format!("{:#}", anyhow::Error::from(error)));
                    }
                }
            }
            Err(error) => {
                findings.problems = error.problems.iter().cloned().map(Found::At).collect();
                findings.media = error.media_lines();
            }
        }
        if let Some(cards) = &known.cards {
            let unknown = item.models.iter().filter_map(|id| models::find(cards, id).err());
            findings.problems.extend(unknown.map(|error| at(("models", format!("`models`: {error}")))));
        }
        findings
    }

    fn document(&self) -> Value {
        let counts: serde_json::Map<String, Value> =
            self.counts.iter().map(|(what, count)| ((*what).to_owned(), json!(count))).collect();
        json!({
            "id": self.id,
            "kind": self.kind,
            "ok": self.problems.is_empty() && self.media.is_empty(),
            "counts": counts,
            "problems": self.problems.iter().map(Found::document).collect::<Vec<Value>>(),
            "media": self.media,
        })
    }
}

impl Found {
    fn document(&self) -> Value {
        match self {
            Self::At(Problem { file, line, key, message }) => {
                json!({"file": file.display().to_string(), "line": line, "key": key, "message": message})
            }
            Self::Said(message) => json!({"message": message}),
        }
    }
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::At(problem) => problem.fmt(f),
            Self::Said(message) => f.write_str(message),
        }
    }
}

fn read_config(path: &Path) -> Result<Config, Vec<String>> {
    match super::super::check::read(path, Strictness::Strict) {
        Ok(checked) => Ok(checked.config),
        Err(ConfigError::Refused(problems)) => Err(problems.iter().map(ToString::to_string).collect()),
        Err(error @ ConfigError::Unreadable { .. }) => Err(vec![format!("{:#}", anyhow::Error::from(error))]),
    }
}

/// The built-in model cards and those of the operator.
fn cards(config: Option<&Config>) -> anyhow::Result<Vec<Card>> {
    let folder = match config.and_then(|config| config.models.dir.clone()) {
        Some(folder) => folder,
        None => models::home::default_store()?.cards(),
    };
    Ok(models::cards(&folder)?)
}

/// The camera and the rules that `clip` names and `config` does not have.
fn misfits(clip: &datasets::dataset::Clip, config: &Config) -> Vec<(&'static str, String)> {
    let Some(id) = &clip.camera else { return Vec::new() };
    let Some(camera) = config.cameras.iter().find(|camera| camera.id == *id) else {
        let near = models::nearest(config.cameras.iter().map(|camera| camera.id.as_str()), id);
        return vec![(
            "camera",
            format!("`camera` is \"{id}\", no camera of `config`, nearest is \"{near}\""),
        )];
    };
    let mut rules: Vec<&str> =
        clip.events.iter().flatten().filter_map(|event| event.rule.as_deref()).collect();
    rules.sort_unstable();
    rules.dedup();
    rules.retain(|rule| camera.rules.iter().all(|known| known.id != *rule));
    let near = |rule| models::nearest(camera.rules.iter().map(|known| known.id.as_str()), rule);
    let said = |rule| {
        let near = near(rule);
        format!("`rule` of events is \"{rule}\", no rule of camera \"{id}\", nearest is \"{near}\"")
    };
    rules.into_iter().map(|rule| ("events", said(rule))).collect()
}

/// How much there is of what.
fn counts(content: &Content) -> Vec<(&'static str, usize)> {
    match content {
        Content::Clip(clip) => {
            let frames = clip.frames.and_then(|frames| usize::try_from(frames).ok());
            let boxes = clip.boxes.as_ref().map(|boxes| boxes.boxes.len());
            let events = clip.events.as_ref().map(Vec::len);
            let all = [("frames", frames), ("boxes", boxes), ("events", events)];
            all.into_iter().filter_map(|(what, count)| Some((what, count?))).collect()
        }
        Content::Pictures(set) => {
            let boxes = set.pictures.iter().map(|picture| picture.boxes.len()).sum();
            vec![("pictures", set.pictures.len()), ("boxes", boxes), ("classes", set.classes.len())]
        }
        Content::Plates(set) => vec![("pictures", content.media().len()), ("plates", set.plates.len())],
        Content::Faces(set) => {
            let identities = set.faces.iter().map(|face| face.identity + 1).max().unwrap_or(0);
            let identities = usize::try_from(identities).unwrap_or(usize::MAX);
            vec![("pictures", set.faces.len()), ("identities", identities), ("pairs", set.pairs.len())]
        }
    }
}

#[cfg(test)]
mod tests;
