//! What there is to do: which item with which model under which degradation.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::ValueEnum as _;
use datasets::dataset::{Clip, Content, Dataset, FaceSet, Item, ItemKind, Media, PictureSet, PlateSet, Task};
use datasets::degrade::{Degradation, Kind};
use datasets::report::{Failure, ModelUse, Unit};
use edge_config::{Camera, Checked, Strictness};
use models::{Card, Task as ModelTask};

use super::{BadRequest, Request, chain};

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TaskArg {
    Detect,
    Track,
    Plates,
    Faces,
    Events,
    All,
}

impl TaskArg {
    fn covers(self, task: Task) -> bool {
        match self {
            Self::All => true,
            Self::Detect => task == Task::Detect,
            Self::Track => task == Task::Track,
            Self::Plates => task == Task::Plates,
            Self::Faces => task == Task::Faces,
            Self::Events => task == Task::Events,
        }
    }
}

/// As on the command line.
impl fmt::Display for TaskArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("", clap::builder::PossibleValue::get_name))
    }
}

/// Pictures or plates that one job looks at: little enough to share a set among threads and shards.
const PICTURES_PER_JOB: usize = 64;

/// A request whose files were read and found good.
pub(crate) struct Prepared {
    pub(crate) dataset: Dataset,
    pub(crate) media: Media,
    pub(crate) seed: u64,
    pub(crate) degradations: Vec<Degradation>,
    pub(crate) config_sha256: Option<String>,
    pub(crate) cards: Vec<Card>,
    /// Models that request, dataset or configuration accept whatever their licences are.
    pub(crate) accepted: Vec<String>,
    /// By id.
    cameras: BTreeMap<String, Camera>,
    /// Minutes that clocks at the cameras are ahead of UTC.
    pub(crate) utc_offset_min: i32,
    /// For pictures and for clips that name no camera: everything by default, no rules.
    pub(crate) bare_camera: Camera,
}

/// One item, or a part of it, with one model under one degradation.
pub(crate) struct Job<'a> {
    /// Place in the run.
    pub(crate) index: u32,
    pub(crate) item: &'a Item,
    pub(crate) predictor: Predictor,
    /// Whether the item is judged by this predictor; the others are reported beside it.
    pub(crate) counts: bool,
    pub(crate) degradation: Option<Degradation>,
    /// Whether the item is also run degraded.
    pub(crate) degraded_too: bool,
    pub(crate) work: Work<'a>,
    /// Frames and pictures, as far as known before.
    pub(crate) frames: u64,
}

/// Where a job's results come from.
#[derive(Clone)]
pub(crate) enum Predictor {
    /// From this model, run here.
    Model(Arc<Card>),
    /// From a file written elsewhere.
    Results(Arc<Path>),
}

/// What a job looks at, and for what.
pub(crate) enum Work<'a> {
    Clip { clip: &'a Clip, camera: &'a Camera, tasks: ClipTasks },
    Pictures { set: &'a PictureSet, part: Range<usize> },
    Plates { set: &'a PlateSet, part: Range<usize> },
    Faces { set: &'a FaceSet },
}

/// What is scored of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClipTasks {
    pub(crate) detect: bool,
    pub(crate) track: bool,
    pub(crate) events: bool,
}

impl ClipTasks {
    fn any(self) -> bool {
        self.detect || self.track || self.events
    }
}

/// Reads everything that `request` names.
///
/// # Errors
/// [`BadRequest`] when the dataset or the configuration has problems, or a name is unknown.
pub(crate) fn prepare(request: &Request) -> anyhow::Result<Prepared> {
    let home = models::home::default_store()?;
    let media = crate::verbs::datasets::check::media(&request.dataset, None)?;
    let dataset = Dataset::read(&request.dataset, &media).map_err(|error| BadRequest::new(chain(&error)))?;
    let named = request.items.iter().map(|id| ("--item", id));
    for (key, id) in named.chain(request.predictions.iter().map(|(id, _)| ("--predictions", id))) {
        if !dataset.items.iter().any(|item| item.id == *id) {
            let nearest = models::nearest(dataset.items.iter().map(|item| item.id.as_str()), id);
            return Err(BadRequest::new(format!("{key}: no item `{id}`, nearest is `{nearest}`")).into());
        }
    }
    for (place, (id, file)) in request.predictions.iter().enumerate() {
        // Both would be reported under one name.
        let like = |(other, name): &&(String, PathBuf)| other == id && name.file_stem() == file.file_stem();
        if let Some((_, first)) = request.predictions[..place].iter().find(like) {
            let (first, file) = (first.display(), file.display());
            let reason = format!(
                "--predictions: `{first}` and `{file}` for `{id}` have the same name, expected different ones"
            );
            return Err(BadRequest::new(reason).into());
        }
    }
    let cards = models::cards(&home.cards())?;
    if let Some(model) = &request.model {
        models::find(&cards, model).map_err(|error| BadRequest::new(format!("--model: {error}")))?;
    }
    let config_file = request.config.clone().or_else(|| dataset.config.clone());
    let mut accepted = [request.accepted.as_slice(), &dataset.accept_licence].concat();
    for (key, ids) in [("--accept", &request.accepted), ("accept-licence", &dataset.accept_licence)] {
        for id in ids {
            models::find(&cards, id).map_err(|error| BadRequest::new(format!("{key}: {error}")))?;
        }
    }
    let settings = match &config_file {
        Some(file) => read_settings(file, &mut accepted)?,
        None => Settings::default(),
    };
    Ok(Prepared {
        seed: request.seed.unwrap_or(dataset.seed),
        degradations: degradations(request, &dataset)?,
        config_sha256: settings.config_sha256,
        cards,
        accepted,
        cameras: settings.cameras,
        utc_offset_min: settings.utc_offset_min,
        bare_camera: bare_camera()?,
        dataset,
        media,
    })
}

/// The mirror that this process was told of.
pub(crate) fn mirror() -> Option<PathBuf> {
    std::env::var_os("CAIRN_MIRROR").filter(|folder| !folder.is_empty()).map(Into::into)
}

/// What a run takes from a box's configuration.
#[derive(Default)]
struct Settings {
    /// By id.
    cameras: BTreeMap<String, Camera>,
    utc_offset_min: i32,
    config_sha256: Option<String>,
}

/// The settings in `file`; what it accepts joins `accepted`.
fn read_settings(file: &Path, accepted: &mut Vec<String>) -> anyhow::Result<Settings> {
    let checked = crate::verbs::check::read(file, Strictness::Strict);
    let Checked { config, .. } =
        checked.map_err(|error| BadRequest::new(crate::verbs::check::refusal(&error)))?;
    let bytes = std::fs::read(file).with_context(|| format!("could not read `{}`", file.display()))?;
    accepted.extend(config.models.accept_licence);
    Ok(Settings {
        cameras: config.cameras.into_iter().map(|camera| (camera.id.clone(), camera)).collect(),
        utc_offset_min: config.identity.utc_offset_min,
        config_sha256: Some(models::artifact::Sha256::of(&bytes).to_string()),
    })
}

/// A camera without rules, as the configuration's own reader makes it.
fn bare_camera() -> anyhow::Result<Camera> {
    const TEXT: &str = r#"
[box]
id = "eval"
site = "eval"
data-dir = "data"
[delivery]
local-only = true
[[camera]]
id = "clip"
url = "file:clip"
"#;
    let checked = edge_config::parse(
        "eval",
        TEXT,
        Path::new(""),
        Strictness::Strict,
        edge_config::Surroundings::default(),
    );
    let camera = checked.map_err(|problems| anyhow::anyhow!("{problems}"))?.config.cameras.pop();
    camera.context("a configuration with one camera has none")
}

fn degradations(request: &Request, dataset: &Dataset) -> anyhow::Result<Vec<Degradation>> {
    // Results made elsewhere are what they are.
    if !request.predictions.is_empty() {
        return Ok(Vec::new());
    }
    let (key, asked) = if request.degradations.is_empty() {
        ("degradations", &dataset.degradations)
    } else {
        ("--degrade", &request.degradations)
    };
    let mut degradations: Vec<Degradation> = Vec::new();
    for text in asked {
        match text.as_str() {
            "none" => {}
            "all" => degradations.extend(
                Kind::ALL
                    .into_iter()
                    .filter_map(|kind| Degradation::new(kind, Degradation::DEFAULT_STRENGTH).ok()),
            ),
            text => {
                let degradation = text.parse::<Degradation>();
                degradations.push(degradation.map_err(|error| BadRequest::new(format!("{key}: {error}")))?);
            }
        }
    }
    let mut seen: Vec<String> = Vec::new();
    degradations.retain(|degradation| {
        let name = degradation.to_string();
        let is_new = !seen.contains(&name);
        seen.push(name);
        is_new
    });
    Ok(degradations)
}

impl Job<'_> {
    /// What the document calls the predictor.
    pub(crate) fn model_id(&self) -> String {
        match &self.predictor {
            Predictor::Model(card) => card.id.clone(),
            Predictor::Results(file) => {
                let name = file.file_stem().unwrap_or(file.as_os_str());
                format!("predictions:{}", name.to_string_lossy())
            }
        }
    }

    /// The model as the document names it; `None` for results made elsewhere.
    pub(crate) fn model_use(&self, provider: engine::Provider) -> Option<ModelUse> {
        match &self.predictor {
            Predictor::Model(card) => Some(ModelUse {
                id: card.id.clone(),
                sha256: card.artifact.sha256.to_string(),
                provider: provider.to_string(),
            }),
            Predictor::Results(_) => None,
        }
    }

    /// A unit of this job without any outcome.
    pub(crate) fn unit(&self, frames: u64) -> Unit {
        Unit {
            job: self.index,
            item: self.item.id.clone(),
            model: self.model_id(),
            counts: self.counts,
            degradation: self.degradation.map(|degradation| degradation.to_string()),
            degraded_too: self.degraded_too,
            tags: self.item.tags.clone(),
            frames,
            superseded: 0,
            detect: Vec::new(),
            track: None,
            events: None,
            trails: None,
            plates: Vec::new(),
            faces: None,
        }
    }
}

impl Prepared {
    /// Every job of the whole run, in its order: the same whatever part of it is worked on here.
    ///
    /// # Errors
    /// [`BadRequest`] when an item names a camera or a model that there is not, or nothing is left to do.
    pub(crate) fn plan<'a>(&'a self, request: &Request) -> anyhow::Result<Vec<Job<'a>>> {
        let mut jobs: Vec<Job<'a>> = Vec::new();
        for item in self.wanted(request) {
            let from_models = request.predictions.is_empty();
            let degraded_too = from_models && item.degrade && !self.degradations.is_empty();
            for (rank, predictor) in self.predictors(item, request)?.into_iter().enumerate() {
                let counts = rank == 0;
                let mut conditions = vec![None];
                if degraded_too && counts {
                    conditions.extend(self.degradations.iter().copied().map(Some));
                }
                for degradation in conditions {
                    for (work, frames) in self.works(item, request)? {
                        let predictor = predictor.clone();
                        let job = Job {
                            index: 0,
                            item,
                            predictor,
                            counts,
                            degradation,
                            degraded_too,
                            work,
                            frames,
                        };
                        jobs.push(job);
                    }
                }
            }
        }
        if jobs.is_empty() && self.unreadable(request).is_empty() {
            let reason =
                "nothing to do: no item of the dataset has ground truth for these tasks and this model";
            return Err(BadRequest::new(reason).into());
        }
        for (index, job) in (0..).zip(&mut jobs) {
            job.index = index;
        }
        Ok(jobs)
    }

    /// Items that the request is about and whose ground truth cannot be used, with the reason.
    pub(crate) fn unreadable(&self, request: &Request) -> Vec<Failure> {
        let asked =
            |item: &&Item| item.tasks.iter().any(|task| request.tasks.iter().any(|arg| arg.covers(*task)));
        let items = self.wanted(request).filter(asked);
        let failure = |item: &Item| {
            let reason = item.content.as_ref().err()?.to_string();
            Some(Failure { job: None, item: item.id.clone(), model: None, degradation: None, reason })
        };
        items.filter_map(failure).collect()
    }

    fn wanted<'a>(&'a self, request: &Request) -> impl Iterator<Item = &'a Item> {
        let named = |item: &Item| {
            let by_item = request.items.is_empty() || request.items.contains(&item.id);
            let has_results = request.predictions.iter().any(|(id, _)| *id == item.id);
            by_item && (request.predictions.is_empty() || has_results)
        };
        self.dataset.items.iter().filter(move |item| named(item))
    }

    /// What gives results for `item`, the one that counts first; none when the request is about other items.
    fn predictors(&self, item: &Item, request: &Request) -> anyhow::Result<Vec<Predictor>> {
        if request.predictions.is_empty() {
            return Ok(self.models_of(item, request)?.into_iter().map(Predictor::Model).collect());
        }
        let files = request.predictions.iter().filter(|(id, _)| *id == item.id);
        Ok(files.map(|(_, file)| Predictor::Results(Arc::from(file.as_path()))).collect())
    }

    /// The models of `item`, the one that counts first; none when `--model` is for something else.
    fn models_of(&self, item: &Item, request: &Request) -> anyhow::Result<Vec<Arc<Card>>> {
        let task = match item.kind {
            ItemKind::Clip | ItemKind::Pictures => ModelTask::Detect,
            ItemKind::Plates => ModelTask::ReadPlate,
            ItemKind::Faces => ModelTask::EmbedFace,
        };
        let find = |id: &str| {
            models::find(&self.cards, id)
                .map_err(|error| BadRequest::new(format!("item `{}`: models: {error}", item.id)))
        };
        let accept = |card: &Card| {
            card.may_be_used(&self.accepted).map_err(|reason| {
                BadRequest::new(format!(
                    "item `{}`: {reason}; `--accept {}`, or `accept-licence` in the dataset, takes it all the same",
                    item.id, card.id
                ))
            })
        };
        let takes = |card: &Card| match request.input {
            Some(input) if task == ModelTask::Detect && !card.input.size.takes(input) => {
                let (id, sizes) = (&card.id, card.input.size);
                let expected = format!("expected a size that model `{id}` takes: {sizes:?}");
                Err(BadRequest::new(format!("--input: got {input}, {expected}")))
            }
            _ => Ok(()),
        };
        if let Some(id) = &request.model {
            let card = find(id)?;
            if card.task != task {
                return Ok(Vec::new());
            }
            accept(card)?;
            takes(card)?;
            let beside = request.stand_ins.iter().filter(|stand_in| stand_in.of == *id);
            let beside = beside.map(|stand_in| Arc::clone(&stand_in.card));
            return Ok([Arc::new(card.clone())].into_iter().chain(beside).collect());
        }
        let mut ids: Vec<&str> = item.models.iter().map(String::as_str).collect();
        if ids.is_empty() {
            match &item.content {
                Ok(Content::Clip(clip)) => ids.push(&self.camera_of(item, clip)?.model),
                Ok(Content::Pictures(_)) => ids.push(models::DEFAULT_MODEL),
                // What cannot be read is run with no model.
                Err(_) => {}
                Ok(Content::Plates(_) | Content::Faces(_)) => {
                    let reason = format!("item `{}`: models: none, expected at least one model id", item.id);
                    return Err(BadRequest::new(reason).into());
                }
            }
        }
        let mut cards = Vec::new();
        for id in ids {
            let card = find(id)?;
            if card.task != task {
                let reason = format!(
                    "item `{}`: models: `{id}` is for the task {}, expected {}",
                    item.id, card.task, task
                );
                return Err(BadRequest::new(reason).into());
            }
            accept(card)?;
            takes(card)?;
            cards.push(Arc::new(card.clone()));
        }
        Ok(cards)
    }

    fn camera_of(&self, item: &Item, clip: &Clip) -> anyhow::Result<&Camera> {
        let Some(id) = &clip.camera else { return Ok(&self.bare_camera) };
        let known = || self.cameras.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let missing = || {
            let known = known();
            BadRequest::new(format!("item `{}`: camera: got `{id}`, expected one of: {known}", item.id))
        };
        Ok(self.cameras.get(id).ok_or_else(missing)?)
    }

    /// The parts of `item` that the tasks ask for, with their number of frames or pictures.
    pub(crate) fn works<'a>(
        &'a self,
        item: &'a Item,
        request: &Request,
    ) -> anyhow::Result<Vec<(Work<'a>, u64)>> {
        let asked =
            |task: Task| item.tasks.contains(&task) && request.tasks.iter().any(|arg| arg.covers(task));
        let limited = |count: usize| request.limit.map_or(count, |limit| count.min(limit as usize));
        let Ok(content) = &item.content else { return Ok(Vec::new()) };
        Ok(match content {
            Content::Clip(clip) => {
                let tasks = ClipTasks {
                    detect: asked(Task::Detect),
                    track: asked(Task::Track),
                    events: asked(Task::Events),
                };
                if !tasks.any() {
                    return Ok(Vec::new());
                }
                let frames = limited(clip.frames.unwrap_or(0) as usize) as u64;
                vec![(Work::Clip { clip, camera: self.camera_of(item, clip)?, tasks }, frames)]
            }
            Content::Pictures(set) if asked(Task::Detect) => parts(limited(set.pictures.len()))
                .map(|part| (Work::Pictures { set, part: part.clone() }, part.len() as u64))
                .collect(),
            Content::Plates(set) if asked(Task::Plates) => parts(limited(set.plates.len()))
                .map(|part| (Work::Plates { set, part: part.clone() }, part.len() as u64))
                .collect(),
            Content::Faces(set) if asked(Task::Faces) => {
                vec![(Work::Faces { set }, set.faces.len() as u64)]
            }
            Content::Pictures(_) | Content::Plates(_) | Content::Faces(_) => Vec::new(),
        })
    }
}

fn parts(count: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count).step_by(PICTURES_PER_JOB).map(move |first| first..count.min(first + PICTURES_PER_JOB))
}
