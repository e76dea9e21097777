//! The models of one worker, each loaded when it is first needed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use engine::{Precision, Provider, ProviderRequest, Runtime, SessionThread};
use models::Card;
use models::artifact::Store;
use models::home::MODELS;
use vision::SizePx;

use super::Request;
use super::plan::mirror;
use crate::edge::{Detector, SessionSettings};
use crate::readers::{FaceEmbedder, PersonEmbedder, PlateReader};
use crate::sessions;

/// The ONNX Runtime library of this machine.
pub(crate) fn runtime() -> anyhow::Result<Runtime> {
    Ok(Runtime::load(&Runtime::find(None)?)?)
}

/// Loads on demand and keeps. Not shared between workers: nobody waits for another one's frame.
pub(crate) struct Sessions<'a> {
    runtime: &'a Runtime,
    request: &'a Request,
    /// What each reader really runs on.
    actual: BTreeMap<String, Provider>,
    detectors: BTreeMap<(String, Option<(u32, u32)>), Detector>,
    plate_readers: BTreeMap<String, Arc<PlateReader>>,
    embedders: BTreeMap<String, Arc<FaceEmbedder>>,
    person_embedders: BTreeMap<String, PersonEmbedder>,
    threads: Vec<SessionThread>,
}

impl<'a> Sessions<'a> {
    pub(crate) fn new(runtime: &'a Runtime, request: &'a Request) -> Self {
        Self {
            runtime,
            request,
            actual: BTreeMap::new(),
            detectors: BTreeMap::new(),
            plate_readers: BTreeMap::new(),
            embedders: BTreeMap::new(),
            person_embedders: BTreeMap::new(),
            threads: Vec::new(),
        }
    }

    /// What runs the model with this card, if it was loaded.
    pub(crate) fn provider_of(&self, id: &str) -> Option<Provider> {
        let of_detector = || self.detectors.iter().find(|((known, _), _)| known == id)?.1.actual_provider();
        self.actual.get(id).copied().or_else(of_detector)
    }

    /// The detector of `card` at the size that was asked for, else at `input`, else at the size that each frame needs.
    pub(crate) fn detector(
        &mut self,
        card: &Arc<Card>,
        input: Option<(u32, u32)>,
    ) -> anyhow::Result<Detector> {
        let input = self.request.input.map(|asked| (asked.width, asked.height)).or(input);
        let key = (card.id.clone(), input);
        if let Some(known) = self.detectors.get(&key) {
            return Ok(known.clone());
        }
        let size = input.map(|(width, height)| SizePx::new(width, height));
        let stand_in = self.request.stand_in(&card.id);
        let file = stand_in.map_or_else(|| locate(card), |stand_in| Ok(stand_in.file.clone()))?;
        // One frame at a time, and one thread within a run: the sum of a convolution depends on how it is shared out.
        let precision = stand_in.map_or(Precision::Fp32, |stand_in| stand_in.precision);
        let provider = ProviderRequest { precision, ..self.provider()? };
        let settings = SessionSettings::plain(provider);
        let loaded = Detector::new(self.runtime, Arc::clone(card), &file, size, settings, 1);
        let detector = loaded.with_context(|| format!("model `{}` does not load", card.id))?;
        self.detectors.insert(key, detector.clone());
        Ok(detector)
    }

    pub(crate) fn plate_reader(&mut self, card: &Arc<Card>) -> anyhow::Result<Arc<PlateReader>> {
        if let Some(known) = self.plate_readers.get(&card.id) {
            return Ok(Arc::clone(known));
        }
        let loaded = PlateReader::load(self.runtime, Arc::clone(card), &locate(card)?, self.provider()?);
        let (reader, thread) = loaded.with_context(|| format!("model `{}` does not load", card.id))?;
        self.threads.push(thread);
        self.actual.insert(card.id.clone(), reader.actual_provider());
        let reader = Arc::new(reader);
        self.plate_readers.insert(card.id.clone(), Arc::clone(&reader));
        Ok(reader)
    }

    pub(crate) fn embedder(&mut self, card: &Arc<Card>) -> anyhow::Result<Arc<FaceEmbedder>> {
        if let Some(known) = self.embedders.get(&card.id) {
            return Ok(Arc::clone(known));
        }
        let loaded = FaceEmbedder::load(self.runtime, Arc::clone(card), &locate(card)?, self.provider()?);
        let (embedder, thread) = loaded.with_context(|| format!("model `{}` does not load", card.id))?;
        self.threads.push(thread);
        self.actual.insert(card.id.clone(), embedder.actual_provider());
        let embedder = Arc::new(embedder);
        self.embedders.insert(card.id.clone(), Arc::clone(&embedder));
        Ok(embedder)
    }

    pub(crate) fn person_embedder(&mut self, card: &Arc<Card>) -> anyhow::Result<PersonEmbedder> {
        if let Some(known) = self.person_embedders.get(&card.id) {
            return Ok(known.another_caller());
        }
        // A worker plays one clip at a time.
        let provider = self.provider()?;
        let loaded = PersonEmbedder::load(self.runtime, Arc::clone(card), &locate(card)?, provider, 1);
        let (embedder, thread) = loaded.with_context(|| format!("model `{}` does not load", card.id))?;
        self.threads.push(thread);
        self.actual.insert(card.id.clone(), embedder.actual_provider());
        let caller = embedder.another_caller();
        self.person_embedders.insert(card.id.clone(), embedder);
        Ok(caller)
    }

    fn provider(&self) -> anyhow::Result<ProviderRequest> {
        let cache = sessions::cache(&models::home::default_store()?);
        Ok(ProviderRequest { cache: Some(cache), ..self.request.provider.clone().into() })
    }
}

/// The model's file, from the store or straight from the mirror, found whole and right.
pub(crate) fn locate(card: &Card) -> anyhow::Result<PathBuf> {
    let held = models::home::default_store()?.models().locate(&card.artifact);
    let in_mirror =
        || mirror().and_then(|mirror| Store::new(mirror.join(MODELS)).locate(&card.artifact).ok());
    match held {
        Ok(file) => Ok(file),
        Err(error) => in_mirror().ok_or(error).with_context(|| {
            format!("model `{}` cannot be used, run `cairn models pull {}`", card.id, card.id)
        }),
    }
}
