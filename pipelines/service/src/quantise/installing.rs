//! From a candidate to a model that this machine knows.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use models::artifact::Store;
use models::home::{Home, MODELS};
use models::{Quantised, quantised_card};

use super::candidates::Candidate;
use super::report::Report;
use super::write_whole;
use crate::eval::BadRequest;

/// Where the model goes.
pub(super) struct Target {
    /// Id of the new card.
    id: String,
    /// Id of the model it is made from.
    parent: String,
    cards: PathBuf,
    store: Store,
}

/// What was written.
pub(super) struct Installed {
    pub(super) card: PathBuf,
    pub(super) file: PathBuf,
}

impl Target {
    /// The place for what is made from the model `parent`: in `out_dir`, else in `home`.
    ///
    /// # Errors
    /// [`BadRequest`] when a card that was not made here has the id; [`models::CardError`] when a card there is broken.
    pub(super) fn new(home: &Home, out_dir: Option<&Path>, parent: &str) -> anyhow::Result<Self> {
        let id = format!("{parent}-int8");
        let (cards, store) = match out_dir {
            Some(folder) => (folder.join("cards"), Store::new(folder.join(MODELS))),
            None => (home.cards(), home.models()),
        };
        if let Some(card) = models::cards(&cards)?.iter().find(|card| card.id == id)
            && !card.made_here
        {
            let reason = format!("model `{id}` was not made here and stays as it is: take `--out-dir`");
            return Err(BadRequest::new(reason).into());
        }
        Ok(Self { id, parent: parent.to_owned(), cards, store })
    }

    /// Writes file and card of `candidate`; the card comes last, for it makes the file a model.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(super) fn install(
        &self,
        home: &Home,
        report: &Report,
        candidate: &Candidate,
    ) -> anyhow::Result<Installed> {
        let sha256 = candidate.card.artifact.sha256;
        // With its hash in its name it does not take the place of one that another card, or a running box, still uses.
        let digits: String = sha256.to_string().chars().take(12).collect();
        let quantised = Quantised {
            id: self.id.clone(),
            file: format!("{}-{digits}.onnx", self.id),
            sha256,
            bytes: candidate.card.artifact.bytes,
            note: format!(
                "quantised to int8 with ONNX Runtime from `{}`, SHA-256 {}",
                report.model, report.model_sha256
            ),
            remarks: report.remarks(),
        };
        let (text, card) = quantised_card(&home.cards(), &self.parent, &quantised)?;
        let made = |folder: &Path| {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("could not make the folder `{}`", folder.display()))
        };
        made(self.store.folder())?;
        made(&self.cards)?;
        let bytes = std::fs::read(&candidate.file)
            .with_context(|| format!("could not read `{}`", candidate.file.display()))?;
        write_whole(&self.store.path(&card.artifact), &bytes)?;
        let file = self.store.locate(&card.artifact)?;
        let card = self.cards.join(format!("{}.toml", self.id));
        write_whole(&card, text.as_bytes())?;
        Ok(Installed { card, file })
    }
}
