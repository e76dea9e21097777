//! The models of one worker, each loaded when it is first needed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use engine::{Runtime, SessionThread};
use models::Card;
use models::artifact::Store;
use models::home::MODELS;
use vision::SizePx;

use super::plan::mirror;
use crate::edge::{Detector, SessionSettings};
use crate::readers::{FaceEmbedder, PlateReader};

/// One frame at a time, and one thread within a run: the sum of a convolution depends on how it is shared out.
const SETTINGS: SessionSettings = SessionSettings { queue: 1, intra_op_threads: 1 };

/// The ONNX Runtime library of this machine.
pub(crate) fn runtime() -> anyhow::Result<Runtime> {
    Ok(Runtime::load(&Runtime::find(None)?)?)
}

/// Loads on demand and keeps. Not shared between workers: nobody waits for another one's frame.
pub(crate) struct Sessions<'a> {
    runtime: &'a Runtime,
    detectors: BTreeMap<(String, Option<(u32, u32)>), Detector>,
    plate_readers: BTreeMap<String, Arc<PlateReader>>,
    embedders: BTreeMap<String, Arc<FaceEmbedder>>,
    threads: Vec<SessionThread>,
}

impl<'a> Sessions<'a> {
    pub(crate) fn new(runtime: &'a Runtime) -> Self {
        Self {
            runtime,
            detectors: BTreeMap::new(),
            plate_readers: BTreeMap::new(),
            embedders: BTreeMap::new(),
            threads: Vec::new(),
        }
    }

    /// The detector of `card` at `input`, or at the card's own size.
    pub(crate) fn detector(
        &mut self,
        card: &Arc<Card>,
        input: Option<(u32, u32)>,
    ) -> anyhow::Result<Detector> {
        let key = (card.id.clone(), input);
        if let Some(known) = self.detectors.get(&key) {
            return Ok(known.clone());
        }
        let size = input.map(|(width, height)| SizePx::new(width, height));
        let file = locate(card)?;
        let loaded = Detector::new(self.runtime, Arc::clone(card), &file, size, SETTINGS, 1);
        let detector = loaded.with_context(|| format!("model `{}` does not load", card.id))?;
        self.detectors.insert(key, detector.clone());
        Ok(detector)
    }

    pub(crate) fn plate_reader(&mut self, card: &Arc<Card>) -> anyhow::Result<Arc<PlateReader>> {
        if let Some(known) = self.plate_readers.get(&card.id) {
            return Ok(Arc::clone(known));
        }
        let loaded = PlateReader::load(self.runtime, Arc::clone(card), &locate(card)?);
        let (reader, thread) = loaded.with_context(|| format!("model `{}` does not load", card.id))?;
        self.threads.push(thread);
        let reader = Arc::new(reader);
        self.plate_readers.insert(card.id.clone(), Arc::clone(&reader));
        Ok(reader)
    }

    pub(crate) fn embedder(&mut self, card: &Arc<Card>) -> anyhow::Result<Arc<FaceEmbedder>> {
        if let Some(known) = self.embedders.get(&card.id) {
            return Ok(Arc::clone(known));
        }
        let loaded = FaceEmbedder::load(self.runtime, Arc::clone(card), &locate(card)?);
        let (embedder, thread) = loaded.with_context(|| format!("model `{}` does not load", card.id))?;
        self.threads.push(thread);
        let embedder = Arc::new(embedder);
        self.embedders.insert(card.id.clone(), Arc::clone(&embedder));
        Ok(embedder)
    }
}

/// The model's file, from the store or straight from the mirror, found whole and right.
fn locate(card: &Card) -> anyhow::Result<PathBuf> {
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
