//! Finding, checking and loading the models that the cameras name; each once, however many cameras use it.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use edge_config::{Camera, Config, Inference};
use engine::{Batching, ProviderReport, Runtime, SessionThread};
use models::Card;
use models::artifact::Store;
use vision::SizePx;

use super::Detector;
use super::detector::SessionSettings;
use crate::plate_desk::{Desk, PlateDesk};
use crate::readers::{PersonEmbedder, PlateReader};
use crate::sessions;

/// Loads on demand and remembers, failures too: a model that does not load is tried once and named for every camera.
pub(crate) struct Loader {
    runtime: Runtime,
    cards: Vec<Card>,
    store: Store,
    inference: Inference,
    /// Where providers keep what they build.
    cache: PathBuf,
    /// Cameras per model, each with one frame, or one look at a person, in flight.
    cameras: HashMap<ModelKey, usize>,
    /// Models that the operator accepts whatever their licences are.
    accepted: Vec<String>,
    loaded: HashMap<ModelKey, Result<Detector, String>>,
    /// In order of loading.
    detectors: Vec<Detector>,
    embedders: HashMap<String, Result<PersonEmbedder, String>>,
    plate_readers: HashMap<String, Result<PlateReader, String>>,
    /// Of embedders and readers.
    crop_threads: Vec<SessionThread>,
}

/// Card id and the input size that the camera insists on.
type ModelKey = (String, Option<(u32, u32)>);

/// Places of those who send pictures in the queues of what finds and reads plates: one at a time, and one whose run did not
/// end in time.
const CALLERS_PLACES: usize = 2;

/// How a model for second looks is loaded.
fn second_key(card: &Card) -> ModelKey {
    let input = card.input.size.preferred();
    (card.id.clone(), Some((input.width, input.height)))
}

impl Loader {
    /// # Errors
    /// When the ONNX Runtime library or the model cards cannot be read.
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        let library = Runtime::find(config.inference.runtime.as_deref())?;
        let runtime = Runtime::load(&library)?;
        tracing::info!(library = %library.display(), version = runtime.version(), "ONNX Runtime");
        if let Some(tuned) =
            config.inference.tuned.as_ref().filter(|tuned| tuned.onnxruntime != runtime.version())
        {
            tracing::warn!(
                measured = tuned.onnxruntime,
                here = runtime.version(),
                "`inference.tuned` was measured with another ONNX Runtime: run `cairn bench --tune` again"
            );
        }
        let home = models::home::default_store()?;
        let own_cards = config.models.dir.clone().unwrap_or_else(|| home.cards());
        let cards = models::cards(&own_cards)?;
        let mut cameras = HashMap::new();
        for camera in &config.cameras {
            *cameras.entry((camera.model.clone(), camera.input_size)).or_default() += 1;
            if let Some(embedder) = &camera.appearance {
                *cameras.entry((embedder.clone(), None)).or_default() += 1;
            }
            if let Some(plates) = &camera.plates {
                *cameras.entry((plates.reader.clone(), None)).or_default() += 1;
            }
            let second = camera.rules.iter().filter_map(|rule| rule.second_look.as_ref());
            let locator = camera.plates.iter().map(|plates| plates.locator.as_str());
            for id in second.map(|asked| asked.model.as_str()).chain(locator).collect::<BTreeSet<_>>() {
                // One that is not there is named when it is asked for.
                if let Ok(card) = models::find(&cards, id) {
                    *cameras.entry(second_key(card)).or_default() += 1;
                }
            }
        }
        if let Some(asked) = &config.plate_reader {
            *cameras.entry((asked.reader.clone(), None)).or_default() += CALLERS_PLACES;
        }
        if let Some(asked) = &config.plate_reader
            && let Ok(card) = models::find(&cards, &asked.locator)
        {
            *cameras.entry(second_key(card)).or_default() += CALLERS_PLACES;
        }
        Ok(Self {
            runtime,
            cards,
            store: config.models.store.as_ref().map_or_else(|| home.models(), Store::new),
            inference: config.inference.clone(),
            cache: sessions::cache(&home),
            cameras,
            accepted: config.models.accept_licence.clone(),
            loaded: HashMap::new(),
            detectors: Vec::new(),
            embedders: HashMap::new(),
            plate_readers: HashMap::new(),
            crop_threads: Vec::new(),
        })
    }

    /// The detector that `camera` asks for.
    ///
    /// # Errors
    /// No such card, no such file, a wrong hash, a model that does not fit its card: in words for the operator.
    pub(crate) fn detector(&mut self, camera: &Camera) -> anyhow::Result<Detector> {
        self.loaded((camera.model.clone(), camera.input_size))
    }

    /// The detector `id` for second looks and for plates: at one input size, whatever the shape of the object.
    ///
    /// # Errors
    /// As [`Loader::detector`].
    pub(crate) fn second(&mut self, id: &str) -> anyhow::Result<Detector> {
        let key = second_key(models::find(&self.cards, id)?);
        self.loaded(key)
    }

    /// The model `id` that embeds people; one session for all cameras.
    ///
    /// # Errors
    /// As [`Loader::detector`].
    pub(crate) fn person_embedder(&mut self, id: &str) -> anyhow::Result<PersonEmbedder> {
        let kept = match self.embedders.remove(id) {
            Some(kept) => kept,
            None => self.load_person_embedder(id).map_err(|error| format!("{error:#}")),
        };
        let caller =
            kept.as_ref().map(PersonEmbedder::another_caller).map_err(|reason| anyhow!(reason.clone()));
        self.embedders.insert(id.to_owned(), kept);
        caller
    }

    /// What reads pictures that callers send, where `config` asks for it.
    pub(crate) fn plate_desk(&mut self, config: &Config) -> Desk {
        let Some(asked) = &config.plate_reader else { return Desk::Absent };
        match self.second(&asked.locator).and_then(|locator| Ok((locator, self.plate_reader(&asked.reader)?)))
        {
            Ok((locator, reader)) => Desk::Open(Arc::new(PlateDesk::new(locator, reader, asked.clone()))),
            Err(error) => {
                let reason = format!("{error:#}");
                tracing::error!(reason, "plate reader did not load");
                Desk::Failed(reason)
            }
        }
    }

    /// The model `id` that reads plates; one session for all cameras.
    ///
    /// # Errors
    /// As [`Loader::detector`].
    pub(crate) fn plate_reader(&mut self, id: &str) -> anyhow::Result<PlateReader> {
        let kept = match self.plate_readers.remove(id) {
            Some(kept) => kept,
            None => self.load_plate_reader(id).map_err(|error| format!("{error:#}")),
        };
        let caller = kept.as_ref().map(PlateReader::another_caller).map_err(|reason| anyhow!(reason.clone()));
        self.plate_readers.insert(id.to_owned(), kept);
        caller
    }

    fn loaded(&mut self, key: ModelKey) -> anyhow::Result<Detector> {
        if let Some(known) = self.loaded.get(&key) {
            return known.clone().map_err(|reason| anyhow!(reason));
        }
        let result = self.load(&key.0, key.1);
        let kept = match &result {
            Ok(detector) => Ok(detector.clone()),
            Err(error) => Err(format!("{error:#}")),
        };
        self.loaded.insert(key, kept);
        result
    }

    /// What this program, the library and the machine say of each provider.
    pub(crate) fn providers(&self) -> Vec<ProviderReport> {
        engine::providers(&self.runtime)
    }

    /// Every loaded detector, and the sessions that embed people and read plates.
    pub(crate) fn finish(self) -> (Vec<Detector>, Vec<SessionThread>) {
        (self.detectors, self.crop_threads)
    }

    /// The card `id` and its file, if both are here and may be used.
    fn located(&self, id: &str) -> anyhow::Result<(Arc<Card>, PathBuf)> {
        let card = models::find(&self.cards, id)?;
        card.may_be_used(&self.accepted)?;
        let file = self.store.locate(&card.artifact);
        let file =
            file.with_context(|| format!("model `{id}` cannot be used, run `cairn models pull {id}`"))?;
        Ok((Arc::new(card.clone()), file))
    }

    fn load_person_embedder(&mut self, id: &str) -> anyhow::Result<PersonEmbedder> {
        let (card, file) = self.located(id)?;
        let provider = sessions::provider(self.inference.provider_of(id), &self.cache)?;
        let callers = self.cameras.get(&(id.to_owned(), None)).copied().unwrap_or(1);
        let loaded = PersonEmbedder::load(&self.runtime, card, &file, provider, callers);
        let (embedder, thread) = loaded.with_context(|| format!("model `{id}` does not load"))?;
        self.crop_threads.push(thread);
        Ok(embedder)
    }

    fn load_plate_reader(&mut self, id: &str) -> anyhow::Result<PlateReader> {
        let (card, file) = self.located(id)?;
        let provider = sessions::provider(self.inference.provider_of(id), &self.cache)?;
        let callers = self.cameras.get(&(id.to_owned(), None)).copied().unwrap_or(1);
        let loaded = PlateReader::load_for(&self.runtime, card, &file, provider, callers);
        let (reader, thread) = loaded.with_context(|| format!("model `{id}` does not load"))?;
        self.crop_threads.push(thread);
        Ok(reader)
    }

    fn load(&mut self, id: &str, input: Option<(u32, u32)>) -> anyhow::Result<Detector> {
        let (card, file) = self.located(id)?;
        let asked = input;
        let input = input.map(|(width, height)| SizePx::new(width, height));
        let cameras = self.cameras.get(&(id.to_owned(), asked)).copied().unwrap_or(0);
        let settings = SessionSettings {
            queue: self.inference.queue,
            intra_op_threads: self.inference.threads_of(id, asked),
            batch: Batching { max: self.inference.batch_of(id, asked), hold: self.inference.batch_hold },
            sessions: self.inference.sessions_of(id, asked),
            provider: sessions::provider(self.inference.provider_of(id), &self.cache)?,
        };
        let loaded = Detector::new(&self.runtime, card, &file, input, settings, cameras)
            .and_then(|detector| detector.prove().map(|()| detector));
        let detector = loaded.with_context(|| format!("model `{id}` does not load"))?;
        self.detectors.push(detector.clone());
        Ok(detector)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use edge_config::{Strictness, Surroundings};

    use super::*;

    const CONFIG: &str = r#"
[box]
id = "test"
site = "test"
data-dir = "data"
[delivery]
local-only = true
[models]
dir = "cards"
store = "store"
[[camera]]
id = "a"
url = "file:clip"
model = "nanodet-plus-m-1.5x"
"#;

    #[test]
    fn a_licence_that_the_configurations_reader_did_not_know_of_is_looked_at_all_the_same() {
        if let Err(error) = Runtime::find(None) {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{error}");
            eprintln!("SKIPPED: a licence is looked at: {error}");
            return;
        }
        let folder = tempfile::tempdir().expect("folder");
        let told = |accepted: &[&str]| {
            let place: &Path = folder.path();
            let read =
                edge_config::parse("edge.toml", CONFIG, place, Strictness::Strict, Surroundings::default());
            let mut config = read.expect("a good configuration").config;
            config.models.accept_licence = accepted.iter().map(|&id| id.to_owned()).collect();
            let mut loader = Loader::new(&config).expect("a loader");
            let refused = loader.detector(&config.cameras[0]).err().expect("no file is there either");
            format!("{refused:#}")
        };
        let unaccepted = "model `nanodet-plus-m-1.5x` is not used unless it is accepted by name";
        for others in [&[][..], &["yolox-nano"]] {
            assert!(told(others).starts_with(unaccepted), "{}", told(others));
        }
        let accepted = told(&["nanodet-plus-m-1.5x"]);
        assert!(accepted.starts_with("model `nanodet-plus-m-1.5x` cannot be used, run "), "{accepted}");
    }
}
